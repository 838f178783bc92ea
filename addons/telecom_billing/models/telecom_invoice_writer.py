import copy
import io
import logging
import random
import re
from collections import Counter, defaultdict, namedtuple
from itertools import chain

import psycopg2

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare, float_repr
from odoo.tools.mail import generate_tracking_message_id

from ..engine import tested_classes

_logger = logging.getLogger(__name__)

# Values of an invoice and of a line that rows are written for; others go through Odoo
MOVE_KEYS = frozenset(
    {
        "move_type",
        "partner_id",
        "journal_id",
        "company_id",
        "currency_id",
        "invoice_date",
        "invoice_payment_term_id",
        "ref",
        "invoice_origin",
        "telecom_account_id",
        "invoice_line_ids",
    }
)
LINE_KEYS = frozenset(
    {
        "product_id",
        "account_id",
        "name",
        "quantity",
        "price_unit",
        "discount",
        "tax_ids",
        "product_uom_id",
        "sequence",
        "telecom_fee_id",
    }
)

# What decides which row a line gets; the rest is the line's own
Kind = namedtuple("Kind", "product account taxes uom sequence fee")
Prices = namedtuple("Prices", "kind name quantity price discount")
# What the engine of taxes makes of the lines of an invoice
Amounts = namedtuple("Amounts", "products taxes untaxed tax total")

# Reasons, for the log and for tests, why an invoice goes through Odoo's own methods
KEYS, TYPE, NO_PRODUCT, STORABLE, CURRENCY, TOTAL, TERM, FEES, SHAPE = (
    "values it does not know",
    "a document of another type",
    "a line without product and account",
    "a product with stock",
    "another currency than the company's",
    "a total of nothing or less",
    "a payment term with a discount",
    "stamps or fees that are missing",
    "journal items it does not know",
)

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(value):
    """A value as PostgreSQL's COPY reads it."""
    if value is None or value is False:
        return "\\N"
    return str(value).translate(_ESCAPES)


class InvoiceDifference(UserError):
    """An invoice is not what Odoo makes of the same values."""


class Shape:
    """What invoices of alike customers have in common, taken from one made by Odoo.

    Of each table Odoo wrote to, the row it wrote, as texts by column; of each kind of
    line the records its amounts are computed with.
    """

    def __init__(self):
        self.reason = None
        # Rows: of the invoice, of its receivable, of messages and followers
        self.move = {}
        self.terms = []
        self.messages = []
        self.followers = []
        self.label = ""
        # Lines by kind, and journal items of taxes by what tells them apart
        self.kinds = {}
        self.taxes = {}
        self.term = self.invoice_date = None
        # What the engine of taxes made of the same figures before
        self.totals = {}
        # Journal items by tax, where there is one for each and nothing else; tags
        self.simple = None
        self.tags = {}


