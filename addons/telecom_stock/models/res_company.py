from odoo import fields, models
from odoo.tools import ormcache
from odoo.tools.translate import LazyTranslate

from odoo.addons.telecom_crm.tools.translation import create_translated

_lt = LazyTranslate(__name__)

#: By code: what shops of operators offer from the first day on
SERVICES = {
    "activation": _lt("Activation of a Line"),
    "sim_swap": _lt("SIM Replacement"),
    "payment": _lt("Payment of Invoices"),
    "repair": _lt("Repair"),
    "fibre": _lt("Sale of Fibre"),
    "mobile_money": _lt("Mobile Money"),
}


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_boutique_reach = fields.Integer(
        string="Reach of Boutiques (km)",
        default=50,
        help="How far away a boutique may be to be within reach; farther ones are "
        "offered when there is none.",
    )
    telecom_cover_days = fields.Integer(
        string="Stock Lasts at Least (days)",
        default=7,
        help="An article that a boutique will have sold out earlier runs short.",
    )
    telecom_keep_days = fields.Integer(
        string="Kept by Boutiques (days)",
        default=30,
        help="What a boutique sells in so many days is not proposed to others.",
    )
    telecom_return_days = fields.Integer(
        string="Taken Back for (days)",
        default=14,
        help="For so long people of boutiques take back what they sold; later a stock "
        "manager does.",
    )

    _telecom_cover_days_positive = models.Constraint(
        "CHECK(telecom_cover_days >= 0 AND telecom_keep_days >= 0"
        " AND telecom_return_days >= 0)",
        "Days of stock cannot be negative.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "telecom_boutique_reach" in vals:
            self.env.registry.clear_cache()
        return result

    @ormcache("self.id")
    def _telecom_boutique_settings(self):
        """Return what every question of a visitor needs of an operator.

        Cached: a company has a hundred columns, and both change rarely.

        :return: (whether it is an operator, how far away boutiques may be in metres)
        """
        # sudo: res.company - visitors; two settings that tell nothing of anybody
        company = self.sudo()
        return company.telecom_tenant, company.telecom_boutique_reach * 1000

    def _telecom_onboard(self, values):
        result = super()._telecom_onboard(values)
        if self.telecom_kind == "operator":
            self._telecom_onboard_services()
        return result

    def _telecom_onboard_services(self):
        """Services that boutiques offer."""
        create_translated(
            self.env["telecom.boutique.service"],
            [
                {
                    "code": code,
                    "name": name,
                    "sequence": (number + 1) * 10,
                    "company_id": self.id,
                }
                for number, (code, name) in enumerate(SERVICES.items())
            ],
        )
