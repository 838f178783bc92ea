from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PosConfig(models.Model):
    """A till; one of a boutique sells what is in that boutique."""

    _inherit = "pos.config"

    telecom_boutique_id = fields.Many2one(
        "telecom.boutique",
        string="Boutique",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The shop the till stands in: it sells from its stock.",
    )

    @api.constrains("telecom_boutique_id", "picking_type_id", "warehouse_id")
    def _check_telecom_boutique(self):
        for config in self.filtered("telecom_boutique_id"):
            warehouse = config.telecom_boutique_id.warehouse_id
            if config.picking_type_id.warehouse_id != warehouse or (
                config.ship_later and config.warehouse_id != warehouse
            ):
                raise ValidationError(
                    self.env._(
                        "The till “%(till)s” sells from the stock of its boutique "
                        "%(boutique)s, and of no other.",
                        till=config.name,
                        boutique=config.telecom_boutique_id.name,
                    )
                )

    @api.onchange("telecom_boutique_id")
    def _onchange_telecom_boutique_id(self):
        if self.telecom_boutique_id:
            self.update(self._telecom_stock_of(self.telecom_boutique_id))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._telecom_complete(vals)
        return super().create(vals_list)

    def write(self, vals):
        vals = dict(vals)
        self._telecom_complete(vals)
        return super().write(vals)

    @api.model
    def _telecom_complete(self, vals):
        """Say where a till of a boutique sells from, unless its maker does."""
        boutique = self.env["telecom.boutique"].browse(
            vals.get("telecom_boutique_id") or ()
        )
        if boutique:
            stock = self._telecom_stock_of(boutique)
            vals.update({name: record.id for name, record in stock.items()} | vals)

    @api.model
    def _telecom_stock_of(self, boutique):
        # sudo: stock.warehouse - of a boutique its maker may read
        warehouse = boutique.sudo().warehouse_id.sudo(False)
        return {"warehouse_id": warehouse, "picking_type_id": warehouse.pos_type_id}

    @api.model
    def _load_pos_data_read(self, records, config):
        """Print the operator's own host on receipts; core asks no till for its host."""
        rows = super()._load_pos_data_read(records, config)
        for row in rows:
            row["_base_url"] = config.get_base_url()
        return rows
