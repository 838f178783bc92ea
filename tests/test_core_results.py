"""How `make test-core` reads Odoo's log: a failure it overlooks would never be seen."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "stack"))

import core_tests

LINE = "2026-11-21 08:00:00,000 1 ERROR db odoo.{where}: {text}\n"
END = "1 failed, 0 error(s) of 12 tests when loading database 'db'\n"


@pytest.mark.parametrize(
    ("where", "text", "failed"),
    [
        ("addons.crm.tests.test_x", "FAIL: TestX.test_a", "/crm:TestX.test_a"),
        ("addons.crm.tests.test_x", "ERROR: TestX.test_a", "/crm:TestX.test_a"),
        (
            "addons.mail.tests.d.test_y",
            "FAIL: Subtest TestY.test_b (n=1)",
            "/mail:TestY.test_b",
        ),
        (
            "tests.suite",
            "ERROR: setUpClass (odoo.addons.sale.tests.test_z.TestZ)",
            "/sale:TestZ",
        ),
    ],
)
def test_a_failure_is_named_as_test_tags_take_it(where, text, failed):
    result = core_tests.parse(LINE.format(where=where, text=text) + END)
    assert result.failed == {failed}
    assert result.ran == 12


def test_a_good_run_has_no_failure():
    assert core_tests.parse("0 failed, 0 error(s) of 7 tests when loading\n").ran == 7
    assert not core_tests.parse("INFO db x: FAIL: TestX.test_a\n").failed


def test_each_exception_has_a_reason():
    assert all(core_tests.expected().values())
