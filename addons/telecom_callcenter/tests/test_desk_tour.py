from odoo.tests import HttpCase, tagged

from odoo.addons.telecom_callcenter.models.telecom_pbx import TelecomPbx

from .common import CLERK, CallcenterSetup


@tagged("post_install", "-at_install", "telecom")
class TestDeskTour(CallcenterSetup, HttpCase):
    """The desk in a browser, with the test in the part of the telephone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.device = "phone"
        cls.agent.live_ids.registered = True
        cls.pbx.status_ids.link_state = "up"
        cls.campaign_benin.disposition_ids.unlink()
        cls.campaign_benin.qualification_ids.unlink()
        cls.env["telecom.disposition"].create(
            [
                {"name": name, "campaign_id": cls.campaign_benin.id}
                for name in ("Solved", "Passed on")
            ]
        )
        billing = cls.env["telecom.qualification"].create(
            {"name": "Billing", "campaign_id": cls.campaign_benin.id}
        )
        cls.env["telecom.qualification"].create(
            {
                "name": "Invoice",
                "campaign_id": cls.campaign_benin.id,
                "parent_id": billing.id,
            }
        )
        cls.env["telecom.pause.reason"].create(
            {
                "name": "Lunch",
                "code": "test_lunch",
                "kind": "break",
                "company_id": cls.provider.id,
            }
        )

    def play_telephone(self):
        """Do what a gateway and a desk phone would do on the desk's commands."""
        send_command = TelecomPbx._send_command
        test = self

        def do_at_once(pbx, name, agent=None, expires_in=10, **payload):
            command = send_command(pbx, name, agent, expires_in, **payload)
            # In the request's environment, which is the one that is flushed
            me = test.agent.with_env(pbx.env(su=True))
            call = me.live_ids.call_id
            if name == "answer":
                call.write(
                    {
                        "state": "talking",
                        "answered_at": call.start_at,
                        "agent_id": me.id,
                    }
                )
                test._live(me, "talking", call)
            elif name == "hangup":
                test._hang_up(call, me)
            return command

        self.patch(TelecomPbx, "_send_command", do_at_once)

    def test_take_a_call(self):
        """An unknown caller becomes a customer, and her call is closed as it must."""
        self.agent._set_presence("ready")
        call = self._call(ring=self.agent)
        self.play_telephone()

        self.start_tour("/odoo/agent-desk", "telecom_callcenter_desk", login="cc.agent")

        wrapup = call.wrapup_ids
        self.assertEqual(wrapup.state, "done")
        self.assertEqual(wrapup.note, "Wants a copy of the invoice")
        self.assertEqual(wrapup.disposition_id.name, "Solved")
        self.assertEqual(wrapup.qualification_id.name, "Invoice")
        customer = wrapup.partner_id
        self.assertEqual(customer.name, "Afi Dossou")
        self.assertEqual(customer.company_id, self.benin)
        self.assertEqual(customer.phone_sanitized, self.number)
        self.assertEqual(
            self.commands(self.agent)
            .filtered(lambda command: not command.name.startswith("apply"))
            .mapped("name"),
            ["answer", "hangup"],
        )

    def test_bar(self):
        """Presence, a past call's card and the way back, from the bar."""
        self.agent._set_presence("ready")
        customer = self._customer()
        self._call(agent=self.agent, partner_id=customer.id, state="ended")

        self.start_tour("/odoo/agent-desk", "telecom_callcenter_bar", login="cc.agent")

        self.assertEqual(self.agent.presence, "offline")

    def test_others_have_no_bar(self):
        self._user("cc.desk.clerk", self.benin, CLERK)
        self.start_tour("/odoo", "telecom_callcenter_no_bar", login="cc.desk.clerk")
