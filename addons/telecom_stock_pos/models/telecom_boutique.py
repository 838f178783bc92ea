from odoo import api, fields, models


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
