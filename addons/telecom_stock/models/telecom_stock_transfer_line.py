from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, float_is_zero

DIFFERENCES = [
    ("missing", "Not in the Parcel"),
    ("damaged", "Damaged, Sent Back"),
    ("stolen", "Stolen on the Way"),
    ("wrong", "Another Item Was Sent"),
]


class TelecomStockTransferLine(models.Model):
    """An article of a transfer, with its pieces."""

    _name = "telecom.stock.transfer.line"
    _description = "Item of a Transfer between Boutiques"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "transfer_id desc, id"
    _rec_name = "product_id"

    transfer_id = fields.Many2one(
        "telecom.stock.transfer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(related="transfer_id.state")
    product_id = fields.Many2one(
        "product.product",
        string="Article",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain=[("type", "=", "consu")],
    )
    tracking = fields.Selection(related="product_id.tracking")
    quantity = fields.Float(
        string="Pieces", digits="Product Unit", required=True, default=1.0
    )
    lot_ids = fields.Many2many(
        "stock.lot",
        "telecom_transfer_line_lot",
        "line_id",
        "lot_id",
        string="Serial Numbers",
        check_company=True,
        copy=False,
    )
    sent = fields.Float(digits="Product Unit", readonly=True, copy=False)
    received = fields.Float(digits="Product Unit", copy=False)
    received_lot_ids = fields.Many2many(
        "stock.lot",
        "telecom_transfer_line_lot_received",
        "line_id",
        "lot_id",
        string="Received Serial Numbers",
        check_company=True,
        copy=False,
    )
    missing = fields.Float(
        digits="Product Unit", compute="_compute_missing", store=True
    )
    difference = fields.Selection(DIFFERENCES, string="What Happened", copy=False)

    _product_unique = models.Constraint(
        "UNIQUE(transfer_id, product_id)", "An article stands once on a transfer."
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0 AND received >= 0)", "Pieces cannot be fewer than none."
    )

    @api.depends("sent", "received")
    def _compute_missing(self):
        for line in self:
            line.missing = max(line.sent - line.received, 0)

    @api.constrains("quantity", "received", "product_id")
    def _check_pieces(self):
        for line in self:
            line.product_id._telecom_check_pieces(line.quantity, line.received)

    @api.constrains("received", "sent")
    def _check_received(self):
        for line in self:
            if (
                not float_is_zero(line.received, precision_digits=2)
                and float_compare(line.received, line.sent, precision_digits=2) > 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(sent)s pieces of “%(product)s” were sent: no more can be "
                        "received.",
                        sent=f"{line.sent:g}",
                        product=line.product_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open({"product_id"})
        return lines

    def write(self, vals):
        self._check_open(vals)
        return super().write(vals)

    def unlink(self):
        self._check_open({"product_id"})
        return super().unlink()

    def _check_open(self, vals):
        """Keep what was sent as it was: only its arrival is written later.

        :raises UserError: the transfer is on its way or over
        """
        if self.env.su:
            return
        for line in self:
            transfer = line.transfer_id
            if transfer.state == "transit":
                received = {"received", "received_lot_ids", "difference"}
                if set(vals) <= received and transfer.may_receive:
                    continue
            elif transfer.state in ("draft", "requested", "proposed", "ready"):
                continue
            raise UserError(
                self.env._("What was sent is not changed: %s.", transfer.name)
            )
