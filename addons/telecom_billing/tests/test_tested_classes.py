"""Which classes may come along when invoices are written by COPY: no database."""

import ast
from pathlib import Path

from odoo import api, fields
from odoo.tests import BaseCase, tagged

from ..engine.tested_classes import KNOWN, MODELS, unknown


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
            ({"_telecom_look": lambda self: 1, "_field_definitions": []}, True),
            ({"_table_object_definitions": ()}, True),
            ({"_field_definitions": [fields.Char()]}, False),
            ({"_table_object_definitions": [object()]}, False),
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

    def test_the_apps_beside_this_one_do_not_slow_bill_runs(self):
        """Whichever of the suite's addons is installed: their classes are compared.

        By their source, as a database need not have all of them.
        """
        missing = []
        for path in Path(__file__).parents[2].glob("telecom_*/models/*.py"):
            module = f"odoo.addons.{path.parts[-3]}.models.{path.stem}"
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and module not in KNOWN:
                    missing += [module] if _changes_invoices(node) else []
        self.assertFalse(missing, "Compare with it installed, then name it")


def _changes_invoices(node):
    """Tell whether a class extends a model of invoices by more than own methods."""
    extends = False
    for item in node.body:
        names = {getattr(target, "id", "") for target in getattr(item, "targets", ())}
        if "_inherit" in names:
            extends = bool(set(MODELS) & set(_texts(item.value)))
    return extends and any(
        isinstance(item, ast.Assign)
        and {getattr(target, "id", "") for target in item.targets}.isdisjoint(
            ("_inherit", "_name", "_description")
        )
        or isinstance(item, ast.FunctionDef)
        and (not item.name.startswith("_telecom_") or item.decorator_list)
        for item in node.body
    )


def _texts(node):
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
