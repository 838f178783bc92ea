from collections import defaultdict, namedtuple
from decimal import Decimal

from odoo import Command, api, models
from odoo.tools import SQL

from .telecom_invoice_writer import copy_rows, copy_text

#: What came of billing an account: amount before tax, invoices (ids), charges
Billed = namedtuple("Billed", "amount moves charges")

CHARGE_COLUMNS = (
    "name",
    "company_id",
    "currency_id",
    "subscription_id",
    "account_id",
    "run_id",
    "move_line_id",
    "product_id",
    "kind",
    "key",
    "date_from",
    "date_to",
    "quantity",
    "price",
    "discount",
    "amount",
    "change_count",
    "create_uid",
    "write_uid",
    "create_date",
    "write_date",
)


class TelecomBiller(models.AbstractModel):
    """Turns what subscriptions cost into invoices and kept charges.

    Bill runs and bills between cycles both come here; what was charged is in
    ``telecom.charge``, whose unique index is what keeps two of them from charging the
    same.
    """

    _name = "telecom.biller"
    _description = "Bills Accounts"

    @api.model
    def _charges(self, accounts, date_from, date_to):
        """What accounts are to be charged for a period.

        :param accounts: ``telecom.billing.account`` of one company
        :return: {account id: [(subscription, Charge)]}, in the order of the bill
        """
        subscriptions = self.env["telecom.subscription"].search(
            [
                ("account_id", "in", accounts.ids),
                ("state", "!=", "draft"),
                ("company_id", "=", accounts.company_id.id),
            ],
            order="account_id, line_id, id",
        )
        charges = subscriptions._telecom_charges(date_from, date_to)
        result = defaultdict(list)
        for subscription in subscriptions:
            result[subscription.account_id.id] += [
                (subscription, charge) for charge in charges.get(subscription.id, ())
            ]
        return result

    @api.model
    def _bill(
        self,
        accounts,
        date_from,
        date_to,
        invoice_date,
        journal=None,
        run=None,
        cache=None,
    ):
        """Charge accounts for a period, in the present transaction.

        :param accounts: ``telecom.billing.account`` of the current company
        :param datetime.date date_from: first day
        :param datetime.date date_to: last day, included
        :param journal: of the invoices, that of the company's sales when empty
        :param run: ``telecom.bill.run``, empty for a bill between cycles
        :param dict cache: see ``telecom.invoice.writer``
        :return: {account id: :class:`Billed`}
        :raises UserError: by Odoo, when an invoice cannot be made
        """
        charges = self._charges(accounts, date_from, date_to)
        fees = self._fees(accounts, invoice_date, journal)
        groups = {
            account: self._groups(account, charges[account.id]) for account in accounts
        }
        names = self._names(accounts, charges)
        points = self._points(accounts, groups)
        vals_list, owners = [], []
        for account in accounts:
            largest = self._largest(groups[account])
            for group in groups[account]:
                vals = self._invoice_values(
                    account, group, invoice_date, journal, fees, names
                )
                if vals:
                    if group is largest:
                        self._add_points(vals, points.get(account.id, ()), len(group))
                    vals_list.append(vals)
                owners.append((account, group, bool(vals)))
        moves = iter(
            self.env["telecom.invoice.writer"]._create_posted(vals_list, cache)
        )
        made = [next(moves) if billed else None for _a, _g, billed in owners]
        self._keep(owners, made, run, names)
        self._keep_points(owners, made, points, groups)
        result = {}
        for account in accounts:
            own = charges[account.id]
            result[account.id] = Billed(
                float(sum((charge.amount for _s, charge in own), Decimal(0))),
                [],
                len(own),
            )
        for (account, _group, _billed), move in zip(owners, made, strict=True):
            if move:
                result[account.id].moves.append(move.id)
        return result

    def _groups(self, account, charges):
        """Cut an account's charges as it wants its invoices.

        :return: lists of (subscription, charge); none without charges
        """
        groups = defaultdict(list)
        for subscription, charge in charges:
            if account.grouping == "line":
                key = subscription.line_id.id or -subscription.id
            elif account.grouping == "group":
                key = subscription.billing_group or ""
            else:
                key = None
            groups[key].append((subscription, charge))
        return list(groups.values())

    # Loyalty points that customers spend on their bill

    def _largest(self, groups):
        """Return the group of charges that points are taken off, None without one."""
        owed = [group for group in groups if self._total(group) > 0]
        return max(owed, key=self._total) if owed else None

    def _total(self, group):
        return sum((charge.amount for _s, charge in group), Decimal(0))

    def _points(self, accounts, groups):
        """Return the credit lines of points that fit on the accounts' bills.

        :param dict groups: of charges, by account
        :return: as ``telecom.billing.account._telecom_loyalty_charges``
        """
        limits = {}
        for account in accounts:
            largest = self._largest(groups[account])
            limits[account.id] = float(self._total(largest)) if largest else 0.0
        return accounts._telecom_loyalty_charges(limits)

    def _add_points(self, vals, credit_lines, place):
        """Put credit lines on an invoice, after its charges and before its fees."""
        vals["invoice_line_ids"][place:place] = [
            Command.create(
                {
                    "product_id": line["product_id"],
                    "name": line["name"],
                    "quantity": 1.0,
                    "price_unit": line["amount"],
                    "tax_ids": [Command.set([])],
                }
            )
            for line in credit_lines
        ]

    def _keep_points(self, owners, made, points, groups):
        """Remember on which bill points were spent."""
        Redemption = self.env["telecom.loyalty.redemption"]
        for (account, group, _billed), move in zip(owners, made, strict=True):
            if move and group is self._largest(groups[account]):
                ids = [line["redemption_id"] for line in points.get(account.id, ())]
                Redemption.browse(ids)._telecom_mark_billed(move)

    def _fees(self, accounts, invoice_date, journal):
        """Stamps and fees of an invoice, by type of document."""
        account = (journal or self._journal(accounts.company_id)).default_account_id
        result = {}
        for move_type in ("out_invoice", "out_refund"):
            lines = (
                accounts[:1]
                ._telecom_invoice_fees(invoice_date, move_type)
                .get(accounts[:1].id, [])
            )
            for line in lines:
                line.setdefault("account_id", account.id)
                line["tax_ids"] = [Command.set(line["tax_ids"][0][2])]
            result[move_type] = lines
        return result

    @api.model
    def _journal(self, company):
        """The journal a company's invoices go into."""
        return self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", "sale"),
            ],
            limit=1,
        )

    def _names(self, accounts, charges):
        """Return the texts of charges, in the languages of the accounts' bills.

        :param dict charges: see :meth:`_charges`
        :return: {id of the object Charge: text}
        """
        names = {}
        for lang, own in accounts.grouped(
            lambda account: account.lang or account.invoice_partner_id.lang
        ).items():
            pairs = [pair for account in own for pair in charges[account.id]]
            Subscription = self.env["telecom.subscription"].with_context(lang=lang)
            texts = Subscription._telecom_charge_names(pairs)
            for (_subscription, charge), text in zip(pairs, texts, strict=True):
                names[id(charge)] = text
        return names

    def _invoice_values(self, account, group, invoice_date, journal, fees, names):
        """Values of the invoice of some charges; a credit note when they are negative.

        :param dict names: see :meth:`_names`
        :return: None when there is nothing to pay
        """
        total = sum((charge.amount for _s, charge in group), Decimal(0))
        if not total:
            return None
        sign, move_type = (1, "out_invoice") if total > 0 else (-1, "out_refund")
        lines = []
        for _subscription, charge in group:
            quantity, price, discount = line_prices(charge)
            lines.append(
                Command.create(
                    {
                        "product_id": charge.product_id,
                        "name": names[id(charge)],
                        "quantity": quantity,
                        "price_unit": sign * price,
                        "discount": discount,
                    }
                )
            )
        lines += [Command.create(dict(line)) for line in fees[move_type]]
        vals = {
            "move_type": move_type,
            "partner_id": account.invoice_partner_id.id,
            "invoice_date": invoice_date,
            "currency_id": account.currency_id.id,
            "telecom_account_id": account.id,
            "invoice_line_ids": lines,
        }
        if journal:
            vals["journal_id"] = journal.id
        if account.payment_term_id:
            vals["invoice_payment_term_id"] = account.payment_term_id.id
        return vals

    def _keep(self, owners, made, run, names):
        """Write down what was charged, with the lines of the invoices."""
        move_ids = [move.id for move in made if move]
        self.env["account.move.line"].flush_model()
        lines = defaultdict(list)
        for move_id, line_id, name in self.env.execute_query(
            SQL(
                "SELECT move_id, id, name FROM account_move_line "
                "WHERE move_id = ANY(%s) AND display_type = 'product' "
                "AND telecom_fee_id IS NULL ORDER BY move_id, id",
                move_ids,
            )
        ):
            lines[move_id].append((line_id, name))
        known = self._change_counts(
            {charge.subscription_id for _a, group, _b in owners for _s, charge in group}
        )
        stamp = str(self.env.cr.now())
        uid = self.env.uid
        rows = []
        for (account, group, _billed), move in zip(owners, made, strict=True):
            # Credit lines of points, after the charges, are no charges
            own = lines[move.id] if move else [(None, None)] * len(group)
            own = own[: len(group)]
            for (_subscription, charge), (line_id, name) in zip(
                group, own, strict=True
            ):
                rows.append(
                    (
                        name or names[id(charge)],
                        account.company_id.id,
                        account.currency_id.id,
                        charge.subscription_id,
                        account.id,
                        run.id if run else None,
                        line_id,
                        charge.product_id or None,
                        charge.kind,
                        charge.key,
                        charge.date_from,
                        charge.date_to,
                        charge.quantity,
                        charge.unit_price,
                        charge.discount,
                        charge.amount,
                        known.get(charge.subscription_id, 0),
                        uid,
                        uid,
                        stamp,
                        stamp,
                    )
                )
        if rows:
            copy_rows(
                self.env.cr,
                "telecom_charge",
                CHARGE_COLUMNS,
                [[copy_text(value) for value in row] for row in rows],
            )
            self.env["telecom.charge"].invalidate_model()

    def _change_counts(self, ids):
        """Return {subscription id: changes}: those that this transaction can see."""
        self.env["telecom.subscription.change"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT subscription_id, count(*) FROM telecom_subscription_change"
                    " WHERE subscription_id = ANY(%s) GROUP BY subscription_id",
                    list(ids),
                )
            )
        )


def line_prices(charge):
    """Quantity, price and discount of an invoice line that comes to a charge's amount.

    Those of the offer where a whole period is charged; the amount itself where days
    were cut off, for there the price of a period would not give it.
    """
    quantity, price, discount = charge.quantity, charge.unit_price, charge.discount
    exact = quantity * price * (100 - discount) / 100
    if charge.days == charge.days_of_period and exact == charge.amount:
        return float(quantity), float(price), float(discount)
    return 1.0, float(charge.amount), 0.0
