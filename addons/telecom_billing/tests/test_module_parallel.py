"""Two schedulers at once invoice an operator's month once: on two real connections."""

import threading

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields, sql_db
from odoo.tests import BaseCase, common, tagged
from odoo.tools import mute_logger

LOGGER = "odoo.addons.telecom_billing.models.telecom_module_subscription"


@tagged("post_install", "-at_install", "telecom")
class TestModuleInParallel(BaseCase):
    """A subscription and a price that are committed, and taken away again.

    Of the platform's own company: a company that was committed cannot be deleted.
    """

    def setUp(self):
        super().setUp()
        self.connection = sql_db.db_connect(common.get_db_name())
        with self.connection.cursor() as cr:
            env = self._env(cr)
            Subscription = env["telecom.module.subscription"]
            company = Subscription._platform_company()
            self.assertTrue(
                env["account.journal"].search_count(
                    [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
                ),
                "The platform's company has no chart of accounts",
            )
            self.company = company.id
            module = env["telecom.module"].create(
                {"name": "Parallel", "code": "parallel"}
            )
            self.module = module.id
            today = fields.Date.today()
            self.first = fields.Date.add(today.replace(day=1), months=-1)
            with freeze_time(fields.Date.subtract(self.first, days=20)):
                subscription = Subscription.create({"company_id": self.company})
                subscription.item_ids.filtered(
                    lambda item: item.module_id == module
                )._begin(self.first)
            subscription.billed_until = fields.Date.subtract(self.first, days=1)
            self.subscription = subscription.id
            env.flush_all()
            cr.execute(
                """INSERT INTO telecom_module_price
                          (module_id, currency_id, amount, date_from)
                   VALUES (%s, %s, 310, %s)""",
                (self.module, subscription.currency_id.id, self.first),
            )
        self.addCleanup(self._forget)

    def _env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _forget(self):
        with self.connection.cursor() as cr:
            env = self._env(cr)
            subscription = env["telecom.module.subscription"].browse(self.subscription)
            invoices = subscription.invoice_ids
            moves = invoices.move_id
            cr.execute(
                "DELETE FROM telecom_module_event WHERE subscription_id = %s",
                [self.subscription],
            )
            env.invalidate_all()
            invoices.unlink()
            moves.button_draft()
            moves.with_context(force_delete=True).unlink()
            subscription.unlink()
            cr.execute(
                "DELETE FROM telecom_module_price WHERE module_id = %s", [self.module]
            )
            env["telecom.module"].browse(self.module).unlink()

    def _bill(self, env):
        env["telecom.module.subscription"].browse(self.subscription)._bill()
        env.flush_all()

    def _invoices(self):
        with self.connection.cursor() as cr:
            cr.execute(
                "SELECT count(*), count(move_id), min(amount_untaxed) "
                "FROM telecom_module_invoice WHERE company_id = %s",
                [self.company],
            )
            return cr.fetchone()

    def test_the_second_leaves_it_to_the_first(self):
        with self.connection.cursor() as first, self.connection.cursor() as second:
            # Both began before either had done anything
            for cr in (first, second):
                cr.execute("SELECT count(*) FROM telecom_module_invoice")
            # Here: the registry of a test is the main thread's
            one, other = self._env(first), self._env(second)
            self._bill(one)
            done = threading.Event()

            def bill():
                # Without waiting for the first one's commit
                self._bill(other)
                second.commit()
                done.set()

            thread = threading.Thread(target=bill)
            thread.start()
            thread.join(20)
            self.assertTrue(done.is_set(), "The second waits for the first")
            first.commit()
        self.assertEqual(self._invoices()[:2], (1, 1))

    def test_a_second_that_looked_before_the_first_was_done(self):
        with self.connection.cursor() as first, self.connection.cursor() as second:
            second.execute("SELECT count(*) FROM telecom_module_invoice")
            self._bill(self._env(first))
            first.commit()
            # Its picture is of before: PostgreSQL refuses the row, or it is skipped
            with mute_logger("odoo.sql_db", LOGGER):
                try:
                    self._bill(self._env(second))
                    second.commit()
                except SerializationFailure:
                    second.rollback()
            # The next run, a minute later
            self._bill(self._env(second))
            second.commit()
        self.assertEqual(self._invoices(), (1, 1, 310))

    def test_a_first_that_was_killed_leaves_nothing_behind(self):
        with self.connection.cursor() as first, self.connection.cursor() as second:
            self._bill(self._env(first))
            first.rollback()
            self._bill(self._env(second))
            second.commit()
        self.assertEqual(self._invoices(), (1, 1, 310))
