from odoo import api, fields, models
from odoo.exceptions import UserError

from .stock_lot import SCRAPPING

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
    """A piece, a lot, or an article without either, of a count."""

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
    tracking = fields.Selection(related="product_id.tracking")
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

    @api.constrains("counted", "product_id")
    def _check_pieces(self):
        for item in self.filtered("product_id"):
            item.product_id._telecom_check_pieces(item.counted)

    def write(self, vals):
        if not self.env.su:
            if not vals.keys() <= {"counted", "reason"}:
                raise UserError(self.env._("Scan the piece: the rest follows."))
            for item in self:
                if item.count_id.state in ("done", "cancelled"):
                    raise UserError(self.env._("This count is closed already."))
                if "counted" in vals and item._telecom_one():
                    raise UserError(self.env._("Scan the piece: the rest follows."))
        result = super().write(vals)
        if "counted" in vals and not self.env.su:
            # sudo: telecom.stock.count.item - the result follows from the number
            self.sudo().filtered(lambda item: item.state == "review")._compare()
        return result

    def _telecom_one(self):
        """Tell whether this is one piece: it was found, or it was not."""
        self.ensure_one()
        return bool(self.lot_id) and self.tracking == "serial"

    def _compare(self):
        """Say what the number of an article means."""
        for item in self:
            if item.counted == item.expected:
                item.result = "match"
            else:
                item.result = "missing" if item.counted < item.expected else "surplus"

    def _telecom_adjust(self, place, name):
        """Bring the books in line with this piece or article.

        What was sold, received or transferred since the count was compared with the
        books is booked already: only the difference that was found is.

        :param stock.location place: where the shop's stock stands
        :param str name: of the adjustment: the count, and the reason
        """
        self.ensure_one()
        lot = self.lot_id
        # sudo: stock.quant - by a stock manager, who applies the count
        Quant = self.env["stock.quant"].sudo()
        here = Quant.search(
            [
                ("product_id", "=", self.product_id.id),
                ("lot_id", "=", lot.id),
                ("location_id", "child_of", place.id),
                ("quantity", ">", 0),
            ],
            order="quantity desc, id",
        )
        if not self._telecom_one():
            self._telecom_book(here, place, self.counted - self.expected, name)
        elif self.result == "missing":
            if here:
                self._telecom_book(here, place, -1, name)
                if lot.telecom_kind and self.reason in ("stolen", "lost"):
                    lot.sudo().telecom_block_reason = name
        elif not here:
            self._telecom_bring(place, name)

    def _telecom_bring(self, place, name):
        """Bring a piece into the shop that the books have elsewhere, or nowhere.

        :raises UserError: a customer has it by the books
        """
        lot = self.lot_id
        usage = lot.location_id.usage
        if usage in ("internal", "transit"):
            lot.quant_ids.filtered(lambda quant: quant.quantity > 0).sudo().move_quants(
                location_dest_id=place, message=name
            )
        elif usage == "customer":
            raise UserError(
                self.env._(
                    "%s was sold: take it back from the customer on its own page, or "
                    "say that it is a customer's.",
                    lot.name,
                )
            )
        else:
            self._telecom_book(self.env["stock.quant"], place, 1, name)

    def _telecom_book(self, here, place, difference, name):
        """Book what is too much or too little.

        :param stock.quant here: what the shop has of it, the most first
        :param stock.location place: where more of it is put when there is none
        :param float difference: pieces
        """
        # sudo: stock.quant - by a stock manager, who applies the count
        Quant = self.env["stock.quant"].sudo().with_context(inventory_mode=True)
        changed = {}
        if difference > 0 and not here:
            quant = Quant.create(
                {
                    "product_id": self.product_id.id,
                    "location_id": place.id,
                    "lot_id": self.lot_id.id,
                    "inventory_quantity": difference,
                }
            )
            changed[quant] = difference
        elif difference > 0:
            changed[here[0]] = here[0].quantity + difference
        for quant in here:
            if difference >= 0:
                break
            taken = min(quant.quantity, -difference)
            changed[quant] = quant.quantity - taken
            difference += taken
        for quant, quantity in changed.items():
            booked = quant.with_context(inventory_mode=True, inventory_name=name)
            if self.reason == "damaged":
                booked = booked.with_context(telecom_scrapping=SCRAPPING)
            booked.inventory_quantity = quantity
            booked._apply_inventory()
            booked.inventory_quantity_set = False
