"""Attacks that worked once: each by the person who could try it, with the means of a
browser."""

import contextlib
import json
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.bus.tests.common import WebsocketCase

from ..gateway import render
from ..tools import network
from .common import (
    AGENT,
    SUPERVISOR,
    CallcenterSetup,
    TelecomCallcenterCommon,
    recording,
)
from .sms_provider import SmsProvider

RULES = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestAttack(TelecomCallcenterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The provider's people who work for Benin only
        both = cls.provider | cls.benin
        cls.agent_of_benin = cls._user("cc.agent.bj", both, AGENT)
        cls.supervisor_of_benin = cls._user("cc.supervisor.bj", both, SUPERVISOR)
        cls.manager_togo = cls._user(
            "cc.manager.togo", cls.togo, "telecom_crm.group_telecom_manager"
        )
        cls.tunisian = "+21671999888"
        cls.foreigner = cls._customer(
            cls.tunisia, telecom_last_name="Trabelsi", phone=cls.tunisian
        )

    def display(self, record, name):
        """The name of what a record points to, as a list shows it."""
        return record.read([name])[0][name]

    # -------------------------------------------------------------------------
    # Numbers of another operator's callers
    # -------------------------------------------------------------------------

    @mute_logger(*RULES)
    def test_a_live_call_of_another_operator_is_not_named(self):
        call = self._call(self.campaign_tunisia, number=self.tunisian, ring=self.agent)
        self.env.flush_all()
        self.env.invalidate_all()
        for user in (self.manager_benin, self.supervisor_of_benin, self.agent_of_benin):
            agent = self.as_user(self.agent, user)
            with self.subTest(user=user.login):
                self.assertFalse(self.display(agent, "call_id"))
                if user == self.manager_benin:
                    continue
                live = self.as_user(self.agent.live_ids, user)
                for name in ("call_id", "wrapup_id", "consult", "channel"):
                    with self.assertRaises(AccessError):
                        live.read([name])
        mine = self.as_user(self.agent, self.user_supervisor)
        self.assertEqual(self.display(mine, "call_id")[0], call.id)
        only = self.as_user(self.agent, self.user_supervisor, self.benin, self.provider)
        self.assertFalse(self.display(only, "call_id"))

    def test_the_log_of_another_operator_is_not_read(self):
        Event = self.env["telecom.agent.event"]
        Event._log("command", self.agent, operator=self.tunisia, detail="dial +216")
        mine = Event._log("command", self.agent, operator=self.benin, detail="hold")
        Event._log("login", self.agent)
        seen = self.as_user(Event, self.supervisor_of_benin).search(
            [("agent_id", "=", self.agent.id)]
        )
        self.assertNotIn(self.tunisia, seen.sudo().operator_id)
        self.assertIn(mine, seen)
        self.assertIn("login", seen.mapped("kind"))
        seen = self.as_user(Event, self.user_supervisor).search([])
        self.assertIn(self.tunisia, seen.operator_id)

    # -------------------------------------------------------------------------
    # Names by guessed ids
    # -------------------------------------------------------------------------

    @mute_logger(*RULES)
    def test_ids_of_others_name_nothing(self):
        """A record that points to something shows its name, whoever may read that."""
        call = self._call(agent=self.agent)
        self._hang_up(call, self.agent)
        wrapup = self.as_user(call.wrapup_ids, self.user_supervisor)
        callback = {
            "number": self.number,
            "due_at": fields.Datetime.now(),
            "company_id": self.benin.id,
        }
        stranger = self._customer(self.togo)
        supervisor, agent = self.user_supervisor, self.user_agent
        member = self.env["telecom.queue.member"]
        attacks = {
            "customer of a promise": lambda: self.as_user(
                self.env["telecom.callback"], agent
            ).create({**callback, "partner_id": stranger.id}),
            "agent of a promise": lambda: self.as_user(
                self.env["telecom.callback"], supervisor
            ).create({**callback, "agent_id": self.rival_agent.id}),
            "customer of a wrap-up": lambda: wrapup.write({"partner_id": stranger.id}),
            "agent of a queue": lambda: self.as_user(member, supervisor).create(
                {"queue_id": self.queue_benin.id, "agent_id": self.rival_agent.id}
            ),
            "queue of an agent": lambda: self.as_user(member, supervisor).create(
                {"queue_id": self.queue_togo.id, "agent_id": self.agent.id}
            ),
            "campaign of a number": lambda: self.as_user(
                self.env["telecom.did"], self.user_admin
            ).create(
                {
                    "number": "5555",
                    "company_id": self.benin.id,
                    "pbx_id": self.pbx.id,
                    "campaign_id": self.campaign_togo.id,
                }
            ),
            "PBX of a queue": lambda: self.as_user(
                self.queue_benin, self.user_admin
            ).write({"pbx_id": self.rival_pbx.id}),
            "queue of the wizard": lambda: self.as_user(
                self.env["telecom.queue.add.agents"], supervisor
            ).create({"queue_id": self.queue_togo.id, "line_ids": [], "skill_ids": []}),
            "agent of the wizard": lambda: self.as_user(
                self.env["telecom.queue.add.agents"], supervisor
            ).create(
                {
                    "queue_id": self.queue_benin.id,
                    "skill_ids": [],
                    "line_ids": [(0, 0, {"agent_id": self.rival_agent.id})],
                }
            ),
            "agent of a pause": lambda: self.as_user(
                self.env["telecom.agent.pause"], supervisor
            ).create({"agent_ids": [(4, self.rival_agent.id)]}),
            "customer of another operator of the same provider": lambda: self.as_user(
                self.env["telecom.callback"], self.agent_of_benin
            ).create({**callback, "partner_id": self.foreigner.id}),
        }
        secrets = (
            stranger.name, self.foreigner.name, self.rival_agent.name, "Lomé",
            self.rival_pbx.name,
        )  # fmt: skip
        for name, attack in attacks.items():
            with self.subTest(name):
                self.env.invalidate_all()
                with self.assertRaises(AccessError) as caught, self.env.cr.savepoint():
                    attack()
                for secret in secrets:
                    self.assertNotIn(secret, str(caught.exception))

    @mute_logger(*RULES)
    def test_the_wizard_lists_no_agents_of_others(self):
        """Proposals of a stored field are computed as the superuser by default."""
        wizard = self.as_user(
            self.env["telecom.queue.add.agents"], self.user_supervisor
        )
        self.env.flush_all()
        self.env.invalidate_all()
        specification = {
            "queue_id": {},
            "line_ids": {"fields": {"agent_id": {"fields": {"display_name": {}}}}},
        }
        answer = {}
        with contextlib.suppress(AccessError):
            answer = wizard.onchange(
                {"queue_id": self.queue_togo.id}, ["queue_id"], specification
            )
        self.assertNotIn(self.rival_agent.name, str(answer))

    @mute_logger(*RULES)
    def test_defaults_and_choices_name_nothing(self):
        """What a form shows before anything is written, and what it begins with."""
        self.env.flush_all()
        stranger = self._customer(self.togo)
        named = {"fields": {"display_name": {}}}
        callback = {
            "number": self.number,
            "due_at": fields.Datetime.now(),
            "company_id": self.benin.id,
        }
        agent, supervisor = self.user_agent, self.user_supervisor
        Callback = self.as_user(self.env["telecom.callback"], agent).with_context(
            default_partner_id=stranger.id
        )
        Wizard = self.as_user(
            self.env["telecom.queue.add.agents"], supervisor
        ).with_context(default_queue_id=self.queue_togo.id)
        Member = self.as_user(self.env["telecom.queue.member"], supervisor)
        Agent = self.as_user(self.env["telecom.agent"], self.user_admin)
        for attack in (
            lambda: Callback.create(callback),
            lambda: Callback.onchange({}, [], {"partner_id": named}),
            lambda: Callback.default_get(["partner_id"]),
            lambda: Wizard.create({"line_ids": [], "skill_ids": []}),
            lambda: Wizard.onchange({}, [], {"queue_id": named}),
            lambda: Member.onchange(
                {"queue_id": self.queue_togo.id},
                ["queue_id"],
                {"company_id": named, "display_name": {}},
            ),
            lambda: Agent.onchange(
                {"user_id": self.manager_togo.id}, ["user_id"], {"name": {}}
            ),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attack()

    # -------------------------------------------------------------------------
    # Facts
    # -------------------------------------------------------------------------

    @mute_logger(*RULES)
    def test_presence_is_not_written_past_the_log(self):
        agent = self.as_user(self.agent, self.user_admin)
        for vals in (
            {"presence": "ready"},
            {"login_at": "2020-01-01 00:00:00"},
            {"presence_since": "2020-01-01 00:00:00", "extension": "109"},
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                agent.write(vals)
        agent.write({"extension": "109"})
        new = agent.create(
            {
                "user_id": self.agent_of_benin.id,
                "company_id": self.provider.id,
                "site_id": self.site.id,
                "pbx_id": self.pbx.id,
                "extension": "110",
                "presence": "ready",
            }
        )
        self.assertEqual(new.presence, "offline")

    @mute_logger(*RULES)
    def test_agents_do_not_answer_surveys(self):
        call = self._call(agent=self.agent)
        wrapup = self._hang_up(call, self.agent)
        Rating = self.env["rating.rating"]
        about = {
            "res_model_id": self.env["ir.model"]._get_id("telecom.call.wrapup"),
            "res_id": wrapup.id,
        }
        answer = Rating.create({**about, "telecom_company_id": self.benin.id})
        other = Rating.create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.user_agent.partner_id.id,
            }
        )
        self.env.flush_all()
        for user in (self.user_agent, self.user_supervisor, self.clerk_benin):
            mine = self.as_user(Rating, user)
            for attack in (
                lambda m=mine: m.create({**about, "rating": 5, "consumed": True}),
                lambda m=mine: m.browse(answer.id).write({"rating": 5}),
                lambda m=mine: m.browse(answer.id).write({"feedback": "Perfect"}),
                lambda m=mine: m.browse(other.id).write({**about, "rating": 5}),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    attack()
            # Whoever has the token answers for the customer
            with self.assertRaises(AccessError):
                mine.browse(answer.id).read(["access_token"])
            with self.assertRaises(AccessError):
                mine.search([("access_token", "=like", "a%")])
        wrapup.rating_apply(3, rating=answer)
        self.assertEqual(wrapup.rating_last_value, 3)

    @mute_logger(*RULES)
    def test_what_happened_is_not_corrected(self):
        call = self._call(agent=self.agent)
        wrapup = self._hang_up(call, self.agent)
        mine = self.as_user(wrapup, self.user_supervisor)
        mine.write({"note": "Called back"})
        for vals in (
            {"agent_id": self.other.id},
            {"state": "done"},
            {"survey_state": "answered"},
            {"wrapup_seconds": 0, "note": "Quick"},
            {"started_at": "2020-01-01 00:00:00"},
            {"call_id": self._call(self.campaign_tunisia).id},
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                mine.write(vals)

    # -------------------------------------------------------------------------
    # Calls of an operator somebody does not work for
    # -------------------------------------------------------------------------

    def test_calls_come_only_to_those_who_may_see_the_customer(self):
        agent = self._agent(self.agent_of_benin, "103")
        with self.assertRaises(ValidationError):
            self.env["telecom.queue.member"].create(
                {"queue_id": self.queue_tunisia.id, "agent_id": agent.id}
            )
        # Taken away afterwards: no longer in the queue, and Asterisk is told
        self.user_other.company_ids |= self.tunisia
        self.env["telecom.queue.member"].create(
            {"queue_id": self.queue_tunisia.id, "agent_id": self.other.id}
        )
        self.other._set_presence("ready")
        [told] = self.pbx._gateway_agents(self.other.ids)
        self.assertIn(self.queue_tunisia.asterisk_name, told["queues"])
        self.commands(self.other).unlink()
        self.user_other.company_ids -= self.tunisia
        self.assertEqual(self.commands(self.other).mapped("name"), ["apply_status"])
        [told] = self.pbx._gateway_agents(self.other.ids)
        self.assertEqual(list(told["queues"]), [self.queue_benin.asterisk_name])

    def test_transfers_go_only_to_those_who_may_see_the_customer(self):
        agent = self._agent(self.agent_of_benin, "103")
        agent._set_presence("ready")
        desk = self.desk(self.user_agent)
        call = self._call(self.campaign_tunisia, self.agent, state="talking")
        self._live(self.agent, "talking", call)
        self.assertNotIn(
            f"agent:{agent.id}",
            [target["target"] for target in desk.search_targets("")],
        )
        with self.assertRaises(UserError):
            desk.command("blind_transfer", target=f"agent:{agent.id}")
        self._live(self.agent, "talking", self._call(state="talking"))
        self.assertIn(
            f"agent:{agent.id}",
            [target["target"] for target in desk.search_targets("")],
        )
        desk.command("blind_transfer", target=f"agent:{agent.id}")

    # -------------------------------------------------------------------------
    # Telephony
    # -------------------------------------------------------------------------

    def test_premium_numbers_are_not_called(self):
        self.agent._set_presence("ready")
        desk = self.desk(self.user_agent)
        for number in ("+21688123456", "0033899123456", "+33 8 99 12 34 56"):
            with self.assertRaises(UserError):
                desk.dial(number, self.tunisia.id)
        self.assertFalse(self.commands(self.agent).filtered(lambda c: c.name == "dial"))
        self.assertTrue(desk.dial("+216 71 999 888", self.tunisia.id))

    @mute_logger("odoo.sql_db")
    def test_a_service_number_is_one_operators(self):
        """With and without its plus sign it is the same number to Asterisk."""
        Did = self.as_user(self.env["telecom.did"], self.user_admin)
        vals = {"pbx_id": self.pbx.id, "company_id": self.benin.id}
        Did.create({**vals, "number": "+22921300000"})
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            Did.create({**vals, "number": "22921300000", "company_id": self.tunisia.id})
        self.assertEqual(type(caught.exception).__name__, "UniqueViolation")

    def test_a_recording_holds_up_no_other_operator(self):
        """Refused when it comes, not when the PBX of all is configured."""
        Prompt = self.as_user(self.env["telecom.prompt"], self.user_supervisor)
        vals = {"name": "Closed", "company_id": self.benin.id}
        Prompt.create({**vals, "audio": recording()})
        for audio in (b"UklGRg==", recording(rate=1, milliseconds=2_000_000)):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                Prompt.create({**vals, "audio": audio})

    def test_trunks_are_known_by_their_address(self):
        """Whoever writes ``trunk1`` into From, in a browser too, gets no further."""
        configuration = self.pbx._gateway_configuration()
        self.env["telecom.trunk"].create(
            {
                "name": "Net",
                "pbx_id": self.pbx.id,
                "company_id": self.provider.id,
                "host": "192.0.2.1",
            }
        )
        configuration = self.pbx._gateway_configuration() | {"sounds": "/x"}
        text = render.render(configuration)["pjsip.conf"]
        self.assertIn("identify_by=ip\n", text.partition("type=aor")[0])


@tagged("post_install", "-at_install", "telecom")
class TestAttackInside(TelecomCallcenterCommon):
    """An operator's administrator has the server call the server's own network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inside = SmsProvider()
        cls.addClassCleanup(cls.inside.stop)
        cls.inside.answer = (200, {"SecretAccessKey": "wJalrXUtnFEMI"})

    def test_nothing_inside_is_asked_or_read(self):
        port = urlsplit(self.inside.url).port
        gateway = self.as_user(
            self.env["telecom.sms.gateway"], self.admin_benin
        ).create(
            {
                "company_id": self.benin.id,
                "url": self.inside.url,
                "method": "get",
                "success_path": "SecretAccessKey",
                "success_values": "ok",
                "test_number": self.number,
            }
        )
        for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
            gateway.url = f"http://{host}:{port}/latest/meta-data"
            answer = gateway.action_send_test()
            self.assertNotIn("wJalr", str(answer), host)
        self.assertFalse(self.inside.requests)
        self.env["ir.config_parameter"].set_param(
            "telecom_callcenter.sms_hosts_inside", "sms.intern, LOCALHOST"
        )
        gateway.url = f"http://localhost:{port}/send"
        gateway.action_send_test()
        self.assertEqual(len(self.inside.requests), 1)

    def test_addresses(self):
        for address, public in (
            ("8.8.8.8", True),
            ("2001:4860:4860::8888", True),
            ("10.1.2.3", False),
            ("172.16.0.1", False),
            ("192.168.1.1", False),
            ("100.64.0.1", False),
            ("127.8.8.8", False),
            ("0.0.0.0", False),
            ("169.254.169.254", False),
            ("224.0.0.1", False),
            ("::1", False),
            ("fe80::1%eth0", False),
            ("fd00::1", False),
            ("::ffff:10.0.0.1", False),
        ):
            self.assertEqual(network.is_public(address), public, address)


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestAttackHttp(CallcenterSetup, HttpCase):
    """What a browser's developer tools can send."""

    def ask(self, model, method, args, context=None):
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": {"context": context or {}},
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return answer.json()

    @mute_logger("odoo.http", *RULES)
    def test_the_desk_is_for_agents(self):
        call = self._call(agent=self.agent)
        wrapup = self._hang_up(call, self.agent)
        self._user("cc.portal", self.benin, "base.group_portal")
        attacks = [
            ("get_softphone", []),
            ("get_state", []),
            ("set_presence", ["ready"]),
            ("get_card", [call.id]),
            ("link_partner", [call.id, 1]),
            ("create_customer", [call.id, {"name": "x"}]),
            ("create_prospect", [call.id, {"name": "x"}]),
            ("get_history", [self.number]),
            ("get_wrapup_form", [call.id]),
            ("save_wrapup", [wrapup.id, {"note": "x"}]),
            ("finish_wrapup", [wrapup.id]),
            ("command", ["hangup"]),
            ("dial", [self.number, self.benin.id]),
            ("search_targets", ["a"]),
            ("get_callbacks", []),
        ]
        everybody = {
            "cc.portal": (),
            "cc.clerk.benin": (),
            # The client reads cards and contacts of its own calls
            "cc.manager.benin": ("get_card", "get_history"),
            "cc.rival": (
                "get_softphone", "get_state", "set_presence", "search_targets",
                "get_callbacks", "get_history",
            ),
        }  # fmt: skip
        for login, allowed in everybody.items():
            self.authenticate(login, login)
            for method, args in attacks:
                if method in allowed:
                    continue
                with self.subTest(login=login, method=method):
                    self.assertIn(
                        "error", self.ask("telecom.desk", method, args), method
                    )
        self.authenticate("cc.rival", "cc.rival")
        self.assertEqual(
            self.ask("telecom.desk", "get_history", [self.number])["result"], []
        )
        self.authenticate(None, None)
        for method, args in attacks:
            self.assertIn("error", self.ask("telecom.desk", method, args), method)

    @mute_logger("odoo.http", *RULES)
    def test_forged_companies(self):
        tunisian = self._call(self.campaign_tunisia, agent=self.agent)
        self.authenticate("cc.supervisor.benin", "cc.supervisor.benin")
        forged = {"allowed_company_ids": [self.tunisia.id, self.benin.id]}
        for model, method, args in (
            ("telecom.desk", "get_card", [tunisian.id]),
            ("telecom.desk", "get_history", [tunisian.caller_number]),
            ("telecom.queue", "get_wallboard", []),
            ("telecom.call", "search_read", [[], ["caller_number"]]),
            ("telecom.agent", "action_force_presence", [self.agent.ids, "offline"]),
        ):
            with self.subTest(method=method):
                self.assertIn("error", self.ask(model, method, args, forged))

    @mute_logger("odoo.http", *RULES)
    def test_private_methods_stay_private(self):
        self.authenticate("cc.agent", "cc.agent")
        for model, method, args in (
            ("telecom.agent", "_renew_secret", [self.other.ids]),
            ("telecom.pbx", "_send_command", [self.pbx.ids, "hangup"]),
            ("telecom.pbx", "_gateway_credentials", [self.pbx.ids]),
            ("telecom.pbx", "_gateway_configuration", [self.pbx.ids]),
            ("sms.sms", "_telecom_queue", []),
            ("telecom.agent.event", "_log", ["login"]),
            ("telecom.agent", "action_renew_phone", [self.other.ids]),
            ("telecom.agent", "action_end_wrapups", [self.other.ids]),
            ("telecom.agent", "action_force_ready", [self.other.ids]),
            ("telecom.campaign", "action_stop", [self.campaign_benin.ids]),
            ("telecom.pbx", "action_apply_configuration", [self.pbx.ids]),
            ("telecom.call", "write", [[1], {"channels_sms_state": "due"}]),
            ("telecom.pbx.command", "create", [{"pbx_id": self.pbx.id}]),
        ):
            with self.subTest(method=method):
                self.assertIn("error", self.ask(model, method, args))

    def test_recordings_are_not_fetched_by_others(self):
        prompt = self.env["telecom.prompt"].create(
            {"name": "Closed", "company_id": self.benin.id, "audio": recording()}
        )
        url = f"/web/content/telecom.prompt/{prompt.id}/audio"
        self.authenticate("cc.manager.benin", "cc.manager.benin")
        self.assertEqual(self.url_open(url).status_code, 200)
        for login in ("cc.manager.tunisia", "cc.rival", None):
            self.authenticate(login, login)
            self.assertNotEqual(self.url_open(url).content[:4], b"RIFF", login)


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestAttackBus(CallcenterSetup, WebsocketCase):
    def test_forged_channels(self):
        """Strings that look like records are strings; lists are refused."""
        session = self.authenticate("cc.rival", "cc.rival")
        socket = self.websocket_connect(cookie=f"session_id={session.sid};")
        last = self.env["bus.bus"]._bus_last_id()
        database, partner = self.env.cr.dbname, self.user_agent.partner_id
        queue = self.queue_benin
        self.subscribe(
            socket,
            [
                f"telecom.queue_{queue.id}",
                f"telecom.queue_{queue.id} ",
                f"telecom.queue_0{queue.id}",
                f'["{database}", "telecom.queue", {queue.id}]',
                f'["{database}", "res.partner", {partner.id}]',
                f"res.partner_{partner.id}",
                f"res.partner,{partner.id}",
                f"('{database}', 'res.partner', {partner.id})",
                "telecom.test",
            ],
            last,
        )
        partner._bus_send("telecom.desk/pop", {"card": "secret"})
        self.env["bus.bus"]._sendone(queue, "telecom.queue/snapshot", {"waiting": 3})
        self.env["bus.bus"]._sendone("telecom.test", "telecom.test/end", {})
        self.trigger_notification_dispatching([queue, partner, "telecom.test"])
        types = []
        while "telecom.test/end" not in types:
            for notification in json.loads(socket.recv()):
                types.append(notification["message"]["type"])
        self.assertNotIn("telecom.queue/snapshot", types)
        self.assertNotIn("telecom.desk/pop", types)
