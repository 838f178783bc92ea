import base64
import io
from urllib.parse import quote

import qrcode

from odoo import models


class AuthTotpWizard(models.TransientModel):
    _inherit = "auth_totp.wizard"

    def _compute_qrcode(self):
        """Show the login in authenticator apps as its owner types it."""
        res = super()._compute_qrcode()
        for wizard in self:
            user = wizard.user_id
            if wizard.url and user.telecom_login != user.login:
                wizard.url = wizard.url.replace(
                    quote(user.login, safe=":"), quote(user.telecom_login, safe=":")
                )
                image = io.BytesIO()
                qrcode.make(wizard.url.encode(), box_size=4).save(image, format="PNG")
                wizard.qrcode = base64.b64encode(image.getvalue()).decode()
        return res
