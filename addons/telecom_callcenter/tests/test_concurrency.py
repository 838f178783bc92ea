import threading
from functools import partial
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import ConcurrencyError
from odoo.service import model as service_model
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


class ParallelAgent(BaseCase):
    """An agent and a call that are committed, and removed afterwards."""

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
            self.call = env["telecom.call"].create(
                {
                    "pbx_id": self.pbx.id,
                    "uniqueid": "parallel",
                    "company_id": company.id,
                    "caller_number": "+2290197123456",
                    "agent_id": self.agent.id,
                    "start_at": fields.Datetime.now(),
                }
            )
            self.customer = env["res.partner"].create(
                {"name": "Parallel", "company_id": company.id}
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
                ("telecom_call", self.call.ids),
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
            env["res.partner"].browse(self.customer.id).unlink()
            env["mail.message"].search(
                [("model", "=", "telecom.pbx"), ("res_id", "=", self.pbx.id)]
            ).unlink()
            env["mail.followers"].search(
                [("res_model", "=", "telecom.pbx"), ("res_id", "=", self.pbx.id)]
            ).unlink()


@tagged("post_install", "-at_install", "telecom")
class TestParallelPresence(ParallelAgent):
    """Two processes change one agent's presence: real transactions, really at once."""

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


@tagged("post_install", "-at_install", "telecom")
class TestParallelWrapup(ParallelAgent):
    """The desk asks for the form of a wrap-up while its agent says who calls."""

    def desk_on(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        company = env.ref("base.main_company")
        return env(context={"allowed_company_ids": company.ids})["telecom.desk"]

    def test_the_customer_who_was_chosen_is_kept(self):
        tries = []

        def link(desk):
            # Its picture is older than what the form commits
            desk.env.cr.execute("SELECT count(*) FROM telecom_call_wrapup")
            if not tries:
                with self.connection.cursor() as other:
                    self.desk_on(other).get_wrapup_form(self.call.id)
            tries.append(desk)
            try:
                return desk.link_partner(self.call.id, self.customer.id)
            except ConcurrencyError:
                tries.append("again")
                raise

        with (
            self.connection.cursor() as cr,
            patch.object(service_model.time, "sleep"),
            self.assertNoLogs("odoo.sql_db", "ERROR"),
        ):
            desk = self.desk_on(cr)
            service_model.retrying(partial(link, desk), desk.env)
        self.assertEqual(tries, [desk, "again", desk])
        with self.connection.cursor() as cr:
            cr.execute(
                """SELECT agent_id, partner_id FROM telecom_call_wrapup
                WHERE call_id = %s""",
                [self.call.id],
            )
            self.assertEqual(cr.fetchall(), [(self.agent.id, self.customer.id)])
