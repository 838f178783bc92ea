from odoo import api, fields, models
from odoo.exceptions import UserError

RESULTS = [
    ("match", "As in the Books"),
    ("missing", "Missing"),
    ("surplus", "Too Many"),
    ("elsewhere", "Stands Elsewhere"),
    ("unknown", "Unknown"),
]
REASONS = [
    ("lost", "Lost"),
    ("stolen", "Stolen"),
    ("damaged", "Damaged, Thrown Away"),
    ("unsold", "Sold without Paper"),
    ("found", "Found Again"),
    ("typing", "Booked Wrongly"),
    ("moved", "Moved without Paper"),
    ("customer", "A Customer's, Not Ours"),
]


class TelecomStockCountItem(models.Model):
    """A piece, or an article without serial numbers, of a count."""

    _name = "telecom.stock.count.item"
    _description = "Item of a Count"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "count_id desc, id desc"

    count_id = fields.Many2one(
        "telecom.stock.count",
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
    state = fields.Selection(related="count_id.state")
    product_id = fields.Many2one(
        "product.product", string="Article", check_company=True, ondelete="restrict"
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Serial Number",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    text = fields.Char(string="As Scanned", readonly=True)
    counted = fields.Float(digits="Product Unit")
    expected = fields.Float(string="In the Books", digits="Product Unit", readonly=True)
    result = fields.Selection(RESULTS, required=True, readonly=True, index=True)
    explanation = fields.Char(readonly=True)
    reason = fields.Selection(REASONS, string="What Happened")

    # Two telephones count the same shop: a piece counts once
    _lot_unique = models.UniqueIndex(
        "(count_id, lot_id) WHERE lot_id IS NOT NULL", "This piece was counted already."
    )
    _product_unique = models.UniqueIndex(
        "(count_id, product_id) WHERE lot_id IS NULL AND product_id IS NOT NULL",
        "This article stands on the count already.",
    )
    _counted_positive = models.Constraint(
        "CHECK(counted >= 0)", "Pieces cannot be fewer than none."
    )

    @api.depends("product_id", "lot_id", "text")
    def _compute_display_name(self):
        for item in self:
            names = (item.product_id.name, item.lot_id.name or item.text)
            item.display_name = " ".join(filter(None, names))

    def write(self, vals):
        if not self.env.su:
            if not vals.keys() <= {"counted", "reason"}:
                raise UserError(self.env._("Scan the piece: the rest follows."))
            for item in self:
                if item.count_id.state in ("done", "cancelled"):
                    raise UserError(self.env._("This count is closed already."))
                if "counted" in vals and item.lot_id:
                    raise UserError(self.env._("Scan the piece: the rest follows."))
        result = super().write(vals)
        if "counted" in vals and not self.env.su:
            # sudo: telecom.stock.count.item - the result follows from the number
            self.sudo().filtered(lambda item: item.state == "review")._compare()
        return result

    def _compare(self):
        """Say what the number of an article means."""
        for item in self:
            if item.counted == item.expected:
                item.result = "match"
            else:
                item.result = "missing" if item.counted < item.expected else "surplus"

    def _telecom_adjust(self, place, name):
        """Bring the books in line with this piece or article.

        :param stock.location place: where the shop's stock stands
        :param str name: of the adjustment: the count, and the reason
        """
        self.ensure_one()
        # sudo: stock.quant - by a stock manager, who applies the count
        Quant = self.env["stock.quant"].sudo()
        lot = self.lot_id
        if self.result == "elsewhere" and lot.location_id.usage in (
            "internal",
            "transit",
        ):
            lot.quant_ids.filtered(lambda quant: quant.quantity > 0).sudo().move_quants(
                location_dest_id=place, message=name
            )
            return
        if self.result == "elsewhere" and lot.location_id.usage == "customer":
            raise UserError(
                self.env._(
                    "%s was sold: take it back from the customer on its own page, or "
                    "say that it is a customer's.",
                    lot.name,
                )
            )
        if lot:
            here = lot.quant_ids.filtered(
                lambda quant: quant.location_id._child_of(place) and quant.quantity > 0
            )
            place = here.location_id[:1] or place
        quant = Quant.with_context(inventory_mode=True).create(
            {
                "product_id": self.product_id.id,
                "location_id": place.id,
                "lot_id": lot.id,
                "inventory_quantity": self.counted,
            }
        )
        quant.with_context(inventory_name=name)._apply_inventory()
        quant.inventory_quantity_set = False
        if lot.telecom_kind and self.result == "missing":
            if self.reason in ("stolen", "lost"):
                lot.sudo().telecom_block_reason = name
