import base64
import hashlib
import hmac
import time

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import AGENT, TelecomCallcenterCommon

NEVER = 10**9


@tagged("post_install", "-at_install", "telecom")
class TestDeskSession(TelecomCallcenterCommon):
    def test_session(self):
        session = self.desk(self.user_agent, self.provider).get_session()
        self.assertEqual(session["agent"]["id"], self.agent.id)
        self.assertEqual(session["agent"]["site"], "Cotonou")
        self.assertEqual(
            {queue["id"] for queue in session["queues"]},
            {self.queue_benin.id, self.queue_tunisia.id},
        )
        self.assertEqual(
            {operator["id"] for operator in session["operators"]},
            {self.benin.id, self.tunisia.id},
        )
        kinds = {reason["kind"] for reason in session["pause_reasons"]}
        self.assertEqual(kinds, {"break", "work"})
        self.assertEqual(session["state"]["presence"], "offline")
        self.assertEqual(session["state"]["link"]["state"], "down")

    def test_operators_of_an_ended_service_disappear(self):
        self.service_tunisia.active = False
        session = self.desk(self.user_agent).get_session()
        self.assertEqual([o["id"] for o in session["operators"]], [self.benin.id])

    def test_secret_is_new_each_time_and_never_stored(self):
        desk = self.desk(self.user_agent)
        first, second = desk.get_softphone(), desk.get_softphone()
        self.assertNotEqual(first["secret"], second["secret"])
        username = f"agent{self.agent.id}"
        text = f"{username}:asterisk:{second['secret']}"
        self.assertEqual(second["username"], username)
        self.assertEqual(self.agent.sip_ha1, hashlib.md5(text.encode()).hexdigest())
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(telecom_agent)::text FROM telecom_agent WHERE id = %s",
            [self.agent.id],
        )
        self.assertNotIn(second["secret"], self.env.cr.fetchone()[0])
        names = self.commands(self.agent).mapped("name")
        self.assertEqual(names, ["apply_credentials"] * 2)
        payloads = str(self.commands(self.agent).mapped("payload"))
        self.assertNotIn(second["secret"], payloads)

    def test_secrets_are_nobody_elses(self):
        for user in (self.user_other, self.user_supervisor, self.user_admin):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.as_user(self.agent, user)._renew_softphone()
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.as_user(self.agent, user).read(["sip_ha1"])

    def test_turn_credentials_expire(self):
        account = self.desk(self.user_agent).get_softphone()
        [server] = account["ice_servers"]
        expiry, username = server["username"].split(":")
        self.assertEqual(username, f"agent{self.agent.id}")
        self.assertTrue(time.time() < int(expiry) < time.time() + 86400)
        digest = hmac.new(b"shhh", server["username"].encode(), hashlib.sha1)
        self.assertEqual(
            server["credential"], base64.b64encode(digest.digest()).decode()
        )

    def test_secrets_end_with_their_owner(self):
        """What worked stops working; nobody ever knew what takes its place."""

        def stops(action):
            with self.subTest(action=action):
                self.desk(self.agent.user_id).get_softphone()
                before, count = self.agent.sip_ha1, len(self.commands(self.agent))
                action()
                self.assertNotEqual(self.agent.sip_ha1, before)
                self.assertFalse(self.agent.sip_secret_at)
                names = self.commands(self.agent)[count:].mapped("name")
                self.assertIn("apply_credentials", names)

        heir = self._user("cc.heir", self.user_agent.company_ids, AGENT)
        stops(lambda: self.agent.write({"device": "phone"}))
        self.agent.device = "browser"
        stops(lambda: self.agent.write({"user_id": heir.id}))
        self.agent._set_presence("ready")
        stops(lambda: heir.write({"active": False}))
        self.assertEqual(self.agent.presence, "offline")
        heir.active = True
        stops(lambda: self.agent.write({"active": False}))
        self.agent.active = True

        def left_behind():
            tomorrow = fields.Datetime.add(fields.Datetime.now(), hours=14)
            with freeze_time(tomorrow):
                self.env["telecom.agent"]._cron_revoke_secrets()

        stops(left_behind)

    def test_secrets_in_use_stay(self):
        self.desk(self.user_agent).get_softphone()
        before = self.agent.sip_ha1
        self.agent.write({"extension": "188", "user_id": self.user_agent.id})
        self.env["telecom.agent"]._cron_revoke_secrets()
        self.assertEqual(self.agent.sip_ha1, before)

    def test_desk_phones_have_no_browser_account(self):
        self.agent.device = "phone"
        self.assertFalse(self.desk(self.user_agent).get_softphone())

    def test_state_follows_the_call(self):
        desk = self.desk(self.user_agent, self.benin)
        desk.set_presence("ready")
        call = self._call(ring=self.agent)
        state = desk.get_state()
        self.assertEqual(state["activity"], "ringing")
        self.assertEqual(state["call"]["id"], call.id)
        self.assertEqual(state["call"]["queue"], self.queue_benin.name)
        wrapup = self._hang_up(call, self.agent)
        state = desk.get_state()
        self.assertEqual(state["activity"], "wrapup")
        self.assertFalse(state["call"])
        self.assertEqual(state["wrapup"]["id"], wrapup.id)
        self.assertEqual(state["wrapup"]["company_id"], self.benin.id)

    def test_the_desk_shows_when_the_link_is_lost(self):
        def link():
            return self.desk(self.user_agent).get_state()["link"]["state"]

        status = self.pbx.status_ids
        self.assertEqual(link(), "down", "no gateway was ever there")
        now = fields.Datetime.now()
        status.write({"link_state": "up", "link_since": now, "heartbeat_at": now})
        self.assertEqual(link(), "up")
        status.link_state = "synchronising"
        self.assertEqual(link(), "synchronising")
        status._cron_watch_gateways()
        self.assertEqual(status.link_state, "synchronising")
        # Killed without a word
        self.agent._set_presence("ready")
        status.heartbeat_at = fields.Datetime.subtract(now, minutes=1)
        self.assertEqual(link(), "down")
        self.env.cr.flush()
        status._cron_watch_gateways()
        self.assertEqual(status.link_state, "down")
        sent = self.env.cr.precommit.data["bus.bus.values"]
        self.assertEqual(len(sent), 1, "the agent who is logged in, and no other")

    def test_counts_of_today(self):
        call = self._call(agent=self.agent)
        self.env["telecom.call.leg"].create(
            {
                "call_id": call.id,
                "pbx_id": self.pbx.id,
                "uniqueid": "leg-1",
                "kind": "agent",
                "agent_id": self.agent.id,
                "answered_at": call.start_at,
            }
        )
        self.env["telecom.call.visit"].create(
            {
                "call_id": self._call().id,
                "queue_id": self.queue_benin.id,
                "number": 1,
                "entered_at": call.start_at,
                "missed_agent_ids": self.agent.ids,
            }
        )
        state = self.desk(self.user_agent, self.tunisia).get_state()
        self.assertEqual(state["answered_today"], 1)
        self.assertEqual(state["missed_today"], 1)


