import asyncio

from odoo.tests import BaseCase, tagged

from ..gateway import ami

#: The actions of a login
LOGIN = ("Challenge", "Login")


class Server:
    """A manager interface that says what a test wants, over a real socket."""

    def __init__(self, answer):
        self.answer = answer
        self.received = []
        self.writer = None

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc):
        self.server.close()
        if self.writer:
            self.writer.transport.abort()

    async def _serve(self, reader, writer):
        self.writer = writer
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        splitter = ami.Splitter()
        while data := await reader.read(4096):
            for block in splitter.feed(data):
                action = ami.parse(block)
                self.received.append(action)
                for text in self.answer(action) or ():
                    writer.write(text.replace("\n", "\r\n").encode() + b"\r\n\r\n")


def friendly(action):
    yield f"Response: Success\nActionID: {action['ActionID']}\nMessage: fine"


@tagged("post_install", "-at_install", "telecom")
class TestProtocol(BaseCase):
    def test_characters_survive_any_cut(self):
        text = "Event: X\r\nName: Sèna ɔké 😀\r\n\r\nEvent: Y\r\n\r\n".encode()
        for cut in range(len(text)):
            splitter = ami.Splitter()
            blocks = splitter.feed(text[:cut]) + splitter.feed(text[cut:])
            self.assertEqual(
                [ami.parse(block) for block in blocks],
                [{"Event": "X", "Name": "Sèna ɔké 😀"}, {"Event": "Y"}],
                f"cut at {cut}",
            )

    def test_one_byte_at_a_time(self):
        splitter = ami.Splitter()
        blocks = []
        for byte in b"Event: X\r\n\r\nEvent: Y\r\n\r\n":
            blocks += splitter.feed(bytes([byte]))
        self.assertEqual(len(blocks), 2)

    def test_endless_message_is_dropped_and_the_next_is_heard(self):
        splitter = ami.Splitter(limit=1000)
        for _chunk in range(50):
            self.assertEqual(splitter.feed(b"x" * 999), [])
        blocks = splitter.feed(b"\r\n\r\nEvent: Y\r\n\r\n")
        self.assertEqual(ami.parse(blocks[-1]), {"Event": "Y"})
        self.assertGreater(splitter.dropped, 0)

    def test_bytes_that_are_no_text(self):
        self.assertEqual(ami.parse(b"Event: X\r\nName: \xff\xfe")["Event"], "X")
        self.assertEqual(ami.parse(b"nonsense"), {})

    def test_line_breaks_never_leave(self):
        for value in ("a\r\nAction: Originate", "a\nb", "a\rb"):
            with self.assertRaises(ValueError):
                ami.encode("Setvar", {"Value": value}, "1")


@tagged("post_install", "-at_install", "telecom")
class TestClient(BaseCase):
    def run_with(self, answer, scenario):
        async def main():
            async with Server(answer) as server:
                events, closed = [], []
                client = ami.AmiClient(
                    "127.0.0.1",
                    server.port,
                    "u",
                    "known to two",
                    events.append,
                    closed.append,
                )
                await client.connect()
                try:
                    await scenario(client, server, events, closed)
                finally:
                    client.close()

        asyncio.run(main())

    def test_whoever_is_called_manager_is_told_no_secret(self):
        """The address comes from Odoo: an administrator may write another there."""

        async def scenario(client, server, events, closed):
            self.assertEqual(server.received[-1]["AuthType"], "MD5")
            self.assertNotIn(client._secret, str(server.received))

        self.run_with(friendly, scenario)

    def test_answers_find_their_questions(self):
        """Answers may come in any order."""
        held = []

        def backwards(action):
            if action["Action"] != "Getvar":
                return friendly(action)
            held.append(f"Response: Success\nActionID: {action['ActionID']}\n"
                        f"Value: {action['Variable']}")  # fmt: skip
            return reversed(held) if len(held) == 3 else None

        async def scenario(client, server, events, closed):
            answers = await asyncio.gather(
                *(client.action("Getvar", Variable=name) for name in "abc")
            )
            self.assertEqual([answer["Value"] for answer in answers], ["a", "b", "c"])

        self.run_with(backwards, scenario)

    def test_lists_end_and_other_events_pass(self):
        def answer(action):
            yield from friendly(action)
            if action["Action"] == "QueueStatus":
                ident = action["ActionID"]
                yield f"Event: QueueMember\nActionID: {ident}\nName: a"
                yield "Event: Hangup\nUniqueid: 1"
                yield f"Event: QueueMember\nActionID: {ident}\nName: b"
                yield f"Event: End\nActionID: {ident}\nEventList: Complete"

        async def scenario(client, server, events, closed):
            rows = await client.list_action("QueueStatus")
            self.assertEqual([row["Name"] for row in rows], ["a", "b"])
            self.assertEqual([event["Event"] for event in events], ["Hangup"])

        self.run_with(answer, scenario)

    def test_refusal_says_why(self):
        def answer(action):
            if action["Action"] in LOGIN:
                return friendly(action)
            return [
                f"Response: Error\nActionID: {action['ActionID']}\nMessage: No such"
            ]

        async def scenario(client, server, events, closed):
            with self.assertRaisesRegex(ami.AmiError, "No such"):
                await client.action("QueueAdd")

        self.run_with(answer, scenario)

    def test_silence_is_an_error_and_nothing_is_repeated(self):
        def answer(action):
            return friendly(action) if action["Action"] in LOGIN else None

        async def scenario(client, server, events, closed):
            with self.assertRaises(ami.AmiError):
                await client.action("Originate", timeout=0.1)
            names = [action["Action"] for action in server.received]
            self.assertEqual(names.count("Originate"), 1)

        self.run_with(answer, scenario)

    def test_frozen_link_is_found(self):
        def answer(action):
            return friendly(action) if action["Action"] in LOGIN else None

        async def scenario(client, server, events, closed):
            while not closed:
                await asyncio.sleep(0.01)
            self.assertIn("ping", closed[0])
            with self.assertRaises(ami.AmiClosed):
                await client.action("Ping")

        seconds, deadline = ami.PING_SECONDS, ami.PING_DEADLINE
        self.addCleanup(setattr, ami, "PING_SECONDS", seconds)
        self.addCleanup(setattr, ami, "PING_DEADLINE", deadline)
        self.assertLess(seconds + deadline, 10)
        ami.PING_SECONDS, ami.PING_DEADLINE = 0.05, 0.05
        self.run_with(answer, scenario)

    def test_close_fails_what_is_pending(self):
        def answer(action):
            return friendly(action) if action["Action"] in LOGIN else None

        async def scenario(client, server, events, closed):
            pending = asyncio.create_task(client.action("Originate", timeout=5))
            await asyncio.sleep(0)
            while len(server.received) < 2:
                await asyncio.sleep(0.01)
            server.writer.transport.abort()
            with self.assertRaises(ami.AmiClosed):
                await pending
            self.assertEqual(len(closed), 1)

        self.run_with(answer, scenario)

    def test_wrong_password(self):
        def answer(action):
            return [f"Response: Error\nActionID: {action['ActionID']}\nMessage: Bad"]

        async def scenario(client, server, events, closed):
            self.fail("the login should have failed")

        with self.assertRaisesRegex(ami.AmiError, "Bad"):
            self.run_with(answer, scenario)
