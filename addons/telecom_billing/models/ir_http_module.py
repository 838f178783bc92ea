from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import request


class PaymentRequired(AccessDenied):
    """What programs are told whose operator is suspended: 402, as Stripe's API does."""

    http_status = 402


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_bearer(cls):
        """Close the API to programs that work for suspended operators only."""
        res = super()._auth_method_bearer()
        if request.env["telecom.module.subscription"]._suspended_user():
            raise PaymentRequired(
                request.env._(
                    "The modules of your operator are suspended until they are paid. "
                    "Its manager finds the invoice under My Modules."
                )
            )
        return res
