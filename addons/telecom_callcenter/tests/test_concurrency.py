import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install", "telecom")
class TestParallelPresence(BaseCase):
    """Two processes change one agent's presence: real transactions, really at once.

    What they commit is removed afterwards.
    """

    def setUp(self):
        super().setUp()
        self.connection = db_connect(get_db_name())
        with self.connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env.ref("base.main_company")
            cr.execute("SELECT coalesce(max(id), 0) FROM telecom_agent_event")
            self.last_event = cr.fetchone()[0]
            reasons = env["telecom.pause.reason"].search([])
            self.pbx = env["telecom.pbx"].create(
                {
                    "name": "Parallel",
                    "code": "parallel-test",
                    "company_id": company.id,
                    "country_id": env.ref("base.bj").id,
                }
            )
            self.site = env["telecom.site"].create(
                {"name": "Parallel", "company_id": company.id, "tz": "UTC"}
            )
            self.agent = env["telecom.agent"].create(
                {
                    "user_id": SUPERUSER_ID,
                    "company_id": company.id,
                    "site_id": self.site.id,
                    "pbx_id": self.pbx.id,
                    "extension": "9901",
                }
            )
            self.new_reasons = (env["telecom.pause.reason"].search([]) - reasons).ids
            self.addCleanup(self.clean)

    def clean(self):
        with self.connection.cursor() as cr:
            cr.execute(
                "DELETE FROM telecom_agent_event WHERE id > %s", [self.last_event]
            )
            env = api.Environment(cr, SUPERUSER_ID, {})
            # Without the models: deleting would be logged
            for table, ids in (
                ("telecom_agent", self.agent.ids),
                ("telecom_site", self.site.ids),
                ("telecom_pbx", self.pbx.ids),
                ("telecom_pause_reason", self.new_reasons),
            ):
                if ids:
                    cr.execute(
                        f"DELETE FROM {table} WHERE id IN %s",  # noqa: S608
                        [tuple(ids)],
                    )
            env["mail.message"].search(
                [("model", "=", "telecom.pbx"), ("res_id", "=", self.pbx.id)]
            ).unlink()
            env["mail.followers"].search(
                [("res_model", "=", "telecom.pbx"), ("res_id", "=", self.pbx.id)]
            ).unlink()

    def agent_on(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})["telecom.agent"].browse(
            self.agent.id
        )

    @mute_logger("odoo.sql_db")
    def test_the_second_waits_and_is_told_to_look_again(self):
        outcome = []
        started = threading.Event()

        def change(agent):
            # Its picture is older than what the first commits
            agent.env.cr.execute("SELECT presence FROM telecom_agent LIMIT 1")
            started.set()
            try:
                agent._set_presence("not_ready")
            except SerializationFailure:
                outcome.append("again")
                agent.env.cr.rollback()
                agent._set_presence("not_ready")
            outcome.append("done")

        # Environments are made here: the registry belongs to the thread of the tests
        with self.connection.cursor() as first, self.connection.cursor() as second:
            thread = threading.Thread(target=change, args=[self.agent_on(second)])
            self.agent_on(first)._set_presence("ready")
            first.flush()
            thread.start()
            self.assertTrue(started.wait(10))
            # As long as the first has not committed, the second waits
            thread.join(0.3)
            self.assertEqual(outcome, [])
            first.commit()
            thread.join(10)
        self.assertEqual(outcome, ["again", "done"])
        with self.connection.cursor() as cr:
            cr.execute(
                """SELECT kind, presence FROM telecom_agent_event
                WHERE agent_id = %s AND id > %s AND kind != 'configuration'
                ORDER BY id""",
                [self.agent.id, self.last_event],
            )
            # One login, then a pause: not two logins
            self.assertEqual(
                cr.fetchall(), [("login", "ready"), ("presence", "not_ready")]
            )