class TelecomInvoiceWriter(models.AbstractModel):
    """Posted customer invoices, many at once, as Odoo itself would have made them.

    ``create`` and ``action_post`` make about 30 invoices a second, most of which goes
    into finding out again, for each of them, what is the same for all. Here Odoo makes
    **one** invoice per shape (customers alike in country, language, fiscal position,
    payment term…, with all kinds of lines of the batch), which is read and rolled back;
    the others get their amounts from ``account.tax``'s own engine, their due dates from
    ``account.payment.term``'s, their numbers from the journal's own sequence, and their
    rows by COPY.

    Anything that is not known to give the same rows goes through Odoo: see
    :meth:`_fallback_reason` for the database and the constants above for an invoice.
    """

    _name = "telecom.invoice.writer"
    _description = "Writes Invoices in Bulk"

    # Entry

    @api.model
    def _create_posted(self, vals_list, cache=None):
        """Create and post customer invoices.

        :param list vals_list: values as for ``account.move``'s ``create``; all of the
            same company, which is the current one
        :param dict cache: shapes, kept by the caller from batch to batch of a run whose
            configuration does not change; ``check`` says how many of the invoices Odoo
            makes again, to compare, ``checked`` counts them
        :return: invoices, in the order of the values
        :raises: what ``create`` and ``action_post`` raise
        """
        if not vals_list:
            return self.env["account.move"]
        if not (self.env.su or self.env["account.move"].has_access("create")):
            self.env["account.move"].check_access("create")
        cache = {} if cache is None else cache
        Move = self.env["account.move"]
        if "fallback" not in cache:
            cache["fallback"] = self._fallback_reason()
            if cache["fallback"]:
                # Right, but some thirty times slower: whoever wonders finds out here
                _logger.info("Invoices are made one by one: %s", cache["fallback"])
        slow = dict.fromkeys(range(len(vals_list)), cache["fallback"])
        made = {}
        if not cache["fallback"]:
            made, slow = self._write_invoices(vals_list, cache)
            self._check(vals_list, made, cache)
        if slow:
            moves = Move.create([vals_list[index] for index in slow])
            moves.action_post()
            made.update(zip(slow, moves.ids, strict=True))
        cache.setdefault("reasons", Counter()).update(slow.values())
        return Move.browse(made[index] for index in range(len(vals_list)))

    @api.model
    def _fallback_reason(self):
        """Why no invoice of this company may be written by COPY here.

        :return: text for the log, or False
        """
        for model in tested_classes.MODELS:
            registry_class = self.env.registry[model]
            if unknown := tested_classes.unknown(registry_class.__mro__):
                return f"{model}: {', '.join(unknown)}"
            fields_ = self.env[model]._fields.values()
            if model.startswith("account.move") and (
                names := [f.name for f in fields_ if f.manual and f.store and f.compute]
            ):
                return f"{model}: {', '.join(names)}"
        # sudo: configuration of accounting - whoever invoices
        Distribution = self.env["account.analytic.distribution.model"].sudo()
        if Distribution.search_count(
            [("company_id", "in", (False, self.env.company.id))], limit=1
        ):
            return "account.analytic.distribution.model"
        if "base.automation" in self.env and self.env[
            "base.automation"
        ].sudo().search_count([("model_name", "in", tested_classes.MODELS)], limit=1):
            return "base.automation"
        return False

    # Comparing

    def _check(self, vals_list, made, cache):
        """Let Odoo make some of the invoices again, by chance, and compare.

        :raises InvoiceDifference: naming what differs
        """
        count = min(cache.get("check", 0), len(made))
        for index in random.sample(sorted(made), count):
            differences = self._differences(vals_list[index], made[index])
            if differences:
                raise InvoiceDifference(
                    self.env._(
                        "Odoo would have made another invoice for %(customer)s: "
                        "%(differences)s. Nothing of this batch was kept; the run can "
                        "go on one by one.",
                        customer=self.env["res.partner"]
                        .browse(vals_list[index]["partner_id"])
                        .display_name,
                        differences=", ".join(sorted(differences)[:10]),
                    )
                )
        cache["checked"] = cache.get("checked", 0) + count

    @api.model
    def _differences(self, vals, move_id):
        """Compare an invoice with what Odoo makes of the same values.

        :return: names of tables and columns that differ
        """
        Move = self.env["account.move"]
        with self._rolled_back():
            move = Move.create([copy.deepcopy(vals)])
            move.action_post()
            self.env.flush_all()
            expected = self._document(move.id)
        document = self._document(move_id)
        found = set()
        for table in expected.keys() | document.keys():
            ours, theirs = document.get(table, []), expected.get(table, [])
            if len(ours) != len(theirs):
                found.add(table)
            for one, other in zip(ours, theirs, strict=False):
                found |= {f"{table}.{name}" for name in one if one[name] != other[name]}
        return found

    def _document(self, move_id):
        """Rows of an invoice without what must differ from the next: ids and number."""
        [move] = self._rows_as_text("account_move", "id", [move_id])
        lines = self._rows_as_text("account_move_line", "move_id", [move_id])
        tables = {
            "account_move": [move],
            "account_move_line": lines,
            "mail_message": self._rows_as_text(
                "mail_message", "res_id", [move_id], SQL("model = 'account.move'")
            ),
            "mail_followers": self._rows_as_text(
                "mail_followers", "res_id", [move_id], SQL("res_model = 'account.move'")
            ),
        }
        for line in lines:
            for table, one, other in (
                (
                    "account_move_line_account_tax_rel",
                    "account_move_line_id",
                    "account_tax_id",
                ),
                (
                    "account_account_tag_account_move_line_rel",
                    "account_move_line_id",
                    "account_account_tag_id",
                ),
            ):
                line[table] = [
                    row[0]
                    for row in self.env.execute_query(
                        SQL(
                            "SELECT %s FROM %s WHERE %s = %s ORDER BY 1",
                            SQL.identifier(other),
                            SQL.identifier(table),
                            SQL.identifier(one),
                            int(line["id"]),
                        )
                    )
                ]
        for follower in tables["mail_followers"]:
            follower["subtypes"] = self._subtypes(int(follower["id"]))
        number = move["name"]
        own = {
            "id",
            "res_id",
            "move_id",
            "message_id",
            "sequence_number",
            "create_date",
            "write_date",
        }
        for table, rows in tables.items():
            for row in rows:
                for name in own & row.keys():
                    del row[name]
                if table == "mail_message":
                    del row["date"]
                for name in ("name", "move_name", "payment_reference"):
                    if row.get(name):
                        row[name] = row[name].replace(number, "#")
        return tables

    # Amounts

    def _write_invoices(self, vals_list, cache):
        """Write what can be written by COPY.

        :return: ids of invoices by index, and reasons by index of those left to Odoo
        """
        company = self.env.company
        slow, work = {}, []
        for index, vals in enumerate(vals_list):
            parsed = self._parse(vals, company)
            if isinstance(parsed, str):
                slow[index] = parsed
            elif self._fees(parsed) != self._wanted_fees(vals, company, cache):
                slow[index] = FEES
            else:
                work.append((index, vals, parsed))
        by_shape = defaultdict(list)
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for _index, vals, _lines in work}
        )
        traits = self._partner_traits(partners)
        for index, vals, lines in work:
            partner = traits[vals["partner_id"]]
            head = (
                company.id,
                self.env.uid,
                self.env.lang,
                vals.get("journal_id"),
                str(vals.get("invoice_date")),
                # What is due when a customer has no payment term
                fields.Date.context_today(self),
                vals.get("invoice_payment_term_id", ...),
                partner.key,
            )
            by_shape[head].append((index, vals, lines))
        ready = []
        for head, members in by_shape.items():
            shape = cache.setdefault("shapes", {}).setdefault(head, Shape())
            kinds = {line.kind for _i, _vals, lines in members for line in lines}
            if missing := [kind for kind in kinds if kind not in shape.kinds]:
                self._learn(shape, members[0][1], missing)
            for index, vals, lines in members:
                amounts = shape.reason or self._amounts(shape, lines, company)
                if isinstance(amounts, str):
                    slow[index] = amounts
                else:
                    partner = traits[vals["partner_id"]]
                    ready.append((index, vals, lines, amounts, shape, partner))
        # As Odoo numbers what is posted together
        ready.sort(
            key=lambda item: (item[4].move["date"], item[1].get("ref") or "", item[0])
        )
        return self._copy_invoices(ready, company), dict(sorted(slow.items()))

    def _parse(self, vals, company):
        """Take the lines out of an invoice's values.

        :return: list of :class:`Prices`, or why Odoo must make this invoice
        """
        if not vals.keys() <= MOVE_KEYS:
            return KEYS
        if vals.get("move_type") != "out_invoice" or not vals.get("invoice_date"):
            return TYPE
        if vals.get("currency_id", company.currency_id.id) != company.currency_id.id:
            return CURRENCY
        if vals.get("company_id", company.id) != company.id:
            return KEYS
        lines = []
        for command, _id, line in vals.get("invoice_line_ids") or ():
            if command != Command.CREATE or not line.keys() <= LINE_KEYS:
                return KEYS
            if not (line.get("product_id") or line.get("account_id")):
                return NO_PRODUCT
            if not line.get("name"):
                return KEYS
            taxes = line.get("tax_ids")
            if taxes is not None:
                if len(taxes) != 1 or taxes[0][0] != Command.SET:
                    return KEYS
                taxes = tuple(taxes[0][2])
            elif not line.get("product_id"):
                return NO_PRODUCT
            lines.append(
                Prices(
                    Kind(
                        line.get("product_id"),
                        line.get("account_id"),
                        taxes,
                        line.get("product_uom_id"),
                        line.get("sequence"),
                        line.get("telecom_fee_id"),
                    ),
                    line["name"],
                    line.get("quantity", 1.0),
                    line.get("price_unit", 0.0),
                    line.get("discount", 0.0),
                )
            )
        return lines or KEYS

    @staticmethod
    def _fees(lines):
        """The stamps and fees among the lines."""
        return sorted(line.kind.fee for line in lines if line.kind.fee)

    def _wanted_fees(self, vals, company, cache):
        """The stamps and fees that posting would put on an invoice that lacks them."""
        date = vals["invoice_date"]
        fees = cache.setdefault("fees", {})
        if date not in fees:
            values = (
                self.env["telecom.invoice.fee"]._line_values(
                    company, fields.Date.to_date(date), "out_invoice"
                )
                if company.telecom_tenant
                else ()
            )
            fees[date] = sorted(line["telecom_fee_id"] for line in values)
        return fees[date]

    def _partner_traits(self, partners):
        """What of each customer decides about an invoice.

        :return: dict of (commercial partner, delivery partner, name, key, whether there
            are contacts above or below) by id
        """
        Traits = namedtuple("Traits", "commercial delivery name key related")
        company = self.env.company
        partners = partners.with_company(company)
        names = [
            name
            for name in (
                "property_account_position_id",
                "property_account_receivable_id",
                "property_payment_term_id",
                "property_inbound_payment_method_line_id",
            )
            if name in partners._fields
        ]
        partners.fetch(
            [
                "commercial_partner_id",
                "parent_id",
                "type",
                "country_id",
                "state_id",
                "zip",
                "vat",
                "lang",
                "user_id",
                "company_id",
                "is_company",
                "complete_name",
                *names,
            ]
        )
        # sudo: res.partner - addresses for deliveries, as Odoo looks them up
        with_children = {
            parent.id
            for [parent] in self.env["res.partner"]
            .sudo()
            ._read_group([("parent_id", "in", partners.ids)], ["parent_id"])
        }
        # Places matter where a fiscal position says so, and of a tax number the country
        Position = self.env["account.fiscal.position"]
        by_place = Position.search_count(
            [
                *Position._check_company_domain(company),
                ("auto_apply", "=", True),
                "|",
                "|",
                ("zip_from", "!=", False),
                ("state_ids", "!=", False),
                ("country_group_id.exclude_state_ids", "!=", False),
            ],
            limit=1,
        )
        result = {}
        for partner in partners:
            commercial = partner.commercial_partner_id
            related = bool(partner.parent_id) or partner.id in with_children
            if related:
                delivery = partner.browse(
                    partner.address_get(["delivery"])["delivery"] or partner.id
                )
            else:
                delivery = partner
            parties = {partner, commercial, delivery}
            key = (
                tuple(
                    (
                        party.country_id.id,
                        by_place and (party.state_id.id, party.zip),
                        (party.vat or "")[:2],
                        party.user_id.id,
                        party.is_company,
                        *(party[name].id for name in names),
                    )
                    for party in (
                        (partner,)
                        if len(parties) == 1
                        else (partner, commercial, delivery)
                    )
                ),
                partner.lang,
                partner.company_id.id,
            )
            result[partner.id] = Traits(
                commercial.id, delivery.id, partner.display_name, key, related
            )
        return result

    def _amounts(self, shape, lines, company):
        """Amounts of an invoice, from the engine of taxes.

        :return: :class:`Amounts`, or why Odoo must make this invoice
        """
        memo = tuple(
            (line.kind, line.quantity, line.price, line.discount) for line in lines
        )
        try:
            return shape.totals[memo]
        except KeyError:
            amounts = self._compute_amounts(shape, lines, company)
            if len(shape.totals) > 20_000:
                shape.totals.clear()
            shape.totals[memo] = amounts
            return amounts

    def _compute_amounts(self, shape, lines, company):
        Tax = self.env["account.tax"]
        currency = company.currency_id
        decimals = currency.decimal_places
        base_lines = [self._base_line(shape, line, currency) for line in lines]
        Tax._add_tax_details_in_base_lines(base_lines, company)
        Tax._round_base_lines_tax_details(base_lines, company)
        if shape.simple:
            values, taxes = self._read_simple(shape, lines, base_lines, currency)
        else:
            values, taxes = self._read_details(shape, base_lines, company)
        if values is None:
            return SHAPE

        def text(value):
            return float_repr(currency.round(value), decimals)

        products = [
            (
                *self._signed(text, balance),
                text(base_line["tax_details"]["total_excluded_currency"]),
                text(base_line["tax_details"]["total_included_currency"]),
                tags,
            )
            for base_line, (balance, tags) in zip(base_lines, values, strict=True)
        ]
        untaxed = -sum(balance for balance, _tags in values)
        tax = -sum(balance for _key, balance, _base in taxes)
        total = untaxed + tax
        if float_compare(total, 0.0, precision_digits=decimals) <= 0:
            return TOTAL
        taxes = [
            (key, *self._signed(text, balance), text(base))
            for key, balance, base in taxes
        ]
        return Amounts(products, taxes, untaxed, tax, total)

    def _read_details(self, shape, base_lines, company):
        """Let Odoo say which journal items the amounts go to.

        :return: (balance, tags) of each line, and (journal item, balance, base) of
            each tax; None when an item is not known
        """
        Tax = self.env["account.tax"]
        Tax._add_accounting_data_in_base_lines_tax_details(
            base_lines, company, include_caba_tags=False
        )
        result = Tax._prepare_tax_lines(base_lines, company)
        taxes = []
        for item in result["tax_lines_to_add"]:
            key = self._tax_key(item)
            if key not in shape.taxes:
                return None, None
            taxes.append((key, item["balance"], item["tax_base_amount"]))
        return [
            (item["balance"], base_line["tax_tag_ids"].ids)
            for base_line, item in result["base_lines_to_update"]
        ], taxes

    def _read_simple(self, shape, lines, base_lines, currency):
        """The same where each tax has one journal item and no tax builds on another.

        Which item that is was learned with the shape, so only amounts are added up.
        """
        values, sums = [], {}
        for line, base_line in zip(lines, base_lines, strict=True):
            details = base_line["tax_details"]
            values.append(
                (
                    -(details["total_excluded"] + details["delta_total_excluded"]),
                    shape.tags[line.kind],
                )
            )
            for tax_data in details["taxes_data"]:
                item = sums.setdefault(tax_data["tax"].id, [0.0, 0.0])
                item[0] -= tax_data["tax_amount"]
                item[1] -= tax_data["base_amount"]
        taxes = []
        for tax, (balance, base) in sums.items():
            if currency.is_zero(balance):
                continue
            if tax not in shape.simple:
                return None, None
            taxes.append((shape.simple[tax], balance, base))
        return values, taxes

    @staticmethod
    def _signed(repr_, balance):
        """Balance, debit and credit as texts."""
        return (
            repr_(balance),
            repr_(balance if balance > 0.0 else 0.0),
            repr_(-balance if balance < 0.0 else 0.0),
        )

    def _base_line(self, shape, line, currency):
        product, account, taxes, uom = shape.kinds[line.kind][:4]
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            None,
            product_id=product,
            product_uom_id=uom,
            tax_ids=taxes,
            account_id=account,
            price_unit=line.price,
            quantity=line.quantity,
            discount=line.discount,
            currency_id=currency,
            rate=1.0,
            sign=-1,
            is_refund=False,
            name=line.name,
        )

    @staticmethod
    def _tax_key(values):
        """Which journal item of a tax these values, or this row, belong to."""
        return (
            values["tax_repartition_line_id"],
            values["account_id"],
            values["group_tax_id"] or False,
        )

    # Learning from Odoo

    def _learn(self, shape, vals, kinds):
        """Let Odoo make one invoice with these kinds of lines, and read what it wrote.

        It is rolled back, with what it left for after the commit.
        """
        known = list(shape.kinds)
        kinds = [*known, *kinds]
        vals = {
            **vals,
            "invoice_line_ids": [
                Command.create(
                    {
                        name: value
                        for name, value in (
                            ("product_id", kind.product),
                            ("account_id", kind.account),
                            (
                                "tax_ids",
                                None
                                if kind.taxes is None
                                else [Command.set(kind.taxes)],
                            ),
                            ("product_uom_id", kind.uom),
                            ("sequence", kind.sequence),
                            ("telecom_fee_id", kind.fee),
                        )
                        if value is not None
                    }
                    | {"name": "·", "quantity": 1.0, "price_unit": 1000.0}
                )
                for kind in kinds
            ],
        }
        with self._rolled_back():
            move = self.env["account.move"].create([vals])
            move.action_post()
            self.env.flush_all()
            self._read_shape(shape, move, kinds)

    def _rolled_back(self):
        return RolledBack(self.env)

    def _read_shape(self, shape, move, kinds):
        """Keep the rows of an invoice made by Odoo as a pattern for others."""
        shape.reason = self._unfit(move)
        shape.totals.clear()
        [shape.move] = self._rows_as_text("account_move", "id", move.ids)
        lines = {
            int(row["id"]): row
            for row in self._rows_as_text("account_move_line", "move_id", move.ids)
        }
        records = move.line_ids.sorted("id")
        products = records.filtered(lambda line: line.display_type == "product")
        shape.kinds = dict.fromkeys(kinds)
        if len(products) != len(kinds):
            shape.reason = SHAPE
            return
        for kind, line in zip(kinds, products, strict=True):
            if line.product_id.type not in (False, "service"):
                shape.reason = STORABLE
            shape.kinds[kind] = (
                line.product_id,
                line.account_id,
                line.tax_ids,
                line.product_uom_id,
                lines[line.id],
                line.tax_ids.ids,
            )
        shape.taxes = {}
        for line in records.filtered(lambda line: line.display_type == "tax"):
            key = (
                line.tax_repartition_line_id.id,
                line.account_id.id,
                line.group_tax_id.id or False,
            )
            shape.taxes[key] = (lines[line.id], line.tax_ids.ids, line.tax_tag_ids.ids)
        shape.tags = {
            kind: line.tax_tag_ids.ids
            for kind, line in zip(kinds, products, strict=True)
        }
        shape.simple = self._simple_items(shape, products)
        shape.terms = [
            lines[line.id]
            for line in records.filtered(
                lambda line: line.display_type == "payment_term"
            )
        ]
        shape.term = move.invoice_payment_term_id
        shape.invoice_date = move.invoice_date
        # What the names of the receivable's items begin with
        shape.label = (
            f"{move.ref} - {move.name}"
            if move.ref and move.ref != move.name
            else move.name
        )
        if not all(row["name"].startswith(shape.label) for row in shape.terms):
            shape.reason = SHAPE
        shape.messages = self._rows_as_text(
            "mail_message", "res_id", move.ids, SQL("model = 'account.move'")
        )
        shape.followers = [
            (row, self._subtypes(int(row["id"])))
            for row in self._rows_as_text(
                "mail_followers", "res_id", move.ids, SQL("res_model = 'account.move'")
            )
        ]

    def _simple_items(self, shape, products):
        """The journal item of each tax, or None when it takes Odoo to find it."""
        taxes = products.tax_ids
        # sudo: product.product - as Odoo reads the tags of products
        if products.product_id.sudo().account_tag_ids or any(
            tax.amount_type not in ("percent", "fixed")
            or tax.include_base_amount
            or tax.price_include
            or tax.tax_exigibility != "on_invoice"
            or tax.analytic
            or len(
                tax.invoice_repartition_line_ids.filtered(
                    lambda line: line.repartition_type == "tax"
                )
            )
            != 1
            or any(line.factor != 1.0 for line in tax.invoice_repartition_line_ids)
            for tax in taxes
        ):
            return None
        items = defaultdict(list)
        for key, (row, _taxes, _tags) in shape.taxes.items():
            items[int(row["tax_line_id"])].append(key)
        if any(len(keys) > 1 for keys in items.values()):
            return None
        return {tax: key for tax, [key] in items.items()}

    def _unfit(self, move):
        """Why an invoice made by Odoo is no pattern for others, or None."""
        known = {"product", "tax", "payment_term"}
        if move.state != "posted" or set(move.line_ids.mapped("display_type")) - known:
            return SHAPE
        if any(move.line_ids.mapped("analytic_distribution")):
            return SHAPE
        others = move.line_ids.filtered(
            lambda line: line.display_type != "payment_term"
        )
        if any(others.account_id.mapped("reconcile")):
            return SHAPE
        if move.invoice_payment_term_id.early_discount or move.invoice_cash_rounding_id:
            return TERM
        if move.journal_id.restrict_mode_hash_table or move.inalterable_hash:
            return SHAPE
        if move.journal_id.invoice_reference_type != "invoice" or (
            move.payment_reference != move.name
        ):
            return SHAPE
        messages = self.env["mail.message"].search_count(
            [("model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        notified = self.env["mail.notification"].search_count(
            [
                ("mail_message_id.res_id", "in", move.ids),
                ("mail_message_id.model", "=", "account.move"),
            ],
            limit=1,
        )
        if messages > 1 or notified:
            return SHAPE
        return None

    def _subtypes(self, follower):
        self.env.cr.execute(
            SQL(
                "SELECT mail_message_subtype_id "
                "FROM mail_followers_mail_message_subtype_rel "
                "WHERE mail_followers_id = %s ORDER BY 1",
                follower,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _rows_as_text(self, table, column, ids, where=None):
        """Rows of a table as texts by column."""
        names = self._columns(table)
        self.env.cr.execute(
            SQL(
                # Of the table: by the text of the same name, 10 would come before 9
                "SELECT %s FROM %s WHERE %s = ANY(%s) AND %s ORDER BY %s.id",
                SQL(", ").join(SQL("%s::text", SQL.identifier(name)) for name in names),
                SQL.identifier(table),
                SQL.identifier(column),
                list(ids),
                where or SQL("TRUE"),
                SQL.identifier(table),
            )
        )
        return [dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()]

    def _columns(self, table):
        self.env.cr.execute(
            SQL(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
                "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                table,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    # Writing

    def _numbers(self, shape, count):
        """The next numbers of the journal, as Odoo would give them.

        :return: names, prefix, numbers
        """
        Move = self.env["account.move"]
        sample = Move.new(
            {
                "move_type": "out_invoice",
                "company_id": int(shape.move["company_id"]),
                "journal_id": int(shape.move["journal_id"]),
                "date": fields.Date.to_date(shape.move["date"]),
                "invoice_date": fields.Date.to_date(shape.move["invoice_date"]),
            }
        )
        pattern, values = sample._get_next_sequence_format()
        first = values.pop("seq") + 1
        names = [
            pattern.format(**values, seq=number)
            for number in range(first, first + count)
        ]
        regex = sample._make_regex_non_capturing(
            sample._sequence_fixed_regex.replace(r"?P<seq>", "")
        )
        matching = re.match(regex, names[0])
        return names, names[0][: matching.start(1)], first

    def _next_ids(self, table, count):
        self.env.cr.execute(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"{table}_id_seq",
                count,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _copy_invoices(self, ready, company):
        """Write the rows of invoices.

        :param list ready: (index, values, lines, amounts, shape, customer), in their
            order
        :return: ids by index
        """
        if not ready:
            return {}
        self.env.flush_all()
        writer = Rows(self.env, company)
        by_date = defaultdict(list)
        for item in ready:
            shape = item[4]
            by_date[shape.move["journal_id"], shape.move["date"]].append(item)
        numbered = []
        for items in by_date.values():
            names, prefix, first = self._numbers(items[0][4], len(items))
            for offset, item in enumerate(items):
                numbered.append((*item, names[offset], prefix, first + offset))
        # Odoo's ids follow the order of the values, not that of the numbers
        numbered.sort(key=lambda item: item[0])
        move_ids = self._next_ids("account_move", len(numbered))
        ids = {}
        for (index, vals, lines, amounts, shape, partner, *name), move_id in zip(
            numbered, move_ids, strict=True
        ):
            ids[index] = move_id
            writer.add(move_id, vals, lines, amounts, shape, partner, *name)
        writer.store(self)
        self.env.invalidate_all()
        if self._gives_points(ready, company):
            self.env["account.move"].browse(move_ids)._telecom_give_points()
        self._raise_ranks(
            [
                (item[1]["partner_id"], item[5].commercial, item[5].related)
                for item in numbered
            ]
        )
        return ids

    def _gives_points(self, ready, company):
        """Tell whether a programme gives points for any of these invoices."""
        if not company.telecom_tenant or not hasattr(
            self.env["account.move"], "_telecom_give_points"
        ):
            return False
        dates = {fields.Date.to_date(item[1]["invoice_date"]) for item in ready}
        programs = self.env["loyalty.program"]
        return any(programs._telecom_of_bills(company, date) for date in dates)

    def _raise_ranks(self, customers):
        """Count the customers' invoices, as ``res.partner._increase_rank`` does.

        At once for new customers; for others after the commit, so that whoever edits
        them at the same moment does not send the whole batch back.

        :param list customers: (customer, commercial partner, whether there are contacts
            above or below) of each invoice
        """
        Partner = self.env["res.partner"]
        now, later = {}, Counter()
        for (partner, commercial, related), count in Counter(customers).items():
            if related:
                # Odoo brings their contacts into line
                Partner.browse({partner: 1, commercial: 1})._increase_rank(
                    "customer_rank", count
                )
                continue
            for id_ in dict.fromkeys((partner, commercial)):
                if id_ in now:
                    later[id_] += count
                else:
                    now[id_] = count
        if not now:
            return
        cr = self.env.cr
        cr.execute(
            SQL(
                """UPDATE res_partner partner
                      SET customer_rank = added.number,
                          write_uid = %s, write_date = %s
                     FROM unnest(%s, %s) AS added(id, number)
                    WHERE partner.id = added.id
                      AND COALESCE(partner.customer_rank, 0) = 0
                RETURNING partner.id""",
                self.env.uid,
                cr.now(),
                list(now),
                list(now.values()),
            )
        )
        done = {row[0] for row in cr.fetchall()}
        later.update({id_: n for id_, n in now.items() if id_ not in done})
        if not later:
            return
        registry, uid = self.env.registry, self.env.uid

        @cr.postcommit.add
        def raise_ranks():
            try:
                with registry.cursor() as other:
                    other.execute(
                        SQL(
                            """UPDATE res_partner partner
                                  SET customer_rank = customer_rank + added.number,
                                      write_uid = %s,
                                      write_date = now() AT TIME ZONE 'UTC'
                                 FROM unnest(%s, %s) AS added(id, number)
                                WHERE partner.id = added.id""",
                            uid,
                            list(later),
                            list(later.values()),
                        )
                    )
            except psycopg2.OperationalError:
                # A figure to sort by; Odoo gives up here as well
                return


class RolledBack:
    """A part of a transaction that leaves nothing behind.

    A savepoint takes back what is in the database; what Odoo keeps beside it for the
    moments before and after the commit (numbers given out, customers to count) is put
    back as it was.
    """

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        cr = self.env.cr
        self.env.flush_all()
        cr.precommit.run()
        self.env.flush_all()
        hooks = cr.postcommit
        self.kept = (
            {key: _copied(value) for key, value in hooks.data.items()},
            list(hooks._funcs),
        )
        self.savepoint = cr.savepoint(flush=False)
        self.savepoint.__enter__()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        cr = self.env.cr
        cr.clear()
        self.savepoint.rollback()
        self.savepoint.close(rollback=False)
        hooks = cr.postcommit
        data, functions = self.kept
        hooks.data.clear()
        hooks.data.update(data)
        hooks._funcs.clear()
        hooks._funcs.extend(functions)
        self.env.invalidate_all()


def _copied(value):
    copy = getattr(value, "copy", None)
    return copy() if copy else value


class Rows:
    """Rows of invoices on their way to COPY."""

    def __init__(self, env, company):
        self.env = env
        self.decimals = company.currency_id.decimal_places
        self.currency = company.currency_id
        self.company = company
        now = env.cr.now()
        self.stamp = str(now)
        self.today = str(fields.Datetime.now())
        self.tables = {}
        self.moves = []
        # Odoo makes the items of all invoices in this order
        self.lines = {"product": [], "tax": [], "payment_term": []}
        self.messages = []
        self.followers = []
        self.patterns = {}
        line_fields = env["account.move.line"]._fields
        self.numeric = {
            name: (line_fields[name], {})
            for name in ("quantity", "price_unit", "discount")
        }
        self.sample = env["account.move.line"].new({"company_id": company.id})

    def _amount(self, value):
        return float_repr(self.currency.round(value), self.decimals)

    def _number(self, name, value):
        """A quantity, price or discount as Odoo stores it."""
        field, memo = self.numeric[name]
        if value not in memo:
            memo[value] = copy_text(field.convert_to_column_insert(value, self.sample))
        return memo[value]

    def _pattern(self, shape, row, overrides=()):
        """A row of Odoo's as a list of texts, and where the columns are."""
        key = id(row)
        if key not in self.patterns:
            row = {
                **row,
                **{
                    name: self.stamp
                    for name in ("create_date", "write_date")
                    if name in row
                },
            }
            self.patterns[key] = (
                [copy_text(value) for value in row.values()],
                {name: place for place, name in enumerate(row)},
            )
        return self.patterns[key]

    def add(self, move_id, vals, lines, amounts, shape, partner, name, prefix, number):
        """Take in an invoice."""
        ref = vals.get("ref") or None
        label = f"{ref} - {name}" if ref and ref != name else name
        terms = self._terms(shape, amounts)
        pattern, place = self._pattern(shape, shape.move)
        row = pattern.copy()
        untaxed = self._amount(amounts.untaxed)
        tax = self._amount(amounts.tax)
        total = self._amount(amounts.total)
        due = max(term[0] for term in terms)
        for column, text in (
            ("id", str(move_id)),
            ("name", copy_text(name)),
            ("payment_reference", copy_text(name)),
            ("sequence_prefix", copy_text(prefix)),
            ("sequence_number", str(number)),
            ("made_sequence_gap", "f"),
            ("partner_id", str(vals["partner_id"])),
            ("commercial_partner_id", str(partner.commercial)),
            ("partner_shipping_id", str(partner.delivery)),
            ("invoice_partner_display_name", copy_text(partner.name)),
            ("ref", copy_text(ref)),
            ("invoice_origin", copy_text(vals.get("invoice_origin") or None)),
            ("telecom_account_id", copy_text(vals.get("telecom_account_id") or None)),
            ("invoice_date_due", due),
            ("amount_untaxed", untaxed),
            ("amount_untaxed_signed", untaxed),
            ("amount_untaxed_in_currency_signed", untaxed),
            ("amount_tax", tax),
            ("amount_tax_signed", tax),
            ("amount_total", total),
            ("amount_total_signed", total),
            ("amount_total_in_currency_signed", total),
            ("amount_residual", total),
            ("amount_residual_signed", total),
        ):
            row[place[column]] = text
        self.moves.append(row)
        head = (
            ("move_id", str(move_id)),
            ("move_name", copy_text(name)),
            ("partner_id", str(partner.commercial)),
            ("ref", copy_text(ref)),
        )
        for line, (balance, debit, credit, subtotal, total, tags) in zip(
            lines, amounts.products, strict=True
        ):
            kind = shape.kinds[line.kind]
            self._line(
                shape,
                kind[4],
                (
                    *head,
                    ("name", copy_text(line.name)),
                    ("quantity", self._number("quantity", line.quantity)),
                    ("price_unit", self._number("price_unit", line.price)),
                    ("discount", self._number("discount", line.discount)),
                    ("balance", balance),
                    ("amount_currency", balance),
                    ("debit", debit),
                    ("credit", credit),
                    ("price_subtotal", subtotal),
                    ("price_total", total),
                ),
                kind[5],
                tags,
            )
        for key, balance, debit, credit, base in amounts.taxes:
            row, taxes, tags = shape.taxes[key]
            self._line(
                shape,
                row,
                (
                    *head,
                    ("balance", balance),
                    ("amount_currency", balance),
                    ("debit", debit),
                    ("credit", credit),
                    ("tax_base_amount", base),
                ),
                taxes,
                tags,
            )
        for due, balance, debit, credit, row, suffix in terms:
            self._line(
                shape,
                row,
                (
                    *head,
                    ("name", copy_text(label + suffix)),
                    ("date_maturity", due),
                    ("balance", balance),
                    ("amount_currency", balance),
                    ("debit", debit),
                    ("credit", credit),
                    ("amount_residual", balance),
                    ("amount_residual_currency", balance),
                ),
                (),
                (),
            )
        for message in shape.messages:
            pattern, place = self._pattern(shape, message)
            row = pattern.copy()
            row[place["res_id"]] = str(move_id)
            row[place["message_id"]] = copy_text(
                generate_tracking_message_id(f"{move_id}-account.move")
            )
            row[place["date"]] = self.today
            self.messages.append((row, place["id"]))
        for follower, subtypes in shape.followers:
            pattern, place = self._pattern(shape, follower)
            row = pattern.copy()
            row[place["res_id"]] = str(move_id)
            self.followers.append((row, place["id"], subtypes))

    def _line(self, shape, row, values, taxes, tags):
        pattern, place = self._pattern(shape, row)
        row = pattern.copy()
        for column, text in values:
            row[place[column]] = text
        self.lines[pattern[place["display_type"]]].append(
            (row, place["id"], taxes, tags)
        )

    def _terms(self, shape, amounts):
        """Journal items of the receivable.

        :return: list of (due date, balance, debit, credit, row, end of the name)
        """
        if len(shape.term.line_ids) <= 1:
            [row] = shape.terms
            total = self._amount(amounts.total)
            return [(row["date_maturity"], total, total, self._amount(0.0), row, "")]
        result = shape.term._compute_terms(
            date_ref=shape.invoice_date,
            currency=self.currency,
            company=self.company,
            tax_amount_currency=amounts.tax,
            tax_amount=amounts.tax,
            untaxed_amount_currency=amounts.untaxed,
            untaxed_amount=amounts.untaxed,
            sign=1,
        )
        dates = defaultdict(float)
        for line in result["line_ids"]:
            dates[str(fields.Date.to_date(line["date"]))] += line["company_amount"]
        rows = {row["date_maturity"]: row for row in shape.terms}
        terms = []
        for due, balance in dates.items():
            row = rows[due]
            terms.append(
                (
                    due,
                    self._amount(balance),
                    self._amount(max(balance, 0.0)),
                    self._amount(max(-balance, 0.0)),
                    row,
                    # After the number, in the language Odoo named it in
                    row["name"].removeprefix(shape.label),
                )
            )
        return terms

    def store(self, writer):
        """Give the rows their ids and write them."""
        items = list(chain.from_iterable(self.lines.values()))
        ids = writer._next_ids("account_move_line", len(items))
        lines, taxes, tags = [], [], []
        for (row, place, line_taxes, line_tags), id_ in zip(items, ids, strict=True):
            row[place] = str(id_)
            lines.append(row)
            taxes += [(str(id_), str(tax)) for tax in line_taxes]
            tags += [(str(tag), str(id_)) for tag in line_tags]
        messages = self._with_ids(writer, "mail_message", self.messages)
        followers = self._with_ids(writer, "mail_followers", self.followers)
        subtypes = [
            (row[item[1]], str(subtype))
            for row, item in zip(followers, self.followers, strict=True)
            for subtype in item[2]
        ]
        for table, columns, rows in (
            ("account_move", None, self.moves),
            ("account_move_line", None, lines),
            (
                "account_move_line_account_tax_rel",
                ("account_move_line_id", "account_tax_id"),
                taxes,
            ),
            (
                "account_account_tag_account_move_line_rel",
                ("account_account_tag_id", "account_move_line_id"),
                tags,
            ),
            ("mail_message", None, messages),
            ("mail_followers", None, followers),
            (
                "mail_followers_mail_message_subtype_rel",
                ("mail_followers_id", "mail_message_subtype_id"),
                subtypes,
            ),
        ):
            if rows:
                copy_rows(self.env.cr, table, columns or writer._columns(table), rows)

    @staticmethod
    def _with_ids(writer, table, items):
        rows = []
        for (row, place, *_rest), id_ in zip(
            items, writer._next_ids(table, len(items)), strict=True
        ):
            row[place] = str(id_)
            rows.append(row)
        return rows


def copy_rows(cr, table, columns, rows):
    """Write rows of texts, escaped already, into a table by COPY."""
    file = io.StringIO("\n".join(map("\t".join, rows)) + "\n")
    names = ", ".join(f'"{name}"' for name in columns)
    cr.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', file)
