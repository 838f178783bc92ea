"""The call path under load: screen pops, lost calls, the gateway's throughput.

Ten calls a second for a minute, 50 desk phones, one agent in Chromium, 400 open
websockets and 20 wallboards, on a running instance; then the events of that minute
once more, as the calls of 500 agents, as fast as the gateway writes them.
See docs/performance.md. Run it by ``make bench-calls``.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [
    str(HERE),
    str(HERE.parent / "tests"),
    str(HERE.parent / "addons/telecom_callcenter"),
]

import _replay  # noqa: E402
import media  # noqa: E402
from _figures import Figures, Processor  # noqa: E402
from _records import made  # noqa: E402
from _sockets import People  # noqa: E402
from browser import Browsers, Desk  # noqa: E402
from ledger import Ledger  # noqa: E402
from sip import SipWorld  # noqa: E402

import stack as stack_module  # noqa: E402
from stack import fetch, wait_for  # noqa: E402

CROWD, BROWSER = "1950", "1951"
AGENTS, COPIES, SOCKETS, WALLBOARDS = 50, 10, 400, 20
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
RATE = 10.0
#: Calls a second that ring the browser; the others ring desk phones.
BROWSER_RATE = 1.1
RING, STAY, BROWSER_STAY = 1.0, 4.0, 0.55
WARM_UP = 10
#: Only the second part, from the events of an earlier run in this file.
TRACE = os.environ.get("BENCH_TRACE")


class Bench:
    def __init__(self):
        self.figures = Figures()
        self.stack = stack_module.current()
        self.folder = self.stack.log_folder / "bench"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.stack.instance.give(self.folder)
        # A second PBX comes into the database.
        os.environ["TELECOM_PBX"] = "demo"
        self.environment = self.stack.instance.environment()

    def prepare(self):
        self.stack.start_all()
        wait_for(self.stack.gateway_ready, 60, lambda: str(self.stack.health()))
        config = {
            "agents": AGENTS,
            "copies": COPIES,
            "sockets": SOCKETS,
            "crowd": CROWD,
            "browser": BROWSER,
        }
        self.made = made(self.stack, "records", **config)
        self.wait_applied()

    def hide_replay(self):
        """With one active PBX every gateway finds its own again."""
        self.stack.sql("UPDATE telecom_pbx SET active = (code != 'replay')")

    def wait_applied(self):
        def applied():
            row = self.stack.sql(
                """SELECT p.config_revision, s.config_applied_revision, s.config_error
                FROM telecom_pbx p JOIN telecom_pbx_status s ON s.pbx_id = p.id
                WHERE p.id = %s""",
                self.made["pbx"],
            )[0]
            assert not row["config_error"], row["config_error"]
            return row["config_revision"] == row["config_applied_revision"]

        wait_for(applied, 30, "the configuration applied by the gateway")

    def people(self, agents, queues):
        last = self.stack.sql("SELECT COALESCE(max(id), 0) AS last FROM bus_bus")
        channels = [f"telecom.queue_{queue}" for queue in queues]
        cookies = self.made["agents"]
        people = People(
            self.stack.url,
            {int(ident): cookies[ident] for ident in cookies} if agents else {},
            self.made["others"] + ([] if agents else list(cookies.values())),
            [(self.made["supervisor"], channels)] * WALLBOARDS,
            last[0]["last"],
        )
        people.connect()
        assert people.open == SOCKETS + WALLBOARDS, people.errors[:3]
        return people

    # -- calls -----------------------------------------------------------------------

    def calls(self):
        made, stack = self.made, self.stack
        desk_agent, desk_cookie = made["desk"]
        sip = SipWorld(stack, self.folder)
        phones = sip.phones(made["secrets"], ring=RING)
        people = self.people(True, [made["queue"], made["desk_queue"]])
        people.agents[desk_agent] = desk_cookie
        browsers = Browsers()
        recorder = None
        try:
            microphone = self.folder / "microphone.wav"
            media.write_wav(microphone, media.tone(440, 10, rate=48000), rate=48000)
            session = types.SimpleNamespace(cookie=desk_cookie, url=stack.url)
            desk = Desk(browsers.get(microphone), session, self.folder)
            desk.click("ready")
            desk.registered()
            del people.agents[desk_agent]
            people.run(people.presences("ready"))
            ready = len(made["agents"]) + 1

            def free():
                lines = stack.asterisk("queue show").splitlines()
                names = set(made["secrets"]) | {f"agent{desk_agent}"}
                found = {
                    match[1]
                    for line in lines
                    if (match := re.search(r"(agent\d+) ", line))
                    and "paused" not in line
                    and "Unavailable" not in line
                }
                return len(found & names) == ready

            wait_for(free, 60, lambda: stack.asterisk("queue show")[-3000:])
            recorder = _replay.Recorder(
                "127.0.0.1",
                stack.port("ami"),
                self.environment["TELECOM_AMI_USER"],
                self.environment["TELECOM_AMI_SECRET"],
            )
            ledger = Ledger(stack)
            names = ("asterisk", "odoo", "postgresql", "gateway")
            processor = Processor({name: stack.pid(name) for name in names})
            desk.page.evaluate("performance.clearMarks('telecom-card')")
            numbers = [f"+22901{96_000_000 + n}" for n in range(int(SECONDS * RATE))]
            share = int(SECONDS * BROWSER_RATE)
            floods = [
                sip.flood(CROWD, numbers[share:], rate=RATE - BROWSER_RATE, talk=STAY),
                sip.flood(
                    BROWSER, numbers[:share], rate=BROWSER_RATE, talk=BROWSER_STAY
                ),
            ]
            # SIPp's rates are counted by the second; calls that wait are stretched.
            for flood in floods:
                status = flood.wait(SECONDS + 90)
                if status:
                    print(f"! SIPp ended with {status}, see {flood.folder}")
            shares = processor.shares()
            self.figures.load("load_average_calls")
            rss = stack.health()["rss_mb"]
            wait_for(
                lambda: not stack.channels(), 30, lambda: f"no {stack.channels()[:4]}"
            )
            self.account(ledger)
            self.marks(desk, recorder, people, desk_agent)
            self.figures.add("gateway_rss_mb", rss, "at the end of that minute")
            for name, value in shares.items():
                self.figures.add(f"cpu_{name}_percent", value, "of one core")
            self.figures.add("wrapups_finished", people.finished, "through Odoo's RPC")
            self.figures.add("bus_messages_received", people.messages)
            self.figures.add("wallboard_snapshots_received", people.snapshots)
            self.figures.add("errors", len(people.errors), "; ".join(people.errors[:2]))
            recorder.close()
            # A last look at everybody, while their desks still answer.
            people.run(people.presences("offline"))
            desk.close()
        finally:
            browsers.close()
            people.close()
            sip.close()
            phones.close()
        return recorder.blocks

    def account(self, ledger):
        """Asterisk's own list of calls against Odoo's."""
        calls = ledger.calls()

        def written():
            rows = self.stack.sql(
                """SELECT id, uniqueid, caller_number FROM telecom_call
                WHERE uniqueid = ANY(%s) AND state = 'ended' AND ledger IN
                ('confirmed', 'corrected')""",
                list(calls),
            )
            return rows if len(rows) >= len(calls) else None

        started = time.monotonic()
        try:
            wait_for(written, 60, "every call ended and confirmed by the ledger")
        except stack_module.Timeout as error:
            print(f"! {error}")
        settled = time.monotonic() - started
        first = min(call.start for call in calls.values()).replace(tzinfo=None)
        rows = self.stack.sql(
            """SELECT uniqueid, caller_number, answered_at IS NOT NULL AS answered
            FROM telecom_call WHERE pbx_id = %s AND start_at >= %s::timestamp -
            interval '1 s'""",
            self.made["pbx"],
            first,
        )
        known = {row["uniqueid"] for row in rows}
        callers = {}
        for row in rows:
            callers[row["caller_number"]] = callers.get(row["caller_number"], 0) + 1
        add = self.figures.add
        add("calls", len(calls), f"in {SECONDS} s, counted in Asterisk's CEL")
        add("calls_lost", len(calls.keys() - known), "in CEL, not in Odoo")
        add(
            "calls_duplicated",
            sum(count - 1 for count in callers.values()) + len(known - calls.keys()),
            "twice in Odoo, or not in CEL",
        )
        add("calls_answered", sum(row["answered"] for row in rows))
        add("calls_settled_seconds", settled, "after the last: ledger confirmed all")

    def marks(self, desk, recorder, people, desk_agent):
        rings = recorder.rings()
        uniqueids = {
            row["id"]: row["uniqueid"]
            for row in self.stack.sql(
                "SELECT id, uniqueid FROM telecom_call WHERE pbx_id = %s",
                self.made["pbx"],
            )
        }
        page = desk.page.evaluate(
            """() => ({
                origin: performance.timeOrigin,
                drift: Date.now() - performance.timeOrigin - performance.now(),
                marks: performance.getEntriesByName("telecom-card").map(
                    (mark) => [mark.detail.callId, mark.startTime]),
            })"""
        )
        shown = {}
        for call, at in page["marks"]:
            if call:
                at = (page["origin"] + page["drift"] + at) / 1000
                shown[call] = min(at, shown.get(call, at))

        def delays(arrivals):
            return [
                at - rings[key]
                for (agent, call), at in arrivals.items()
                if (key := (f"PJSIP/agent{agent}", uniqueids.get(call))) in rings
            ]

        self.figures.percentiles(
            "screen_pop",
            delays({(desk_agent, call): at for call, at in shown.items()}),
            "telephone rings in Asterisk → card on Chromium's page",
        )
        asked = sum(name == f"PJSIP/agent{desk_agent}" for name, _uid in rings)
        self.figures.add("screen_pop_rings", asked, "times the browser's agent rang")
        self.figures.percentiles(
            "socket_pop",
            delays({key: arrived for key, (_at, arrived) in people.pops.items()}),
            "the same → card in the websocket clients of the desk phones' agents",
        )
        self.hops(recorder, uniqueids)

    def hops(self, recorder, uniqueids):
        """Where a pop's time goes before it reaches a websocket."""
        rings, heard = recorder.rings(), recorder.rings(arrived=True)
        self.figures.percentiles(
            "pop_heard",
            [heard[key] - at for key, at in rings.items()],
            "telephone rings in Asterisk → event on a manager connection",
        )
        begun = []
        for row in self.stack.sql(
            """SELECT extract(epoch FROM create_date) AS at,
                message::json->'payload' AS pop
            FROM bus_bus WHERE message LIKE '{"type":"telecom.desk/pop"%%'"""
        ):
            key = (
                f"PJSIP/agent{row['pop']['agent_id']}",
                uniqueids.get(row["pop"]["call_id"]),
            )
            if key in rings:
                begun.append(float(row["at"]) - rings[key])
        self.figures.percentiles(
            "pop_begun", begun, "the same → the gateway's transaction begins"
        )

    # -- the gateway alone -----------------------------------------------------------

    def replay(self, blocks):
        made, stack = self.made, self.stack
        agents = sorted((f"agent{i}" for i in made["agents"]), key=lambda n: int(n[5:]))
        trace = _replay.Trace(blocks, agents, [f"queue{made['queue']}"])
        print(
            f"Trace: {trace.count} events of {trace.calls} calls in "
            f"{trace.seconds:.0f} s, times {COPIES}",
            flush=True,
        )
        ids = itertools.count(1)
        copies = []
        for number in range(COPIES):
            own = made["copies"][number * AGENTS : (number + 1) * AGENTS]
            names = {
                old.encode(): f"agent{new}".encode()
                for old, new in zip(agents, own, strict=True)
            }
            queue = f"queue{made['replay_queues'][number]}"
            names[f"queue{made['queue']}".encode()] = queue.encode()
            copies.append(_replay.Copy(trace, names, number * 0.37, ids))
        etc = self.folder / "etc"
        (etc / "telecom").mkdir(parents=True)
        for path in (etc, etc / "telecom"):
            stack.instance.give(path)
        ami_port, health_port = stack.own_ports(), stack.own_ports()
        health = self._health_of(health_port)
        server = _replay.Server(
            ami_port,
            copies,
            lambda: self._rendered(etc, r"TELECOM_REVISION=([^)\s]+)")[0],
            lambda name: self._listed(name, etc),
            health,
        )
        server.start()
        server.started.wait(5)
        # The demo's own gateway and Asterisk take no part.
        stack.stop("gateway", "asterisk")
        stack.sql("UPDATE telecom_pbx SET active = true WHERE code = 'replay'")
        people = self.people(False, made["replay_queues"])
        before = stack.sql("SELECT now() AT TIME ZONE 'UTC' AS now")[0]["now"]
        log = (self.folder / "gateway.log").open("wb")
        gateway = subprocess.Popen(
            stack.instance.as_service(
                [
                    fetch.VENV / "bin/odoo",
                    "telephony",
                    *("-d", stack.instance.database, "--pbx", "replay"),
                    *("--ami-host", "127.0.0.1", "--ami-port", str(ami_port)),
                    *("--asterisk-etc", etc, "--asterisk-log", etc),
                    *("--health-port", str(health_port)),
                ]
            ),
            cwd=stack.instance.path("home"),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(lambda: health()["healthy"], 60, "the replay's gateway healthy")
            names = {name: stack.pid(name) for name in ("odoo", "postgresql")}
            processor = Processor({**names, "gateway": gateway.pid})
            result = server.play(WARM_UP, SECONDS, 0.5)
            shares = processor.shares()
            self.figures.load("load_average_replay")
            self._replayed(result, server, before, trace, people, shares)
        finally:
            self.hide_replay()
            gateway.terminate()
            try:
                gateway.wait(20)
            except subprocess.TimeoutExpired:
                gateway.kill()
                gateway.wait()
            server.close()
            people.close()
            log.close()
            stack.start("asterisk", "gateway")
        self._parsing(trace)

    def _replayed(self, result, server, before, trace, people, shares):
        rows = self.stack.sql(
            """SELECT count(*) AS calls,
                count(*) FILTER (WHERE state = 'ended') AS ended,
                count(*) FILTER (WHERE answered_at IS NOT NULL) AS answered
            FROM telecom_call WHERE pbx_id = %s AND start_at >= %s""",
            self.made["replay"],
            before,
        )[0]
        add = self.figures.add
        drained, health = result["drained"], result["health"]
        self.rate = result["sent"] / (result["seconds"] + (drained or 0))
        joined = sum(len(copy.joined) for copy in server.copies)
        add(
            "ami_events_per_second",
            self.rate,
            f"for {result['seconds']:.0f} s, through the gateway into PostgreSQL",
        )
        add("ami_events", result["sent"], f"of {server.sent} with the warm-up")
        add(
            "ami_drain_seconds",
            "never" if drained is None else drained,
            "until nothing waited, counted in the rate",
        )
        add("ami_highest_backlog", result["highest"], "changes waiting to be written")
        add("ami_late_pops", health["late_pops"], "older than 3 s: not shown")
        add("ami_resyncs", health["resyncs"], "1: the one at the start")
        rate = joined / (result["seconds"] + WARM_UP)
        add("ami_calls", joined, f"{rate:.0f} a second")
        note = f"{rows['ended']} ended, {rows['answered']} answered"
        add("ami_calls_written", rows["calls"], note)
        delays = [arrived - at for at, arrived in people.pops.values()]
        self.figures.percentiles("ami_pop", delays, "event → websocket meanwhile")
        add("gateway_replay_rss_mb", health["rss_mb"], "at the end of the replay")
        used = shares["gateway"] * (result["seconds"] + WARM_UP) / 100
        add(
            "ami_gateway_cpu_ms_per_event",
            f"{1000 * used / server.sent:.3f}",
            "processor time of the gateway, whatever else runs",
        )
        for name, value in shares.items():
            add(f"cpu_replay_{name}_percent", value, "of one core")
        add("cpu_replay_sender_percent", 100 * result["own_cpu"], "this program")

    def _parsing(self, trace):
        python = fetch.VENV / "bin/python"
        addon = str(HERE.parent / "addons/telecom_callcenter")
        ours = _replay.parsing(python, _replay.OWN, trace.raw, 5, addon)
        theirs = _replay.parsing(python, _replay.PANORAMISK, trace.raw, 10)
        add = self.figures.add
        add("panoramisk_events_per_second", theirs, "panoramisk 1.4, parsing alone")
        add("ami_parsing_events_per_second", ours, "our parser alone")
        ratio = f"{self.rate / theirs:.3f}"
        add("ami_to_panoramisk_ratio", ratio, "all of the gateway's work / parsing")
        self.figures.load("load_average_parsing")

    def _health_of(self, port):
        def health():
            return type(self.stack).health(
                types.SimpleNamespace(port=lambda name: port), timeout=5
            )

        return health

    def _rendered(self, etc, pattern):
        files = sorted((etc / "telecom").rglob("*.conf"))
        text = "\n".join(path.read_text() for path in files)
        return re.findall(pattern, text, re.M) or [""]

    def _listed(self, name, etc):
        """What an Asterisk at rest, with the gateway's files loaded, would list."""
        if name in ("CoreShowChannels", "QueueStatus"):
            return []
        if name == "DeviceStateList":
            return [
                {
                    "Event": "DeviceStateChange",
                    "Device": f"PJSIP/agent{agent}",
                    "State": "NOT_INUSE",
                }
                for agent in self.made["copies"]
            ]
        if name in ("PJSIPShowEndpoints", "QueueSummary"):
            field = "Queue" if name == "QueueSummary" else "ObjectName"
            found = set(self._rendered(etc, r"^\[([\w-]+)\]"))
            return [{"Event": name, field: each} for each in sorted(found) if each]
        return None

    def run(self):
        self.figures.load("load_average_before")
        self.prepare()
        if TRACE:
            blocks = [(at, text.encode()) for at, text in json.load(open(TRACE))]
        else:
            try:
                blocks = self.calls()
            finally:
                self.hide_replay()
            with (self.folder / "trace.json").open("w") as file:
                json.dump([(at, text.decode()) for at, text in blocks], file)
        self.replay(blocks)
        self.figures.table()


def main():
    bench = Bench()
    before = bench.stack.running()
    try:
        bench.run()
    finally:
        if len(before) < len(bench.stack.services):
            bench.stack.stop_all()


if __name__ == "__main__":
    main()
