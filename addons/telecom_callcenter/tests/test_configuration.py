import json
import select

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TelecomCallcenterCommon, recording


@tagged("post_install", "-at_install", "telecom")
class TestConfiguration(TelecomCallcenterCommon):
    """Whatever Asterisk must know raises the revision of its PBX, once."""

    def setUp(self):
        super().setUp()
        self.commit()

    def commit(self):
        """What a commit runs before it commits."""
        self.env.cr.flush()

    def assertRevision(self, pbx, expected, action):
        self.commit()
        before = pbx.config_revision
        action()
        self.commit()
        self.assertEqual(pbx.config_revision - before, expected)

    def test_what_asterisk_must_know(self):
        campaign = self.campaign_benin
        calendar = self.env["resource.calendar"].create(
            {"name": "Hours", "company_id": self.benin.id}
        )
        prompt = self.env["telecom.prompt"].create(
            {"name": "Closed", "company_id": self.benin.id, "audio": recording()}
        )
        trunk = self.env["telecom.trunk"].create(
            {
                "name": "Carrier",
                "company_id": self.provider.id,
                "pbx_id": self.pbx.id,
                "host": "192.0.2.1",
            }
        )
        did = campaign.did_ids
        actions = {
            "pbx": lambda: self.pbx.write({"default_language": "en"}),
            "queue": lambda: self.queue_benin.write({"ring_seconds": 20}),
            "new queue": lambda: self._queue("Other", self.benin),
            "agent": lambda: self.agent.write({"extension": "199"}),
            "trunk": lambda: trunk.write({"host": "192.0.2.2"}),
            "trunk off": lambda: trunk.write({"active": False}),
            "did": lambda: did.write({"number": "1918"}),
            "campaign": lambda: campaign.write({"unavailable_policy": "message"}),
            "hours": lambda: campaign.write({"calendar_id": calendar.id}),
            "closed prompt": lambda: campaign.write({"closed_prompt_id": prompt.id}),
            "recording": lambda: prompt.write({"audio": recording(40)}),
            "calendar's time zone": lambda: calendar.write({"tz": "Africa/Lome"}),
            "attendance": lambda: calendar.attendance_ids[0].write({"hour_to": 11}),
            "attendance gone": lambda: calendar.attendance_ids[0].unlink(),
            "holiday": lambda: self._holiday(calendar),
            "general holiday": lambda: self._holiday(
                self.env["resource.calendar"], company=self.benin
            ),
            "holiday gone": lambda: (
                self.env["resource.calendar.leaves"]
                .search([("calendar_id", "=", calendar.id)])
                .unlink()
            ),
            "service": lambda: self.service_benin.write({"date_end": "2099-01-01"}),
            "did gone": lambda: did.unlink(),
        }
        for name, action in actions.items():
            with self.subTest(name):
                self.assertRevision(self.pbx, 1, action)

    def _holiday(self, calendar, **vals):
        company = calendar.company_id or vals.pop("company")
        self.env["resource.calendar.leaves"].with_company(company).create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2099-01-01 00:00:00",
                "date_to": "2099-01-01 23:00:00",
                **vals,
            }
        )

    def test_what_asterisk_need_not_know(self):
        campaign = self.campaign_benin
        actions = {
            "presence": lambda: self.agent._set_presence("ready"),
            "survey": lambda: campaign.write({"survey": "rating"}),
            "disposition": lambda: campaign.disposition_ids[0].write({"name": "X"}),
            "same value": lambda: self.queue_benin.write({"ring_seconds": 15}),
            "somebody's holiday": lambda: self._holiday(
                self.env["resource.calendar"], company=self.togo
            ),
        }
        for name, action in actions.items():
            with self.subTest(name):
                self.assertRevision(self.pbx, 0, action)

    def test_once_per_transaction(self):
        def many():
            self.queue_benin.write({"ring_seconds": 21})
            self.queue_tunisia.write({"ring_seconds": 22})
            self.agent.write({"extension": "177"})
            self._queue("Third", self.tunisia)

        self.assertRevision(self.pbx, 1, many)

    def test_only_the_pbx_concerned(self):
        self.assertRevision(
            self.rival_pbx, 0, lambda: self.queue_benin.write({"ring_seconds": 30})
        )

    def test_members_join_by_status_not_by_files(self):
        self.agent._set_presence("ready")
        self.assertRevision(
            self.pbx,
            0,
            lambda: self.queue_benin.member_ids.filtered(
                lambda member: member.agent_id == self.agent
            ).write({"penalty": 3}),
        )
        self.assertEqual(self.commands(self.agent)[-1].name, "apply_status")

    def test_gateway_is_notified_at_commit(self):
        """On real connections: a notification needs a commit."""
        connection = db_connect(self.env.cr.dbname)
        with connection.cursor() as listener, connection.cursor() as sender:
            listener.execute("LISTEN telecom_gateway")
            listener.commit()
            self.env(cr=sender)["telecom.pbx"]._notify_gateway(pbx=0, config=7)
            sender.commit()
            raw = listener._cnx
            self.assertTrue(select.select([raw], [], [], 10)[0])
            raw.poll()
            messages = [json.loads(notify.payload) for notify in raw.notifies]
            self.assertIn({"pbx": 0, "config": 7}, messages)

    def test_whether_trunks_are_there_is_shown(self):
        """As the gateway reports it, where Asterisk asks them."""
        self.pbx.trunk_ids.active = False
        vals = {
            "company_id": self.provider.id,
            "pbx_id": self.pbx.id,
            "host": "192.0.2.1",
        }
        Trunk = self.env["telecom.trunk"]
        first = Trunk.create({"name": "Carrier", **vals})

        def report(*away, **more):
            now = fields.Datetime.now().timestamp()
            values = {"heartbeat_at": now, "link_state": "up", **more}
            self.pbx._gateway_report({**values, "trunks_away": list(away)})

        report()
        self.assertEqual(first.reach, "unchecked")
        second = Trunk.create({"name": "Second", **vals})
        report(second.id)
        self.pbx.invalidate_recordset()
        self.assertEqual((first.reach, second.reach), ("reachable", "away"))
        report()
        self.assertEqual(second.reach, "reachable")
        report(link_state="down")
        self.assertFalse(first.reach or second.reach)

    def test_changes_are_logged_without_secrets(self):
        trunk = self.env["telecom.trunk"].create(
            {
                "name": "Carrier",
                "company_id": self.provider.id,
                "pbx_id": self.pbx.id,
                "host": "192.0.2.1",
            }
        )
        admin = self.as_user(trunk, self.user_admin)
        admin.write({"host": "192.0.2.9", "secret": "open sesame"})
        event = self.events(kind="configuration")[-1]
        self.assertEqual(event.user_id, self.user_admin)
        self.assertEqual(event.company_id, self.provider)
        self.assertIn("192.0.2.1 → 192.0.2.9", event.detail)
        self.assertIn("Carrier", event.detail)
        self.assertNotIn("sesame", event.detail)
        self.as_user(self.queue_benin, self.user_admin).write({"weight": 7})
        event = self.events(kind="configuration")[-1]
        self.assertEqual(event.operator_id, self.benin)
        self.assertEqual(event.company_id, self.provider)
        trunk.unlink()
        event = self.events(kind="configuration")[-1]
        self.assertIn("Carrier", event.detail)

    def test_limits(self):
        in_sql = [
            (self.queue_benin, {"ring_seconds": 1}),
            (self.queue_benin, {"max_wait_seconds": -1}),
            (self.queue_benin, {"service_level_target": 101}),
            (self.queue_benin, {"escalation_seconds": 2}),
            (self.campaign_benin, {"wrapup_limit_seconds": -1}),
            (self.queue_benin.member_ids[0], {"penalty": -1}),
        ]
        in_python = [
            (self.queue_benin, {"music_class": "a\nb"}),
            (self.agent, {"extension": "12a"}),
            (self.agent, {"extension": "1"}),
            (self.pbx, {"code": "Not a code"}),
            (self.pbx, {"websocket_url": "http://x"}),
            (self.pbx, {"turn_url": "https://x"}),
            (self.campaign_benin.did_ids, {"number": "19-19"}),
        ]
        for error, cases in ((CheckViolation, in_sql), (ValidationError, in_python)):
            for record, vals in cases:
                with (
                    self.subTest(vals=vals),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(error),
                    self.env.cr.savepoint(),
                ):
                    record.write(vals)
                    self.env.flush_all()

    def test_a_trunk_forges_no_settings(self):
        for vals in (
            {"host": "192.0.2.1\ntype=endpoint"},
            {"username": "a;b"},
            {"match": "192.0.2.1\r\n[evil]"},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.env["telecom.trunk"].create(
                    {
                        "name": "Carrier",
                        "company_id": self.provider.id,
                        "pbx_id": self.pbx.id,
                        "host": "192.0.2.1",
                        **vals,
                    }
                )

    def test_priority_numbers_are_e164(self):
        Priority = self.env["telecom.priority.number"]
        number = Priority.create({"company_id": self.benin.id, "number": "97123456"})
        self.assertEqual(number.number, "+2290197123456")
        with self.assertRaises(ValidationError):
            Priority.create({"company_id": self.benin.id, "number": "12"})

    def test_opening_hours(self):
        """In the calendar's time zone, without public holidays, own ones only."""
        self.assertEqual(len(self.campaign_benin._opening_intervals(days=3)), 1)
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Hours",
                "company_id": self.benin.id,
                "tz": "Africa/Porto-Novo",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Day",
                                "dayofweek": str(day),
                                "hour_from": 8,
                                "hour_to": 20,
                                "day_period": "morning",
                            }
                        )
                        for day in range(7)
                    ),
                ],
            }
        )
        campaign = self.campaign_benin
        campaign.calendar_id = calendar
        before = campaign._opening_intervals(days=7)
        self.assertTrue(7 <= len(before) <= 9)
        for start, end in before[1:-1]:
            self.assertEqual(end - start, 12 * 3600)
            # Benin is an hour ahead of UTC
            self.assertEqual(start % 86400, 7 * 3600)
        tomorrow = fields.Date.add(fields.Date.today(), days=2)
        days = {
            "date_from": f"{tomorrow} 00:00:00",
            "date_to": f"{tomorrow} 23:00:00",
        }
        self._holiday(self.env["resource.calendar"], company=self.tunisia, **days)
        self.assertEqual(len(campaign._opening_intervals(days=7)), len(before))
        self._holiday(self.env["resource.calendar"], company=self.benin, **days)
        self.assertEqual(len(campaign._opening_intervals(days=7)), len(before) - 1)
