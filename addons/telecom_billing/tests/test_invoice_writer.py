"""Invoices written by COPY are what Odoo itself makes: every table is compared."""

import copy
import json
import random
from collections import Counter
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.telecom_invoice_writer import InvoiceDifference, RolledBack
from .common_invoice import InvoiceCase

# Ids that are new each time, by table and column: the table they are of
NEW_IDS = {
    "account_move": {"id": "account_move"},
    "account_move_line": {"id": "account_move_line", "move_id": "account_move"},
    "account_move_line_account_tax_rel": {"account_move_line_id": "account_move_line"},
    "account_account_tag_account_move_line_rel": {
        "account_move_line_id": "account_move_line"
    },
    "mail_message": {"id": "mail_message", "res_id": "account_move"},
    "mail_followers": {"id": "mail_followers", "res_id": "account_move"},
    "mail_followers_mail_message_subtype_rel": {"mail_followers_id": "mail_followers"},
    "loyalty_history": {"id": "loyalty_history", "order_id": "account_move"},
    "loyalty_card": {"id": "loyalty_card"},
}
# Of the moment, or made by chance
MOMENT = {"create_date", "write_date", "message_id", "code"}


@tagged("post_install", "-at_install", "telecom")
class TestInvoiceWriter(InvoiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As in production: with chatter and followers
        cls.env = cls.env(
            context={
                k: v for k, v in cls.env.context.items() if k != "tracking_disable"
            }
        )
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.half = cls.env["account.payment.term"].create(
            {
                "name": "Trois fois",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 30, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 30, "nb_days": 30}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 40, "nb_days": 60}
                    ),
                ],
            }
        )
        cls.month = cls.env["account.payment.term"].create(
            {
                "name": "30 jours",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )

    def _env_of(self, company, user=None):
        env = self.env(context={**self.env.context, "allowed_company_ids": company.ids})
        return env(user=user.id) if user else env

    def _customers(self, company, country):
        """Customers who differ in what an invoice depends on."""
        customers = self.env["res.partner"]
        for index, values in enumerate(
            [
                {"country_id": self.env.ref(country).id},
                {"country_id": self.env.ref(country).id, "lang": "fr_FR"},
                {"lang": "fr_FR"},
                {"property_payment_term_id": self.half.id},
                {"country_id": self.env.ref("base.fr").id, "city": "Lyon"},
                {"user_id": self.manager_benin.id} if company == self.benin else {},
            ]
        ):
            customers |= self._customer(
                company, f"Client {index}", "O'Brien\t\\N", **values
            )
        # Somebody's delivery address, and somebody of a company
        self.env["res.partner"].create(
            {
                "name": "Livraison",
                "type": "delivery",
                "parent_id": customers[0].id,
                "company_id": company.id,
            }
        )
        customers |= self.env["res.partner"].create(
            {
                "name": "Employée",
                "parent_id": customers[1].id,
                "company_id": company.id,
            }
        )
        return customers

    def _values(self, company, customers, products, prices, stamp=False):
        vals_list = []
        income = (
            products[0]
            .with_company(company)
            .product_tmpl_id.get_product_accounts()["income"]
        )
        for index, customer in enumerate([*customers, customers[0]]):
            lines = [
                {
                    "product_id": product.id,
                    "name": f'Ligne {place}\n"x"\t\\. é',
                    "quantity": 1 + place * 1.5,
                    "price_unit": prices[place % len(prices)] * (index + 1) + place,
                    "discount": 12.5 if place == 1 else 0.0,
                }
                for place, product in enumerate(products)
            ]
            lines.append(
                {
                    "product_id": products[0].id,
                    "name": "Avoir sur facture précédente",
                    "quantity": 1,
                    "price_unit": -prices[0] / 3,
                }
            )
            if stamp:
                lines.append(
                    {
                        "account_id": income.id,
                        "name": "Timbre fiscal",
                        "quantity": 1,
                        "price_unit": 0.0,
                        "tax_ids": [Command.set(self.stamp.tax_id.ids)],
                        "telecom_fee_id": self.stamp.id,
                    }
                )
            vals_list.append(
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "invoice_date": "2026-11-01",
                    "invoice_line_ids": [Command.create(line) for line in lines],
                    **({"invoice_payment_term_id": self.half.id} if index == 1 else {}),
                    **(
                        {"invoice_payment_term_id": self.month.id} if index == 2 else {}
                    ),
                    **({"ref": "Z 17", "invoice_origin": "OR 4"} if index == 4 else {}),
                    **({"ref": "A 17"} if index == 5 else {}),
                }
            )
        return vals_list

    # Comparing

    def _row_writes(self):
        """Return how many rows of each table this transaction wrote up to now.

        PostgreSQL counts them as they are written, those taken back included: a table
        whose count stands still was not written to, and need not be read.
        """
        self.env.cr.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del "
            "FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"
        )
        return dict(self.env.cr.fetchall())

    def _sums(self, tables):
        return {
            table: self.env.execute_query_dict(
                _sql(
                    f'SELECT count(*), sum(hashtext(t::text)::bigint) FROM "{table}" t'
                )
            )[0]
            for table in tables
        }

    def _snapshot(self, tables):
        found = {}
        for table in tables:
            self.env.cr.execute(_sql(f'SELECT to_jsonb(t)::text FROM "{table}" t'))
            found[table] = Counter(row[0] for row in self.env.cr.fetchall())
        return found

    def _written(self, env, make, tables):
        """Rows that a way to make invoices writes, comparable with another's."""
        writes = self._row_writes()
        with RolledBack(self.env):
            make()
            # By the user's environment, as at the end of a request
            env.flush_all()
            env.cr.precommit.run()
            env.flush_all()
            written = {
                table
                for table, count in self._row_writes().items()
                if count != writes.get(table)
            }
            sums = self._sums(written)
            after = self._snapshot(written & set(tables))
            sequences = dict(self.env.cr.postcommit.data)
        # All is again as it was before
        changed = {
            table
            for table, value in self._sums(written).items()
            if value != sums[table]
        }
        self.assertLessEqual(changed, set(tables), "Compared no further")
        before = self._snapshot(changed)
        new = {
            table: [
                json.loads(row, parse_float=str) for row in after[table] - before[table]
            ]
            for table in changed
        }
        return self._normal(new), sequences

    def _normal(self, new):
        places = {}
        for table in set(NEW_IDS) & set(new):
            rows = new[table]
            if rows and "id" in rows[0]:
                places[table] = {
                    id_: place
                    for place, id_ in enumerate(sorted(row["id"] for row in rows))
                }
        result = {}
        for table, rows in new.items():
            normal = []
            for row in rows:
                row = {key: value for key, value in row.items() if key not in MOMENT}
                if table == "mail_message":
                    del row["date"]
                for column, of in NEW_IDS.get(table, {}).items():
                    row[column] = places[of].get(row[column], row[column])
                normal.append(json.dumps(row, sort_keys=True))
            result[table] = Counter(normal)
        return result

    def _assert_identical(self, env, vals_list, slow=0):
        """Assert that both ways write the same rows into the same tables."""
        tables = [
            "account_move",
            "account_move_line",
            "account_move_line_account_tax_rel",
            "account_account_tag_account_move_line_rel",
            "mail_message",
            "mail_followers",
            "mail_followers_mail_message_subtype_rel",
            "res_partner",
            "loyalty_history",
            "loyalty_card",
        ]
        cache = {}
        moves = env["account.move"]

        def by_odoo():
            moves.create(copy.deepcopy(vals_list)).action_post()

        def by_copy():
            env["telecom.invoice.writer"]._create_posted(
                copy.deepcopy(vals_list), cache
            )

        self.env.flush_all()
        # Once for what Odoo does the first time only
        with RolledBack(self.env):
            by_odoo()
        ours, our_later = self._written(env, by_copy, tables)
        theirs, their_later = self._written(env, by_odoo, tables)
        self.assertFalse(cache["fallback"], "Classes that nobody compared")
        self.assertEqual(sum(cache["reasons"].values()), slow, cache["reasons"])
        self.assertEqual(set(ours), set(theirs))
        self.assertIn("account_move", ours)
        for table in theirs:
            with self.subTest(table):
                self.assertEqual(
                    sorted((ours[table] - theirs[table]).elements()),
                    sorted((theirs[table] - ours[table]).elements()),
                )
        self.assertEqual(len(our_later) > 0, len(their_later) > 0)

    # What is compared

    def test_benin_in_whole_francs(self):
        products = self._products_of(self.benin)
        vals_list = self._values(
            self.benin, self._customers(self.benin, "base.bj"), products, [5017, 990]
        )
        self._assert_identical(self._env_of(self.benin), vals_list)

    def _products_of(self, company):
        """An offer for each rate of the country."""
        taxes = self.env["account.tax"].search(
            [
                ("company_id", "=", company.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
            ]
        )
        return self.env["product.product"].create(
            [
                {
                    "name": f"Offre {tax.name}",
                    "type": "service",
                    "company_id": company.id,
                    "taxes_id": [Command.set(tax.ids)],
                }
                for tax in taxes
            ]
        )

    def test_tunisia_in_millimes_with_the_stamp_once(self):
        products = self._products_of(self.tunisia)
        self.assertLessEqual({19.0, 13.0, 7.0}, set(products.taxes_id.mapped("amount")))
        vals_list = self._values(
            self.tunisia,
            self._customers(self.tunisia, "base.tn"),
            products,
            [12.345, 0.999],
            stamp=True,
        )
        self._assert_identical(self._env_of(self.tunisia), vals_list)

    def _drawn(self, company, country, count, unit, stamp=False):
        """Invoices as a month brings them: of chance, but the same each time."""
        draw = random.Random(f"{country} {count}")
        products = self._products_of(company)
        customers = self._customers(company, country)
        income = (
            products[0]
            .with_company(company)
            .product_tmpl_id.get_product_accounts()["income"]
        )
        vals_list = []
        for index in range(count):
            lines = [
                {
                    "product_id": draw.choice(products).id,
                    "name": f"Forfait {index}, ligne {place}",
                    "quantity": draw.choice((1, 1, 1, 2, 3, 0.5, 2.75)),
                    "price_unit": draw.randrange(1, 90_000) * unit,
                    "discount": draw.choice((0.0, 0.0, 0.0, 10.0, 33.33)),
                }
                for place in range(draw.randrange(1, 7))
            ]
            if stamp:
                lines.append(
                    {
                        "account_id": income.id,
                        "name": "Timbre fiscal",
                        "quantity": 1,
                        "price_unit": 0.0,
                        "tax_ids": [Command.set(self.stamp.tax_id.ids)],
                        "telecom_fee_id": self.stamp.id,
                    }
                )
            term = draw.choice((self.half, self.month, None))
            vals_list.append(
                {
                    "move_type": "out_invoice",
                    "partner_id": draw.choice(customers).id,
                    "invoice_date": "2026-11-01",
                    "invoice_line_ids": [Command.create(line) for line in lines],
                    **({"invoice_payment_term_id": term.id} if term else {}),
                }
            )
        return vals_list

    def test_a_month_of_benin(self):
        vals_list = self._drawn(self.benin, "base.bj", 30, 1)
        self._assert_identical(self._env_of(self.benin), vals_list)

    def test_a_month_of_tunisia(self):
        vals_list = self._drawn(self.tunisia, "base.tn", 30, 0.001, stamp=True)
        self._assert_identical(self._env_of(self.tunisia), vals_list)

    def test_by_a_user_who_follows(self):
        products = self._products_of(self.benin)
        vals_list = self._values(
            self.benin, self._customers(self.benin, "base.bj"), products, [5017, 990]
        )
        self._assert_identical(self._env_of(self.benin, self.biller_benin), vals_list)

    def test_for_customers_who_had_invoices(self):
        products = self._products_of(self.benin)
        customers = self._customers(self.benin, "base.bj")
        vals_list = self._values(self.benin, customers, products, [5017, 990])
        env = self._env_of(self.benin)
        env["telecom.invoice.writer"]._create_posted(copy.deepcopy(vals_list[:3]))
        self._assert_identical(env, vals_list)

    def test_rounding_line_by_line(self):
        self.tunisia.tax_calculation_rounding_method = "round_per_line"
        products = self._products_of(self.tunisia)
        vals_list = self._values(
            self.tunisia,
            self._customers(self.tunisia, "base.tn")[:2],
            products,
            [12.3455, 0.9995],
            stamp=True,
        )
        self._assert_identical(self._env_of(self.tunisia), vals_list)

    def test_taxes_that_take_odoo_to_find_their_items(self):
        tax = self._products_of(self.tunisia)[0].taxes_id
        product = self._products_of(self.tunisia)[0]
        included = tax.copy({"name": "TTC", "price_include_override": "tax_included"})
        product.taxes_id = included
        vals_list = self._values(
            self.tunisia,
            self._customers(self.tunisia, "base.tn")[:2],
            product | self._products_of(self.tunisia)[1],
            [12.345, 0.999],
            stamp=True,
        )
        self._assert_identical(self._env_of(self.tunisia), vals_list)

    def test_what_odoo_makes_itself(self):
        products = self._products_of(self.benin)
        env = self._env_of(self.benin)
        customers = self._customers(self.benin, "base.bj")
        good, *others = self._values(self.benin, customers, products, [5017, 990])
        nothing, credit, discounted, unknown = copy.deepcopy(others[:4])
        nothing["invoice_line_ids"][0][2].update(price_unit=0.0)
        nothing["invoice_line_ids"] = nothing["invoice_line_ids"][:1]
        credit["move_type"] = "out_refund"
        early = self.env["account.payment.term"].create(
            {
                "name": "Escompte",
                "early_discount": True,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        discounted["invoice_payment_term_id"] = early.id
        unknown["narration"] = "Merci"
        vals_list = [nothing, good, credit, discounted, unknown]
        cache = {}
        moves = env["telecom.invoice.writer"]._create_posted(vals_list, cache)
        self.assertEqual(sum(cache["reasons"].values()), 4, cache["reasons"])
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(
            [move.partner_id.id for move in moves],
            [vals["partner_id"] for vals in vals_list],
        )
        self.assertEqual(moves[0].payment_state, "paid")
        self.assertEqual(moves[2].move_type, "out_refund")

    def test_an_unknown_class_sends_all_through_odoo(self):
        products = self._products_of(self.benin)
        env = self._env_of(self.benin)
        vals_list = self._values(
            self.benin, self._customers(self.benin, "base.bj")[:1], products, [5017]
        )
        cache = {}
        with patch(
            "odoo.addons.telecom_billing.engine.tested_classes.KNOWN", frozenset()
        ):
            moves = env["telecom.invoice.writer"]._create_posted(vals_list, cache)
        self.assertIn("odoo.addons.account.models.account_move", cache["fallback"])
        self.assertEqual(sum(cache["reasons"].values()), len(moves))
        self.assertEqual(set(moves.mapped("state")), {"posted"})

    def test_every_installed_class_was_compared(self):
        """A class of a new addon belongs on the list, after these tests passed."""
        self.assertFalse(
            self._env_of(self.benin)["telecom.invoice.writer"]._fallback_reason()
        )

    def test_numbers_without_a_gap(self):
        products = self._products_of(self.benin)
        env = self._env_of(self.benin)
        vals_list = self._values(
            self.benin, self._customers(self.benin, "base.bj")[:2], products, [5017]
        )
        writer = env["telecom.invoice.writer"]
        cache = {}
        moves = writer._create_posted(copy.deepcopy(vals_list), cache)
        hand = env["account.move"].create(copy.deepcopy(vals_list[:1]))
        hand.action_post()
        moves |= hand | writer._create_posted(copy.deepcopy(vals_list), cache)
        numbers = moves.sorted("id").mapped("sequence_number")
        self.assertEqual(
            numbers, list(range(numbers[0], numbers[0] + len(vals_list) * 2 + 1))
        )
        self.assertFalse(any(moves.mapped("made_sequence_gap")))
        # Paid like any other
        self._pay(moves[0])
        self.assertIn(moves[0].payment_state, ("paid", "in_payment"))

    def test_ids_of_another_length_are_no_difference(self):
        """Items stand in the order of their numbers: 999,999 comes before 1,000,000."""
        products = self._products_of(self.tunisia)
        env = self._env_of(self.tunisia)
        vals_list = self._values(
            self.tunisia,
            self._customers(self.tunisia, "base.tn")[:3],
            products,
            [12.345, 0.999],
            stamp=True,
        )
        writer = env["telecom.invoice.writer"]
        for offset in (2, 3, 5, 30, 40):
            with self.subTest(offset), RolledBack(self.env):
                # In this transaction only, as everything else
                self.env.cr.execute(
                    _sql(
                        "ALTER SEQUENCE account_move_line_id_seq "
                        f"RESTART WITH {10_000_000 - offset}"
                    )
                )
                cache = {"check": 20}
                moves = writer._create_posted(copy.deepcopy(vals_list), cache)
                self.assertEqual(cache["checked"], len(vals_list))
                self.assertGreaterEqual(max(moves.line_ids.ids), 10_000_000)

    def test_a_difference_is_found(self):
        products = self._products_of(self.benin)
        env = self._env_of(self.benin)
        vals_list = self._values(
            self.benin, self._customers(self.benin, "base.bj")[:2], products, [5017]
        )
        writer = env["telecom.invoice.writer"]
        cache = {"check": 20}
        moves = writer._create_posted(copy.deepcopy(vals_list), cache)
        self.assertEqual(cache["checked"], len(vals_list))
        self.assertFalse(writer._differences(vals_list[0], moves[0].id))
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = balance + 1 WHERE id = %s",
            [moves[0].line_ids[0].id],
        )
        self.assertEqual(
            writer._differences(vals_list[0], moves[0].id),
            {"account_move_line.balance"},
        )
        original = type(writer)._compute_amounts

        def wrong(self, *args):
            amounts = original(self, *args)
            return amounts._replace(untaxed=amounts.untaxed + 1)

        with (
            patch.object(type(writer), "_compute_amounts", wrong),
            self.assertRaises(InvoiceDifference),
        ):
            writer._create_posted(copy.deepcopy(vals_list), {"check": 20})


def _sql(text):
    return SQL(text.replace("%", "%%"))
