from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..engine.call_state import Ledger
from ..engine.records import parse_cel, parse_queue_log

FIXTURES = Path(__file__).parent / "fixtures"


def lines(name):
    path = FIXTURES / name
    return path.read_bytes().splitlines() if path.exists() else []


def read(*names, ledger=None, queue_log=True):
    """Feed the ledger of real calls, captured on Asterisk 22.10."""
    ledger = ledger or Ledger(0)
    for name in names:
        for offset, line in enumerate(lines(f"cel_{name}.json")):
            ledger.feed_cel(parse_cel(line), offset)
    for name in names if queue_log else ():
        for offset, line in enumerate(lines(f"queue_log_{name}")):
            ledger.feed_queue_log(parse_queue_log(line), offset)
    ledger.settle(0)
    return ledger


def only(name, **options):
    calls = read(name, **options).finished()
    assert len(calls) == 1, [call.uniqueid for call in calls]
    return calls[0]


@tagged("post_install", "-at_install", "telecom")
class TestLedgerOfRealCalls(BaseCase):
    """What the rows of real calls say; see fixtures/ for the rows."""

    def test_answered(self):
        call = only("answered")
        self.assertEqual(call.outcome, "answered")
        self.assertEqual((call.company_id, call.campaign_id), (6, 1))
        self.assertEqual((call.queue_id, call.agent_id), (1, 1))
        self.assertEqual((call.did, call.direction), ("1919", "inbound"))
        self.assertEqual(call.caller_number, "+2290190000009")
        self.assertEqual(call.hangup_by, "caller")
        self.assertAlmostEqual(call.wait_seconds, 1.0, delta=0.1)
        self.assertAlmostEqual(call.ring_seconds, 1.0, delta=0.1)
        self.assertAlmostEqual(call.talk_seconds, 3.0, delta=0.1)
        self.assertEqual(call.hold_seconds, 0)
        self.assertEqual([leg.kind for leg in call.legs], ["caller", "agent"])
        self.assertEqual([c.agent_id for c in call.conversations], [1])

    def test_dialed_and_answered(self):
        call = only("dialed_answered")
        self.assertEqual((call.direction, call.outcome), ("outbound", "answered"))
        self.assertRegex(call.caller_number, r"^\+22901961\d{5}$")
        self.assertTrue(call.agent_id)
        [attempt] = call.attempts
        self.assertEqual((attempt.result, attempt.call), ("answered", call.uniqueid))
        self.assertEqual(attempt.connected_at, call.answered_at)
        self.assertLess(attempt.waiting_seconds, 2)

    def test_dialed_and_no_agent_free(self):
        call = only("dialed_abandoned")
        self.assertEqual((call.direction, call.outcome), ("outbound", "abandoned"))
        self.assertIsNone(call.answered_at)
        [attempt] = call.attempts
        self.assertEqual((attempt.result, attempt.refused), ("abandoned", True))
        self.assertAlmostEqual(attempt.waiting_seconds, 2.0, delta=0.5)

    def test_dialed_and_busy(self):
        facts = only("dialed_busy")
        self.assertFalse(facts.is_call)
        [attempt] = facts.attempts
        self.assertEqual((attempt.result, attempt.cause), ("busy", 17))

    def test_abandoned(self):
        call = only("abandoned")
        self.assertEqual(call.outcome, "abandoned")
        self.assertEqual(call.hangup_by, "caller")
        self.assertIsNone(call.answered_at)
        self.assertEqual(len(call.visits), 1)
        self.assertEqual(call.visits[0].result, "abandoned")
        self.assertEqual(call.visits[0].position, 1)
        self.assertAlmostEqual(call.wait_seconds, 2.5, delta=0.1)
        self.assertFalse(call.conversations)

    def test_hostile_caller_is_recorded_clean(self):
        call = only("abandoned")
        self.assertRegex(call.caller_number, r"^[+0-9]{0,32}$")
        for character in '\r\n|"\\':
            self.assertNotIn(character, call.caller_name)

    def test_closed(self):
        call = only("closed")
        self.assertEqual(call.outcome, "closed")
        self.assertEqual(call.did, "1920")
        self.assertFalse(call.visits)
        self.assertEqual(call.queue_id, 0)

    def test_requeued_after_the_agent_was_lost(self):
        """Two stays, one call; the lost part owes no wrap-up of its own."""
        call = only("requeued")
        self.assertEqual([v.result for v in call.visits], ["requeued", "answered"])
        self.assertEqual([v.agent_id for v in call.visits], [1, 1])
        self.assertEqual(call.outcome, "answered")
        self.assertEqual(len(call.conversations), 1)
        self.assertFalse(call.conversations[0].lost)
        self.assertAlmostEqual(call.wait_seconds, 1.0, delta=0.1)

    def test_transfers_and_conference_are_one_call(self):
        call = only("transfers")
        self.assertEqual(call.outcome, "answered")
        self.assertEqual(len(call.visits), 2)
        self.assertEqual(call.visits[0].missed_agent_ids, [1])
        agents = {conversation.agent_id for conversation in call.conversations}
        self.assertEqual(agents, {2, 3})
        self.assertEqual(call.agent_id, 3)
        self.assertGreater(call.hold_seconds, 5)
        self.assertEqual(len([leg for leg in call.legs if leg.kind == "caller"]), 1)

    def test_outbound(self):
        call = only("outbound")
        self.assertEqual((call.direction, call.outcome), ("outbound", "answered"))
        self.assertEqual(call.caller_number, "+2290190123456")
        self.assertEqual((call.company_id, call.agent_id), (6, 1))
        self.assertEqual([c.agent_id for c in call.conversations], [1])

    def test_outbound_that_no_trunk_took(self):
        call = only("refused")
        self.assertEqual((call.direction, call.outcome), ("outbound", "failed"))
        self.assertFalse(call.conversations)

    def test_hold_is_no_talk(self):
        call = only("held")
        self.assertGreater(call.hold_seconds, 8)
        self.assertLess(call.talk_seconds, 3)
        self.assertEqual(len(call.conversations), 1)

    def test_killed_asterisk_interrupts(self):
        """A call without an end closes at its last evidence, at the next start."""
        ledger = read("killed", queue_log=False)
        self.assertFalse(ledger.finished())
        self.assertEqual(len(ledger.open_calls()), 1)
        read("killed", ledger=ledger)
        (call,) = ledger.finished()
        self.assertEqual(call.outcome, "interrupted")
        self.assertTrue(call.ended)
        last = max(parse_cel(line).at for line in lines("cel_killed.json"))
        self.assertEqual(call.ended_at, last)
        self.assertEqual([c.agent_id for c in call.conversations], [5])

    def test_restart_leaves_ended_calls_alone(self):
        ledger = read("answered", queue_log=False)
        ledger.restarted(2_000_000_000)
        self.assertEqual(ledger.finished()[0].outcome, "answered")


