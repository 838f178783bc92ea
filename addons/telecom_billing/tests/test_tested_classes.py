"""Which classes may come along when invoices are written by COPY: no database."""

from odoo import api, fields
from odoo.tests import BaseCase, tagged

from ..engine.tested_classes import unknown


def _class(module, **body):
    made = type("Move", (), {"__module__": f"odoo.addons.{module}"})
    for name, value in body.items():
        setattr(made, name, value)
    return made


@tagged("post_install", "-at_install", "telecom")
class TestTestedClasses(BaseCase):
    def test_what_may_change_a_posted_invoice_is_unknown(self):
        known = _class("account.models.account_move", _telecom_known=lambda self: 1)
        for body, harmless in (
            ({"_telecom_look": lambda self: 1}, True),
            ({"_inherit": "account.move", "_telecom_look": lambda self: 1}, True),
            ({"_post": lambda self: 1}, False),
            ({"write": lambda self, vals: 1}, False),
            ({"telecom_note": fields.Char()}, False),
            ({"_telecom_look": api.depends("name")(lambda self: 1)}, False),
            ({"_telecom_look": api.constrains("name")(lambda self: 1)}, False),
            # Overrides what a class on the list has
            ({"_telecom_known": lambda self: 2}, False),
        ):
            with self.subTest(body):
                mine = _class("new.models.account_move", **body)
                found = unknown([mine, known])
                self.assertEqual(not found, harmless)
        self.assertEqual(
            unknown([_class("new.models.x", _post=1), known]),
            ["odoo.addons.new.models.x"],
        )
