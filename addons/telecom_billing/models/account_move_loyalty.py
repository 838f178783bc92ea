from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..engine import loyalty

MODEL = "account.move"


class AccountMove(models.Model):
    """Bills that give loyalty points."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._telecom_give_points()
        posted._telecom_give_back_points()
        return posted

    def copy_data(self, default=None):
        """What points paid for is on one bill: neither on its copy nor its correction.

        A credit note takes it back with the rest, and the points go to the card.
        """
        vals_list = super().copy_data(default)
        if (default or {}).get("reversed_entry_id"):
            return vals_list
        # sudo: telecom.loyalty.redemption - of these bills, whoever copies them
        spent = self.env["telecom.loyalty.redemption"].sudo()
        found = spent.search([("move_id", "in", self.ids)]).grouped("move_id")
        for move, vals in zip(self, vals_list, strict=True):
            products = found.get(move, spent).reward_id.discount_line_product_id
            if products:
                vals["line_ids"] = [
                    command
                    for command in vals.get("line_ids", ())
                    if command[2].get("product_id") not in products.ids
                ]
        return vals_list

    def button_draft(self):
        """Points of a bill that is no more are taken back."""
        self._telecom_take_points_back()
        # sudo: telecom.loyalty.redemption - of these credit notes, whoever drafts them
        given_back = self.env["telecom.loyalty.redemption"].sudo()
        given_back.search([("credit_id", "in", self.ids)])._telecom_take_again()
        return super().button_draft()

    def _telecom_give_back_points(self):
        """Give back the points spent on bills that credit notes take back whole.

        Not when bills are merged: the points are spent on the one in their place.
        """
        if self.env.context.get("telecom_merging"):
            return
        credits = self.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and move.reversed_entry_id
                and not move.currency_id.compare_amounts(
                    move.amount_total, move.reversed_entry_id.amount_total
                )
            )
        )
        if not credits:
            return
        # sudo: telecom.loyalty.redemption - of these bills, whoever posts
        spent = (
            self.env["telecom.loyalty.redemption"]
            .sudo()
            .search(
                [
                    ("move_id", "in", credits.reversed_entry_id.ids),
                    ("state", "=", "billed"),
                ]
            )
        )
        for credit in credits:
            spent.filtered(
                lambda one, bill=credit.reversed_entry_id: (
                    one.move_id == bill and one.state == "billed"
                )
            )._telecom_give_back(credit)

    def _telecom_give_points(self):
        """Give customers the points of posted bills, each bill once.

        A credit note takes points back. Bill runs that write invoices without posting
        them one by one call this on what they wrote; a second call changes nothing.
        The number of queries does not depend on the number of bills.

        :return: how many bills gave or took points
        :rtype: int
        """
        # sudo: account.move, loyalty.* - whoever posts; per company of the bills
        bills = self.sudo().filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in ("out_invoice", "out_refund")
                and move.partner_id
            )
        )
        changed = 0
        for (company, day), group in bills.grouped(
            lambda move: (move.company_id, move.invoice_date or move.date)
        ).items():
            if not company.telecom_tenant or not company._telecom_allows("offers"):
                continue
            programs = self.env["loyalty.program"]._telecom_of_bills(company, day)
            for program in programs:
                changed += group._telecom_give_points_of(program)
        return changed

    def _telecom_give_points_of(self, program):
        """Give the points of one programme for bills of one company and day."""
        History = self.env["loyalty.history"].sudo()
        done = History.search_fetch(
            [
                ("order_model", "=", MODEL),
                ("order_id", "in", self.ids),
                ("card_id.program_id", "=", program.id),
            ],
            ["order_id"],
        )
        treated = set(done.mapped("order_id"))
        holders = {
            move: move._telecom_points_holder()
            for move in self
            if move.id not in treated
        }
        suits = {
            partner: program._telecom_suits(partner) for partner in holders.values()
        }
        points = self._telecom_points_by_move(program)
        given = {
            move: points[move.id] * (-1 if move.move_type == "out_refund" else 1)
            for move, partner in holders.items()
            if suits[partner] and points.get(move.id)
        }
        if not given:
            return 0
        cards = self._telecom_cards(program, {holders[move] for move in given})
        History.create(
            [
                {
                    "card_id": cards[holders[move]].id,
                    "order_model": MODEL,
                    "order_id": move.id,
                    "description": move.name,
                    "issued": max(amount, 0.0),
                    "used": max(-amount, 0.0),
                }
                for move, amount in given.items()
            ]
        )
        changes = defaultdict(float)
        for move, amount in given.items():
            changes[cards[holders[move]]] += amount
        self._telecom_change_points(changes)
        return len(given)

    def _telecom_points_holder(self):
        """Return whose points a bill gives: the customer, whoever pays."""
        self.ensure_one()
        return (self.telecom_account_id.partner_id or self.partner_id)[:1]

    def _telecom_points_by_move(self, program):
        """Return the points that a programme's rules give for bills.

        :return: {move id: points}
        :rtype: dict
        """
        lines = defaultdict(list)
        products = self.env["product.product"].sudo()
        # What points paid for gives no points
        spent = program.reward_ids.discount_line_product_id
        for move, product, quantity, subtotal, total in (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("move_id", "in", self.ids),
                    ("display_type", "=", "product"),
                    ("product_id", "not in", spent.ids),
                ],
                ["move_id", "product_id"],
                ["quantity:sum", "price_subtotal:sum", "price_total:sum"],
            )
        ):
            products |= product
            lines[move.id].append((product.id, quantity, subtotal, total))
        valid = program._get_valid_products(products)
        rules = [
            loyalty.Rule(
                rule.reward_point_mode,
                rule.reward_point_amount,
                rule.minimum_amount,
                rule.minimum_amount_tax_mode == "incl",
                rule.minimum_qty,
                # A rule for everything counts lines without a product too
                frozenset(valid[rule].ids)
                if rule._get_valid_product_domain()
                else None,
            )
            for rule in program.rule_ids
            if rule.mode == "auto" and rule in valid
        ]
        return {move: loyalty.points_of(rules, own) for move, own in lines.items()}

    def _telecom_cards(self, program, partners):
        """Return the card of each customer; those who have none get one.

        :rtype: dict
        """
        Card = self.env["loyalty.card"].sudo()
        ids = [partner.id for partner in partners]
        cards = {
            card.partner_id: card
            for card in Card.search(
                [("program_id", "=", program.id), ("partner_id", "in", ids)],
                order="id desc",
            )
        }
        missing = [partner for partner in partners if partner not in cards]
        created = Card.with_context(loyalty_no_mail=True, tracking_disable=True).create(
            [
                {"program_id": program.id, "partner_id": partner.id, "points": 0}
                for partner in missing
            ]
        )
        cards.update(zip(missing, created, strict=True))
        return cards

    def _telecom_change_points(self, changes):
        """Add points to cards, as one set; two at once add up.

        :param dict changes: points by card
        """
        if not changes:
            return
        Card = self.env["loyalty.card"].sudo()
        Card.flush_model(["points"])
        before = {card: card.points for card in changes}
        rows = SQL(", ").join(
            SQL("(%s::int, %s::float8)", card.id, amount)
            # In the order of ids: two batches at once wait, and do not lock each other
            for card, amount in sorted(changes.items(), key=lambda item: item[0].id)
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE loyalty_card c
                   SET points = coalesce(c.points, 0) + v.amount
                  FROM (VALUES %s) v(id, amount)
                 WHERE c.id = v.id""",
                rows,
            )
        )
        Card.invalidate_model(["points"])
        cards = Card.browse(card.id for card in changes)
        cards._send_points_reach_communication(
            {card: {"old": before[card], "new": card.points} for card in cards}
        )

    def _telecom_take_points_back(self):
        """Take back what bills gave that are posted no more."""
        # sudo: loyalty.* - whoever resets the bill, which is the user's to reset
        histories = (
            self.env["loyalty.history"]
            .sudo()
            .search([("order_model", "=", MODEL), ("order_id", "in", self.ids)])
        )
        changes = defaultdict(float)
        for history in histories:
            changes[history.card_id] += history.used - history.issued
        histories.unlink()
        self._telecom_change_points(changes)
