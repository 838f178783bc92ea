"""SIPp as customers and as desk phones; every process ends with its test."""

import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

import media

from stack import wait_for

SCENARIOS = Path(__file__).parent / "sipp"
NOWHERE = 9  # the discard port: sound for those who do not listen
FOREVER = 24 * 3600 * 1000

_CONTROL = (
    "INFO sip:test@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{unique}\r\n"
    "From: <sip:test@127.0.0.1>;tag={unique}\r\n"
    "To: <sip:test@127.0.0.1>\r\n"
    "Call-ID: {call}\r\n"
    "CSeq: 1 INFO\r\n"
    "Content-Length: 0\r\n\r\n"
)


class Sipp:
    """One SIPp process in a folder of its own.

    :param stack: the instance to call
    :param Path folder: for the scenario, the CSV and the logs
    :param str scenario: name of a file in ``sipp/``
    :param list[tuple] rows: the CSV
    :param dict values: what ``@NAME@`` stands for in the scenario
    :param list[str] options: more of SIPp's
    """

    def __init__(self, stack, folder, scenario, rows, values, options, port=None):
        self.stack = stack
        self.port = port or stack.own_ports()
        self.folder = folder / f"{scenario}-{self.port}-{uuid.uuid4().hex[:6]}"
        self.folder.mkdir(parents=True)
        self.prefix = uuid.uuid4().hex[:12]
        text = (SCENARIOS / f"{scenario}.xml").read_text()
        text = re.sub(r"@([A-Z_]+)@", lambda match: str(values[match[1]]), text)
        # A header that is not wanted leaves an empty line, which would end the headers.
        text = re.sub(r"^ *\n(?=      Content-Type)", "", text, flags=re.M)
        (self.folder / "scenario.xml").write_text(text)
        lines = [";".join(str(cell) for cell in row) for row in rows]
        data = "\n".join(["SEQUENTIAL", *lines]) + "\n"
        (self.folder / "calls.csv").write_bytes(
            data.encode("utf-8", errors="surrogateescape")
        )
        self.output = self.folder / "screen.txt"
        command = [
            shutil.which("sipp") or "/usr/bin/sipp",
            f"127.0.0.1:{stack.sip_port}",
            *("-sf", "scenario.xml", "-inf", "calls.csv"),
            *("-i", "127.0.0.1", "-p", str(self.port)),
            *("-mp", str(stack.own_ports(2))),
            *("-cid_str", f"{self.prefix}-%u"),
            *("-nostdin", "-aa", "-trace_err"),
            *options,
        ]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
            )

    def wait(self, timeout):
        """Until the process ends by itself.

        :return: SIPp's status: 0 when every call followed the scenario
        :rtype: int
        """
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"SIPp still runs after {timeout:g} s, see {self.folder}"
            ) from None

    def running(self):
        return self.process.poll() is None

    def close(self):
        if self.running():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def hang_up(self, number=1):
        """Make the call number ``number`` of this process hang up now."""
        message = _CONTROL.format(
            call=f"{self.prefix}-{number}", unique=uuid.uuid4().hex
        )
        self._send(message)

    def _send(self, message):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(message.encode(), ("127.0.0.1", self.port))

    def trace(self):
        """The SIP messages in full, when the process traces them."""
        return "".join(
            path.read_text(errors="replace")
            for path in self.folder.glob("*_messages.log")
        )

    def messages(self):
        """Start lines of the SIP messages, in order."""
        pattern = r"^(SIP/2\.0 \d+ .*|[A-Z]+ sip:\S+ SIP/2\.0)\r?$"
        return re.findall(pattern, self.trace(), re.M)


class Caller(Sipp):
    """One customer on the telephone.

    :param str called: service number
    :param str number: what stands in From; empty when withheld
    :param float talk: seconds to stay once answered
    :param RtpPeer peer: its sound; silent and deaf without
    """

    def __init__(
        self,
        stack,
        folder,
        called,
        number,
        *,
        name="",
        talk=30.0,
        peer=None,
        headers="",
    ):
        self.peer = peer
        super().__init__(
            stack,
            folder,
            "caller",
            [(called, number, name, peer.port if peer else NOWHERE)],
            {"TALK_MS": int(talk * 1000), "HEADERS": headers},
            ["-m", "1", "-trace_msg", "-timeout", f"{int(talk) + 60}s"],
        )

    def close(self):
        if self.running():
            self.hang_up()
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                pass
        super().close()
        if self.peer:
            self.peer.close()

    def answered(self):
        return any(line.startswith("ACK ") for line in self.messages())

    def statuses(self):
        """The status codes that were received."""
        return [
            int(line.split()[1])
            for line in self.messages()
            if line.startswith("SIP/2.0")
        ]

    def ended(self, timeout=5):
        """Wait until the call is over, whoever hung up."""
        self.wait(timeout)


