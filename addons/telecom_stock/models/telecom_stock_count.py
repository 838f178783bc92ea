from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime
from odoo.tools.sql import escape_psql

from odoo.addons.telecom_crm.tools.once import once

COUNT_STATES = [
    ("open", "Being Counted"),
    ("review", "To Check"),
    ("done", "Applied"),
    ("cancelled", "Cancelled"),
]
COUNT_SEQUENCE = "telecom.stock.count"
STOCK_MANAGER = "telecom_stock.group_telecom_stock_manager"


class TelecomStockCount(models.Model):
    """A count of what stands in a shop, piece by piece, against the books."""

    _name = "telecom.stock.count"
    _description = "Count of a Boutique"
    _inherit = ["mail.thread", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    name = fields.Char(string="Number", required=True, default="/", copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Boutique",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self.env["telecom.stock.transfer"]._default_warehouse(),
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Only These Articles",
        check_company=True,
        domain=[("is_storable", "=", True)],
        help="Everything is counted when this is empty.",
    )
    state = fields.Selection(
        COUNT_STATES,
        string="Status",
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Counted by",
        default=lambda self: self.env.user,
        check_company=True,
        readonly=True,
    )
    applied_by_id = fields.Many2one(
        "res.users", string="Applied by", readonly=True, copy=False
    )
    item_ids = fields.One2many("telecom.stock.count.item", "count_id", string="Items")
    difference_ids = fields.One2many(
        "telecom.stock.count.item",
        "count_id",
        string="Differences",
        domain=[("result", "!=", "match")],
    )
    counted = fields.Integer(string="Pieces Counted", compute="_compute_counted")
    expected = fields.Integer(string="Pieces in the Books", compute="_compute_counted")
    difference_count = fields.Integer(
        string="Number of Differences", compute="_compute_counted"
    )

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "This operator has a count of that number."
    )

    @api.depends("item_ids.counted", "item_ids.result", "warehouse_id", "state")
    def _compute_counted(self):
        rows = self.env["telecom.stock.count.item"]._read_group(
            [("count_id", "in", self.ids)],
            ["count_id"],
            ["counted:sum", "expected:sum", "__count"],
        )
        sums = {count.id: values for count, *values in rows}
        wrong = {
            count.id: number
            for count, number in self.env["telecom.stock.count.item"]._read_group(
                [("count_id", "in", self.ids), ("result", "!=", "match")],
                ["count_id"],
                ["__count"],
            )
        }
        for count in self:
            counted, expected, _number = sums.get(count.id, (0, 0, 0))
            count.counted = counted
            count.difference_count = wrong.get(count.id, 0)
            if count.state == "open" and count.warehouse_id:
                count.expected = sum(count._telecom_books().values())
            else:
                count.expected = expected

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and vals.get("state", "open") != "open":
                raise UserError(self.env._("Use the buttons of the count."))
            if vals.get("name", "/") in ("/", False):
                company_id = vals.get("company_id") or self.env.company.id
                vals["name"] = self._next_number(company_id)
        counts = super().create(vals_list)
        for count in counts:
            count.warehouse_id._telecom_check_mine()
        return counts

    def write(self, vals):
        if not self.env.su and {"state", "warehouse_id"} & vals.keys():
            if any(count.item_ids for count in self) or "state" in vals:
                raise UserError(self.env._("Use the buttons of the count."))
        return super().write(vals)

    @api.model
    def _next_number(self, company_id):
        company = self.env["res.company"].browse(company_id)
        return company._telecom_next_number(
            COUNT_SEQUENCE, "Counts of Boutiques", "INV/%(year)s/", 5
        )

    def _telecom_books(self):
        """Return what the books say: ``{(product id, lot id or None): pieces}``.

        One question to the database, whatever stands in the shop.
        """
        self.ensure_one()
        self.env["stock.quant"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT quant.product_id, quant.lot_id, sum(quant.quantity)
                  FROM stock_quant quant
                  JOIN stock_location location ON location.id = quant.location_id
                 WHERE location.parent_path LIKE %s AND location.usage = 'internal'
                   AND quant.quantity > 0%s
              GROUP BY 1, 2""",
                f"{self.warehouse_id.lot_stock_id.parent_path}%",
                SQL(" AND quant.product_id = ANY(%s)", self.product_ids.ids)
                if self.product_ids
                else SQL(),
            )
        )
        return {(product, lot): float(quantity) for product, lot, quantity in rows}

    # Scanning

    def telecom_scan(self, text):
        """Count a scanned piece; every scan is stored at once.

        :param str text: IMEI, ICCID or serial number; or a barcode of an article
        :return: ``{"type": "success" | "warning" | "danger", "message": …}``
        """
        self.ensure_one()
        self.check_access("write")
        text = (text or "").strip()
        if self.state != "open" or not text:
            return {
                "type": "danger",
                "message": self.env._("Nothing is counted here now."),
            }
        # sudo: telecom.stock.count.item - of a count whose access was checked
        items = self.sudo().item_ids
        lots = self._scan_lots(text)
        product = lots.product_id
        if not lots:
            product = self.env["product.product"].search(
                [
                    ("company_id", "in", (self.company_id.id, False)),
                    ("is_storable", "=", True),
                    "|",
                    ("barcode", "=", text),
                    ("default_code", "=ilike", escape_psql(text)),
                ],
                limit=1,
            )
            if product.tracking == "lot":
                lots = self._scan_lots_here(product)
        if product:
            return (
                self._scan_others(product)
                or self._scan_unclear(product, lots)
                or (
                    lots.product_id.tracking == "serial" and self._scan_lot(lots, items)
                )
                or self._scan_pieces(product, lots, items)
            )
        known = items.filtered(lambda one: one.text == text)
        if not known:
            items.create({**self._prepare_item(), "text": text, "result": "unknown"})
        return {
            "type": "danger",
            "message": self.env._(
                "%s is in no book of this operator: put it aside. It stands on the "
                "list of differences.",
                text,
            ),
        }

    def _scan_lots(self, text):
        """Return the piece or the lot of a number, of whatever goods.

        Articles may have lots of the same number: those that stand here are meant.
        """
        # sudo: stock.lot - to say where it is when it is not here
        Lot = self.env["stock.lot"].sudo()
        lots = Lot._telecom_by_scan(text, self.company_id) or Lot.search(
            [
                ("company_id", "in", (self.company_id.id, False)),
                ("telecom_kind", "=", False),
                ("product_id.is_storable", "=", True),
                ("product_id.tracking", "!=", "none"),
                ("name", "=ilike", escape_psql(text)),
            ]
        )
        if self.product_ids:
            wanted = lots.filtered(lambda lot: lot.product_id in self.product_ids)
            lots = wanted or lots
        if len(lots) > 1:
            books = self._telecom_books()
            here = lots.filtered(lambda lot: (lot.product_id.id, lot.id) in books)
            lots = here or lots
        return lots

    def _scan_lots_here(self, product):
        """Return the lots of an article that stand here, or were counted here."""
        known = [lot for one, lot in self._telecom_books() if one == product.id and lot]
        # sudo: stock.lot - those in the shop, whose access was checked
        lots = self.env["stock.lot"].sudo().browse(known)
        return lots | self.sudo().item_ids.lot_id.filtered(
            lambda lot: lot.product_id == product
        )

    def _scan_others(self, products):
        """Say that an article is not counted here, when only others are.

        One piece of it, scanned in passing, would be all that there is of it.
        """
        if not self.product_ids or products & self.product_ids:
            return None
        return {
            "type": "danger",
            "message": self.env._(
                "“%s” is not counted here: this count is of other articles.",
                products[0].display_name,
            ),
        }

    def _scan_unclear(self, products, lots):
        """Say that a barcode or a number does not tell which lot or piece it is."""
        if len(products) > 1:
            return {
                "type": "danger",
                "message": self.env._(
                    "%(number)s is a lot of several articles (%(products)s): type how "
                    "many there are of each once everything is counted.",
                    number=lots[0].name,
                    products=", ".join(products.mapped("display_name")),
                ),
            }
        if products.tracking == "none" or len(lots) == 1:
            return None
        return {
            "type": "danger",
            "message": self.env._(
                "“%s” is followed by number: scan the serial number or the lot.",
                products.display_name,
            ),
        }

    def _scan_pieces(self, product, lot, items):
        """Count one more of an article, or of a lot of it."""
        item = items.filtered(
            lambda one: one.product_id == product and one.lot_id == lot
        )
        if item:
            item.counted += 1
        else:
            # Two telephones count the same shop
            with once(items, "_lot_unique", "_product_unique"):
                item = items.create(self._prepare_item(product=product, lot=lot))
        return {
            "type": "success",
            "message": self.env._(
                "%(product)s: %(count)s",
                product=item.display_name,
                count=f"{item.counted:g}",
            ),
        }

    def _scan_lot(self, lot, items):
        known = items.filtered(lambda one: one.lot_id == lot)
        if known:
            return {
                "type": "warning",
                "message": self.env._(
                    "%(serial)s was counted already, %(when)s by %(who)s.",
                    serial=lot.name,
                    when=format_datetime(
                        self.env, known.create_date, dt_format="short"
                    ),
                    who=known.create_uid.name,
                ),
            }
        with once(items, "_lot_unique"):
            item = items.create(self._prepare_item(product=lot.product_id, lot=lot))
        if item.result == "match":
            return {
                "type": "success",
                "message": self.env._(
                    "%(product)s %(serial)s",
                    product=lot.product_id.name,
                    serial=lot.name,
                ),
            }
        return {"type": "warning", "message": item.explanation}

    def _prepare_item(self, product=None, lot=None):
        """Return the values of a piece that was scanned."""
        values = {
            "count_id": self.id,
            "company_id": self.company_id.id,
            "product_id": product.id if product else False,
            "lot_id": lot.id if lot else False,
            "counted": 1,
            "expected": 0,
            "result": "surplus",
        }
        if lot and lot.product_id.tracking == "serial":
            here = lot.location_id.warehouse_id == self.warehouse_id
            values["expected"] = int(here)
            values["result"] = "match" if here else "elsewhere"
            values["explanation"] = False if here else self._telecom_where(lot)
        return values

    def _telecom_where(self, lot):
        """Return where the books say a piece is that stands here."""
        states = dict(lot._fields["telecom_state"]._description_selection(self.env))
        if lot.location_id.warehouse_id:
            return self.env._(
                "%(serial)s stands in “%(place)s” by the books: keep it here if it "
                "came without paper.",
                serial=lot.name,
                place=lot.location_id.warehouse_id.name,
            )
        return self.env._(
            "%(serial)s is “%(state)s” by the books: find out why it is here.",
            serial=lot.name,
            state=states.get(lot.telecom_state) or self.env._("not in stock"),
        )

    # Actions

    def action_finish(self):
        """Close the scanning, and compare with the books."""
        for count in self:
            count.check_access("write")
            if count.state != "open":
                raise UserError(self.env._("This count is closed already."))
            # sudo: telecom.stock.count - of one's own shop, checked above
            count.sudo()._telecom_compare()
        return True

    def _telecom_compare(self):
        """Put what is missing and what is too much on the list."""
        self.ensure_one()
        scanned = {
            (item.product_id.id, item.lot_id.id or None): item
            for item in self.item_ids
            if item.product_id
        }
        values = []
        for (product_id, lot_id), quantity in self._telecom_books().items():
            item = scanned.pop((product_id, lot_id), None)
            if not item:
                values.append(
                    {
                        "count_id": self.id,
                        "company_id": self.company_id.id,
                        "product_id": product_id,
                        "lot_id": lot_id,
                        "counted": 0,
                        "expected": quantity,
                        "result": "missing",
                    }
                )
            elif not item._telecom_one():
                item.expected = quantity
                item._compare()
        for item in scanned.values():
            if not item._telecom_one():
                item.expected = 0
                item._compare()
        items = self.env["telecom.stock.count.item"]
        # Another telephone may still be scanning
        with once(items, "_lot_unique", "_product_unique"):
            items.create(values)
        self.state = "review"

    def action_reopen(self):
        """Go on counting: what was missing may still be found."""
        for count in self:
            count.check_access("write")
            if count.state != "review":
                raise UserError(self.env._("Only a count to be checked is reopened."))
            # sudo: telecom.stock.count - of one's own shop, checked above
            count.sudo().item_ids.filtered(
                lambda item: item.result == "missing" and not item.counted
            ).unlink()
            count.sudo().state = "open"
        return True

    def action_cancel(self):
        """Give the count up: the books stay as they are."""
        for count in self:
            count.check_access("write")
            if count.state not in ("open", "review"):
                raise UserError(self.env._("This count is closed already."))
        # sudo: telecom.stock.count - of one's own shop, checked above
        self.sudo().state = "cancelled"
        return True

    def action_apply(self):
        """Bring the books in line, each difference with its reason."""
        if not self.env.user.has_group(STOCK_MANAGER):
            raise AccessError(
                self.env._("A stock manager checks and applies the count.")
            )
        for count in self:
            count.check_access("write")
            if count.state != "review":
                raise UserError(self.env._("Finish counting first."))
            count._telecom_apply()
        return True

    def _telecom_apply(self):
        self.ensure_one()
        count = self.with_company(self.company_id)
        wrong = count.item_ids.filtered(lambda item: item.result != "match")
        silent = wrong.filtered(lambda item: not item.reason)
        if silent:
            raise UserError(
                self.env._(
                    "Say what happened to %(item)s (%(number)s without a reason).",
                    item=silent[0].display_name,
                    number=len(silent),
                )
            )
        labels = dict(wrong._fields["reason"]._description_selection(self.env))
        place = count.warehouse_id.lot_stock_id
        for item in wrong.filtered(lambda item: item.product_id):
            if item.reason == "customer":
                continue
            name = self.env._(
                "Count %(number)s: %(reason)s",
                number=count.name,
                reason=labels[item.reason],
            )
            item._telecom_adjust(place, name)
        self._write_applied()

    def _write_applied(self):
        # sudo: telecom.stock.count - states are changed by actions only
        self.sudo().write({"state": "done", "applied_by_id": self.env.uid})
