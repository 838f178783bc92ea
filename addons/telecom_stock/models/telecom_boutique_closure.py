from odoo import api, fields, models


class TelecomBoutiqueClosure(models.Model):
    """A time at which one shop is closed although its calendar says otherwise."""

    _name = "telecom.boutique.closure"
    _description = "Exceptional Closure of a Boutique"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "date_from desc, id desc"
    _rec_name = "reason"

    boutique_id = fields.Many2one(
        "telecom.boutique",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="boutique_id.company_id",
        store=True,
        precompute=True,
        required=True,
        index=True,
    )
    date_from = fields.Datetime(string="Closed from", required=True)
    date_to = fields.Datetime(string="Open again", required=True)
    reason = fields.Char(translate=True, help="Shown to the public.")

    _dates_in_order = models.Constraint(
        "CHECK(date_to > date_from)", "A closure ends after it began."
    )

    @api.model_create_multi
    def create(self, vals_list):
        closures = super().create(vals_list)
        closures.boutique_id._rebuild_openings()
        return closures

    def write(self, vals):
        boutiques = self.boutique_id
        result = super().write(vals)
        (boutiques | self.boutique_id)._rebuild_openings()
        return result

    def unlink(self):
        boutiques = self.boutique_id
        result = super().unlink()
        boutiques.exists()._rebuild_openings()
        return result