class Callers(Sipp):
    """Many customers calling one after the other, from one process.

    :param str called: service number
    :param list[str] numbers: one call from each
    :param float rate: new calls a second
    :param float talk: seconds to stay once answered
    """

    def __init__(self, stack, folder, called, numbers, *, rate=10, talk=5.0):
        self.numbers = numbers
        super().__init__(
            stack,
            folder,
            "caller",
            [(called, number, "", NOWHERE) for number in numbers],
            {"TALK_MS": int(talk * 1000), "HEADERS": ""},
            [
                *("-m", str(len(numbers)), "-r", str(rate), "-l", str(len(numbers))),
                # A PBX that was killed sends no BYE and answers none.
                *("-max_invite_retrans", "4", "-max_non_invite_retrans", "3"),
                *("-timeout", f"{int(talk + len(numbers) / rate) + 60}s"),
            ],
        )


def register(stack, folder, users, port, *, expires=300, timeout=10):
    """Register desk phones that will listen on ``port``.

    :param dict[str, str] users: secret by SIP user name
    :return: SIPp's status, 0 when all were accepted
    """
    rows = [
        (user, f"[authentication username={user} password={secret}]", expires)
        for user, secret in users.items()
    ]
    sipp = Sipp(
        stack,
        folder,
        "register",
        rows,
        {},
        [*("-m", str(len(rows)), "-r", "50"), *("-timeout", f"{timeout}s")]
        + (["-trace_msg"] if len(rows) == 1 else []),
        port=port,
    )
    try:
        status = sipp.wait(timeout + 5)
        return status, sipp
    finally:
        sipp.close()


class Phones:
    """Desk phones of agents, all in one SIPp process.

    :param dict[str, str] users: secret by SIP user name
    :param float ring: seconds until a call is answered; None: only when asked
    """

    def __init__(self, stack, folder, users, *, ring=0.5, peer=None, trace=False):
        self.stack, self.folder, self.users = stack, folder, users
        self.peer = peer
        self.port = stack.own_ports()
        self.values = {
            "RING_MS": FOREVER if ring is None else int(ring * 1000),
            "RTP_PORT": peer.port if peer else NOWHERE,
        }
        self.options = ["-trace_msg"] if trace else []
        status, sipp = register(stack, folder, users, self.port)
        assert status == 0, f"a phone could not register, see {sipp.folder}"
        self.sipp = Sipp(
            stack, folder, "phone", [("-",)], self.values, self.options, port=self.port
        )

    def messages(self):
        return self.sipp.messages()

    def trace(self):
        return self.sipp.trace()

    def close(self):
        self.sipp.close()
        if self.peer:
            self.peer.close()


class SipWorld:
    """Makes callers and phones for one test, and ends them all with it."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        self._open = []

    def _keep(self, thing):
        self._open.append(thing)
        return thing

    def peer(self, samples=None):
        """Sound of a telephone; a 1000 Hz tone when nothing else is said."""
        samples = samples or media.tone(1000, 1)
        return self._keep(media.RtpPeer(self.stack.own_ports(), samples))

    def call(self, called, number, **options):
        return self._keep(Caller(self.stack, self.folder, called, number, **options))

    def flood(self, called, numbers, **options):
        return self._keep(Callers(self.stack, self.folder, called, numbers, **options))

    def phones(self, users, **options):
        return self._keep(Phones(self.stack, self.folder, users, **options))

    def register(self, user, secret, expires=300):
        return register(
            self.stack,
            self.folder,
            {user: secret},
            self.stack.own_ports(),
            expires=expires,
        )

    def close(self):
        for thing in reversed(self._open):
            thing.close()
        self._open.clear()

    def wait_no_channel(self, timeout=15):
        wait_for(
            lambda: not self.stack.channels(),
            timeout,
            lambda: f"Asterisk still has channels {self.stack.channels()}",
        )


def now():
    return time.time()
