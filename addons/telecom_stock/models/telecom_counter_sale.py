import math

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import consteq, format_datetime, formatLang, hmac
from odoo.tools.sql import escape_psql

from odoo.addons.telecom_crm.tools import document as pdf
from odoo.addons.telecom_crm.tools.once import once

from ..engine import identifiers

PAYMENT_METHODS = [
    ("cash", "Cash"),
    ("mobile_money", "Mobile Money"),
    ("card", "Bank Card"),
    ("transfer", "Bank Transfer"),
]
#: How a sale was paid; a part of it is paid by one of the means above
PAID_BY = [*PAYMENT_METHODS, ("several", "Several Means")]
SALE_SEQUENCE = "telecom.counter.sale"
#: By technology of a line, the kinds of items it is served with
LINE_KINDS = {
    "mobile": ["sim", "key4g"],
    "key4g": ["sim", "key4g"],
    "fixed": ["modem"],
    "adsl": ["modem"],
    "fibre": ["fibre_terminal", "modem"],
}
#: How many proposals a search at the counter shows
FEW = 8


class NotSold(UserError):
    """A sale that was not made: what it did is undone, and the screen asks again."""

    def answer(self, sales, boutique):
        """Return what the screen shows, after all was undone.

        :param telecom.counter.sale sales: in the user's name
        :param telecom.boutique boutique: the shop
        :rtype: dict
        """
        raise NotImplementedError


