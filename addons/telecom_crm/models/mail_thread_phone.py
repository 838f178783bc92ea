from odoo import models

from ..tools import phone


class MailThreadPhone(models.AbstractModel):
    _inherit = "mail.thread.phone"

    def _phone_format_number(
        self, number, country, force_format="E164", raise_exception=False
    ):
        """Complete old numbers first: the library refuses them as too short."""
        return super()._phone_format_number(
            phone.complete(number, country.code),
            country,
            force_format=force_format,
            raise_exception=raise_exception,
        )
