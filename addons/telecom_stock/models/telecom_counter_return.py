from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare, format_datetime
from odoo.tools.sql import escape_psql

from odoo.addons.telecom_crm.tools import document as pdf

from ..engine import serial_states
from .res_users import STOCK_MANAGER
from .telecom_counter_sale import PAYMENT_METHODS

RETURN_SEQUENCE = "telecom.counter.return"
RETURN_REASONS = [
    ("mind", "Changed Their Mind"),
    ("defect", "Does Not Work"),
    ("wrong", "Wrong Article"),
    ("mistake", "Our Mistake"),
]


class TelecomCounterSale(models.Model):
    """What a customer brings back to the counter: a sale of less than nothing.

    Its items and amounts are negative, so that whatever adds sales up – the shop's day,
    its drawer, its targets – is right without knowing of it.
    """

    _inherit = "telecom.counter.sale"

    origin_id = fields.Many2one(
        "telecom.counter.sale",
        string="Takes Back",
        check_company=True,
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    return_ids = fields.One2many(
        "telecom.counter.sale", "origin_id", string="Taken Back"
    )
    return_reason = fields.Selection(
        RETURN_REASONS, string="Why It Came Back", readonly=True
    )
    # Written with each return: of two at once, one begins again and sees the other
    amount_returned = fields.Monetary(string="Given Back", readonly=True, copy=False)

    # What the counter asks

    @api.model
    def _counter_reasons(self):
        labels = self._fields["return_reason"]._description_selection(self.env)
        return [{"code": code, "name": name} for code, name in labels]

    @api.model
    def counter_return_find(self, boutique_id, text):
        """Return the sale that an item or a receipt is of, as the counter shows it.

        :param int boutique_id: the shop
        :param str text: a serial number, or the number of a receipt
        :return: ``{"sale": …}``, or ``{"error": why not}``
        """
        boutique, self = self._counter_env(boutique_id)
        text = (text or "").strip()
        # sudo: telecom.counter.sale - of the shop's own operator; whether this user may
        # take it back is asked next, before anything of it is shown
        Sale = self.sudo()
        sales = [
            ("company_id", "=", boutique.company_id.id),
            ("origin_id", "=", False),
        ]
        lot = self.env["stock.lot"].sudo()._telecom_by_scan(text, boutique.company_id)
        if lot:
            sale = Sale.search([*sales, ("item_ids.lot_id", "=", lot.id)], limit=1)
        else:
            sale = Sale.search([*sales, ("name", "=ilike", escape_psql(text))], limit=1)
        if not sale:
            return {
                "error": self.env._(
                    "Nothing was sold as “%s” at a counter: scan the item, or type the "
                    "number of the receipt.",
                    text,
                )
            }
        if problem := sale._counter_return_problem(boutique):
            return {"error": problem}
        items = [
            sale._counter_returnable(item, lot)
            for item in sale.item_ids
            if item._left()
        ]
        if not items:
            return {"error": self.env._("All of %s was taken back already.", sale.name)}
        return {
            "sale": {
                "id": sale.id,
                "name": sale.name,
                "date": format_datetime(
                    self.env, sale.date, tz=boutique.tz or "UTC", dt_format="short"
                ),
                "customer": sale.partner_id.display_name,
                "method": sale.payment_ids[:1].method or sale.payment_method,
                "items": items,
            }
        }

    def _counter_return_problem(self, boutique):
        """Return why this user may not take a sale back in a shop, or ``""``.

        People of shops take back what their own shop sold, within the operator's days;
        stock managers what any shop sold, whenever that was.
        """
        self.ensure_one()
        if self.env.user.has_group(STOCK_MANAGER):
            return ""
        if self.boutique_id != boutique:
            return self.env._(
                "This was sold in another boutique: it is taken back there, or by a "
                "stock manager."
            )
        days = self.company_id.telecom_return_days
        if fields.Datetime.now() > self.date + timedelta(days=days):
            return self.env._(
                "%(sale)s is more than %(days)s days old: a stock manager takes it "
                "back.",
                sale=self.name,
                days=days,
            )
        return ""

    def _counter_returnable(self, item, lot):
        """Return what the counter shows of an item that may come back.

        :param telecom.counter.sale.item item: with pieces that are still the customer's
        :param stock.lot lot: what was scanned
        """
        left = item._left()
        return {
            "id": item.id,
            "name": item.product_id.with_context(
                display_default_code=False
            ).display_name,
            "serial": item.lot_id.name or "",
            "quantity": left,
            "chosen": left if lot and item.lot_id == lot else 0,
            "price": item._refund(1)["total"],
            # What each number of pieces brings, see _refund
            "paid": item._paid()["total"],
            "sold": item.quantity,
            "given": -sum(item.return_item_ids.mapped("amount_total")),
            "problem": item._return_problem(),
        }

    # Taking back

    @api.model
    def counter_take_back(self, values):
        """Take items of a sale back into the shop, and give the money back.

        :param dict values: ``token`` of the screen, ``boutique_id``, ``sale_id``,
            ``items`` (each with ``id`` of the sale's item and ``quantity``),
            ``reason``, ``payment_method``, ``total`` as shown
        :return: as :meth:`counter_sell`
        :raises UserError: it cannot be taken back, and why
        """
        return self._counter_once(values, "_counter_make_return")

    def _counter_make_return(self, boutique, token, values):
        """Make a return of what the screen sent, in superuser mode."""
        origin = self.browse(int(values.get("sale_id") or 0)).exists()
        if origin.company_id != boutique.company_id or origin.origin_id:
            raise UserError(self.env._("Look for the sale again."))
        if problem := origin._counter_return_problem(boutique):
            raise UserError(problem)
        reason, method = values.get("reason"), values.get("payment_method")
        if reason not in dict(RETURN_REASONS):
            raise UserError(self.env._("Say why it comes back."))
        if method not in dict(PAYMENT_METHODS):
            raise UserError(self.env._("Say how the money is given back."))
        sale = self.create(
            {
                "name": self._counter_return_number(boutique.company_id),
                "company_id": boutique.company_id.id,
                "boutique_id": boutique.id,
                "user_id": self.env.uid,
                "partner_id": origin.partner_id.id,
                "origin_id": origin.id,
                "return_reason": reason,
                "payment_method": method,
                "token": token,
            }
        )
        # Before anything else: the index of tokens decides between two of the same
        sale.flush_recordset()
        wanted = origin._counter_wanted(values)
        lots = origin.item_ids.browse([item.id for item in wanted]).lot_id
        lots._telecom_lock()
        for item in wanted:
            if problem := item._return_problem():
                raise UserError(problem)
        sale.item_ids = [
            Command.create(item._prepare_return(number, quantity))
            for number, (item, quantity) in enumerate(wanted.items())
        ]
        sale._counter_amounts()
        sale._counter_receive()
        sale._counter_refund(method)
        origin.amount_returned -= sale.amount_total
        origin.flush_recordset(["amount_returned"])
        self.env["telecom.cash.day"]._telecom_count_in(boutique)
        return sale

    @api.model
    def _counter_return_number(self, company):
        return company._telecom_next_number(
            RETURN_SEQUENCE, "Returns at Counters", "RC/%(year)s/", 6
        )

    def _counter_wanted(self, values):
        """Read which pieces come back: ``{item of this sale: quantity}``.

        :raises UserError: none, or more than were sold
        """
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        wanted = {}
        for sent in values.get("items") or []:
            quantity = float(sent.get("quantity") or 0)
            item = self.item_ids.filtered(
                lambda one, sent=sent: one.id == int(sent.get("id") or 0)
            )
            if not item or item in wanted:
                raise UserError(self.env._("Look for the sale again."))
            if not quantity:
                continue
            left = item._left()
            item.product_id._telecom_check_pieces(quantity)
            if not quantity > 0 or (
                float_compare(quantity, left, precision_digits=digits) > 0
            ):
                raise UserError(
                    self.env._(
                        "Of “%(product)s” %(left)s may come back, no more.",
                        product=item.product_id.display_name,
                        left=f"{left:g}",
                    )
                )
            wanted[item] = quantity
        if not wanted:
            raise UserError(self.env._("Choose what comes back."))
        return wanted

    def _counter_receive(self):
        """Take the items back into the shop; they are offered once looked at."""
        self.ensure_one()
        warehouse = self.boutique_id.warehouse_id
        reasons = dict(self._fields["return_reason"]._description_selection(self.env))
        Picking = self.env["stock.picking"].with_context(
            telecom_move_reason=reasons[self.return_reason]
        )
        self.picking_id = Picking._telecom_make(
            warehouse.in_type_id,
            self.partner_id.property_stock_customer,
            warehouse.lot_stock_id,
            [item._prepare_goods() for item in self.item_ids],
            partner=self.partner_id,
            origin=self.name,
        )

    def _counter_refund(self, method):
        """Give the money back; with billing by a credit note."""
        self.ensure_one()
        self.amount_received = self.amount_total
        self._counter_note({method: self.amount_total})

    # Receipt

    def _receipt_title(self):
        if self.origin_id:
            return self.env._("Taken Back %s", self.name)
        return super()._receipt_title()

    def _receipt_paid_by(self):
        if self.origin_id:
            return self.env._("Given back by")
        return super()._receipt_paid_by()

    def _receipt_facts(self):
        facts = super()._receipt_facts()
        if not self.origin_id:
            return facts
        reasons = dict(self._fields["return_reason"]._description_selection(self.env))
        return (
            *facts,
            (self.env._("Sold with"), self.origin_id.name),
            (self.env._("Reason"), reasons.get(self.return_reason, "")),
        )

    def _receipt_totals(self):
        totals = super()._receipt_totals()
        if not self.origin_id:
            return totals
        money = self._receipt_money(-self.amount_total)
        return (*totals[:-1], pdf.Total(self.env._("Given back"), money, True))

    # Actions

    def action_take_back(self):
        """Open the counter where it takes this sale back."""
        self.ensure_one()
        return {
            **self.env["ir.actions.client"]._for_xml_id(
                "telecom_stock.action_telecom_counter"
            ),
            "params": {"take_back": self.name, "boutique_id": self.boutique_id.id},
        }


class TelecomCounterSaleItem(models.Model):
    _inherit = "telecom.counter.sale.item"

    origin_item_id = fields.Many2one(
        "telecom.counter.sale.item",
        string="Takes Back the Item",
        check_company=True,
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    return_item_ids = fields.One2many(
        "telecom.counter.sale.item", "origin_item_id", string="Came Back"
    )

    # Whoever sends it twice: a piece comes back from a sale once
    _returned_once = models.UniqueIndex(
        "(origin_item_id) WHERE origin_item_id IS NOT NULL AND lot_id IS NOT NULL",
        "This piece was taken back already.",
    )

    def _left(self):
        """Return how many pieces are still the customer's."""
        self.ensure_one()
        return self.quantity + sum(self.return_item_ids.mapped("quantity"))

    def _return_problem(self):
        """Return why the item cannot be taken back, or ``""``."""
        self.ensure_one()
        lot = self.lot_id
        if not lot:
            return ""
        if lot.telecom_state == "lost":
            return lot._telecom_blocked_message()
        if lot.telecom_kind == "sim" and lot.telecom_state == "active":
            return self.env._(
                "The SIM %(iccid)s is in the line %(line)s. Change the line's SIM, or "
                "terminate the line, first.",
                iccid=lot.name,
                line=lot.telecom_line_id.display_name,
            )
        if lot.location_id.usage != "customer" or not serial_states.allowed(
            "return", lot.telecom_state
        ):
            return self.env._(
                "%s is not at a customer's, so it cannot come back.", lot.display_name
            )
        if not self._sold_last():
            return self.env._(
                "%s went to somebody else since: this sale does not take it back.",
                lot.display_name,
            )
        return ""

    def _sold_last(self):
        """Tell whether this item is how its piece went to whoever has it.

        Taken back elsewhere than at a counter, a piece may have been sold again.
        """
        self.ensure_one()
        lot = self.lot_id
        # sudo: telecom.counter.sale.item - of whatever shop of the operator
        last = self.sudo().search(
            [("lot_id", "=", lot.id), ("sale_id.origin_id", "=", False)],
            order="id desc",
            limit=1,
        )
        owner = lot.sudo().telecom_partner_id.commercial_partner_id
        buyer = self.sale_id.sudo().partner_id.commercial_partner_id
        return last == self and owner in (buyer, owner.browse())

    def _paid(self):
        """Return what was paid for all pieces: ``{"untaxed", "total"}``."""
        self.ensure_one()
        return {"untaxed": self.amount_untaxed, "total": self.amount_total}

    def _refund(self, quantity):
        """Return what is given back for some pieces: ``{"untaxed", "total"}``.

        Rounded with those that came back before: one after the other, they bring what
        was paid for all, no more and no less.
        """
        self.ensure_one()
        currency = self.company_id.currency_id
        share = 1 - (self._left() - quantity) / self.quantity
        return {
            name: currency.round(
                currency.round(paid * share)
                + sum(self.return_item_ids.mapped(f"amount_{name}"))
            )
            for name, paid in self._paid().items()
        }

    def _prepare_return(self, sequence, quantity):
        """Return the values of the item that takes pieces of this one back."""
        refund = self._refund(quantity)
        return {
            "sequence": sequence,
            "company_id": self.company_id.id,
            "origin_item_id": self.id,
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "quantity": -quantity,
            "price_unit": self.price_unit,
            "amount_untaxed": -refund["untaxed"],
            "amount_total": -refund["total"],
        }

    def _prepare_goods(self):
        """Return what comes back, as :meth:`stock.picking._telecom_make` takes it."""
        return (self.product_id, -self.quantity, self.lot_id)