class TelecomCounterSale(models.Model):
    """What a customer bought at the counter of a shop: made in one go, or not at all.

    The screen asks and shows; what is sold, moved, activated and paid is decided here,
    in one transaction. The screen's token makes a sale once, however often it is sent.
    """

    _name = "telecom.counter.sale"
    _description = "Counter Sale"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_names_search = ["name", "partner_id.name", "item_ids.lot_id.name"]

    name = fields.Char(string="Number", required=True, default="/", copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    boutique_id = fields.Many2one(
        "telecom.boutique",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Sold by",
        required=True,
        default=lambda self: self.env.user,
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    date = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now(), index=True
    )
    item_ids = fields.One2many("telecom.counter.sale.item", "sale_id", string="Items")
    line_ids = fields.Many2many(
        "telecom.line", string="Lines", compute="_compute_line_ids"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", check_company=True, readonly=True
    )

    # Money
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_untaxed = fields.Monetary(string="Before Tax")
    amount_tax = fields.Monetary(string="Taxes")
    amount_total = fields.Monetary(string="Total")
    payment_method = fields.Selection(PAID_BY, required=True, default="cash")
    payment_ids = fields.One2many(
        "telecom.counter.payment", "sale_id", string="Payments"
    )
    amount_received = fields.Monetary(string="Received")
    amount_change = fields.Monetary(
        string="Change", compute="_compute_amount_change", store=True
    )

    token = fields.Char(
        copy=False, readonly=True, help="Sent by the screen: a sale is made once."
    )

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "This operator has a sale of that number."
    )
    _token_unique = models.UniqueIndex(
        "(company_id, token) WHERE token IS NOT NULL", "This sale was made already."
    )
    _boutique_date_idx = models.Index("(boutique_id, date)")

    # Computes

    @api.depends("item_ids.line_id")
    def _compute_line_ids(self):
        for sale in self:
            sale.line_ids = sale.item_ids.line_id

    @api.depends("amount_received", "amount_total")
    def _compute_amount_change(self):
        for sale in self:
            sale.amount_change = max(sale.amount_received - sale.amount_total, 0)

    # What the counter asks

    @api.model
    def _counter_boutique(self, boutique_id=None):
        """Return the shop of a request from the counter, if the user works there.

        :param int boutique_id: as sent; the first of the user's when left out
        :rtype: telecom.boutique
        :raises AccessError: it is not one of the user's
        """
        mine = self.env.user._telecom_counters()
        if not boutique_id:
            if not mine:
                raise UserError(
                    self.env._(
                        "You work in no boutique: a manager adds you to the staff of "
                        "yours."
                    )
                )
            return mine[0]
        boutique = self.env["telecom.boutique"].browse(int(boutique_id))
        if boutique not in mine:
            raise AccessError(self.env._("You do not work in this boutique."))
        return boutique

    def _counter_env(self, boutique_id=None):
        """Return the shop, and this model as the counter works: in its operator."""
        boutique = self._counter_boutique(boutique_id)
        sales = self.with_company(boutique.company_id).with_context(
            allowed_company_ids=boutique.company_id.ids
        )
        return boutique.with_env(sales.env), sales

    @api.model
    def counter_open(self, boutique_id=None):
        """Return what the counter's screen needs to begin."""
        boutique, self = self._counter_env(boutique_id)
        labels = self._counter_methods()
        currency = boutique.company_id.currency_id
        return {
            "boutique": {"id": boutique.id, "name": boutique.display_name},
            "boutiques": [
                {"id": one.id, "name": one.display_name}
                for one in self.env.user._telecom_counters()
            ],
            "currency": {
                "id": currency.id,
                "digits": currency.decimal_places,
            },
            "methods": [{"code": code, "name": name} for code, name in labels.items()],
            "reasons": self._counter_reasons(),
            "offers": self._counter_offers(),
            "documents": self._counter_documents(),
            "today": self._counter_today(boutique),
        }

    def _counter_methods(self):
        """Return the names of the means of payment, by their codes."""
        labels = self.env["telecom.counter.payment"]._fields["method"]
        return dict(labels._description_selection(self.env))

    def _counter_today(self, boutique):
        """Return how the shop's day went so far, as text."""
        start, end = boutique._telecom_day()
        rows = self._read_group(
            [
                ("boutique_id", "=", boutique.id),
                ("date", ">=", start),
                ("date", "<", end),
            ],
            [],
            ["__count", "origin_id:count", "amount_total:sum"],
        )
        count, returns, total = rows[0]
        amount = formatLang(
            self.env, total or 0.0, currency_obj=boutique.company_id.currency_id
        )
        if not count:
            return self.env._("No sale yet today")
        return self.env._(
            "Today: %(count)s sales, %(amount)s", count=count - returns, amount=amount
        )

    @api.model
    def _counter_offers(self):
        """Return the offers that may be sold with a SIM; billing knows some."""
        return []

    @api.model
    def counter_customers(self, boutique_id, text):
        """Return customers by name, number or identity document.

        In a franchise, only those who bought there before are found by name; others by
        the whole number of their line or of their contract, which they must tell.

        :param int boutique_id: the shop
        :param str text: as typed
        """
        boutique, self = self._counter_env(boutique_id)
        text = (text or "").strip()
        if len(text) < 2:
            return []
        company = boutique.company_id
        Partner = self.env["res.partner"]
        number = company._telecom_sanitize(text)
        known = Domain("company_id", "=", company.id) & Domain(
            "telecom_customer", "=", True
        )
        exact = Domain("telecom_customer_number", "=", text)
        if number:
            exact |= Domain("phone_sanitized", "=", number)
            # sudo: telecom.line - holders of the number that a customer tells
            lines = (
                self.env["telecom.line"]
                .sudo()
                .search(
                    [
                        ("company_id", "=", company.id),
                        ("msisdn", "=", number),
                        ("state", "!=", "terminated"),
                    ]
                )
            )
            exact |= Domain("id", "in", lines.partner_id.ids)
        # sudo: res.partner - by a whole number only, of this operator
        found = Partner.sudo().search(known & exact, limit=FEW).sudo(False)
        if len(found) < FEW and not number:
            found |= Partner.search(
                known & Domain("display_name", "ilike", text), limit=FEW
            )
        return [self._counter_customer(boutique, partner) for partner in found[:FEW]]

    def _counter_customer(self, boutique, partner):
        """Return what the counter shows of a customer."""
        # sudo: res.partner - found above; the name, number and lines of one customer
        partner = partner.sudo()
        company = boutique.company_id
        lines = (
            self.env["telecom.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "=", partner.id),
                    ("state", "not in", ("available", "terminated")),
                ],
                limit=20,
            )
        )
        return {
            "id": partner.id,
            "name": partner.display_name,
            "phone": company._telecom_format(partner.phone) or "",
            "number": partner.telecom_customer_number or "",
            "key": self._counter_key(boutique, partner),
            "lines": [
                {
                    "id": line.id,
                    "name": line.display_name,
                    "state": line.state,
                    "kinds": self._counter_line_kinds(line),
                }
                for line in lines
            ],
        }

    def _counter_line_kinds(self, line):
        """Return the kinds of items that are put into service on a line."""
        kinds = LINE_KINDS.get(line.technology, [])
        # Fixed telephones without a wire have a SIM, too
        return [*kinds, *(["sim"] if line.iccid and "sim" not in kinds else [])]

    def _counter_key(self, boutique, partner):
        """Return what shows that the counter has found a customer for this user."""
        # sudo: ir.config_parameter - the secret of the database, to sign with
        return hmac(
            self.env(su=True),
            "telecom-counter",
            (self.env.uid, boutique.id, partner.id),
        )

    @api.model
    def counter_scan(self, boutique_id, text):
        """Return what a scanned or typed text may be.

        :return: ``{"item": …}`` when it is sure, ``{"choices": [item, …]}`` when
            several may be meant, or ``{"error": why not}``
        """
        boutique, self = self._counter_env(boutique_id)
        text = (text or "").strip()
        if not text:
            empty = identifiers.BadIdentifier("empty")
            return {"error": self.env["stock.lot"]._telecom_explain("serial", empty)}
        company = boutique.company_id
        # sudo: stock.lot - to say where it is instead; nothing else of it is shown
        lot = self.env["stock.lot"].sudo()._telecom_by_scan(text, company)
        if lot:
            problem = self._counter_problem(boutique, lot)
            return {"error": problem} if problem else {"item": self._counter_lot(lot)}
        product = self.env["product.product"].search(
            [
                ("type", "=", "consu"),
                ("sale_ok", "=", True),
                ("company_id", "in", (company.id, False)),
                "|",
                ("barcode", "=", text),
                ("default_code", "=ilike", escape_psql(text)),
            ],
            limit=1,
        )
        if product and product.tracking == "none":
            return {"item": self._counter_product(product)}
        choices = self._counter_choices(boutique, text, product)
        if choices:
            return {"choices": choices}
        return {
            "error": self.env._(
                "Nothing of this boutique is called “%s”: scan the IMEI of the device, "
                "the ICCID of the card, or the barcode of the article.",
                text,
            )
        }

    def _counter_choices(self, boutique, text, product):
        """Return items of the shop whose number or name has a text in it."""
        if len(text) < 2 and not product:
            return []
        named = Domain("product_id", "in", product.ids) if product else Domain.FALSE
        if not product:
            named = Domain("product_id.name", "ilike", text)
            if len(text) >= 4:
                named |= Domain("name", "like", text)
        # sudo: stock.lot, stock.quant - those in the user's own shop
        lots = (
            self.env["stock.lot"]
            .sudo()
            .search(
                Domain("company_id", "=", boutique.company_id.id)
                & Domain("telecom_boutique_id", "=", boutique.id)
                & Domain("telecom_state", "=", "stock")
                & named,
                limit=FEW,
                order="id",
            )
        )
        quants = (
            self.env["stock.quant"]
            .sudo()
            .search(
                [
                    ("location_id.warehouse_id", "=", boutique.warehouse_id.id),
                    ("location_id.usage", "=", "internal"),
                    ("product_id.tracking", "=", "none"),
                    ("product_id.name", "ilike", text),
                ],
                limit=FEW,
            )
        )
        return [
            *(self._counter_product(product) for product in quants.product_id),
            *(self._counter_lot(lot) for lot in lots),
        ][:FEW]

    def _counter_problem(self, boutique, lot):
        """Return why a serial number cannot be sold in a shop, or ``""``."""
        if lot.telecom_state in ("stock", "reserved"):
            if lot.telecom_boutique_id == boutique:
                if lot.telecom_state == "stock":
                    return ""
                return self.env._(
                    "%s is reserved for an order: deliver that order, or free it.",
                    lot.name,
                )
            if self.env.user._telecom_franchise():
                return self.env._("%s is not in the stock of this boutique.", lot.name)
            return self.env._(
                "%(serial)s stands in the stock of “%(place)s”: have it transferred "
                "before it is sold here.",
                serial=lot.name,
                place=lot.telecom_boutique_id.name or lot.location_id.display_name,
            )
        if lot.telecom_state == "lost":
            return lot._telecom_blocked_message()
        states = dict(lot._fields["telecom_state"]._description_selection(self.env))
        return self.env._(
            "%(product)s %(serial)s is “%(state)s”: it cannot be sold.",
            product=lot.product_id.display_name,
            serial=lot.name,
            state=states.get(lot.telecom_state, lot.telecom_state),
        )

    def _counter_lot(self, lot):
        return {
            **self._counter_product(lot.product_id),
            "lot_id": lot.id,
            "serial": lot.name,
            "kind": lot.telecom_kind,
            "msisdn": lot.company_id._telecom_format(lot.telecom_msisdn) or "",
        }

    def _counter_product(self, product):
        # sudo: product.product - its price is shown to whoever sells it
        product = product.sudo().with_context(display_default_code=False)
        return {
            "product_id": product.id,
            "name": product.display_name,
            "price": self._counter_price(product, 1)["total"],
            "serial": "",
            "kind": product.telecom_kind or "",
            "whole": product._telecom_whole(),
            "quantity": 1,
        }

    @api.model
    def _counter_price(self, product, quantity, partner=None):
        """Return what some pieces cost: ``{"untaxed", "tax", "total", "unit"}``.

        Without billing the price of the product is what is paid.
        """
        currency = self.env.company.currency_id
        unit = product.with_company(self.env.company).lst_price
        total = currency.round(unit * quantity)
        return {"unit": unit, "untaxed": total, "tax": 0.0, "total": total}

    @api.model
    def counter_numbers(self, boutique_id, text=""):
        """Return numbers that may be given: some, or those with these digits."""
        boutique, self = self._counter_env(boutique_id)
        digits = "".join(filter(str.isdigit, text or ""))
        # sudo: telecom.line, stock.lot - numbers nobody has, and no SIM was made for:
        # such a SIM brings its number itself
        Lot = self.env["stock.lot"].sudo()
        made = Lot._search(
            Lot._telecom_made_domain(boutique.company_id)
            & Domain("telecom_msisdn", "!=", False)
        )
        lines = (
            self.env["telecom.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", boutique.company_id.id),
                    ("state", "=", "available"),
                    ("partner_id", "=", False),
                    ("technology", "=", "mobile"),
                    ("msisdn", "not in", made.subselect("telecom_msisdn")),
                    *([("msisdn", "like", digits)] if digits else []),
                ],
                limit=FEW,
            )
        )
        return [line.display_name for line in lines]

    @api.model
    def counter_totals(self, values):
        """Return what a sale costs as it stands on the screen.

        :param dict values: as :meth:`counter_sell` gets them
        :return: ``{"total": …, "tax": …, "items": [total of each], "refused": {offer's
            id: why this customer cannot have it}, "swaps": [whether the item is a new
            SIM of a line in use, of each]}``
        """
        boutique, self = self._counter_env(values.get("boutique_id"))
        items = self._counter_items(boutique, values)
        partner = self.env["res.partner"]
        if values.get("partner_id"):
            named = {name: values.get(name) for name in ("partner_id", "partner_key")}
            partner = self._counter_partner(boutique, named)
        totals = self._counter_totals(boutique, items, partner)
        return {
            **totals,
            "refused": self._counter_refused(partner),
            "swaps": self._counter_swaps(partner, items),
        }

    @api.model
    def _counter_refused(self, partner):
        """Return {offer's id: why a customer cannot have it}; billing knows some."""
        return {}

    def _counter_totals(self, boutique, items, partner):
        totals = []
        for item in items:
            price = self._counter_price(item["product"], item["quantity"])
            total, tax = price["total"], price["tax"]
            if item["offer"]:
                price = self._counter_price(item["offer"], 1)
                total, tax = total + price["total"], tax + price["tax"]
            totals.append((total, tax))
        return {
            "items": [total for total, _tax in totals],
            "tax": sum(tax for _total, tax in totals),
            "total": boutique.company_id.currency_id.round(
                sum(total for total, _tax in totals)
            ),
        }

    def _counter_items(self, boutique, values):
        """Read the items of a sale as the screen sent them.

        :return: list of dicts: ``product``, ``lot``, ``quantity``, ``offer`` (a product
            or nothing), ``msisdn``, ``line_id``
        :raises UserError: one of them cannot be sold here
        """
        items = []
        for sent in values.get("items") or []:
            # sudo: stock.lot, product.product - checked against the shop just below
            lot = self.env["stock.lot"].sudo().browse(int(sent.get("lot_id") or 0))
            if lot:
                if lot.exists().company_id != boutique.company_id:
                    raise UserError(self.env._("This item is not in the boutique."))
                product, quantity = lot.product_id, 1
            else:
                product = (
                    self.env["product.product"]
                    .browse(int(sent.get("product_id") or 0))
                    .exists()
                )
                product.check_access("read")
                quantity = float(sent.get("quantity") or 1)
                if not product or product.type != "consu" or product.tracking != "none":
                    raise UserError(
                        self.env._("Scan the serial number of the item to sell it.")
                    )
                if not 0 < quantity <= 10_000:
                    raise UserError(self.env._("Say how many pieces are sold."))
                product._telecom_check_pieces(quantity)
            items.append(
                {
                    "product": product.sudo(),
                    "lot": lot,
                    "quantity": quantity,
                    "offer": self._counter_offer(boutique, sent.get("offer_id")),
                    "msisdn": str(sent.get("msisdn") or "").strip(),
                    "line_id": int(sent.get("line_id") or 0),
                }
            )
        return items

    @api.model
    def _counter_offer(self, boutique, offer_id):
        """Return the offer that goes with an item; billing knows some."""
        return self.env["product.product"]

    # The sale

    @api.model
    def counter_sell(self, values):
        """Sell: take items out of the shop, put lines into service, take the money.

        :param dict values: ``token`` of the screen, ``boutique_id``, ``partner_id`` or
            ``partner`` (``first_name``, ``last_name``, ``phone`` and ``known``, see
            :meth:`_counter_check_doubles`), ``items`` (each with
            ``lot_id`` or ``product_id`` and ``quantity``; with a SIM ``msisdn``, or
            ``line_id`` of the line whose SIM it replaces, and ``offer_id``), ``total``
            as shown, ``payment_method`` and ``amount_received``; or ``payments``, each
            with ``method`` and ``amount``; for a new SIM of a line in use ``identity``,
            see :meth:`_counter_identify`
        :return: see :meth:`_counter_result`; or ``{"changed": total}`` when it costs
            something else than was shown, or ``{"identity": why, "overrule": whether
            this user may do it all the same}`` when the document that was shown is not
            the holder's, or ``{"doubles": [customers]}`` when a new one may be there
            already: then nothing was sold
        :raises UserError: it cannot be sold, and why
        """
        return self._counter_once(values, "_counter_make")

    def _counter_once(self, values, maker):
        """Make a sale, or take one back, of what the screen sent: once for each token.

        :param dict values: see :meth:`counter_sell`
        :param str maker: the method that does it, in superuser mode
        :return: see :meth:`counter_sell`
        """
        boutique, self = self._counter_env(values.get("boutique_id"))
        # Rules do not bind the superuser, in whose name all of it is made
        boutique.company_id._telecom_check("stock", "create")
        token = str(values.get("token") or "")[:64]
        if not token:
            raise UserError(self.env._("Open the counter again: this page is too old."))
        # sudo: telecom.counter.sale - written by the sale itself, never by hand
        Sale = self.sudo()
        known = [("company_id", "=", boutique.company_id.id), ("token", "=", token)]
        done = Sale.search(known)
        if done:
            return done._counter_result()
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            # The same sale, sent twice at once: ask again when the other is through
            with once(Sale, "_token_unique"):
                sale = getattr(Sale, maker)(boutique, token, values)
        except NotSold as reason:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)
            return reason.answer(self, boutique)
        except Exception:
            savepoint.close(rollback=True)
            raise
        shown = values.get("total")
        currency = boutique.company_id.currency_id
        # What is given back is shown without its sign
        total = abs(sale.amount_total)
        if shown is not None and currency.compare_amounts(shown, total):
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)
            return {"changed": total}
        savepoint.close(rollback=False)
        return sale._counter_result()

    def _counter_make(self, boutique, token, values):
        """Make a sale of what the screen sent, in superuser mode."""
        given = self._counter_given(values)
        items = self._counter_items(boutique, values)
        if not items:
            raise UserError(self.env._("Scan what the customer buys first."))
        scanned = [item["lot"].id for item in items if item["lot"]]
        if len(set(scanned)) != len(scanned):
            raise UserError(self.env._("An item was scanned twice."))
        lots = self.env["stock.lot"].browse(scanned)
        partner = self._counter_partner(boutique, values)
        sale = self.create(
            {
                "name": boutique.company_id._telecom_next_number(
                    SALE_SEQUENCE, "Counter Sales", "VC/%(year)s/", 6
                ),
                "company_id": boutique.company_id.id,
                "boutique_id": boutique.id,
                "user_id": self.env.uid,
                "partner_id": partner.id,
                "payment_method": next(iter(given)),
                "token": token,
            }
        )
        # Before anything else: the index of tokens decides between two of the same
        sale.flush_recordset()
        lots._telecom_lock()
        for lot in lots:
            if problem := self._counter_problem(boutique, lot):
                raise UserError(problem)
        boutique.warehouse_id._telecom_check_free(
            [(i["product"], i["quantity"]) for i in items if not i["lot"]]
        )
        for item in items:
            item["line"] = sale._counter_line(item)
        identity = sale._counter_identify(items, values)
        sale.item_ids = [
            Command.create(sale._prepare_item(number, item))
            for number, item in enumerate(items)
        ]
        sale._counter_amounts()
        sale._counter_deliver()
        sale._counter_activate(identity)
        sale._counter_pay(given)
        self.env["telecom.cash.day"]._telecom_count_in(boutique)
        return sale

    @api.model
    def _counter_given(self, values):
        """Read what the customer gives.

        :return: ``{method: amount}``; None is as much as it costs
        :rtype: dict
        """
        known = dict(PAYMENT_METHODS)
        given = {}
        for part in values.get("payments") or []:
            method, amount = part.get("method"), float(part.get("amount") or 0)
            if method not in known or not math.isfinite(amount) or amount < 0:
                raise UserError(self.env._("Say how the customer pays."))
            if amount:
                given[method] = given.get(method, 0.0) + amount
        if given:
            return given
        method = values.get("payment_method")
        if method not in known:
            raise UserError(self.env._("Say how the customer pays."))
        received = float(values.get("amount_received") or 0)
        if not math.isfinite(received):
            raise UserError(self.env._("Say how the customer pays."))
        return {method: (method == "cash" and received) or None}

    def _counter_partner(self, boutique, values):
        """Return the customer of a sale, made when it is a new one."""
        company = boutique.company_id
        if values.get("partner_id"):
            partner = self.env["res.partner"].browse(int(values["partner_id"])).exists()
            # People of a franchise may read only whom they served; of others they have
            # the key that the counter gave them with the customer's whole number.
            known = partner.sudo(False).has_access("read") or consteq(
                str(values.get("partner_key") or ""),
                self._counter_key(boutique, partner),
            )
            if not partner or partner.company_id != company or not known:
                raise UserError(self.env._("Choose the customer again."))
            return partner
        sent = values.get("partner") or {}
        last = str(sent.get("last_name") or "").strip()
        phone = str(sent.get("phone") or "").strip()
        if not last:
            raise UserError(self.env._("Choose the customer, or write a new one down."))
        if phone and not company._telecom_sanitize(phone):
            raise UserError(
                self.env._("%s is no telephone number of this country.", phone)
            )
        self._counter_check_doubles(boutique, sent)
        return self.env["res.partner"].create(
            {
                "company_id": company.id,
                "telecom_customer": True,
                "telecom_first_name": str(sent.get("first_name") or "").strip(),
                "telecom_last_name": last,
                "phone": phone,
            }
        )

    def _prepare_item(self, sequence, item):
        """Return the values of an item of this sale."""
        self.ensure_one()
        price = self._counter_price(item["product"], item["quantity"], self.partner_id)
        return {
            "sequence": sequence,
            "company_id": self.company_id.id,
            "product_id": item["product"].id,
            "lot_id": item["lot"].id,
            "quantity": item["quantity"],
            "price_unit": price["unit"],
            "amount_untaxed": price["untaxed"],
            "amount_total": price["total"],
            "line_id": item["line"].id,
        }

    def _counter_line(self, item):
        """Return the line an item is put into service on, or nothing.

        A number may be typed, chosen, or be the one the SIM was made for. A line of the
        customer gets a new SIM by being named.
        """
        self.ensure_one()
        Line = self.env["telecom.line"]
        company, partner = self.company_id, self.partner_id
        if item["line_id"]:
            line = Line.browse(item["line_id"]).exists()
            if line.company_id != company or line.partner_id != partner:
                raise UserError(self.env._("This line is not the customer's."))
            kind = item["lot"].telecom_kind
            if kind == "sim" and kind not in self._counter_line_kinds(line):
                raise UserError(
                    self.env._("The line %s has no SIM card.", line.display_name)
                )
            return line
        number = item["msisdn"]
        if not number and item["lot"].telecom_kind == "sim":
            number = item["lot"].telecom_msisdn
        if not number:
            if item["lot"].telecom_kind == "sim" and item["offer"]:
                raise UserError(
                    self.env._("Give the SIM %s a number.", item["lot"].name)
                )
            return Line
        msisdn = Line._sanitize_msisdn(company, number)
        line = Line.search(
            [
                ("company_id", "=", company.id),
                ("msisdn", "=", msisdn),
                ("state", "!=", "terminated"),
            ],
            limit=1,
        )
        made = item["lot"]._telecom_made_for(company, [msisdn]).get(msisdn)
        if made and made != item["lot"] and line.partner_id != partner:
            raise UserError(
                self.env._(
                    "The number %(number)s is that of the SIM %(iccid)s: sell this "
                    "SIM, or choose another number.",
                    number=company._telecom_format(msisdn),
                    iccid=made.name,
                )
            )
        if not line:
            return Line.create(
                {
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "msisdn": msisdn,
                    "technology": self._counter_technology(item),
                    "state": "reserved",
                }
            )
        if line.partner_id == partner:
            return line
        if line.state != "available" or line.partner_id:
            raise UserError(
                self.env._("The number %s belongs to somebody else.", line.display_name)
            )
        line.write({"partner_id": partner.id, "state": "reserved"})
        return line

    @api.model
    def _counter_technology(self, item):
        """Return the technology of a new line."""
        return {"key4g": "key4g", "fibre_terminal": "fibre", "modem": "adsl"}.get(
            item["lot"].telecom_kind, "mobile"
        )

    def _counter_amounts(self):
        """Add up what the items cost."""
        for sale in self:
            sale.amount_untaxed = sum(sale.item_ids.mapped("amount_untaxed"))
            sale.amount_total = sum(sale.item_ids.mapped("amount_total"))
            sale.amount_tax = sale.amount_total - sale.amount_untaxed

    def _counter_deliver(self):
        """Take the items out of the shop's stock."""
        self.ensure_one()
        warehouse = self.boutique_id.warehouse_id
        self.item_ids.lot_id.telecom_partner_id = self.partner_id
        self.picking_id = self.env["stock.picking"]._telecom_make(
            warehouse.out_type_id,
            warehouse.lot_stock_id,
            self.partner_id.property_stock_customer,
            [(item.product_id, item.quantity, item.lot_id) for item in self.item_ids],
            partner=self.partner_id,
            origin=self.name,
        )

    def _counter_activate(self, identity=None):
        """Put the lines that were sold into service.

        :param dict identity: what the history says of each new SIM of a line in use,
            by line; see :meth:`_counter_identify`
        """
        self.ensure_one()
        for item in self.item_ids.filtered("line_id"):
            if item.lot_id:
                resumed = item.lot_id.telecom_kind == "sim" and (
                    item.line_id._telecom_waits_for_sim()
                )
                line, said = item.line_id, (identity or {}).get(item.line_id)
                if said:
                    line = line.with_context(telecom_line_event=said)
                item.lot_id._telecom_activate(line)
                if said:
                    place = ", ".join(
                        filter(None, (self.boutique_id.name, self.boutique_id.city))
                    )
                    line._telecom_tell_new_sim(place, self.boutique_id.tz or "UTC")
                if resumed:
                    why = {"reason": self.name}
                    line = item.line_id.with_context(telecom_line_event=why)
                    line.action_activate()
            if item.line_id.state in ("available", "reserved"):
                item.line_id.action_activate()

    def _counter_pay(self, given):
        """Note the money; with billing it is a payment of an invoice.

        :param dict given: see :meth:`_counter_given`; change is given of cash only
        """
        self.ensure_one()
        currency, total = self.currency_id, self.amount_total
        given = {
            method: total if amount is None else currency.round(amount)
            for method, amount in given.items()
        }
        other = sum(amount for method, amount in given.items() if method != "cash")
        received = other + given.get("cash", 0.0)
        if currency.compare_amounts(received, total) < 0:
            raise UserError(
                self.env._(
                    "%(missing)s are missing: the customer pays all of it at the "
                    "counter.",
                    missing=formatLang(
                        self.env, total - received, currency_obj=currency
                    ),
                )
            )
        if currency.compare_amounts(other, total) > 0:
            raise UserError(
                self.env._(
                    "%(more)s too much: change is given of cash only.",
                    more=formatLang(self.env, other - total, currency_obj=currency),
                )
            )
        self.amount_received = received
        if "cash" in given:
            given["cash"] = total - other
        self._counter_note(given)

    def _counter_note(self, parts):
        """Keep what each means of payment brought.

        :param dict parts: amounts by method; negative ones are given back
        """
        self.payment_ids = [
            Command.create(
                {"company_id": self.company_id.id, "method": method, "amount": amount}
            )
            for method, amount in parts.items()
            if not self.currency_id.is_zero(amount)
        ]
        methods = self.payment_ids.mapped("method")
        if methods:
            self.payment_method = methods[0] if len(methods) == 1 else "several"

    def _counter_served(self):
        """Return the lines of this sale that are in service."""
        return self.item_ids.line_id.filtered(lambda line: line.state == "active")

    def _counter_waiting(self):
        """Return the lines of this sale that are not in service, and what they are."""
        lines = self.item_ids.line_id - self._counter_served()
        states = dict(lines._fields["state"]._description_selection(self.env))
        return [f"{line.display_name} ({states[line.state]})" for line in lines]

    def _counter_result(self):
        """Return what the screen shows of a sale that was made.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "customer": self.partner_id.display_name,
            "total": abs(self.amount_total),
            "returned": bool(self.origin_id),
            "change": self.amount_change,
            "lines": self._counter_served().mapped("display_name"),
            "waiting": self._counter_waiting(),
            "receipt": f"/telecom/counter/receipt/{self.id}",
            "today": self._counter_today(self.boutique_id),
        }

    # Receipt

    def _telecom_pdf(self):
        """Return the receipt as PDF, in the customer's language.

        :rtype: bytes
        """
        self.ensure_one()
        # sudo: telecom.counter.sale - printed whole for whoever may read it
        sale = self.sudo()
        lang = (
            sale.partner_id.lang
            or sale.company_id.partner_id.lang
            or self.env.user.lang
            or "en_US"
        )
        return pdf.render_pdf(sale.with_context(lang=lang)._receipt())

    def _receipt(self):
        """Return what stands on the receipt.

        :rtype: odoo.addons.telecom_crm.tools.document.Document
        """
        boutique = self.boutique_id
        place = ", ".join(filter(None, (boutique.name, boutique.city)))
        facts = [
            (
                self.env._("Date"),
                format_datetime(self.env, self.date, tz=boutique.tz or "UTC"),
            ),
            (self.env._("Boutique"), place),
            (self.env._("Sold by"), self.user_id.name or ""),
            (self._receipt_paid_by(), self._receipt_methods()),
            *self._receipt_facts(),
        ]
        lang = self.env.context.get("lang") or "en_US"
        return pdf.Document(
            title=self._receipt_title(),
            brand=self.company_id._telecom_brand(),
            recipient=self.partner_id._telecom_party(
                self.company_id, self.env._("Customer")
            ),
            facts=tuple((label, value) for label, value in facts if value),
            tables=(
                pdf.Table(
                    columns=(
                        pdf.Column(self.env._("Item"), 6),
                        pdf.Column(self.env._("Quantity"), 1.3, "right"),
                        pdf.Column(self.env._("Amount"), 2.4, "right"),
                    ),
                    rows=tuple(
                        row for item in self.item_ids for row in item._receipt_rows()
                    ),
                ),
            ),
            totals=self._receipt_totals(),
            notes=self._receipt_notes(),
            language=lang.partition("_")[0],
            labels=pdf.Labels(page=self.env._("Page %(page)s of %(pages)s")),
        )

    def _receipt_title(self):
        return self.env._("Receipt %s", self.name)

    def _receipt_paid_by(self):
        return self.env._("Paid by")

    def _receipt_methods(self):
        """Return how it was paid, with the amounts when by several means."""
        labels = self._counter_methods()
        if self.payment_method != "several":
            return labels[self.payment_method]
        return ", ".join(
            f"{labels[part.method]} {self._receipt_money(part.amount)}"
            for part in self.payment_ids
        )

    def _receipt_facts(self):
        return ()

    def _receipt_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _receipt_totals(self):
        money = self._receipt_money
        totals = []
        if not self.currency_id.is_zero(self.amount_tax):
            totals += [
                pdf.Total(self.env._("Before tax"), money(self.amount_untaxed)),
                pdf.Total(self.env._("Taxes"), money(self.amount_tax)),
            ]
        totals.append(pdf.Total(self.env._("Paid"), money(self.amount_total), True))
        if not self.currency_id.is_zero(self.amount_change):
            totals += [
                pdf.Total(self.env._("Received"), money(self.amount_received)),
                pdf.Total(self.env._("Change"), money(self.amount_change)),
            ]
        return tuple(totals)

    def _receipt_notes(self):
        if not self.item_ids.line_id:
            return ()
        notes = []
        if served := self._counter_served():
            numbers = ", ".join(served.mapped("display_name"))
            notes.append(pdf.Note(self.env._("In service: %s", numbers)))
        if waiting := ", ".join(self._counter_waiting()):
            notes.append(pdf.Note(self.env._("Not in service: %s", waiting)))
        return (
            *notes,
            pdf.Note(self.env._("Keep this receipt: it is needed for repairs.")),
        )

    # Actions

    def action_receipt(self):
        """Open the receipt to be printed or sent."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/counter/receipt/{self.id}",
            "target": "new",
        }
