import json
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from odoo.tests import BaseCase, tagged

from ..gateway.ledger import GONE_SECONDS, UNCONFIRMED_SECONDS, LedgerReader

FIXTURES = Path(__file__).parent / "fixtures"


@tagged("post_install", "-at_install", "telecom")
class TestLedgerReader(BaseCase):
    """What the reader makes of the files of a call that Asterisk was killed in."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cel = Path(folder.name) / "cel.json"
        self.cel.write_bytes((FIXTURES / "cel_killed.json").read_bytes())
        queue_log = Path(folder.name) / "queue_log"
        queue_log.touch()
        self.finished = []
        self.asked = []
        self.known = []
        pbx = SimpleNamespace(
            _gateway_due_sms=lambda: None,
            _gateway_unconfirmed=lambda *args: self.asked.append(args),
            _dialer_unknown=lambda known, before: self.known.append(known) or 0,
        )
        self.env = {"telecom.pbx": SimpleNamespace(browse=lambda _id: pbx)}
        database = SimpleNamespace(run=self.run_in_database)
        self.reader = LedgerReader(database, 1, self.cel, queue_log, {})

    def run_in_database(self, function, *args, **_options):
        if not args:
            return function(self.env)
        if len(args) == 3:
            self.finished += args[0]
        return []

    def rounds(self):
        self.reader._round()
        self.reader._round()
        return [facts.outcome for facts in self.finished]

    def test_channels_that_are_gone_close_the_call(self):
        """Whenever Asterisk began again, even in the second it was killed in."""
        self.assertEqual(self.rounds(), [], "nobody has said what is alive")
        self.reader.alive(time.time(), [])
        self.assertEqual(self.rounds(), [], "its end may be on its way to the file")
        self.reader._alive[0] = (time.time() - GONE_SECONDS - 1, set())
        self.assertEqual(self.rounds(), ["interrupted"])

    def test_channels_that_are_alive_keep_the_call_open(self):
        self.rounds()
        asked_at = time.time() - GONE_SECONDS - 1
        self.reader.alive(asked_at, self.reader._ledger.open_uniqueids())
        self.assertEqual(self.rounds(), [])

    def test_a_list_older_than_the_call_says_nothing_of_it(self):
        self.rounds()
        self.reader.alive(1.0, [])
        self.assertEqual(self.rounds(), [])

    def unconfirmed(self):
        """What is asked of Odoo about calls the ledger never mentioned."""
        self.reader._checked = 0.0
        self.rounds()
        return self.asked

    def test_live_calls_are_closed_only_while_asterisk_tells_its_channels(self):
        self.assertEqual(self.unconfirmed(), [])
        self.reader.alive(time.time() - UNCONFIRMED_SECONDS - 1, ["pbx-1"])
        self.assertEqual(self.unconfirmed(), [])
        self.reader.alive(time.time(), ["pbx-1"])
        ((alive, before),) = self.unconfirmed()
        self.assertIn("pbx-1", alive, "Asterisk has it, the ledger has not")
        self.assertLess(before, time.time() - UNCONFIRMED_SECONDS + 1)

    def test_an_answered_attempt_that_waits_to_be_written_is_known(self):
        """Its own channel has gone long ago; whoever was called talked on another."""
        now, attempt, person = time.time(), "dialer-1", "pbx-1"
        rows = [
            ("CHAN_START", attempt, "Local/o1c2a3@telecom-outbound-1;1", {}),
            ("CHAN_START", person, "PJSIP/trunk1-1", {}),
            ("TELECOM_ANSWER", person, "PJSIP/trunk1-1", {"extra": "+22961000001"}),
            ("CHAN_END", attempt, "Local/o1c2a3@telecom-outbound-1;1", {}),
            ("CHAN_END", person, "PJSIP/trunk1-1", {}),
        ]
        with self.cel.open("a") as file:
            for kind, uniqueid, channel, extra in rows:
                row = {
                    "eventtype": kind,
                    "eventtime": f"{now:.6f}",
                    "uniqueid": uniqueid,
                    "linkedid": attempt,
                    "channame": channel,
                    "accountcode": "1.2",
                    "eventextra": json.dumps(extra),
                }
                file.write(f"{json.dumps(row)}\n")
        self.rounds()
        self.assertFalse(self.finished, "the live view writes its end first")
        self.assertIn(attempt, self.known[-1])
