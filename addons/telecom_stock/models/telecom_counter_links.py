from odoo import fields, models


class StockLot(models.Model):
    """What rules of access ask of a serial number: who sold it, who sends it."""

    _inherit = "stock.lot"

    telecom_sale_item_ids = fields.One2many(
        "telecom.counter.sale.item", "lot_id", string="Counter Sales"
    )
    telecom_transfer_line_ids = fields.Many2many(
        "telecom.stock.transfer.line",
        "telecom_transfer_line_lot",
        "lot_id",
        "line_id",
        string="Transfers between Boutiques",
    )


class ResPartner(models.Model):
    """What a customer bought at counters."""

    _inherit = "res.partner"

    telecom_counter_sale_ids = fields.One2many(
        "telecom.counter.sale",
        "partner_id",
        string="Counter Sales",
        groups="telecom_stock.group_telecom_shop",
    )
