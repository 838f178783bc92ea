import json
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TelecomCallcenterCommon


@tagged("post_install", "-at_install", "telecom")
class TestAgentPresence(TelecomCallcenterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reasons = {
            reason.code: reason
            for reason in cls.env["telecom.pause.reason"].search(
                [("company_id", "=", cls.provider.id)]
            )
        }

    def bus(self):
        """What was sent on the bus in this transaction, as (channel, type)."""
        values = self.env.cr.precommit.data.get("bus.bus.values", [])
        return [
            (json.loads(vals["channel"])[1:], json.loads(vals["message"])["type"])
            for vals in values
        ]

    def test_a_provider_begins_with_pause_reasons(self):
        kinds = {reason.kind for reason in self.reasons.values()}
        self.assertEqual(kinds, {"break", "work", "missed", "forced", "lost"})

    def test_login_pause_and_logout_are_logged_and_told(self):
        desk = self.desk(self.user_agent)
        state = desk.set_presence("ready")
        self.assertEqual(state["presence"], "ready")
        self.assertTrue(state["login_at"])
        desk.set_presence("not_ready", self.reasons["lunch"].id)
        desk.set_presence("offline")
        self.assertFalse(self.agent.login_at)
        log = self.events(agent_id=self.agent.id)
        self.assertEqual(log.mapped("kind"), ["login", "presence", "logout"])
        self.assertEqual(log.mapped("presence"), ["ready", "not_ready", "offline"])
        self.assertEqual(log[1].reason_id, self.reasons["lunch"])
        self.assertEqual(log.user_id, self.user_agent)
        self.assertEqual(log.company_id, self.provider)
        commands = self.commands(self.agent)
        self.assertEqual(commands.mapped("name"), ["apply_status"] * 3)
        channel = ["res.partner", self.user_agent.partner_id.id]
        self.assertEqual(self.bus().count((channel, "telecom.desk/state")), 3)

    def test_asking_for_what_is_changes_nothing(self):
        desk = self.desk(self.user_agent)
        desk.set_presence("ready")
        since = self.agent.presence_since
        desk.set_presence("ready")
        self.assertEqual(len(self.events(agent_id=self.agent.id)), 1)
        self.assertEqual(self.agent.presence_since, since)

    def test_works_with_any_active_company(self):
        """An agent's presence is the agent's own, whatever the tab shows."""
        for company in (self.benin, self.tunisia, self.provider):
            desk = self.desk(self.user_agent, company)
            desk.set_presence("ready")
            desk.set_presence("offline")
        self.assertEqual(len(self.events(agent_id=self.agent.id)), 6)

    def test_pause_during_a_call_waits_for_the_wrapup(self):
        desk = self.desk(self.user_agent, self.benin)
        desk.set_presence("ready")
        call = self._call(agent=self.agent, ring=self.agent)
        self._live(self.agent, "talking", call)
        desk.set_presence("not_ready", self.reasons["lunch"].id)
        self.assertEqual(self.agent.presence, "pause_requested")
        wrapup = self._hang_up(call, self.agent)
        self.assertEqual(self.agent.presence, "pause_requested")
        desk.finish_wrapup(wrapup.id, self._choices(wrapup))
        self.assertEqual(self.agent.presence, "not_ready")
        self.assertEqual(self.agent.presence_reason_id, self.reasons["lunch"])

    def test_open_wrapup_counts_as_busy_before_the_gateway_says_so(self):
        desk = self.desk(self.user_agent, self.benin)
        desk.set_presence("ready")
        self._hang_up(self._call(agent=self.agent), self.agent)
        self._live(self.agent, "idle")
        desk.set_presence("not_ready", self.reasons["break"].id)
        self.assertEqual(self.agent.presence, "pause_requested")
        self.assertEqual(desk.get_state()["activity"], "wrapup")

    def test_no_logout_with_a_caller_on_the_line(self):
        desk = self.desk(self.user_agent)
        desk.set_presence("ready")
        self._live(self.agent, "talking", self._call(agent=self.agent))
        with self.assertRaises(UserError):
            desk.set_presence("offline")

    def test_reasons_of_the_system_are_not_chosen(self):
        desk = self.desk(self.user_agent)
        for code in ("missed", "supervisor", "lost"):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                desk.set_presence("not_ready", self.reasons[code].id)
        foreign = self.env["telecom.pause.reason"].search(
            [("company_id", "=", self.rival.id), ("code", "=", "lunch")]
        )
        with self.assertRaises(UserError):
            desk.set_presence("not_ready", foreign.id)

    def test_supervisor_forces(self):
        self.desk(self.user_agent).set_presence("ready")
        self._live(self.agent, "talking", self._call(agent=self.agent))
        agents = self.as_user(self.agent, self.user_supervisor)
        agents.action_force_presence("not_ready")
        self.assertEqual(self.agent.presence, "not_ready")
        self.assertEqual(self.agent.presence_reason_id.kind, "forced")
        log = self.events(agent_id=self.agent.id, kind="forced")
        self.assertEqual(log.user_id, self.user_supervisor)
        agents.action_force_presence("offline")
        self.assertEqual(self.agent.presence, "offline")

    def test_supervisor_ends_a_forgotten_wrapup(self):
        self.desk(self.user_agent).set_presence("ready")
        wrapup = self._hang_up(self._call(agent=self.agent), self.agent)
        wrapup.note = "Left for lunch"
        count = len(self.commands(self.agent))
        self.as_user(self.agent, self.user_supervisor).action_end_wrapups()
        self.assertEqual(wrapup.state, "done")
        self.assertEqual(wrapup.note, "Left for lunch")
        self.assertFalse(wrapup.disposition_id)
        self.assertEqual(self.desk(self.user_agent).get_state()["activity"], "idle")
        self.assertEqual(len(self.commands(self.agent)), count + 1)
        event = self.events(agent_id=self.agent.id, kind="forced")
        self.assertEqual(event.call_id, wrapup.call_id)
        self.assertEqual(event.user_id, self.user_supervisor)
        with self.assertRaises(AccessError):
            self.as_user(self.agent, self.user_other).action_end_wrapups()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_who_may_not_force(self):
        for user in (self.user_other, self.supervisor_benin, self.user_rival):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.as_user(self.agent, user).action_force_presence("offline")

    def test_time_adds_up(self):
        """From the log alone: presence by people, activity by the telephone."""
        self.assertFalse(
            self.agent._time_intervals(self.noon(-60), self.noon(60))[self.agent.id]
        )
        with freeze_time(self.noon()):
            self.agent._set_presence("ready")
        call = self._call(agent=self.agent)
        for minute, activity in (
            (10, "ringing"),
            (11, "talking"),
            (15, "wrapup"),
            (16, "idle"),
        ):
            self.agent.live_ids.write(
                {
                    "activity": activity,
                    "activity_since": self.noon(minute),
                    "call_id": call.id if minute < 15 else False,
                }
            )
        with freeze_time(self.noon(30)):
            self.agent._set_presence("not_ready", self.reasons["lunch"])
        with freeze_time(self.noon(40)):
            self.agent._set_presence("offline")
        log = self.events(agent_id=self.agent.id, kind="activity")
        self.assertEqual(log[1].call_id, call)
        self.assertEqual(log[1].operator_id, self.benin)
        pieces = self.agent._time_intervals(self.noon(5), self.noon(60))[self.agent.id]
        minutes = [
            (int((p.end - p.start).total_seconds() / 60), p.presence, p.activity)
            for p in pieces
        ]
        self.assertEqual(
            minutes,
            [
                (5, "ready", "idle"),
                (1, "ready", "ringing"),
                (4, "ready", "talking"),
                (1, "ready", "wrapup"),
                (14, "ready", "idle"),
                (10, "not_ready", "idle"),
            ],
        )

    @staticmethod
    def noon(minutes=0):
        return datetime(2026, 11, 20, 12) + timedelta(minutes=minutes)

    def test_archiving_an_agent_logs_out(self):
        self.desk(self.user_agent).set_presence("ready")
        self.agent.active = False
        self.assertEqual(self.agent.presence, "offline")
        self.assertEqual(self.events(agent_id=self.agent.id)[-1].kind, "logout")

    def test_who_is_no_agent(self):
        desk = self.desk(self.user_supervisor)
        self.assertFalse(desk.get_session()["agent"])
        with self.assertRaises(UserError):
            desk.set_presence("ready")

    def test_where_from(self):
        class Request:
            class httprequest:
                remote_addr = "203.0.113.7"

        path = "odoo.addons.telecom_callcenter.models.telecom_agent_event.request"
        with patch(path, Request):
            self.desk(self.user_agent).set_presence("ready")
        self.assertEqual(self.events(agent_id=self.agent.id).ip_address, "203.0.113.7")

    def test_commands_expire(self):
        with freeze_time("2026-11-20 10:00:00"):
            self.pbx._send_command("apply_status", agent=self.agent, expires_in=10)
        command = self.commands(self.agent)
        self.assertEqual(command.state, "pending")
        self.assertEqual(
            fields.Datetime.to_string(command.expires_at), "2026-11-20 10:00:10"
        )

    def _choices(self, wrapup):
        campaign = wrapup.campaign_id
        return {
            "disposition_id": campaign.disposition_ids.filtered("is_leaf")[:1].id,
            "qualification_id": campaign.qualification_ids.filtered("is_leaf")[:1].id,
        }
