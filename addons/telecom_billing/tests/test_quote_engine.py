from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from odoo.addons.telecom_billing.engine import agenda, revision


def line(key, name="Forfait", **values):
    return {
        "key": key,
        "kind": "line",
        "product": name,
        "name": name,
        "quantity": "1.000000",
        "price": "5000",
        "discount": "0.0000",
        "taxes": ["TVA 18 %"],
        "amount": "5000",
        "monthly": "",
        "ids": [key, 1, [1]],
        **values,
    }


def content(*lines, **values):
    return {"lines": list(lines), "total": "5000", "validity": "2026-12-01", **values}


@tagged("post_install", "-at_install", "telecom")
class TestQuoteEngine(BaseCase):
    def _compare(self, before, after):
        return [
            (change.kind, change.label, change.field, change.before, change.after)
            for change in revision.compare(before, after)
        ]

    def test_differences(self):
        for what, before, after, expected in (
            ("nothing", content(line(1)), content(line(1)), []),
            (
                "a price, and what follows from it",
                content(line(1)),
                content(line(1, price="4500", amount="4500"), total="4500"),
                [
                    ("changed", "Forfait", "price", "5000", "4500"),
                    ("head", "", "total", "5000", "4500"),
                ],
            ),
            (
                "an amount alone, by another tax included in the price",
                content(line(1)),
                content(line(1, amount="4999")),
                [("changed", "Forfait", "amount", "5000", "4999")],
            ),
            (
                "written again",
                content(line(1)),
                content(line(2, quantity="3.000000")),
                [("changed", "Forfait", "quantity", "1.000000", "3.000000")],
            ),
            (
                "the day",
                content(line(1)),
                content(line(1), validity="2027-01-01"),
                [("head", "", "validity", "2026-12-01", "2027-01-01")],
            ),
        ):
            with self.subTest(what):
                self.assertEqual(self._compare(before, after), expected)

    def test_added_and_removed(self):
        new, old = line(2, "Fibre\n100 Mb/s"), line(1)
        self.assertEqual(
            self._compare(content(old), content(new)),
            [
                ("added", "Fibre", "", None, new),
                ("removed", "Forfait", "", old, None),
            ],
        )

    def test_two_lines_of_one_product_stay_two(self):
        before = content(line(1), line(2))
        after = content(line(3), line(4), line(5))
        self.assertEqual([one[0] for one in self._compare(before, after)], ["added"])

    def test_fingerprints(self):
        base = revision.fingerprint(content(line(1)))
        self.assertEqual(base, revision.fingerprint(content(line(1))))
        # Translated or renamed: the same quotation
        self.assertEqual(
            base, revision.fingerprint(content(line(1, product="Plan", taxes=["VAT"])))
        )
        for other in (
            content(line(1, price="5001")),
            content(line(1, ids=[9, 1, [1]])),
            content(line(1, ids=[1, 1, [2]])),
            content(line(1), line(2)),
            content(line(1), validity=""),
        ):
            self.assertNotEqual(base, revision.fingerprint(other))

    def test_slots(self):
        day = datetime(2026, 11, 23)

        def at(hour, minute=0):
            return day + timedelta(hours=hour, minutes=minute)

        work = [(at(8), at(10))]
        for what, busy, earliest, minutes, expected in (
            ("free", [], at(0), 30, [at(8), at(8, 30), at(9), at(9, 30)]),
            ("too late", [], at(9, 10), 30, [at(9, 30)]),
            ("busy", [(at(8, 40), at(9, 5))], at(0), 30, [at(8), at(9, 30)]),
            ("right after", [(at(7), at(8))], at(0), 60, [at(8), at(9)]),
            ("all day", [(at(0), at(23))], at(0), 30, []),
            ("no room", [], at(0), 150, []),
            ("uneven", [], at(0), 45, [at(8), at(8, 45)]),
        ):
            with self.subTest(what):
                self.assertEqual(
                    agenda.free_slots(work, busy, earliest, minutes), expected
                )
        self.assertEqual(agenda.free_slots(work, [], at(0), 30, limit=1), [at(8)])
