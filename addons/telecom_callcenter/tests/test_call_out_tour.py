from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.telecom_callcenter.models.telecom_pbx import TelecomPbx

from .test_contact_desk import ContactSetup


@tagged("post_install", "-at_install", "telecom")
class TestCallOutTour(ContactSetup, HttpCase):
    """From a script that is built to the calls it is read in, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.live_ids.registered = True
        # The desk takes a silent gateway for a lost one
        cls.pbx.status_ids.write(
            {
                "link_state": "up",
                "heartbeat_at": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        cls.calls_out.disposition_ids.unlink()
        cls.calls_out.qualification_ids.unlink()
        cls.env["telecom.disposition"].create(
            [
                {"name": name, "campaign_id": cls.calls_out.id, "shortcut": key}
                for name, key in (("Sold", "s"), ("Refused", "r"))
            ]
        )
        cls.env["telecom.qualification"].create(
            {"name": "Renewal", "campaign_id": cls.calls_out.id}
        )
        cls.third.state = "done"
        cls.first.first_name = "Afi"
        cls.script = cls.env["telecom.script"].create(
            {"name": "Renewal", "company_id": cls.benin.id}
        )
        cls.calls_out.script_id = cls.script

    def play_telephone(self):
        """Do what a gateway and a desk phone would do on the desk's commands."""
        send_command = TelecomPbx._send_command
        test = self

        def do_at_once(pbx, name, agent=None, expires_in=10, **payload):
            command = send_command(pbx, name, agent, expires_in, **payload)
            # In the request's environment, which is the one that is flushed
            me = test.agent.with_env(pbx.env(su=True))
            now = fields.Datetime.now()
            if name == "dial":
                call = me.env["telecom.call"].create(
                    {
                        "pbx_id": pbx.id,
                        "uniqueid": payload["channel_id"],
                        "company_id": payload["company_id"],
                        "campaign_id": payload["campaign_id"],
                        "direction": "outbound",
                        "caller_number": payload["number"],
                        "agent_id": me.id,
                        "state": "talking",
                        "start_at": now,
                        "answered_at": now,
                    }
                )
                test._live(me, "talking", call)
            elif name == "hangup":
                test._hang_up(me.live_ids.call_id, me)
            return command

        self.patch(TelecomPbx, "_send_command", do_at_once)

    def write_script(self):
        """One page that greets."""
        self.env["telecom.script.block"].create(
            {
                "page_id": self.script.page_ids[:1].id,
                "kind": "say",
                "text": "Good day {first_name}.",
            }
        )

    def test_manual_by_the_keyboard(self):
        self.calls_out.dial_mode = "manual"
        self.write_script()
        self.second.state = "callback"
        self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.calls_out.id,
                "contact_id": self.second.id,
                "number": self.second.number,
                "due_at": fields.Datetime.now() - timedelta(minutes=1),
                "agent_id": self.agent.id,
            }
        )
        self.play_telephone()
        self.start_tour(
            "/odoo/agent-desk", "telecom_callcenter_call_manual", login="cc.agent"
        )
        self.assertEqual(self.first.disposition_id.name, "Refused")
        attempt = self.attempts(self.first)
        self.assertEqual(
            (attempt.mode, attempt.state, attempt.result),
            ("manual", "ended", "answered"),
        )
        again = self.attempts(self.second)
        self.assertEqual(len(again), 1)
        self.assertTrue(again.callback_id)

    def test_progressive_from_the_call_to_the_next(self):
        self.calls_out.dial_mode = "progressive"
        self.write_script()
        self.first.state = "reserved"
        now = fields.Datetime.now()
        attempt = self.env["telecom.campaign.attempt"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.calls_out.id,
                "contact_id": self.first.id,
                "pbx_id": self.pbx.id,
                "agent_id": self.agent.id,
                "mode": "progressive",
                "number": self.first.number,
                "channel_id": "dialer-tour",
                "recorded_at": now,
            }
        )
        call = self._call(
            self.calls_out,
            self.agent,
            self.first.number,
            direction="outbound",
            state="talking",
            answered_at=now,
        )
        attempt.call_id = call
        self._live(self.agent, "talking", call)
        self.play_telephone()
        self.start_tour(
            "/odoo/agent-desk", "telecom_callcenter_call_progressive", login="cc.agent"
        )
        self.assertEqual(self.first.disposition_id.name, "Sold")
        self.assertEqual(self.first.state, "done")
        self.assertEqual(attempt.disposition_id.name, "Sold")

    def test_build_and_call(self):
        self.start_tour(
            "/odoo/call-scripts",
            "telecom_callcenter_script_builder",
            login="cc.supervisor.benin",
        )
        first, second = self.script.page_ids
        self.assertEqual((first.name, second.name), ("Opening", "Address"))
        self.assertEqual(
            second.block_ids.mapped("kind"), ["hint", "question"], "as it was dragged"
        )
        self.play_telephone()
        self.start_tour(
            "/odoo/agent-desk", "telecom_callcenter_call_out", login="cc.agent"
        )
        self.assertEqual(self.first.email, "afi@example.com")
        self.assertEqual(self.first.state, "done")
        self.assertEqual(self.first.disposition_id.name, "Sold")
        self.assertEqual(self.first.qualification_id.name, "Renewal")
        attempt = self.attempts(self.first)
        self.assertEqual((attempt.state, attempt.result), ("ended", "answered"))
        self.assertEqual(
            sorted(attempt.call_id.answer_ids.mapped("value")),
            ["Fibre", "afi@example.com"],
        )
        self.assertEqual(
            (self.second.state, self.second.exclusion), ("excluded", "hand")
        )