@tagged("post_install", "-at_install", "telecom")
class TestDeskOfStrangers(TelecomCallcenterCommon):
    def test_nobody_but_agents(self):
        """Each method of the desk, for users without any part in the centre."""
        portal = new_test_user(self.env, login="cc.portal", groups="base.group_portal")
        call = self._call(agent=self.agent, ring=self.agent)
        wrapup = self._hang_up(call, self.agent)
        arguments = {
            "get_card": [call.id],
            "link_partner": [call.id, self.benin.partner_id.id],
            "create_customer": [call.id, {"name": "X"}],
            "create_prospect": [call.id, {"name": "X"}],
            "get_history": [self.number],
            "get_wrapup_form": [call.id],
            "save_wrapup": [wrapup.id, {"note": "x"}],
            "finish_wrapup": [wrapup.id, {}],
            "set_presence": ["ready"],
            "command": ["hangup"],
            "dial": [self.number, self.benin.id],
            "get_script": [call.id],
            "answer_script": [call.id, 1, "x"],
            "send_script_message": [call.id, 1],
            "dial_contact": [1],
            "skip_contact": [1, "x"],
            "get_contact_list": [1],
            "take_contact": [1],
        }
        # Whichever file adds to the desk
        public = {
            name
            for part in type(self.env["telecom.desk"]).__mro__
            if part.__module__.startswith("odoo.addons.telecom_callcenter.")
            for name, member in vars(part).items()
            if callable(member) and not name.startswith("_")
        }
        self.assertLessEqual({"get_state", "next_contact"}, public)
        for user in (self.clerk_benin, portal, self.env.ref("base.public_user")):
            desk = self.env(user=user)["telecom.desk"]
            for name in public:
                with self.subTest(user=user.login, method=name):
                    if name == "get_session":
                        self.assertFalse(desk.get_session()["agent"])
                        continue
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        getattr(desk, name)(*arguments.get(name, []))

    def test_companies_one_does_not_belong_to(self):
        call = self._call(self.campaign_togo, ring=self.rival_agent)
        with self.assertRaises(AccessError):
            self.desk(self.user_agent, self.togo).get_card(call.id)
        with self.assertRaises(AccessError):
            self.desk(self.user_agent, self.togo).dial(self.number, self.togo.id)


