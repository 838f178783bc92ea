"""Predictive dialing with real calls: occupancy, abandoned calls, and kills.

Asterisk, the gateway, Odoo and PostgreSQL dial a network (SIPp) that answers as the
simulator's model says, for agents with desk phones who talk and wrap up as long as the
model says; beside it the simulator's own answer for the same inputs. Then gateway,
Asterisk and Odoo are killed in turn while calls are dialed, and what was recorded is
compared with the INVITEs that the network received. See docs/performance.md; run it by
``make bench-dialer``. ``BENCH_DIALER_MINUTES`` (10) are counted after
``BENCH_DIALER_WARM_UP`` (3) minutes; the options say the same when it is run alone.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import datetime
import math
import os
import random
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import psycopg2  # noqa: E402
import requests  # noqa: E402
from _dialer_simulator import Day, Ours, Policy, World  # noqa: E402
from _figures import Figures, Processor, percentile  # noqa: E402
from _records import made  # noqa: E402
from sip import NOWHERE, Sipp, register  # noqa: E402

from odoo import RpcError, Session  # noqa: E402

import stack as stack_module  # noqa: E402
from stack import wait_for  # noqa: E402

ANSWERS, BUSY, SILENT = 1, 2, 3
#: Of the handling time, what is talk; the rest is wrap-up.
TALK = 0.7
#: Seconds after which nobody is there any more; the network never gives up by itself.
RING_SECONDS = 25
ABANDONED_SECONDS = 2.0
#: As the product counts: Asterisk's loop sees the limit a moment late.
LATE = 0.2
FIRST_SEED = 1000
SIMULATED = 40
#: Calls that ring when something is killed, and dialed afterwards.
IN_THE_AIR = 10
#: Asterisk forgets a telephone after 300 seconds.
REGISTERED_SECONDS = 150
KILLED = ("gateway", "asterisk", "odoo")


def people(world, count):
    """Who is called, and what becomes of it: the model's inputs.

    :return: ``{number: (kind, seconds of ringing, seconds of handling)}``
    """
    chance = random.Random(FIRST_SEED)
    spread = math.log(1 + world.handling_variation**2)
    middle = math.log(world.handling_mean) - spread / 2
    # New numbers with each run: nobody of an earlier one is called again.
    first = int(time.time()) % 1_000_000 * 8
    result = {}
    for index in range(count):
        number = f"+22901{90_000_000 + (first + index) % 10_000_000:08d}"
        handling = chance.lognormvariate(middle, math.sqrt(spread))
        if chance.random() < world.answer_rate:
            mean, shape = world.ring_mean, world.ring_shape
            ring = chance.gammavariate(shape, mean / shape)
            result[number] = ANSWERS, ring, handling
        elif chance.random() < world.fast_failures:
            result[number] = BUSY, world.fast_failure, handling
        else:
            result[number] = SILENT, 3600, handling
    return result


class SamePeople(Day):
    """The simulator with the persons whom SIPp plays, in their order."""

    def __init__(self, world, policy, known):
        super().__init__(world, policy, FIRST_SEED)
        self.known = list(known.values())

    def fate(self, call):
        kind, ring, _handling = self.known[call]
        seconds = min(ring, self.world.no_answer)
        return ("answer" if kind == ANSWERS else "fail"), seconds

    def seconds_with(self, call):
        return self.known[call][2]


class Model(Sipp):
    """SIPp with an index of numbers."""

    def __init__(self, stack, folder, scenario, rows, port=None):
        super().__init__(
            stack,
            folder,
            scenario,
            rows,
            {"RTP_PORT": NOWHERE},
            [*("-infindex", "calls.csv", "0"), "-trace_logs"],
            port=port,
        )

    def logged(self, kind):
        """Numbers by call, of what the network received or answered."""
        result = {}
        for path in self.folder.glob("*_logs.log"):
            for line in path.read_text().splitlines():
                words = line.split()
                if len(words) > 2 and words[0] == kind:
                    result[words[2]] = words[1]
        return result


class Phones(threading.Thread):
    """The agents' desk phones, registered for as long as the calls go on.

    SIPp either registers or answers. So the phones move to another port in time, as
    behind a router that was restarted; whoever talks goes on where she is.

    :param dict secrets: by SIP user name
    :param rows: of ``calls.csv``
    """

    def __init__(self, stack, folder, secrets, rows):
        super().__init__(daemon=True)
        self.stack, self.folder = stack, folder
        self.secrets, self.rows = secrets, rows
        self.moves = 0
        self._processes = []
        self._end = threading.Event()
        assert self._move(), f"a phone could not register, see {folder}"

    def _move(self):
        port = self.stack.own_ports()
        try:
            status, _sipp = register(self.stack, self.folder, self.secrets, port)
        except AssertionError:
            return False
        if status:
            return False
        self._processes.append(
            Model(self.stack, self.folder, "model_phone", self.rows, port=port)
        )
        return True

    def run(self):
        wait = REGISTERED_SECONDS
        while not self._end.wait(wait):
            # Asterisk may have been killed just now.
            moved = self._move()
            self.moves += moved
            wait = REGISTERED_SECONDS if moved else 5

    def running(self):
        return self._processes[-1].running()

    def close(self):
        self._end.set()
        if self.is_alive():
            self.join(20)
        for process in self._processes:
            process.close()


class Desks(threading.Thread):
    """Agents at their desks: they finish wrap-ups in time, over Odoo's RPC.

    :param dict agents: session cookie by agent id
    :param handling: seconds by number
    """

    def __init__(self, stack, agents, handling):
        super().__init__(daemon=True)
        self.stack, self.agents, self.handling = stack, agents, handling
        self.freed = {}  # call id -> when the agent was free again
        self.errors = collections.Counter()
        self._doing = set()
        self._end = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(8)
        self._http = threading.local()

    def call(self, agent, method, *args, company=None):
        """Call ``telecom.desk`` as an agent."""
        if not hasattr(self._http, "session"):
            self._http.session = requests.Session()
        context = {"allowed_company_ids": [company]} if company else {}
        answer = self._http.session.post(
            f"{self.stack.url}/web/dataset/call_kw/telecom.desk/{method}",
            headers={"Cookie": f"session_id={self.agents[agent]}"},
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "model": "telecom.desk",
                    "method": method,
                    "args": list(args),
                    "kwargs": {"context": context},
                },
            },
            timeout=10,
        )
        answer.raise_for_status()
        body = answer.json()
        if "error" in body:
            raise RpcError(body["error"])
        return body["result"]

    def presence(self, presence):
        list(
            self._pool.map(
                lambda agent: self.call(agent, "set_presence", presence), self.agents
            )
        )

    def run(self):
        while not self._end.is_set():
            try:
                with contextlib.closing(self.stack.connect()) as connection:
                    connection.autocommit = True
                    while not self._end.wait(0.05):
                        with connection.cursor() as cursor:
                            self._look(cursor)
            except psycopg2.Error as error:
                self.errors[type(error).__name__] += 1

    def _look(self, cursor):
        now = time.time()
        cursor.execute(
            """SELECT wrapup.id, wrapup.agent_id, wrapup.company_id, call.id,
                call.caller_number,
                extract(epoch FROM COALESCE(call.answered_at, wrapup.started_at))::float
            FROM telecom_call_wrapup wrapup JOIN telecom_call call
                ON call.id = wrapup.call_id
            WHERE wrapup.agent_id = ANY(%(agents)s) AND wrapup.state = 'open'
                AND wrapup.started_at IS NOT NULL""",
            {"agents": list(self.agents)},
        )
        for wrapup, agent, company, call, number, since in cursor.fetchall():
            due = since + self.handling.get(number, 0)
            if now >= due:
                self._do(self._finish, wrapup, agent, company, call)
        cursor.execute(
            """SELECT id FROM telecom_agent
            WHERE id = ANY(%(agents)s) AND presence = 'not_ready'""",
            {"agents": list(self.agents)},
        )
        for (agent,) in cursor.fetchall():
            self._do(self.call, agent, "set_presence", "ready")

    def _do(self, function, *arguments):
        """Ask Odoo in another thread, unless it is being asked already."""
        key = function.__name__, *arguments
        if key in self._doing:
            return
        self._doing.add(key)

        def work():
            try:
                function(*arguments)
            except (requests.RequestException, RpcError, ValueError) as error:
                # Odoo is away, or the call has not quite ended: tried again.
                self.errors[str(error)[:60]] += 1
            finally:
                self._doing.discard(key)

        self._pool.submit(work)

    def _finish(self, wrapup, agent, company, call):
        self.call(agent, "finish_wrapup", wrapup, {}, company=company)
        self.freed[call] = time.time()

    def close(self):
        self._end.set()
        self.join(10)
        self._pool.shutdown()


class Bench:
    def __init__(self, options):
        self.options = options
        self.figures = Figures()
        self.stack = stack_module.current()
        self.folder = self.stack.log_folder / "bench-dialer"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.stack.instance.give(self.folder)
        os.environ["TELECOM_PBX"] = "demo"
        self.warm_up, self.seconds = 60 * options.warm_up, 60 * options.minutes
        self.world = World(
            options.agents,
            hours=(self.warm_up + self.seconds) / 3600,
            handling_mean=options.handling,
            warm_up=self.warm_up,
        )
        # As if every agent talked all the time, twice; and some for the kills.
        rate = options.agents / options.handling / self.world.answer_rate
        count = int(2 * rate * (self.warm_up + self.seconds)) + 1500
        self.people = people(self.world, count)

    # -- the simulator ----------------------------------------------------------------

    def simulate(self):
        def mean(policy):
            days = [
                Day(self.world, policy(), seed).run()
                for seed in range(FIRST_SEED, FIRST_SEED + SIMULATED)
            ]
            answers = sum(day.answers for day in days)
            abandoned = sum(day.abandon * day.answers for day in days) / answers
            return days, statistics.mean(day.occupancy for day in days), abandoned

        days, occupancy, abandon = mean(Ours)
        add = self.figures.add
        occupancies = sorted(day.occupancy for day in days)
        shares = sorted(day.abandon for day in days)
        add(
            "e2e_simulator_occupancy",
            f"{occupancy:.4f}",
            f"{SIMULATED} seeds: {occupancies[1]:.3f} to {occupancies[-2]:.3f} "
            "without the lowest and the highest",
        )
        add(
            "e2e_simulator_abandon",
            f"{abandon:.4f}",
            f"{shares[1]:.3f} to {shares[-2]:.3f}",
        )
        same = SamePeople(self.world, Ours(), self.people).run()
        note = "with the very persons, in the order, in which SIPp plays them"
        add("e2e_simulator_same_people_occupancy", f"{same.occupancy:.4f}", note)
        add("e2e_simulator_same_people_abandon", f"{same.abandon:.4f}", "one run")
        _days, occupancy, _abandon = mean(Policy)
        add(
            "e2e_simulator_progressive_occupancy",
            f"{occupancy:.4f}",
            "a call for each free agent",
        )

    # -- the real thing ---------------------------------------------------------------

    def prepare(self):
        stack, options = self.stack, self.options
        stack.start_all()
        wait_for(stack.gateway_ready, 60, lambda: str(stack.health()))
        rows = [
            (number, kind, f"{ring:.3f}")
            for number, (kind, ring, _handling) in self.people.items()
        ]
        self.network = Model(stack, self.folder, "model_callee", rows)
        self.made = made(
            stack,
            "dialer",
            agents=options.agents,
            numbers=list(self.people),
            trunk_port=self.network.port,
            campaign={
                "dial_mode": "predictive",
                "abandoned_share": 3.0,
                # As the simulator's policy: ten minutes are too few to earn it first.
                "abandoned_reached": "progressive",
                "abandoned_seconds": ABANDONED_SECONDS,
                "ring_seconds": RING_SECONDS,
            },
        )
        self.campaign = self.made["campaign"]
        self.supervisor = Session(stack.url, stack.instance.database, "ccadmin")
        self.wait_applied()
        talks = [
            (number, f"{TALK * handling:.3f}")
            for number, (_kind, _ring, handling) in self.people.items()
        ]
        self.phones = Phones(stack, self.folder, self.made["secrets"], talks)
        self.phones.start()
        self.desks = Desks(
            stack,
            {int(agent): cookie for agent, cookie in self.made["agents"].items()},
            {number: values[2] for number, values in self.people.items()},
        )
        self.desks.presence("ready")
        self.desks.start()

        def free():
            lines = stack.asterisk(f"queue show queue{self.made['queue']}").splitlines()
            members = [line.lower() for line in lines if "agent" in line]
            able = ("paused" not in line and "unavail" not in line for line in members)
            return sum(able) == options.agents

        wait_for(free, 60, lambda: stack.asterisk("queue show")[-3000:])

    def wait_applied(self):
        def applied():
            [row] = self.stack.sql(
                """SELECT p.config_revision, s.config_applied_revision, s.config_error
                FROM telecom_pbx p JOIN telecom_pbx_status s ON s.pbx_id = p.id
                WHERE p.id = %s""",
                self.made["pbx"],
            )
            assert not row["config_error"], row["config_error"]
            return row["config_revision"] == row["config_applied_revision"]

        wait_for(applied, 30, "the configuration applied by the gateway")

    def live(self, state="live"):
        self.supervisor.write("telecom.campaign", [self.campaign], state=state)

    def attempts(self):
        rows = self.stack.sql(
            "SELECT * FROM telecom_campaign_attempt WHERE campaign_id = %s ORDER BY id",
            self.campaign,
        )
        for row in rows:
            for name, value in row.items():
                if isinstance(value, datetime.datetime):
                    row[name] = value.replace(tzinfo=datetime.UTC).timestamp()
        return rows

    def open_attempts(self):
        [row] = self.stack.sql(
            """SELECT count(*) FROM telecom_campaign_attempt
            WHERE campaign_id = %s AND state <> 'ended'""",
            self.campaign,
        )
        return row["count"]

    def ringing(self):
        """How many calls of the dialer's ring at somebody now."""
        names = {channel[0].partition(";")[0] for channel in self.stack.channels()}
        return sum("@telecom-outbound" in name for name in names)

    def measure(self):
        """Dial for the time of the warm-up and the minutes that count."""
        self.live()
        wait_for(lambda: self.network.logged("INVITE"), 60, "the first call")
        start = time.time() + self.warm_up
        print(f"Dialing; counted from {self.options.warm_up:g} min on.", flush=True)
        self.pass_time(start)
        names = ("asterisk", "odoo", "postgresql", "gateway")
        processor = Processor({name: self.stack.pid(name) for name in names})
        end = start + self.seconds
        self.pass_time(end)
        self.shares = processor.shares()
        self.figures.load("load_average_dialer_e2e")
        return start, end

    def pass_time(self, until):
        """Let calls come and go; fail at once when something has stopped."""
        while (left := until - time.time()) > 0:
            assert self.network.running() and self.phones.running(), "SIPp has ended"
            time.sleep(min(left, 1))

    def account(self, start, end):
        """What became of those who answered between two moments."""
        # What began before the end goes on after it.
        answered = [
            row
            for row in self.attempts()
            if row["answered_at"] and start <= row["answered_at"] < end
        ]
        late = ABANDONED_SECONDS + LATE
        abandoned = [
            row
            for row in answered
            if row["result"] == "abandoned"
            or (row["connected_at"] and row["waiting_seconds"] > late)
        ]
        busy, worked = 0.0, []
        for row in self.attempts():
            if not row["connected_at"]:
                continue
            freed = self.desks.freed.get(row["call_id"], row["ended_at"] or end)
            busy += max(min(freed, end) - max(row["connected_at"], start), 0)
            if start <= row["connected_at"] < end and row["call_id"]:
                model = self.people[row["number"]][2]
                worked.append((freed - row["connected_at"], model))
        add = self.figures.add
        add(
            "e2e_occupancy",
            f"{busy / self.options.agents / (end - start):.4f}",
            "with a call or its wrap-up, of the agents' time",
        )
        add(
            "e2e_abandon",
            f"{len(abandoned) / max(len(answered), 1):.4f}",
            f"{len(abandoned)} of {len(answered)} who answered; at most 0.03",
        )
        dialed = [
            row for row in self.attempts() if start <= (row["dialed_at"] or 0) < end
        ]
        add("e2e_dials", len(dialed), f"in {self.options.minutes:g} min")
        add("e2e_answers", len(answered))
        add("e2e_agents", self.options.agents)
        add(
            "e2e_handling_seconds",
            statistics.mean(seconds for seconds, _model in worked),
            f"mean, as worked; the model's of the same calls "
            f"{statistics.mean(model for _seconds, model in worked):.1f}",
        )
        waits = [row["waiting_seconds"] for row in answered if row["connected_at"]]
        for share in (50, 95):
            add(
                f"e2e_wait_p{share}_ms",
                1000 * percentile(waits, share / 100),
                "answer → an agent's telephone has picked up",
            )
        for name, value in self.shares.items():
            add(f"cpu_dialer_{name}_percent", value, "of one core")

    # -- kills ------------------------------------------------------------------------

    def faults(self):
        for name in KILLED:
            wait_for(
                lambda: self.ringing() >= IN_THE_AIR,
                90,
                lambda: f"calls that ring: {self.ringing()}",
            )
            self.stack.kill(name)
            self.stack.start(name)
            before = len(self.network.logged("INVITE"))
            wait_for(
                lambda before=before: (
                    len(self.network.logged("INVITE")) > before + IN_THE_AIR
                ),
                180,
                f"dialing goes on after {name} was killed",
                poll=0.5,
            )
            print(f"{name} was killed; dialing goes on.", flush=True)

    def settle(self, end):
        """Nothing more is dialed, all that was has ended, and what is counted is
        wrapped up: desks that a kill cut off are not waited for."""
        self.live("stopped")
        wait_for(
            lambda: not self.open_attempts(),
            180,
            lambda: f"every attempt ended: {self.open_attempts()} are open",
            poll=0.5,
        )
        calls = [
            row["call_id"]
            for row in self.attempts()
            if row["connected_at"] and row["connected_at"] < end
        ]
        wait_for(
            lambda: (
                not self.stack.sql(
                    """SELECT id FROM telecom_call_wrapup
                WHERE call_id = ANY(%s) AND state <> 'done'""",
                    calls,
                )
            ),
            180,
            "every wrap-up finished",
            poll=0.5,
        )

    def compare(self):
        """What was recorded against what the network received."""
        invites, answers = self.network.logged("INVITE"), self.network.logged("ANSWER")
        called = collections.Counter(invites.values())
        rows = self.attempts()
        dialed = collections.Counter(
            row["number"]
            for row in rows
            if row["result"] not in (None, "not_dialed", "cancelled")
        )
        results = collections.defaultdict(set)
        for row in rows:
            results[row["number"]].add(row["result"])
        lost = sum((called - dialed).values()) + sum(
            row["state"] != "ended" for row in rows
        )
        talked = {"answered", "abandoned", "interrupted", "machine"}
        add = self.figures.add
        add("attempts", len(rows), f"{len(invites)} INVITEs at the network")
        add(
            "attempts_lost",
            lost,
            "INVITEs without an attempt, attempts without an end",
        )
        add(
            "contacts_dialed_twice",
            sum(count > 1 for count in called.values()),
            f"by the network's own log of {len(called)} numbers",
        )
        add(
            "attempts_misjudged",
            sum(not results[number] & talked for number in set(answers.values())),
            f"of {len(answers)} answered, those recorded as something else",
        )
        counted = collections.Counter(row["result"] for row in rows)
        add("attempts_interrupted", counted["interrupted"], "cut off by a kill")
        add("attempts_not_dialed", counted["not_dialed"], "recorded, and not called")

    # -- all --------------------------------------------------------------------------

    def run(self):
        self.figures.load("load_average_before_dialer_e2e")
        self.simulate()
        try:
            self.prepare()
            start, end = self.measure()
            if self.options.faults:
                self.faults()
            self.settle(end)
            self.account(start, end)
            self.compare()
        finally:
            self.close()
        self.figures.table()

    def close(self):
        if hasattr(self, "supervisor"):
            self.live("stopped")
        if hasattr(self, "desks"):
            for error, count in self.desks.errors.most_common(3):
                print(f"! {count} times: {error}")
            if self.desks.is_alive():
                self.desks.close()
        for name in ("phones", "network"):
            if hasattr(self, name):
                getattr(self, name).close()


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])

    def number(name, default, text):
        variable = f"BENCH_DIALER_{name.upper().replace('-', '_')}"
        default = os.environ.get(variable, default)
        parser.add_argument(f"--{name}", type=float, default=float(default), help=text)

    number("minutes", 10, "that count")
    number("warm-up", 3, "minutes before, dialed and not counted")
    number("handling", 30, "seconds in the mean, wrap-up included")
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument(
        "--no-faults", dest="faults", action="store_false", help="kill nothing"
    )
    return parser.parse_args()


def main():
    bench = Bench(options())
    before = bench.stack.running()
    try:
        bench.run()
    finally:
        if len(before) < len(bench.stack.services):
            bench.stack.stop_all()


if __name__ == "__main__":
    main()
