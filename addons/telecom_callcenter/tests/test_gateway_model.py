import dataclasses
import time

from odoo.tests import TransactionCase, tagged

from ..engine.call_state import CallFacts, Conversation, Leg, Visit
from ..engine.live_state import LiveAgent, LiveCall
from .common import CallcenterSetup

START = 1_795_000_000.25


@tagged("post_install", "-at_install", "telecom")
class TestGatewayModel(CallcenterSetup, TransactionCase):
    """What the gateway writes, as it writes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign_benin.write({"state": "live"})

    def setUp(self):
        super().setUp()
        self.start = time.time() - 60

    def live_call(self, uniqueid="pbx-1.1", **changes):
        call = LiveCall(
            uniqueid,
            "PJSIP/trunk1-1",
            self.start,
            company_id=self.benin.id,
            campaign_id=self.campaign_benin.id,
            queue_id=self.queue_benin.id,
            number="97123456",
            state="waiting",
            queued_at=self.start + 1,
        )
        return dataclasses.replace(call, **changes).values()

    def live_agent(self, agent=None, **changes):
        live = LiveAgent((agent or self.agent).id, since=self.start, registered=True)
        return dataclasses.replace(live, **changes).values()

    def facts(self, uniqueid="pbx-1.1", **changes):
        agent, start = self.agent.id, self.start
        facts = CallFacts(
            uniqueid=uniqueid,
            uniqueids=[uniqueid, "pbx-1.2"],
            linkedids=[uniqueid],
            company_id=self.benin.id,
            campaign_id=self.campaign_benin.id,
            queue_id=self.queue_benin.id,
            direction="inbound",
            did="1919",
            caller_number="+22997123456",
            caller_name="Afi",
            agent_id=agent,
            ended=True,
            outcome="answered",
            hangup_by="caller",
            hangup_cause=16,
            start_at=start,
            queued_at=start + 1,
            answered_at=start + 5,
            ended_at=start + 35,
            wait_seconds=4.0,
            ring_seconds=2.0,
            talk_seconds=28.0,
            hold_seconds=2.0,
            duration_seconds=35.0,
            legs=[
                Leg(uniqueid, uniqueid, "PJSIP/trunk1-1", "caller", 0, start, start,
                    start + 35, 16),
                Leg("pbx-1.2", uniqueid, "PJSIP/agent1-2", "agent", agent, start + 3,
                    start + 5, start + 35, 16),
            ],
            visits=[
                Visit(self.queue_benin.id, start + 1, start + 35, 1, "answered", agent,
                      4.0, 28.0, [self.other.id])
            ],
            conversations=[Conversation(agent, start + 5, start + 35)],
        )  # fmt: skip
        return dataclasses.replace(facts, **changes)

    def calls(self, uniqueid="pbx-1.1"):
        return self.env["telecom.call"].search(
            [("pbx_id", "=", self.pbx.id), ("uniqueid", "=", uniqueid)]
        )

    def ledger(self, *finished, ongoing=(), offset=None):
        return self.pbx._gateway_ledger(list(finished), list(ongoing), offset)

    # -------------------------------------------------------------------------
    # Live, then ledger
    # -------------------------------------------------------------------------

    def test_live_call_is_completed_by_the_ledger(self):
        self.pbx._gateway_facts([self.live_call()], [], [], [])
        call = self.calls()
        self.assertEqual((call.state, call.ledger), ("waiting", "live"))
        self.assertEqual(call.caller_number, "+2290197123456", "completed to E.164")
        self.ledger(self.facts(), offset={"cel": {"inode": 1, "offset": 9}})
        self.assertEqual(call.outcome, "answered")
        self.assertEqual((call.state, call.ledger), ("ended", "confirmed"))
        self.assertEqual(call.talk_seconds, 28.0)
        self.assertEqual(call.leg_ids.mapped("kind"), ["caller", "agent"])
        self.assertEqual(call.visit_ids.missed_agent_ids, self.other)
        self.assertEqual(call.wrapup_ids.agent_id, self.agent)
        offset = self.pbx.status_ids.ledger_offset
        self.assertEqual(offset["cel"]["offset"], 9)

    def test_ledger_alone_makes_the_call(self):
        self.ledger(self.facts())
        self.assertEqual(self.calls().ledger, "confirmed")

    def test_ledger_read_twice_changes_nothing(self):
        self.ledger(self.facts())
        call = self.calls()
        before = call.read()
        self.ledger(self.facts(outcome="abandoned", talk_seconds=1.0))
        self.assertEqual(call.read(), before)
        self.assertEqual(len(call.leg_ids), 2)
        self.assertEqual(len(call.visit_ids), 1)
        self.assertEqual(len(call.wrapup_ids), 1)

    def test_ledger_corrects_the_live_view(self):
        values = self.live_call(
            state="ended", agent_id=self.other.id, ended_at=self.start + 5
        )
        self.pbx._gateway_facts([values], [], [], [])
        self.ledger(self.facts())
        self.assertEqual(self.calls().ledger, "corrected")
        self.assertEqual(self.calls().agent_id, self.agent)

    def test_late_live_change_does_not_undo_the_ledger(self):
        self.ledger(self.facts())
        self.pbx._gateway_facts([self.live_call(state="talking")], [], [], [])
        self.assertEqual(self.calls().state, "ended")

    def test_ongoing_call_gets_its_stays(self):
        ongoing = self.facts(
            ended=False, outcome=None, ended_at=None, answered_at=None, agent_id=0,
            conversations=[],
        )  # fmt: skip
        self.ledger(ongoing=[ongoing])
        call = self.calls()
        self.assertEqual((call.state, call.ledger), ("waiting", "live"))
        self.assertEqual(len(call.visit_ids), 1)
        self.ledger(self.facts())
        self.assertEqual((call.state, call.ledger), ("ended", "confirmed"))
        self.assertEqual(len(call.visit_ids), 1)

    def test_live_calls_the_ledger_never_saw_are_kept_and_flagged(self):
        old = self.live_call(start_at=time.time() - 7200)
        alive = self.live_call("pbx-1.9", start_at=time.time() - 7200)
        fresh = self.live_call("pbx-1.8")
        self.pbx._gateway_facts([old, alive, fresh], [], [], [])
        self.pbx._gateway_unconfirmed(["pbx-1.9"], time.time() - 900)
        self.assertEqual(self.calls().ledger, "missing")
        self.assertEqual(self.calls().state, "ended")
        self.assertEqual(self.calls("pbx-1.9").ledger, "live")
        self.assertEqual(self.calls("pbx-1.8").ledger, "live")

    def test_calls_that_a_transfer_joined_become_one(self):
        self.pbx._gateway_facts([self.live_call("pbx-1.2")], [], [], [])
        wrapup = self.env["telecom.call.wrapup"].create(
            {"call_id": self.calls("pbx-1.2").id, "agent_id": self.other.id}
        )
        self.ledger(self.facts())
        self.assertFalse(self.calls("pbx-1.2"))
        self.assertEqual(wrapup.call_id, self.calls())

    # -------------------------------------------------------------------------
    # Tenancy
    # -------------------------------------------------------------------------

    def test_what_belongs_to_another_operator_is_left_out(self):
        facts = self.facts(
            campaign_id=self.campaign_tunisia.id, queue_id=self.queue_tunisia.id
        )
        self.ledger(facts)
        call = self.calls()
        self.assertEqual(call.company_id, self.benin)
        self.assertFalse(call.campaign_id)
        self.assertFalse(call.queue_id)

    def test_customer_of_the_calls_operator(self):
        ours = self._customer(self.benin, phone="+2290197123456")
        self._customer(self.tunisia, phone="+2290197123456")
        self.ledger(self.facts())
        self.assertEqual(self.calls().partner_id, ours)
        self.assertEqual(self.calls().wrapup_ids.partner_id, ours)

    def test_unknown_account_falls_to_the_numbers_operator(self):
        self.ledger(self.facts(company_id=0, campaign_id=0))
        self.assertEqual(self.calls().company_id, self.benin)

    def test_vanished_records_do_not_stop_the_ledger(self):
        facts = self.facts(agent_id=10**8, campaign_id=10**8, queue_id=10**8)
        facts.legs[1].agent_id = facts.visits[0].agent_id = 10**8
        facts.conversations[0].agent_id = 10**8
        facts.visits[0].missed_agent_ids = [10**8]
        self.ledger(facts)
        self.assertEqual(self.calls().outcome, "answered")

    # -------------------------------------------------------------------------
    # Wrap-ups and agents
    # -------------------------------------------------------------------------

    def conversation(self, ended=30, agent=None, uniqueid="pbx-1.1"):
        return {
            "agent_id": (agent or self.agent).id,
            "uniqueid": uniqueid,
            "ended_at": self.start + ended,
        }

    def ready(self, *agents):
        for agent in agents or (self.agent,):
            agent._set_presence("ready")

    def test_conversation_opens_one_wrapup(self):
        self.ready()
        self.pbx._gateway_facts(
            [self.live_call(state="ended")],
            [self.live_agent(activity="wrapup")],
            [self.conversation()],
            [],
        )
        self.ledger(self.facts())
        wrapup = self.calls().wrapup_ids
        self.assertEqual(len(wrapup), 1)
        self.assertEqual(wrapup.state, "open")
        self.assertEqual(self.agent.live_ids.wrapup_id, wrapup)

    def test_lost_agent_owes_no_wrapup(self):
        self.ready()
        facts = self.facts()
        facts.conversations[0].lost = True
        self.ledger(facts)
        self.assertFalse(self.calls().wrapup_ids)

    def test_lost_agent_keeps_what_she_had_written(self):
        self.ready()
        self.pbx._gateway_facts([self.live_call()], [], [], [])
        draft = self.env["telecom.call.wrapup"].create(
            {
                "call_id": self.calls().id,
                "agent_id": self.agent.id,
                "state": "draft",
                "note": "half a sentence",
            }
        )
        facts = self.facts()
        facts.conversations[0].lost = True
        self.ledger(facts)
        self.assertEqual((draft.state, draft.note), ("open", "half a sentence"))

    def test_old_conversation_is_not_put_before_the_agent(self):
        self.ready()
        self.start -= 7200
        self.ledger(self.facts())
        self.assertEqual(self.calls().wrapup_ids.state, "done")

    def test_call_that_comes_back_reopens_the_wrapup(self):
        self.ready()
        self.pbx._gateway_facts(
            [self.live_call()], [], [self.conversation(ended=5)], []
        )
        wrapup = self.calls().wrapup_ids
        wrapup.write({"state": "done"})
        self.pbx._gateway_facts([], [], [self.conversation(ended=30)], [])
        self.assertEqual(self.calls().wrapup_ids, wrapup)
        self.assertEqual(wrapup.state, "open")
        wrapup.write({"state": "done"})
        # The ledger's time of the same end differs by parts of a second.
        self.pbx._gateway_facts([], [], [self.conversation(ended=31)], [])
        self.assertEqual(wrapup.state, "done")

    def test_missed_call_pauses(self):
        self.ready()
        row = {"agent_id": self.agent.id, "uniqueid": ""}
        self.pbx._gateway_facts([], [self.live_agent()], [], [row])
        self.assertEqual(self.agent.presence, "not_ready")
        self.assertEqual(self.agent.presence_reason_id.kind, "missed")

    def test_device_that_goes_and_comes_back(self):
        self.ready()
        self.pbx._gateway_lost([self.agent.id, self.other.id])
        self.assertEqual(self.agent.presence_reason_id.kind, "lost")
        self.assertEqual(self.other.presence, "offline")
        self.pbx._gateway_found([self.agent.id, self.other.id])
        self.assertEqual(self.agent.presence, "ready")
        self.assertEqual(self.other.presence, "offline")

    def test_pause_of_ones_own_is_not_ended_by_the_device(self):
        reason = self.env["telecom.pause.reason"].search(
            [("company_id", "=", self.provider.id), ("kind", "=", "break")], limit=1
        )
        self.ready()
        self.agent._set_presence("not_ready", reason)
        self.pbx._gateway_found([self.agent.id])
        self.assertEqual(self.agent.presence, "not_ready")

    def test_what_asterisk_must_know_of_agents(self):
        self.ready()
        self.env["telecom.queue.member"].search(
            [("agent_id", "=", self.agent.id), ("queue_id", "=", self.queue_benin.id)]
        ).penalty = 3
        (row,) = self.pbx._gateway_agents([self.agent.id])
        self.assertEqual(row["presence"], "ready")
        self.assertEqual(
            row["queues"],
            {f"queue{self.queue_benin.id}": 3, f"queue{self.queue_tunisia.id}": 0},
        )
        self.assertFalse(row["wrapup"])
        foreign = self.pbx._gateway_agents([self.rival_agent.id])
        self.assertFalse(foreign, "agents of another PBX are not ours")

    # -------------------------------------------------------------------------
    # Pops, priorities, commands, configuration
    # -------------------------------------------------------------------------

    def test_pop_reaches_the_ringing_agent_only(self):
        self.env["bus.bus"].sudo().search([]).unlink()
        self.pbx._gateway_pops(
            [
                {
                    "agent_id": self.agent.id,
                    "call": self.live_call(),
                    "at": self.start,
                }
            ]
        )
        call = self.calls()
        live = self.live_agent(activity="ringing", call="pbx-1.1")
        self.pbx._gateway_facts([], [live], [], [])
        self.assertEqual(self.agent.live_ids.call_id, call)
        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].sudo().search([])
        pops = messages.filtered(lambda message: "telecom.desk/pop" in message.message)
        self.assertEqual(len(pops), 1)
        self.assertIn(f",{self.user_agent.partner_id.id}]", pops.channel)
        self.assertIn(f'"call_id":{call.id}', pops.message)

    def test_priorities(self):
        self.env["telecom.priority.number"].create(
            {
                "company_id": self.benin.id, "number": "+2290197000009", "priority": 9
            }
        )  # fmt: skip
        segment = self.env["telecom.segment"].create(
            {"name": "Or", "company_id": self.benin.id, "priority": 4, "code": "or"}
        )
        self._customer(
            self.benin, phone="+2290197000004", telecom_segment_id=segment.id
        )
        found = self.pbx._gateway_priorities(
            [
                ("a", self.benin.id, "97000009"),
                ("b", self.benin.id, "+2290197000004"),
                ("c", self.benin.id, "+2290197000001"),
                ("d", self.tunisia.id, "+2290197000009"),
                ("e", self.benin.id, ""),
            ]
        )
        self.assertEqual(found, {"a": 9, "b": 4})

    def test_commands_are_given_once_and_not_late(self):
        Command = self.env["telecom.pbx.command"]
        Command.search([]).unlink()
        fresh = self.pbx._send_command("hangup", agent=self.agent)
        stale = self.pbx._send_command("hangup", agent=self.agent, expires_in=-1)
        foreign = self.rival_pbx._send_command("hangup", agent=self.rival_agent)
        pending = self.pbx._gateway_pending()
        self.assertEqual([row["id"] for row in pending["commands"]], [fresh.id])
        stale.invalidate_recordset()
        self.assertEqual((stale.state, foreign.state), ("expired", "pending"))
        self.pbx._gateway_answer([(fresh.id, "")])
        self.assertEqual(fresh.state, "done")
        self.assertFalse(self.pbx._gateway_pending()["commands"])

    def test_configuration_holds_what_is_live(self):
        configuration = self.pbx._gateway_configuration()
        self.assertEqual(
            [row["id"] for row in configuration["campaigns"]], [self.campaign_benin.id]
        )
        self.assertEqual(
            {row["id"] for row in configuration["queues"]},
            {self.queue_benin.id, self.queue_tunisia.id},
        )
        self.assertNotIn(
            self.rival_agent.id, [row["id"] for row in configuration["agents"]]
        )
        self.assertIsNone(configuration["campaigns"][0]["opening"])
        self.campaign_benin.write({"state": "stopped"})
        self.assertFalse(self.pbx._gateway_configuration()["campaigns"])

    def test_closed_call_owes_the_sms(self):
        self.ledger(
            self.facts(
                outcome="closed", visits=[], conversations=[], queue_id=0, agent_id=0
            )
        )
        # Without digital channels there is nothing to send, and nothing stays owed.
        self.assertEqual(self.calls().channels_sms_state, "none")
        self.assertEqual(self.calls().outcome, "closed")

    # -------------------------------------------------------------------------
    # Written in SQL
    # -------------------------------------------------------------------------

    def test_nothing_stored_depends_on_what_is_written_in_sql(self):
        """A field computed from these columns would not be computed again."""
        for model in ("telecom.call", "telecom.agent.live"):
            for name in self.env[model]._LIVE_COLUMNS:
                field = self.env[model]._fields[name]
                stored = [
                    str(dependent)
                    for dependent in self.env.registry.get_dependent_fields(field)
                    if dependent.store
                ]
                self.assertFalse(stored, f"computed from {model}.{name}")

    def test_live_call_has_what_the_orm_would_have_written(self):
        self.pbx._gateway_facts([self.live_call()], [], [], [])
        call = self.calls()
        self.assertEqual(call.provider_id, self.provider)
        self.assertEqual(call.channels_sms_state, "none")
        self.assertEqual(call.create_uid, self.env.user)
        self.assertTrue(call.create_date)
        like = self.env["telecom.call"].create(
            {
                name: call[name].id
                if call._fields[name].type == "many2one"
                else call[name]
                for name in call._LIVE_COLUMNS | call._FIRST_COLUMNS
                if name != "uniqueid"
            }
            | {"uniqueid": "pbx-1.7", "pbx_id": self.pbx.id}
        )
        ignored = {"id", "uniqueid", "display_name", "__last_update"}
        names = [name for name in call.read()[0] if name not in ignored]
        self.assertEqual(
            {name: call.read(names)[0][name] for name in names if "date" not in name},
            {name: like.read(names)[0][name] for name in names if "date" not in name},
        )

    def test_what_is_known_of_a_live_call_stays(self):
        """Later values complete a call; they do not take away."""
        self.pbx._gateway_facts([self.live_call()], [], [], [])
        call = self.calls()
        call.env.flush_all()
        later = self.live_call(
            queue_id=self.queue_tunisia.id,
            queued_at=self.start + 9,
            agent_id=self.agent.id,
            answered_at=self.start + 10,
            state="talking",
        )
        self.pbx._gateway_facts([later], [], [], [])
        self.assertEqual(call.state, "talking")
        self.assertEqual(call.agent_id, self.agent)
        self.assertEqual(call.queue_id, self.queue_benin, "not another operator's")
        self.assertEqual(call.queued_at.second, int(self.start + 1) % 60)
        ended = self.live_call(queue_id=0, state="ended", ended_at=self.start + 20)
        self.pbx._gateway_facts([ended], [], [], [])
        self.assertEqual((call.state, call.agent_id), ("ended", self.agent))
        self.assertEqual(call.queue_id, self.queue_benin)
        self.assertTrue(call.answered_at)

    def test_changes_of_activity_are_logged_once(self):
        since = {"since": self.start + 3}
        ringing = self.live_agent(activity="ringing", call="pbx-1.1", **since)
        self.pbx._gateway_facts([self.live_call()], [ringing], [], [])
        self.pbx._gateway_facts([], [ringing], [], [])
        event = self.events(agent_id=self.agent.id, kind="activity")
        self.assertEqual(event.activity, "ringing")
        self.assertEqual(event.call_id, self.calls())
        self.assertEqual(event.operator_id, self.benin)
        self.assertEqual(event.company_id, self.provider)

    def test_pause_begins_when_the_telephone_stops_ringing(self):
        self.ready()
        ringing = self.live_agent(activity="ringing", call="pbx-1.1")
        self.pbx._gateway_facts([self.live_call()], [ringing], [], [])
        reason = self.env["telecom.pause.reason"].search(
            [("company_id", "=", self.provider.id), ("kind", "=", "break")], limit=1
        )
        self.agent._set_presence("not_ready", reason)
        self.assertEqual(self.agent.presence, "pause_requested")
        self.pbx._gateway_facts([], [self.live_agent()], [], [])
        self.assertEqual(self.agent.presence, "not_ready")

    def count_queries(self, function, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_calls(self):
        """What is written of a hundred calls takes as many queries as of one."""

        def batch(name, count, **changes):
            calls = [
                self.live_call(f"pbx-{name}.{number}", **changes)
                for number in range(count)
            ]
            return self.count_queries(self.pbx._gateway_facts, calls, [], [], [])

        batch("warm", 2)
        for what, changes in (("new", {}), ("known", {"state": "ended"})):
            one, many = batch("one", 1, **changes), batch("many", 100, **changes)
            self.assertLessEqual(many, one, what)
            self.assertLessEqual(many, 8, what)

    def test_queries_do_not_grow_with_the_agents(self):
        def batch(state, *agents):
            live = [self.live_agent(a, activity=state, call="pbx-1.1") for a in agents]
            over = [self.conversation(agent=agent) for agent in agents]
            return self.count_queries(
                self.pbx._gateway_facts, [self.live_call()], live, over, []
            )

        self.ready(self.agent, self.other)
        batch("ringing", self.agent)
        one = batch("talking", self.agent)
        self.assertLessEqual(batch("hold", self.agent, self.other), one + 6)

    def test_a_pop_takes_few_queries(self):
        def pops(name, count):
            return [
                {
                    "agent_id": self.agent.id,
                    "call": self.live_call(f"pbx-{name}.{number}", number=number),
                    "at": self.start,
                }
                for number in map(str, range(97_100_000, 97_100_000 + count))
            ]

        self.pbx._gateway_pops(pops("warm", 1))
        one = self.count_queries(self.pbx._gateway_pops, pops("one", 1))
        self.assertLessEqual(one, 16)
        five = self.count_queries(self.pbx._gateway_pops, pops("five", 5))
        self.assertLessEqual(five, one + 4 * 7, "what is not the card comes once")