@tagged("post_install", "-at_install", "telecom")
class TestDeskCalls(TelecomCallcenterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent._set_presence("ready")

    # -------------------------------------------------------------------------
    # Whose call
    # -------------------------------------------------------------------------

    def test_a_call_is_worked_on_in_its_company(self):
        call = self._call(ring=self.agent)
        self.assertTrue(self.desk(self.user_agent, self.benin).get_card(call.id))
        for companies in ([self.tunisia], [self.provider]):
            desk = self.desk(self.user_agent, *companies)
            for method, arguments in (
                ("get_card", ()),
                ("get_wrapup_form", ()),
                ("link_partner", (1,)),
                ("create_customer", ({"name": "X"},)),
                ("create_prospect", ({"name": "X"},)),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    getattr(desk, method)(call.id, *arguments)
            with self.assertRaises(AccessError):
                desk.command("hangup")

    def test_calls_of_others_are_refused(self):
        call = self._call(ring=self.agent)
        with self.assertRaises(AccessError) as others:
            self.desk(self.user_other, self.benin).get_card(call.id)
        with self.assertRaises(AccessError) as nothing:
            self.desk(self.user_other, self.benin).get_card(NEVER)
        self.assertEqual(str(others.exception), str(nothing.exception))
        for user, company in (
            (self.user_rival, self.togo),
            (self.manager_tunisia, self.tunisia),
            (self.clerk_benin, self.benin),
        ):
            with self.assertRaises(AccessError):
                self.desk(user, company).get_card(call.id)

    def test_supervisors_and_the_operators_manager_look_on(self):
        call = self._call(ring=self.agent)
        self.assertTrue(self.desk(self.user_supervisor, self.benin).get_card(call.id))
        self.assertTrue(self.desk(self.manager_benin, self.benin).get_card(call.id))
        with self.assertRaises(AccessError):
            self.desk(self.manager_benin, self.benin).link_partner(call.id, 1)

    def test_whoever_missed_a_call_may_look_at_it(self):
        call = self._call()
        self.env["telecom.call.visit"].create(
            {
                "call_id": call.id,
                "queue_id": self.queue_benin.id,
                "number": 1,
                "entered_at": call.start_at,
                "missed_agent_ids": self.other.ids,
            }
        )
        self.assertTrue(self.desk(self.user_other, self.benin).get_card(call.id))

    # -------------------------------------------------------------------------
    # Wrap-up
    # -------------------------------------------------------------------------

    def form(self, call, user=None):
        return self.desk(user or self.user_agent, call.company_id).get_wrapup_form(
            call.id
        )

    @staticmethod
    def leaf(nodes, code=None):
        return next(
            node["id"]
            for node in nodes
            if node["leaf"] and code in (None, node["code"])
        )

    def test_from_the_first_note_to_the_next_call(self):
        desk = self.desk(self.user_agent, self.benin)
        call = self._call(agent=self.agent, ring=self.agent)
        self._live(self.agent, "talking", call)
        form = self.form(call)
        self.assertEqual(form["wrapup"]["state"], "draft")
        wrapup_id = form["wrapup"]["id"]
        desk.save_wrapup(wrapup_id, {"note": "No signal since Monday"})
        with self.assertRaises(UserError):
            desk.finish_wrapup(wrapup_id, {})
        self._hang_up(call, self.agent)
        state = desk.get_state()
        self.assertEqual(state["wrapup"]["note"], "No signal since Monday")
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            desk.finish_wrapup(wrapup_id, {})
        self.assertIn(",", str(caught.exception))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            desk.finish_wrapup(
                wrapup_id, {"disposition_id": self.leaf(form["dispositions"])}
            )
        count = len(self.commands(self.agent))
        state = desk.finish_wrapup(
            wrapup_id,
            {
                "disposition_id": self.leaf(form["dispositions"], "solved"),
                "qualification_id": self.leaf(form["qualifications"], "coverage"),
            },
        )
        self.assertFalse(state["wrapup"])
        self.assertEqual(state["activity"], "idle")
        [command] = self.commands(self.agent)[count:]
        self.assertEqual(command.name, "apply_status")
        wrapup = call.wrapup_ids
        self.assertEqual(wrapup.state, "done")
        self.assertEqual(wrapup.qualification_id.code, "coverage")
        event = self.events(agent_id=self.agent.id, kind="wrapup")
        self.assertEqual(event.call_id, call)
        self.assertEqual(event.operator_id, self.benin)
        with self.assertRaises(UserError):
            desk.save_wrapup(wrapup_id, {"note": "changed my mind"})

    def test_only_leaves_of_the_calls_campaign(self):
        call = self._call(agent=self.agent)
        wrapup = self._hang_up(call, self.agent)
        desk = self.desk(self.user_agent, self.benin)
        branch = next(
            node["id"] for node in self.form(call)["dispositions"] if not node["leaf"]
        )
        foreign = self.campaign_tunisia.disposition_ids.filtered("is_leaf")[0].id
        for choice in (branch, foreign):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                desk.save_wrapup(wrapup.id, {"disposition_id": choice})

    def test_nothing_is_asked_where_the_campaign_asks_nothing(self):
        self.campaign_benin.disposition_ids.active = False
        self.campaign_benin.qualification_ids.active = False
        wrapup = self._hang_up(self._call(agent=self.agent), self.agent)
        self.desk(self.user_agent, self.benin).finish_wrapup(wrapup.id, {})
        self.assertEqual(wrapup.state, "done")

    def test_wrapups_of_others_are_refused(self):
        wrapup = self._hang_up(self._call(agent=self.agent), self.agent)
        for user, company in (
            (self.user_other, self.benin),
            (self.user_agent, self.tunisia),
        ):
            desk = self.desk(user, company)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                desk.save_wrapup(wrapup.id, {"note": "x"})
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                desk.finish_wrapup(wrapup.id, {})

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_agents_write_wrapups_through_the_desk_only(self):
        wrapup = self._hang_up(self._call(agent=self.agent), self.agent)
        with self.assertRaises(AccessError):
            self.as_user(wrapup, self.user_agent).write({"state": "done"})

    def test_callback(self):
        call = self._call(agent=self.agent)
        form = self.form(call)
        wrapup = self._hang_up(call, self.agent)
        desk = self.desk(self.user_agent, self.benin)
        choices = {
            "disposition_id": self.leaf(form["dispositions"], "callback"),
            "qualification_id": self.leaf(form["qualifications"]),
        }
        due_at = time.time() + 3600
        past = {"due_at": time.time() - 60, "personal": True}
        with self.assertRaises(UserError), self.env.cr.savepoint():
            desk.finish_wrapup(wrapup.id, {**choices, "callback": past})
        desk.save_wrapup(wrapup.id, {"callback": {"due_at": due_at, "personal": True}})
        self.assertTrue(desk.get_state()["wrapup"]["callback"])
        desk.finish_wrapup(wrapup.id, choices)
        [callback] = desk.get_callbacks()
        self.assertEqual(callback["number"], self.number)
        self.assertAlmostEqual(callback["due_at"], due_at, delta=1)
        self.assertFalse(self.desk(self.user_other, self.benin).get_callbacks())
        self.assertFalse(self.desk(self.user_agent, self.tunisia).get_callbacks())

    def _refuse(self, **call):
        """Have somebody ask in a call for no more calls; return the list's numbers."""
        call = self._call(agent=self.agent, **call)
        form = self.form(call)
        self.desk(self.user_agent, self.benin).finish_wrapup(
            self._hang_up(call, self.agent).id,
            {
                "disposition_id": self.leaf(form["dispositions"], "do_not_call"),
                "qualification_id": self.leaf(form["qualifications"]),
            },
        )
        entries = self.env["telecom.do.not.call"].search(
            [("company_id", "in", (self.benin | self.tunisia).ids)]
        )
        self.assertFalse(entries.filtered(lambda one: one.company_id != self.benin))
        return entries.mapped("number")

    def test_who_rings_and_wants_no_more_calls_is_not_called_again(self):
        calls_out = self._campaign("Renewals", self.queue_benin)
        calls_out.write({"kind": "outbound", "state": "live"})
        missed = self.env["telecom.campaign.contact"].create(
            {"campaign_id": calls_out.id, "name": "Afi", "number": self.number}
        )
        self.assertEqual(self._refuse(), [self.number])
        self.assertEqual((missed.state, missed.exclusion), ("excluded", "do_not_call"))
        # Said once more
        self.assertEqual(self._refuse(), [self.number])

    def test_who_is_dialed_by_hand_and_wants_no_more_calls(self):
        self.assertEqual(self._refuse(direction="outbound"), [self.number])

    def test_a_withheld_number_refuses_nothing(self):
        self.assertFalse(self._refuse(number=False))
        self.assertFalse(self._refuse(number="1919"))

    def test_keeping_a_promise_closes_it(self):
        callback = self.env["telecom.callback"].create(
            {
                "company_id": self.benin.id,
                "campaign_id": self.campaign_benin.id,
                "number": self.number,
                "due_at": "2099-01-01 10:00:00",
            }
        )
        desk = self.desk(self.user_agent, self.benin)
        answer = desk.dial(
            self.number, self.benin.id, self.campaign_benin.id, callback.id
        )
        call = self._call(
            agent=self.agent, direction="outbound", uniqueid=answer["channel_id"]
        )
        form = self.form(call)
        wrapup = self._hang_up(call, self.agent)
        desk.finish_wrapup(
            wrapup.id,
            {
                "disposition_id": self.leaf(form["dispositions"]),
                "qualification_id": self.leaf(form["qualifications"]),
            },
        )
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.done_call_id, call)

    # -------------------------------------------------------------------------
    # Customers
    # -------------------------------------------------------------------------

    def test_unknown_caller_becomes_a_customer(self):
        call = self._call(ring=self.agent)
        desk = self.desk(self.user_agent, self.benin)
        self.assertFalse(desk.get_card(call.id)["matches"])
        card = desk.create_customer(
            call.id, {"telecom_first_name": "Afi", "telecom_last_name": "Dossou"}
        )
        [match] = card["matches"]
        self.assertEqual(match["name"], "Afi Dossou")
        self.assertEqual(card["partner_id"], match["id"])
        partner = self.env["res.partner"].browse(match["id"])
        self.assertEqual(partner.company_id, self.benin)
        self.assertEqual(partner.phone_sanitized, self.number)
        self.assertTrue(partner.telecom_customer_number)
        self.assertEqual(call.wrapup_ids.partner_id, partner)

    def test_unknown_caller_becomes_a_prospect(self):
        call = self._call(ring=self.agent)
        card = self.desk(self.user_agent, self.benin).create_prospect(
            call.id, {"is_company": True, "name": "Zémidjan SARL", "city": "Parakou"}
        )
        lead = self.env["crm.lead"].browse(card["lead_id"])
        self.assertEqual(lead.partner_name, "Zémidjan SARL")
        self.assertEqual(lead.company_id, self.benin)
        self.assertEqual(lead.phone_sanitized, self.number)
        # Known the next time
        [prospect] = self._call()._get_card()["prospects"]
        self.assertEqual(prospect["id"], lead.id)
        self.assertEqual(prospect["name"], "Zémidjan SARL")
        self.assertFalse(self._call(self.campaign_tunisia)._get_card()["prospects"])

    def test_a_new_customer_has_no_fields_of_the_system(self):
        call = self._call(ring=self.agent)
        desk = self.desk(self.user_agent, self.benin)
        for vals in (
            {"name": "X", "company_id": self.togo.id},
            {"name": "X", "user_ids": []},
        ):
            with self.assertRaises(UserError):
                desk.create_customer(call.id, vals)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_only_customers_of_the_operator_are_linked(self):
        call = self._call(ring=self.agent)
        desk = self.desk(self.user_agent, self.benin)
        for company in (self.tunisia, self.togo):
            foreign = self._customer(company)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                desk.link_partner(call.id, foreign.id)
        own = self._customer(phone=False)
        self.assertEqual(desk.link_partner(call.id, own.id)["partner_id"], own.id)

    # -------------------------------------------------------------------------
    # Commands
    # -------------------------------------------------------------------------

    def test_commands(self):
        call = self._call(agent=self.agent, ring=self.agent)
        self._live(self.agent, "talking", call)
        desk = self.desk(self.user_agent, self.benin)
        desk.command("hold")
        desk.command("dtmf", digits="12#")
        desk.command("blind_transfer", target=f"queue:{self.queue_benin.id}")
        desk.command("attended_transfer", target="97123456")
        commands = self.commands(self.agent)[-4:]
        self.assertEqual(commands[1].payload, {"digits": "12#"})
        self.assertEqual(
            commands[2].payload, {"target": f"queue:{self.queue_benin.id}"}
        )
        self.assertEqual(commands[3].payload, {"target": "+2290197123456"})
        log = self.events(agent_id=self.agent.id, kind="command")
        self.assertEqual(len(log), 4)
        self.assertEqual(log.call_id, call)
        self.assertEqual(log.operator_id, self.benin)
        # Digits may be a PIN
        self.assertNotIn("12#", "".join(log.mapped("detail")))
        with self.assertRaises(AccessError):
            self.as_user(commands, self.user_supervisor).read(["payload"])
        self.pbx._gateway_answer([(command.id, False) for command in commands])
        self.assertEqual(set(commands.mapped("state")), {"done"})
        self.assertFalse(commands[1].payload)
        self.assertTrue(commands[2].payload)

    def test_digits_that_were_never_sent_are_forgotten_too(self):
        self.pbx._send_command("dtmf", self.agent, expires_in=-5, digits="1234")
        self.env.flush_all()
        self.pbx._gateway_pending()
        self.env.invalidate_all()
        command = self.commands(self.agent)[-1]
        self.assertEqual(command.state, "expired")
        self.assertFalse(command.payload)

    def test_commands_that_make_no_sense(self):
        desk = self.desk(self.user_agent, self.benin)
        with self.assertRaises(UserError):
            desk.command("hangup")
        call = self._call(agent=self.agent, ring=self.agent)
        self._live(self.agent, "talking", call)
        self.other._set_presence("offline")
        for name, payload in (
            ("originate", {}),
            ("apply_status", {}),
            ("hangup", {"digits": "1"}),
            ("dtmf", {}),
            ("dtmf", {"digits": "1&2"}),
            ("dtmf", {"digits": ""}),
            ("blind_transfer", {"target": "agent:x"}),
            ("blind_transfer", {"target": f"agent:{self.agent.id}"}),
            ("blind_transfer", {"target": f"agent:{self.rival_agent.id}"}),
            ("blind_transfer", {"target": f"agent:{self.other.id}"}),
            ("blind_transfer", {"target": f"queue:{self.queue_togo.id}"}),
            # Another operator's queue, on the same PBX and served by the same agent
            ("blind_transfer", {"target": f"queue:{self.queue_tunisia.id}"}),
            ("blind_transfer", {"target": "1919\r\nAction: Originate"}),
            ("blind_transfer", {"target": "Local/x@y"}),
            ("blind_transfer", {"target": 7}),
        ):
            with (
                self.subTest(name=name, payload=payload),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                desk.command(name, **payload)

    def test_dial(self):
        desk = self.desk(self.user_agent, self.benin)
        first = desk.dial("97 12 34 56", self.benin.id, self.campaign_benin.id)
        command = self.commands(self.agent)[-1]
        self.assertEqual(command.name, "dial")
        self.assertEqual(command.payload["number"], "+2290197123456")
        self.assertEqual(command.payload["company_id"], self.benin.id)
        self.assertEqual(command.payload["channel_id"], first["channel_id"])
        second = desk.dial("1919", self.benin.id)
        self.assertNotEqual(first["channel_id"], second["channel_id"])

    def test_dial_refused(self):
        desk = self.desk(self.user_agent, self.benin)
        cases = [
            ("+2290197123456", self.tunisia.id, False),
            ("+2290197123456", self.provider.id, False),
            ("+2290197123456", self.togo.id, False),
            ("+2290197123456", self.benin.id, self.campaign_tunisia.id),
            ("abc", self.benin.id, False),
            ("123456789012345678", self.benin.id, False),
            ("97&98", self.benin.id, False),
        ]
        for number, company_id, campaign_id in cases:
            with (
                self.subTest(number=number),
                mute_logger("odoo.addons.base.models.ir_rule"),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                desk.dial(number, company_id, campaign_id)
        self._hang_up(self._call(agent=self.agent), self.agent)
        with self.assertRaises(UserError):
            desk.dial(self.number, self.benin.id)

    def test_targets(self):
        self.other._set_presence("ready")
        customer = self._customer()
        self._customer(self.tunisia)
        call = self._call(ring=self.agent)
        self._live(self.agent, "talking", call)
        desk = self.desk(self.user_agent, self.benin)
        targets = {target["target"] for target in desk.search_targets("")}
        self.assertEqual(
            targets, {f"agent:{self.other.id}", f"queue:{self.queue_benin.id}"}
        )
        found = desk.search_targets("Dossou")
        self.assertEqual(
            [(target["kind"], target["target"]) for target in found],
            [("contact", customer.phone_sanitized)],
        )
        self.assertEqual(
            [target["target"] for target in desk.search_targets("102")],
            [f"agent:{self.other.id}"],
        )

    def test_history(self):
        self._hang_up(self._call(agent=self.agent), self.agent)
        self._call(self.campaign_tunisia)
        desk = self.desk(self.user_agent, self.benin)
        [contact] = desk.get_history(number="97123456")
        self.assertEqual(contact["company_id"], self.benin.id)
        both = self.desk(self.user_agent, self.benin, self.tunisia)
        self.assertEqual(len(both.get_history(number=self.number)), 2)
        with self.assertRaises(AccessError):
            self.desk(self.clerk_benin).get_history(number=self.number)


@tagged("post_install", "-at_install", "telecom")
class TestDeskPerformance(TelecomCallcenterCommon):
    def test_queries(self):
        """What is asked at every change of status, by every agent."""
        desk = self.desk(self.user_agent, self.benin)
        desk.set_presence("ready")
        call = self._call(agent=self.agent, ring=self.agent)
        self._live(self.agent, "talking", call)
        desk.get_state()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(15):
            desk.get_state()

    def test_states_of_many_agents_at_once(self):
        """The gateway tells all desks when a link is lost: not one query per agent."""
        agents = self.agent | self.other
        for agent in agents:
            self._live(agent, "talking", self._call(agent=agent))
        agents._desk_states()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            agents._desk_states()
