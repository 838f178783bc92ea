from odoo import api, fields, models
from odoo.fields import Domain


class TelecomBoutique(models.Model):
    _inherit = "telecom.boutique"

    telecom_pos_config_ids = fields.One2many(
        "pos.config", "telecom_boutique_id", string="Tills"
    )
    telecom_pos_config_count = fields.Integer(compute="_compute_pos_config_count")

    @api.depends("telecom_pos_config_ids")
    def _compute_pos_config_count(self):
        for boutique in self:
            boutique.telecom_pos_config_count = len(boutique.telecom_pos_config_ids)

    def _telecom_turnover(self, start, end):
        """Add what was sold at the shops' tills; what was taken back is taken off."""
        found = super()._telecom_turnover(start, end)
        # sudo: pos.order - sums of the shops that were asked for
        Order = self.env["pos.order"].sudo()
        domain = Domain(
            [
                ("config_id.telecom_boutique_id", "in", self.ids),
                ("state", "in", ("paid", "done")),
                ("date_order", ">=", start),
                ("date_order", "<", end),
            ]
        )
        returns = dict(
            Order._read_group(
                domain & Domain("amount_total", "<", 0), ["config_id"], ["__count"]
            )
        )
        for till, count, amount in Order._read_group(
            domain, ["config_id"], ["__count", "amount_total:sum"]
        ):
            key = till.telecom_boutique_id.id
            counted, sold = found.get(key, (0, 0))
            count -= returns.get(till, 0)
            found[key] = (counted + count, sold + amount)
        return found

    def action_tills(self):
        """Show the tills of a boutique, to open one or to make the first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "point_of_sale.action_pos_config_kanban"
        )
        return {
            **action,
            "display_name": self.env._("Tills of %s", self.display_name),
            "domain": [("telecom_boutique_id", "=", self.id)],
            "context": {
                "default_telecom_boutique_id": self.id,
                "default_name": self.name,
                "default_company_id": self.company_id.id,
            },
        }
