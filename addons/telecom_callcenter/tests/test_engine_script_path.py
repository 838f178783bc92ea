from odoo.tests import BaseCase, tagged

from ..engine.script_path import has_answer, open_questions


def question(key, kind="char", required=True, **choices):
    return {
        "key": key,
        "kind": "question",
        "answer_type": "choice" if choices else kind,
        "required": required,
        "goto": "",
        "action": False,
        "choices": [{"key": name, "goto": goto} for name, goto in choices.items()],
    }


def button(goto):
    return {
        "key": f"to {goto}",
        "kind": "action",
        "action": "page",
        "answer_type": False,
        "required": False,
        "goto": goto,
        "choices": [],
    }


def page(key, *blocks, following=""):
    return {"key": key, "next": following, "blocks": list(blocks)}


@tagged("post_install", "-at_install", "telecom")
class TestScriptPath(BaseCase):
    def test_what_counts_as_an_answer(self):
        for kind, value, expected in (
            ("boolean", False, True),
            ("boolean", None, False),
            ("integer", 0, True),
            ("integer", False, False),
            ("char", "", False),
            ("char", "x", True),
            ("choice", None, False),
        ):
            with self.subTest(kind=kind, value=value):
                block = question("q", kind)
                self.assertEqual(has_answer(block, {"q": value}), expected)
        self.assertFalse(has_answer(question("q", "boolean"), {}))

    def test_ways_through_a_script(self):
        two = [page("A", question("a")), page("B", question("b"))]
        branch = [
            page("A", question("a", yes="C", no="")),
            page("B", question("b"), following="end"),
            page("C", question("c"), question("d", required=False)),
        ]
        jump = [page("A", button("C")), page("B", question("b")), page("C")]
        ring = [page("A", question("a"), following="B"), page("B", following="A")]
        for name, pages, answers, expected in (
            ("nothing answered", two, {}, "ab"),
            ("the first page only", two, {"a": "x"}, "b"),
            ("all", two, {"a": "x", "b": "x"}, ""),
            ("by the answer", branch, {"a": "yes"}, "c"),
            ("by the other answer", branch, {"a": "no"}, "b"),
            ("what is not on the way", branch, {"a": "yes", "c": "x"}, ""),
            ("no answer yet", branch, {"c": "x"}, "ab"),
            ("a button leads past", jump, {}, ""),
            ("in a ring, missing", ring, {}, "a"),
            ("in a ring that never ends", ring, {"a": "x"}, ""),
            ("no page", [], {}, ""),
        ):
            with self.subTest(name):
                found = "".join(
                    block["key"] for block in open_questions(pages, answers)
                )
                self.assertEqual(found, expected)
