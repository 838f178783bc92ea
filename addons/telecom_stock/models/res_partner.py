from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    #: Where the towns are in which an operator has customers but no boutique
    _telecom_town_idx = models.Index(
        "(company_id, lower(city)) WHERE partner_latitude != 0"
    )
