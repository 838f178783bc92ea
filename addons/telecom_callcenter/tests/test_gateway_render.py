import base64
import io
import re
import tempfile
import wave
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..gateway import configure, render

HOSTILE = 'x"\r\n[evil]\r\nexten => _X.,1,System(id)\n;,)}${SHELL(id)}|\\ é'


def configuration(**changes):
    base = {
        "language": "fr",
        "sounds": "/sounds",
        "trunks": [
            {
                "id": 3, "host": "192.0.2.1", "port": 5060, "match": False,
                "username": False, "secret": False, "codecs": "alaw, ulaw",
                "max_channels": 0,
                "calls_per_second": 0.0,
            }
        ],
        "agents": [
            {"id": 5, "name": "Afi", "extension": "101", "device": "browser"},
            {"id": 6, "name": "Koffi", "extension": "102", "device": "phone"},
        ],
        "queues": [
            {
                "id": 4, "strategy": "leastrecent", "ring_seconds": 15,
                "max_length": 0, "weight": 0, "service_level_seconds": 20,
                "music_class": "default", "announce_position": True,
                "announce_seconds": 45, "max_wait_seconds": 600, "wrapup_seconds": 12,
            }
        ],
        "campaigns": [
            {
                "id": 7, "company_id": 2, "queue_id": 4,
                "unavailable_policy": "message",
                "opening": [(1000, 2000), (3000, 4000)], "opening_until": 9000,
                "welcome_prompt_id": 1, "closed_prompt_id": 2,
                "unavailable_prompt_id": 3,
            }
        ],
        "outbound": [],
        "dids": [{"number": "1919", "company_id": 2, "campaign_id": 7}],
    }  # fmt: skip
    return {**base, **changes}