@tagged("post_install", "-at_install", "telecom")
class TestLedgerReading(BaseCase):
    def test_same_rows_again_change_nothing(self):
        once, twice = only("requeued"), Ledger(0)
        rows = [parse_cel(line) for line in lines("cel_requeued.json")]
        for event in rows[:-3] + rows[:-3] + rows[-3:]:
            twice.feed_cel(event, 0)
        for line in lines("queue_log_requeued"):
            twice.feed_queue_log(parse_queue_log(line), 0)
        (call,) = twice.finished()
        self.assertEqual(call.visits, once.visits)
        self.assertEqual(call.talk_seconds, once.talk_seconds)

    def test_reading_from_the_middle_invents_no_call(self):
        rows = [parse_cel(line) for line in lines("cel_answered.json")]
        for start in range(1, len(rows)):
            ledger = Ledger(0)
            for event in rows[start:]:
                ledger.feed_cel(event, 0)
            with self.subTest(start=start):
                for call in ledger.finished():
                    # The agent's channel alone may be whole; it is no outbound call.
                    self.assertFalse(call.company_id and call.direction == "inbound")

    def test_checkpoint_stays_before_open_calls(self):
        ledger = Ledger(0)
        for offset, line in enumerate(lines("cel_answered.json")):
            ledger.feed_cel(parse_cel(line), 100 + offset)
            if offset < len(lines("cel_answered.json")) - 2:
                self.assertEqual(ledger.checkpoint(999, 999)[0], 100)
        ledger.finished()
        self.assertEqual(ledger.checkpoint(999, 999)[0], 999)

    def test_two_calls_at_once_stay_apart(self):
        first = [parse_cel(line) for line in lines("cel_answered.json")]
        second = [parse_cel(line) for line in lines("cel_abandoned.json")]
        ledger = Ledger(0)
        for index in range(max(len(first), len(second))):
            for rows in (first, second):
                if index < len(rows):
                    ledger.feed_cel(rows[index], index)
        outcomes = sorted(call.outcome for call in ledger.finished())
        self.assertEqual(outcomes, ["abandoned", "answered"])

    def test_queue_log_of_unknown_channels_is_ignored(self):
        ledger = Ledger(0)
        row = parse_queue_log(b"1795230165|pbx-forged.1|queue1|agent1|CONNECT|1|x|0")
        ledger.feed_queue_log(row, 0)
        ledger.settle(row.at + 1)
        self.assertEqual(ledger.checkpoint(9, 9)[1], 0)
        ledger.settle(row.at + 3600)
        self.assertEqual(ledger.checkpoint(9, 9)[1], 9)
        self.assertFalse(ledger.finished())

    def test_call_without_end_closes_once_its_channels_are_gone(self):
        ledger = read("killed", queue_log=False)
        channel = next(iter(ledger.open_uniqueids()))
        ledger.gone({channel}, 2_000_000_000)
        self.assertFalse(ledger.finished())
        ledger.gone(set(), 0)
        self.assertFalse(ledger.finished(), "its rows are too fresh")
        ledger.gone(set(), 2_000_000_000)
        self.assertEqual(ledger.finished()[0].outcome, "interrupted")


@tagged("post_install", "-at_install", "telecom")
class TestRecords(BaseCase):
    def test_torn_row_hides_not_the_next(self):
        whole = lines("cel_answered.json")[3]
        for cut in (20, 60, 150):
            glued = lines("cel_answered.json")[2][:cut] + whole
            with self.subTest(cut=cut):
                self.assertEqual(parse_cel(glued), parse_cel(whole))

    def test_nonsense_is_no_row(self):
        for line in (
            b"", b"{}", b"[]", b"null", b"\0\0\0", b'{"eventtype":"X"}', b"\xff\xfe{",
            b'{"eventtype":"X","eventtime":"x","uniqueid":"1"}',
        ):  # fmt: skip
            self.assertIsNone(parse_cel(line), line)
        for line in (b"", b"a|b|c|d|e", b"1795230165|x|y"):
            self.assertIsNone(parse_queue_log(line), line)

    def test_microseconds_are_kept(self):
        event = parse_cel(lines("cel_answered.json")[0])
        self.assertIn(f"{event.at:.6f}".encode(), lines("cel_answered.json")[0])
