from odoo import fields, models


class TelecomBoutique(models.Model):
    _inherit = "telecom.boutique"

    def _telecom_sms_text(self):
        """Return what a caller is told of a boutique, in the environment's language."""
        self.ensure_one()
        company = self.company_id
        [values] = self._public_values(
            company, [(self.id, None)], fields.Datetime.now()
        )
        facts = [
            self.env._(
                "%(operator)s: boutique %(name)s",
                operator=company.name,
                name=values["name"],
            ),
            values["address"],
            values["opening"],
            values["phone"] and self.env._("Tel. %s", values["phone"]),
            f"{company.get_base_url()}/boutiques/{self.id}",
        ]
        return ". ".join(filter(None, facts))