def context(text, name):
    """The lines of one section."""
    return re.search(rf"^\[{name}\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S)[1]


def opened(text, epoch):
    """Where the dialplan's own comparisons lead at a time."""
    for line in text.splitlines():
        match = re.search(r"EPOCH\} >= (\d+)(?: & \$\{EPOCH\} < (\d+))?\]\?open", line)
        if match and int(match[1]) <= epoch < int(match[2] or 10**12):
            return True
        if "telecom-closed" in line:
            return False
    return True


@tagged("post_install", "-at_install", "telecom")
class TestRender(BaseCase):
    def test_number_is_cleaned_before_anything_else(self):
        text = context(render.render(configuration())["extensions.conf"], "telecom-did")
        for line in text.splitlines():
            if line.startswith("exten"):
                self.assertIn("Set(CALLERID(num)=${FILTER(+0-9,", line)

    def test_hours(self):
        text = render.render(configuration())["extensions.conf"]
        campaign = context(text, "telecom-campaign7")
        for epoch, is_open in (
            (999, False), (1000, True), (1999, True), (2000, False), (3500, True),
            (4000, False), (8999, False), (9000, True),
        ):  # fmt: skip
            self.assertEqual(opened(campaign, epoch), is_open, epoch)

    def test_always_open(self):
        campaign = {**configuration()["campaigns"][0], "opening": None}
        text = render.render(configuration(campaigns=[campaign]))["extensions.conf"]
        self.assertNotIn("telecom-closed,s", context(text, "telecom-campaign7"))

    def test_never_open(self):
        campaign = {**configuration()["campaigns"][0], "opening": []}
        text = render.render(configuration(campaigns=[campaign]))["extensions.conf"]
        self.assertFalse(opened(context(text, "telecom-campaign7"), 1500))

    def test_number_without_live_campaign_is_unavailable(self):
        text = render.render(configuration(campaigns=[]))["extensions.conf"]
        self.assertIn("Goto(telecom-unavailable", context(text, "telecom-did"))

    def test_account_tells_company_and_campaign(self):
        text = render.render(configuration())["extensions.conf"]
        self.assertIn("CHANNEL(accountcode)=2.7", context(text, "telecom-did"))

    def outbound(self, **changes):
        """The dialplan with a campaign that calls out."""
        campaign = {
            "id": 7, "queue_id": 4, "abandoned_seconds": 2.0,
            "abandoned_clock": "greeting", "refusal_digit": "9",
            "machine_detection": True, "machine_action": "hangup",
            "machine_initial_silence": 2500, "machine_greeting": 1500,
            "machine_after_greeting_silence": 800, "machine_total": 3500,
            "machine_words": 3, "abandoned_prompt_id": 5, "machine_prompt_id": False,
            **changes,
        }  # fmt: skip
        return render.render(configuration(outbound=[campaign]))["extensions.conf"]

    def test_stops_are_looked_at_before_each_dial(self):
        one = configuration()["trunks"][0]
        text = render.render(configuration(trunks=[one, {**one, "id": 8}]))
        lines = context(text["extensions.conf"], "telecom-outbound").splitlines()
        dials = [n for n, line in enumerate(lines) if "Dial(PJSIP/" in line]
        self.assertEqual(len(dials), 2)
        for number in dials:
            self.assertIn("DB_EXISTS(telecom-stop/all)", lines[number - 1])

    def test_late_attempts_are_not_dialed(self):
        text = context(self.outbound(), "telecom-outbound")
        self.assertLess(text.index("TELECOM_UNTIL"), text.index("Dial("))

    def test_the_clock_of_abandoned_calls(self):
        for changes, detection_first in (
            ({}, True),
            ({"abandoned_clock": "answer"}, False),
        ):
            text = context(self.outbound(**changes), "telecom-answered7")
            found = text.index("AMD(2500,1500,800,3500,,,3)") < text.index("_WAIT")
            self.assertEqual(found, detection_first)
        text = context(self.outbound(machine_detection=False), "telecom-answered7")
        self.assertNotIn("AMD(", text)

    def test_sellers_confirm_before_the_customer_is_called(self):
        text = context(self.outbound(), "telecom-customer")
        lines = text.splitlines()
        [asked] = [n for n, line in enumerate(lines) if "Read(TELECOM_KEY" in line]
        [stop] = [n for n, line in enumerate(lines) if "DB_EXISTS" in line]
        calls = [n for n, line in enumerate(lines) if "Dial(PJSIP/" in line]
        self.assertTrue(calls and asked < stop < calls[0], text)
        self.assertIn('GotoIf($["${TELECOM_KEY}" = ""]?over)', text)
        for number in calls:
            self.assertIn("PJSIP/${TELECOM_CUSTOMER}@trunk", lines[number])
        # Whoever answers the first call goes where that call says
        text = context(self.outbound(), "telecom-outbound")
        self.assertIn("F(${TELECOM_ANSWERED}^s^1)", text)

    def test_refusal_key(self):
        text = context(self.outbound(), "telecom-answered7")
        self.assertIn('"${TELECOM_KEY}" = "9"', text)
        text = context(self.outbound(refusal_digit='"]?x)'), "telecom-answered7")
        self.assertNotIn("REFUSED", text)
        # Without e, # would end what is read and be no key itself
        text = context(self.outbound(refusal_digit="#"), "telecom-answered7")
        self.assertIn('"${TELECOM_KEY}" = "#"', text)
        self.assertIn("Read(TELECOM_KEY,/sounds/prompt5,1,e,1,", text)

    def test_the_pacing_is_told_who_waits_for_no_agent(self):
        text = context(self.outbound(), "telecom-answered7")
        self.assertEqual(text.count("UserEvent(TelecomLeft)"), 2)
        self.assertIn("n(machine),UserEvent(TelecomLeft)", text)
        self.assertIn("${AMDSTATUS}|${AMDCAUSE})", text)
        text = context(self.outbound(machine_action="agent"), "telecom-answered7")
        self.assertNotIn("?machine)", text)
        self.assertIn("${AMDSTATUS}|${AMDCAUSE}|agent)", text)

    def test_each_trunk_is_tried_once_wherever_one_begins(self):
        one = configuration()["trunks"][0] | {"max_channels": 1}
        for count in (1, 2, 3):
            trunks = [one | {"id": ident} for ident in range(3, 3 + count)]
            texts = render.render(configuration(trunks=trunks))
            lines = context(texts["extensions.conf"], "telecom-outbound").splitlines()
            lines = [line.strip() for line in lines]
            places = {
                match[1]: place
                for place, line in enumerate(lines)
                if (match := re.search(r"same => n\((\w+)\)", line))
            }
            for begin in range(3, 3 + count):
                with self.subTest(trunks=count, begin=begin):
                    place, tried = places[f"trunk{begin}"], []
                    while place != places["over"]:
                        line = lines[place]
                        full = re.search(r"GROUP_COUNT\((\w+)@.*\?(\w+)\)", line)
                        goto = re.search(
                            r'n,Goto(?:If\(\$\["\${TELECOM_TRUNK}" = "(\w+)"\]\?|\()'
                            r"(\w+)\)",
                            line,
                        )
                        place += 1
                        if full:  # each of them is
                            tried.append(full[1])
                            place = places[full[2]]
                        elif goto and goto[1] in (None, f"trunk{begin}"):
                            place = places[goto[2]]
                    found = [f"trunk{3 + (begin + n) % count}" for n in range(count)]
                    self.assertEqual(sorted(tried), sorted(found))
                    self.assertEqual(tried[0], f"trunk{begin}")

    def test_a_trunk_that_says_nothing_is_no_telephone_that_rang(self):
        lines = context(self.outbound(), "telecom-outbound").splitlines()
        [dial] = [n for n, line in enumerate(lines) if "Dial(PJSIP/" in line]
        [clear] = [n for n, line in enumerate(lines) if "HangupCauseClear" in line]
        [silent] = [n for n, line in enumerate(lines) if "STATUS=SILENT" in line]
        self.assertTrue(clear < dial < silent)
        self.assertIn('"${HANGUPCAUSE_KEYS()}" = ""', lines[silent])

    def test_agents_dial_nothing(self):
        text = render.render(configuration())
        self.assertNotIn("exten", context(text["extensions.conf"], "telecom-agents"))
        self.assertEqual(text["pjsip.conf"].count("context=telecom-agents"), 2)

    def test_nobody_outside_transfers_a_caller(self):
        """By a feature code, a caller would come to any number of the PBX, another
        operator's included."""
        text = render.render(configuration())["extensions.conf"]
        dials = re.findall(r"Dial\(PJSIP/(\S+)@trunk\d+,\d+,([^(),]*)", text)
        self.assertTrue(dials)
        for number, options in dials:
            self.assertNotIn("t", options, number)

    def test_no_secret_of_an_agent_is_written(self):
        text = render.render(configuration())["pjsip.conf"]
        self.assertNotIn("password", text)
        self.assertNotIn("md5", text)

    def test_hostile_values_add_nothing(self):
        """Whatever stands in Odoo, the files keep their sections and steps."""
        plain = render.render(configuration())
        hostile = configuration()
        for agent in hostile["agents"]:
            agent["name"] = HOSTILE
        hostile["trunks"][0]["host"] = HOSTILE
        hostile["trunks"][0]["match"] = HOSTILE
        hostile["queues"][0]["music_class"] = HOSTILE
        hostile["dids"][0]["number"] = "1919" + re.sub(r"\d", "", HOSTILE)
        hostile["language"] = HOSTILE
        texts = render.render(hostile)
        for name, text in texts.items():
            with self.subTest(name):
                shape = re.findall(r"^\[.*\]$|^exten => [^,]+", plain[name], re.M)
                self.assertEqual(
                    re.findall(r"^\[.*\]$|^exten => [^,]+", text, re.M), shape
                )
                self.assertEqual(len(text.splitlines()), len(plain[name].splitlines()))
                self.assertNotIn("SHELL", text.replace("SHELLid", ""))

    def test_unknown_codec_is_refused(self):
        trunk = {**configuration()["trunks"][0], "codecs": "alaw,nonsense"}
        with self.assertRaisesRegex(ValueError, "nonsense"):
            render.render(configuration(trunks=[trunk]))

    def test_secret_that_breaks_the_file_is_refused(self):
        trunk = {**configuration()["trunks"][0], "username": "u", "secret": "a\nb"}
        with self.assertRaises(ValueError):
            render.render(configuration(trunks=[trunk]))

    def test_trunk_with_a_password_registers_and_answers_for_itself(self):
        trunk = configuration()["trunks"][0] | {"username": "atlas", "secret": "s3cret"}
        text = render.render(configuration(trunks=[trunk]))["pjsip.conf"]
        for line in (
            "outbound_auth=trunk3",
            "client_uri=sip:atlas@192.0.2.1:5060",
            "type=registration",
            "password=s3cret",
        ):
            self.assertIn(line, text)
        self.assertNotIn(
            "type=registration", render.render(configuration())["pjsip.conf"]
        )

    def test_full_trunk_is_left_out(self):
        trunk = configuration()["trunks"][0]
        trunks = [trunk | {"max_channels": 2}, trunk | {"id": 4}]
        texts = render.render(configuration(trunks=trunks))
        self.assertIn("set_var=GROUP(telecom-trunk)=trunk3", texts["pjsip.conf"])
        for name in ("telecom-dial", "telecom-blind", "telecom-consult-to"):
            dialplan = context(texts["extensions.conf"], name)
            full = dialplan.index("GROUP_COUNT(trunk3@telecom-trunk)} >= 2]?trunk3)")
            first = dialplan.index("@trunk3,", full)
            self.assertLess(first, dialplan.index("n(trunk3),NoOp()", full))
            self.assertLess(dialplan.index("n(trunk3)"), dialplan.index("@trunk4,"))
            self.assertNotIn("GROUP_COUNT(trunk4", dialplan)

    def test_every_call_takes_its_turn_on_a_trunk(self):
        trunk = configuration()["trunks"][0]
        trunks = [trunk | {"calls_per_second": 2.5}, trunk | {"id": 4}]
        text = render.render(configuration(trunks=trunks))["extensions.conf"]
        for name in ("telecom-dial", "telecom-outbound", "telecom-blind"):
            dialplan = context(text, name)
            turn, left = (
                dialplan.index("{LOCK(trunk3)"),
                dialplan.index("UNLOCK(trunk3)"),
            )
            self.assertIn("TELECOM_NEXT_trunk3)=$[${TELECOM_AT} + 400])", dialplan)
            self.assertTrue(turn < left < dialplan.index("@trunk3,"))
            self.assertNotIn("LOCK(trunk4)", dialplan)
        # The emergency stop is looked for after the wait, before the call.
        dialplan = context(text, "telecom-outbound")
        waited = dialplan.index("Wait($[${TELECOM_WAIT}")
        self.assertLess(dialplan.index("?stopped)", waited), dialplan.index("@trunk3,"))

    def test_revision_names_the_content(self):
        first, second = render.render(configuration()), render.render(configuration())
        self.assertEqual(first, second)
        changed = configuration()
        changed["queues"][0]["ring_seconds"] = 20
        self.assertNotEqual(
            render.revision(first), render.revision(render.render(changed))
        )

    def test_queue_files_hold_no_members(self):
        queues = render.render(configuration())["queues.conf"]
        self.assertNotRegex(queues, r"(?m)^member\s*=")


@tagged("post_install", "-at_install", "telecom")
class TestAddresses(BaseCase):
    def test_what_cannot_be_found_is_refused(self):
        for match in ("192.0.2.1", "192.0.2.0/24, 2001:db8::1", "localhost"):
            configure.check_addresses([{"match": match, "host": "x"}])
        for match in (
            "not a host at all",
            "nobody.invalid",
            "127.0.0.1,nobody.invalid",
        ):
            with self.assertRaises(configure.ConfigurationError):
                configure.check_addresses([{"match": match, "host": "127.0.0.1"}])


@tagged("post_install", "-at_install", "telecom")
class TestFiles(BaseCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.files = configure.Files(self.folder)

    def test_switching_there_and_back(self):
        self.assertEqual(self.files.current(), {})
        first = render.render(configuration())
        name = self.files.put(first)
        self.assertEqual(self.files.current(), {}, "not live before the switch")
        self.files.switch(name)
        self.assertEqual(self.files.current(), first)
        second = self.files.put(render.render(configuration(agents=[])))
        self.files.switch(second)
        self.assertNotEqual(self.files.current(), first)
        self.files.switch(name)
        self.assertEqual(self.files.current(), first)
        self.files.switch(None)
        self.assertEqual(self.files.current(), {})

    def test_old_revisions_go_the_live_one_stays(self):
        names = []
        for seconds in range(10, 25):
            changed = configuration()
            changed["queues"][0]["ring_seconds"] = seconds
            names.append(self.files.put(render.render(changed)))
        self.files.switch(names[0])
        self.files.clean()
        self.assertLessEqual(len(list(self.folder.glob("rev-*"))), configure.KEPT + 1)
        self.assertTrue(self.files.current())

    def test_trunk_secrets_are_readable_by_few(self):
        name = self.files.put(render.render(configuration()))
        mode = (self.folder / name / "pjsip.conf").stat().st_mode
        self.assertEqual(mode & 0o007, 0)


def wav(rate=8000, channels=1, width=2, seconds=0.1):
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(b"\0" * int(rate * seconds) * channels * width)
    return stream.getvalue()


@tagged("post_install", "-at_install", "telecom")
class TestPrompts(BaseCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "sounds"

    def stored(self, content):
        configure.write_prompts(self.folder, {1: base64.b64encode(content)})
        with wave.open(str(self.folder / "prompt1.wav")) as file:
            return file.getparams()

    def test_any_pcm_becomes_what_asterisk_plays(self):
        for rate, channels, width in (
            (8000, 1, 2), (16000, 1, 2), (44100, 2, 2), (48000, 1, 2), (22050, 1, 1),
            (8000, 1, 3),
        ):  # fmt: skip
            with self.subTest(rate=rate, channels=channels, width=width):
                params = self.stored(wav(rate, channels, width))
                self.assertEqual(
                    (params.framerate, params.nchannels, params.sampwidth),
                    (8000, 1, 2),
                )
                self.assertAlmostEqual(params.nframes, 800, delta=2)

    def test_what_is_no_sound_is_refused(self):
        for content in (b"", b"ID3 mp3", b"RIFF....WAVEjunk"):
            with self.assertRaises(configure.ConfigurationError):
                self.stored(content)
