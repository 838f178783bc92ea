from contextlib import ExitStack

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install", "telecom")
class TestParallelWork(BaseCase):
    """Several people press “Next item” at once: real transactions, none of them over.

    What is committed is removed afterwards.
    """

    def setUp(self):
        super().setUp()
        self.connection = db_connect(get_db_name())
        with self.connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT coalesce(max(id), 0) FROM telecom_agent_event")
            self.last_event = cr.fetchone()[0]
            company = env.ref("base.main_company")
            self.users = (
                env["res.users"]
                .with_context(active_test=False)
                .search([("company_ids", "in", company.ids)], order="id", limit=3)
                .ids
            )
            campaign = env["telecom.campaign"].create(
                {
                    "name": "Parallel",
                    "kind": "back_office",
                    "company_id": company.id,
                }
            )
            self.campaign_id = campaign.id
            self.addCleanup(self.clean)
            env["telecom.work.item"].create(
                [
                    {"campaign_id": campaign.id, "name": name}
                    for name in ("First", "Second")
                ]
            )

    def clean(self):
        with self.connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["telecom.campaign"].browse(self.campaign_id).unlink()
            env.flush_all()
            cr.execute(
                "DELETE FROM telecom_agent_event WHERE id > %s", [self.last_event]
            )

    def test_each_gets_another_item_and_nobody_waits(self):
        taken = []
        with ExitStack() as stack:
            for user_id in self.users:
                cr = stack.enter_context(self.connection.cursor())
                # Whoever would wait for another one's lock fails at once
                cr.execute("SET LOCAL lock_timeout = '2s'")
                env = api.Environment(cr, SUPERUSER_ID, {})
                item = env["telecom.work.item"]._take_next(
                    env["telecom.campaign"].browse(self.campaign_id),
                    env["res.users"].browse(user_id),
                )
                env.flush_all()
                taken.append(item.name)
                stack.callback(cr.rollback)
        self.assertEqual(taken, ["First", "Second", False])
