import base64
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models.telecom_field_entry import KEPT_DAYS
from ..tools.clock import epoch
from .field_common import COTONOU, MONDAY, FieldSetup

#: One pixel
PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
        "WjR9awAAAABJRU5ErkJggg=="
    )
).decode()


@tagged("post_install", "-at_install", "telecom")
class TestFieldApp(FieldSetup, TransactionCase):
    def setUp(self):
        super().setUp()
        self.frozen = self.enterContext(freeze_time(MONDAY))
        self.sequence = 0

    def _entry(self, kind, key=None, at=None, **data):
        self.sequence += 1
        return {
            "key": key or f"key-{self.sequence}",
            "kind": kind,
            "at": epoch(at or MONDAY),
            "data": data,
        }

    def _send(self, *entries, user=None):
        return self.app(user).send(list(entries))

    def _ok(self, *entries, user=None):
        answers = self._send(*entries, user=user)
        self.assertEqual({one["state"] for one in answers}, {"done"}, answers)
        return answers

    def _refused(self, entry, pattern, user=None):
        [answer] = self._send(entry, user=user)
        self.assertEqual(answer["state"], "refused")
        self.assertRegex(answer["reason"], pattern)

    # The day

    def test_what_a_new_seller_asks_for_at_once_makes_one_profile(self):
        with self.assertBeginsAgain("telecom.field.seller"):
            self.app().get_day()

    def test_the_day_of_a_seller(self):
        late = self._appointment(hours=-10)
        first = self._appointment(
            hours=4,
            partner_id=self.awa.id,
            campaign_id=self.field_campaign.id,
            latitude=COTONOU[0],
            longitude=COTONOU[1],
        )
        self._appointment(self.colleague, hours=4)
        self._appointment(hours=24 * 9)
        self.env["telecom.line"].create(
            {
                "company_id": self.benin.id,
                "partner_id": self.awa.id,
                "msisdn": "+2290197000001",
                "state": "active",
            }
        )
        day = self.app().get_day()
        self.assertEqual(
            [one["id"] for one in day["appointments"]], [late.id, first.id]
        )
        shown = day["appointments"][1]
        self.assertEqual(shown["place"], COTONOU)
        self.assertEqual(len(shown["card"]["lines"]), 1)
        self.assertEqual(day["tz"], "Africa/Porto-Novo")
        [campaign] = day["campaigns"]
        self.assertTrue(any(one["leaf"] for one in campaign["dispositions"]))
        self.assertFalse(day["seller"]["asked"])

    def test_free_working_time(self):
        """What the telephone proposes, in the middle of the night too."""
        self._appointment(hours=4, minutes=60)
        self._appointment(self.colleague, hours=2, minutes=60)
        free = self.app().get_day()["free"]
        hours = [
            [(seconds - epoch(MONDAY)) / 3600 for seconds in times]
            for times in free[:3]
        ]
        # At work from 8 to 18, five o'clock UTC is six in Benin
        self.assertEqual(hours, [[2, 4], [5, 12], [26, 36]])
        # Nobody works on Sunday
        self.assertFalse([start for start, _end in free if start // 86400 % 7 == 3])

    def test_what_only_the_system_sees_is_not_offered(self):
        self.field_campaign.disposition_ids.filtered(
            lambda node: node.code == "no_agent"
        ).ensure_one()
        [campaign] = self.app().get_day()["campaigns"]
        codes = {node["code"] for node in campaign["dispositions"]}
        self.assertIn("no_answer", codes)
        self.assertNotIn("no_agent", codes)

    def test_who_sells_for_the_first_time(self):
        user = self._user("f.new", self.benin, "telecom_crm.group_telecom_seller")
        day = self.app(user).get_day()
        seller = self.env["telecom.field.seller"].browse(day["seller"]["id"])
        self.assertEqual(seller.user_id, user)
        self.assertEqual(seller.calendar_id, self.hours_benin)
        self.app(user).get_day()
        self.assertEqual(
            self.env["telecom.field.seller"].search_count([("user_id", "=", user.id)]),
            1,
        )
        with self.assertRaises(AccessError):
            self.app(self.clerk_benin).get_day()
        self.benin._telecom_set_module("callcenter", "off")
        with self.assertRaises(AccessError):
            self.app().get_day()

    # Entries

    def test_once_however_often_it_is_sent(self):
        one = self._appointment(hours=3, campaign_id=self.field_campaign.id)
        status = self.field_campaign.disposition_ids.filtered(
            lambda node: node.code == "sold"
        )
        entries = [
            self._entry(
                "result",
                appointment_id=one.id,
                state="done",
                disposition_id=status.id,
                report="Fibre vendue",
            ),
            self._entry(
                "appointment",
                customer_name="Bio",
                number="0197000009",
                city="Cotonou",
                start=epoch(MONDAY + timedelta(hours=30)),
            ),
            self._entry("photo", appointment_id=one.id, image=PNG),
        ]
        first = self._ok(*entries)
        self.assertEqual(self._send(*entries), first)
        self.assertEqual(self._send(entries[1]), first[1:2])
        self.assertEqual(one.state, "done")
        self.assertEqual(one.disposition_id, status)
        self.assertEqual(one.report, "Fibre vendue")
        made = self.env["telecom.appointment"].search([("customer_name", "=", "Bio")])
        self.assertEqual(len(made), 1)
        self.assertEqual(made.number, "+2290197000009")
        self.assertEqual(made.seller_id, self.seller)
        self.assertEqual(one.message_attachment_count, 1)
        self.assertEqual(first[1]["appointment_id"], made.id)

    def test_the_database_refuses_a_second_one(self):
        self._ok(self._entry("duty_start", key="same"))
        Entry = self.env["telecom.field.entry"]
        entry = Entry.search([("key", "=", "same")])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                entry.copy()
                self.env.flush_all()

    def test_an_appointment_made_without_network_and_closed_there(self):
        start = MONDAY + timedelta(hours=2)
        made = self._entry(
            "appointment",
            customer_name="Chabi",
            number=self.number,
            start=epoch(start),
            at=None,
        )
        later = start + timedelta(hours=1)
        result = self._entry(
            "result", appointment_key=made["key"], state="missed", at=later
        )
        self.frozen.move_to(start + timedelta(hours=2))
        self._ok(made, result)
        one = self.env["telecom.appointment"].search([("customer_name", "=", "Chabi")])
        self.assertEqual(one.state, "missed")
        self.assertEqual(one.closed_at, later, "When it happened, not when it came")
        self.assertTrue(one.callback_id)

    def test_what_cannot_be_done_does_not_hold_up_the_rest(self):
        taken = self._appointment(hours=4)
        foreign = self._appointment(self.colleague, hours=4)
        clash = self._entry(
            "appointment", customer_name="Bio", start=epoch(taken.start)
        )
        answers = self._send(clash, self._entry("duty_start"))
        self.assertEqual([one["state"] for one in answers], ["refused", "done"])
        self.assertIn("another appointment", answers[0]["reason"])
        self._refused(
            self._entry("result", appointment_id=foreign.id, state="done"), "not yours"
        )
        self._refused(self._entry("move", appointment_id=taken.id, start=1), "to come")
        self._refused(
            self._entry("signature", appointment_id=taken.id, image=PNG), "who signed"
        )
        self.assertEqual(foreign.state, "planned")
        for entry in (
            self._entry("unheard_of"),
            self._entry("result"),
            self._entry("result", appointment_id="x", state="done"),
            self._entry("positions", points=[[1]]),
            self._entry("photo", appointment_id=taken.id, image=3),
            {**self._entry("call"), "data": "x"},
        ):
            with self.subTest(entry):
                [answer] = self._send(entry)
                self.assertEqual(answer["state"], "refused")

    def test_no_file_but_a_photo(self):
        one = self._appointment(hours=4)
        html = base64.b64encode(b"<script>alert(1)</script>").decode()
        for image in (html, f"data:image/png;base64,{html}", "%%%"):
            self._refused(
                self._entry("photo", appointment_id=one.id, image=image), "no photo"
            )
        self._ok(
            self._entry(
                "signature",
                appointment_id=one.id,
                image=f"data:image/png;base64,{PNG}",
                signed_by="Awa",
            )
        )
        self.assertEqual(one.signed_by, "Awa")
        self.assertTrue(one.signature)

    def test_another_time(self):
        one = self._appointment(hours=4, partner_id=self.awa.id)
        start = MONDAY + timedelta(hours=28)
        self._ok(self._entry("move", appointment_id=one.id, start=epoch(start)))
        self.assertEqual(one.start, start)
        self.assertEqual(one.event_id.start, start)
        self.assertTrue(
            self.env["mail.mail"].search([("email_to", "=", "awa@example.com")])
        )
        slots = self.app().get_slots({"appointment_id": one.id})["slots"]
        self.assertIn(
            epoch(start), [slot["start"] for slot in slots], "Its own is free"
        )
        self.assertEqual({slot["seller_id"] for slot in slots}, {self.seller.id})
        foreign = self._appointment(self.colleague, hours=4)
        with self.assertRaises(AccessError):
            self.app().get_slots({"appointment_id": foreign.id})

    def test_another_time_for_a_missed_one_whose_time_is_taken(self):
        one = self._appointment(hours=4, partner_id=self.awa.id)
        one.action_missed()
        self._appointment(hours=4)
        start = MONDAY + timedelta(hours=28)
        self._ok(self._entry("move", appointment_id=one.id, start=epoch(start)))
        self.assertEqual((one.state, one.start), ("planned", start))
        self.assertFalse(one.callback_id)

    def test_appointments_without_result_stay(self):
        missed = {days: self._appointment(hours=3 - 24 * days) for days in (15, 13, 3)}
        self._appointment(hours=4 - 24 * 3).action_done()
        today = self._appointment(hours=3)
        self.assertEqual(
            [one["id"] for one in self.app().get_day()["appointments"]],
            [missed[13].id, missed[3].id, today.id],
        )

    def test_whether_somebody_calls_back(self):
        self.assertTrue(self.app().get_day()["called_back"])
        self.service_benin.active = False
        self.assertFalse(self.app().get_day()["called_back"])

    def test_an_appointment_elsewhere_is_not_at_the_customers_place(self):
        for number, (street, city) in enumerate(
            [("Rue 12, face au marché, portail bleu", "Cotonou"), ("", "Parakou")]
        ):
            entry = self._entry(
                "appointment",
                partner_id=self.awa.id,
                street=street,
                city=city,
                start=epoch(MONDAY + timedelta(hours=4 + number)),
            )
            [answer] = self._ok(entry)
            one = self.env["telecom.appointment"].browse(answer["appointment_id"])
            self.assertEqual((one.street or "", one.city), (street, city))
            self.assertEqual(one._place, None if number else COTONOU)

    # Duty and position

    def _points(self, *minutes):
        return self._entry(
            "positions",
            points=[
                [epoch(MONDAY + timedelta(minutes=minute)), *COTONOU, 12]
                for minute in minutes
            ],
        )

    def _kept(self):
        return self.env["telecom.seller.position"].search_count(
            [("seller_id", "=", self.seller.id)]
        )

    def test_located_on_duty_and_with_consent_only(self):
        self.frozen.move_to(MONDAY + timedelta(hours=1))
        self._ok(self._entry("duty_start"), self._points(1, 2))
        self.assertEqual(self._kept(), 0, "Nobody agreed")
        self._ok(self._entry("duty_end", at=MONDAY + timedelta(minutes=5)))
        self._ok(
            self._entry("consent", granted=True, at=MONDAY + timedelta(minutes=10)),
            self._entry("duty_start", at=MONDAY + timedelta(minutes=10)),
        )
        points = self._points(2, 7, 11, 12)
        self._ok(points)
        self._ok(self._points(11, 12, 13))
        self.assertEqual(self._kept(), 3, "On duty, once each")
        # Taken back: at once, though duty goes on
        self._ok(
            self._entry("consent", granted=False, at=MONDAY + timedelta(minutes=20)),
            self._points(19, 21, 30),
        )
        self.assertEqual(self._kept(), 4)
        duty = self.app().get_day()["seller"]
        self.assertTrue(duty["duty_since"])
        self.assertFalse(duty["located"])
        self.assertFalse(duty["consent"])

    def test_no_position_that_cannot_be(self):
        self._ok(self._entry("consent", granted=True), self._entry("duty_start"))
        at = epoch(MONDAY)
        self._ok(
            self._entry(
                "positions",
                points=[[at + 1, 91, 0, 1], [at + 2, 0, 181, 1], [at + 86400, 1, 1, 1]],
            )
        )
        self.assertEqual(self._kept(), 0)

    def test_a_forgotten_duty_ends(self):
        self._ok(self._entry("consent", granted=True), self._entry("duty_start"))
        self.frozen.move_to(MONDAY + timedelta(hours=20))
        self.assertFalse(self.app().get_day()["seller"]["duty_since"])
        self._ok(self._points(60 * 17))
        self.assertEqual(self._kept(), 0)

    def test_the_map_and_the_way_of_the_day(self):
        self._ok(
            self._entry("consent", granted=True),
            self._entry("duty_start"),
            self._points(1, 2),
        )
        self._appointment(hours=4)
        for user in (self.user_supervisor, self.manager_benin):
            sellers = self.as_user(self.env["telecom.field.seller"], user, self.benin)
            shown = sellers.get_map()
            [mine] = [one for one in shown["sellers"] if one["id"] == self.seller.id]
            self.assertEqual(mine["position"]["place"], list(COTONOU))
            self.assertEqual(
                mine["position"]["at"], epoch(MONDAY + timedelta(minutes=2))
            )
            self.assertEqual(len(mine["appointments"]), 1)
            track = sellers.browse(self.seller.id).get_track("2030-01-07")
            self.assertEqual(len(track), 2)
            self.assertFalse(sellers.browse(self.seller.id).get_track("2030-01-06"))
        self._ok(self._entry("duty_end", at=MONDAY + timedelta(minutes=9)))
        shown = sellers.get_map()
        [mine] = [one for one in shown["sellers"] if one["id"] == self.seller.id]
        self.assertFalse(mine["position"], "Off duty, nobody is shown")

    def test_kept_as_long_as_the_operator_says(self):
        self.benin.telecom_position_days = 3
        self._ok(
            self._entry("consent", granted=True),
            self._entry("duty_start"),
            self._points(1, 2),
            self._entry("duty_end", at=MONDAY + timedelta(minutes=4)),
        )
        Position = self.env["telecom.seller.position"]
        Duty = self.env["telecom.seller.duty"]
        mine = [("seller_id", "=", self.seller.id)]
        self.frozen.move_to(MONDAY + timedelta(days=2))
        Position._gc_positions()
        self.assertEqual(self._kept(), 2)
        self.frozen.move_to(MONDAY + timedelta(days=4))
        Position._gc_positions()
        Duty._gc_duties()
        self.assertEqual(self._kept(), 0)
        self.assertFalse(Duty.search(mine))
        Entry = self.env["telecom.field.entry"]
        Entry._gc_entries()
        self.assertTrue(Entry.search(mine), "Known when it comes again")
        self.frozen.move_to(MONDAY + timedelta(days=KEPT_DAYS + 1))
        Entry._gc_entries()
        self.assertFalse(Entry.search(mine))


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestFieldRights(FieldSetup, TransactionCase):
    """Who sees appointments, and where sellers are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._appointment(hours=4)
        cls.other = cls._appointment(cls.colleague, hours=4)
        cls.foreign = cls._appointment(cls.seller_tunisia, hours=4)
        cls.duty = cls.env["telecom.seller.duty"].create(
            {
                "seller_id": cls.seller.id,
                "company_id": cls.benin.id,
                "started_at": MONDAY,
                "with_position": True,
            }
        )
        cls.position = cls.env["telecom.seller.position"].create(
            {
                "seller_id": cls.seller.id,
                "company_id": cls.benin.id,
                "at": MONDAY,
                "latitude": 6,
                "longitude": 2,
            }
        )

    def test_appointments_by_role(self):
        for user, expected in (
            (self.user_seller, self.mine),
            (self.user_colleague, self.other),
            (self.user_tunisia, self.foreign),
            (self.clerk_benin, self.mine | self.other),
            (self.manager_benin, self.mine | self.other),
            (self.user_supervisor, self.mine | self.other | self.foreign),
            (self.user_rival, self.mine.browse()),
        ):
            with self.subTest(user.login):
                found = self.as_user(self.env["telecom.appointment"], user).search([])
                everything = self.mine | self.other | self.foreign
                self.assertEqual(found & everything, expected)
        self.assertFalse(self.as_user(self.other, self.user_seller).has_access("write"))
        self.assertTrue(self.as_user(self.mine, self.user_seller).has_access("write"))
        self.assertFalse(self.as_user(self.mine, self.user_seller).has_access("unlink"))

    def test_positions_by_role(self):
        for user, reads in (
            (self.user_seller, True),
            (self.user_colleague, False),
            (self.user_tunisia, False),
            (self.clerk_benin, False),
            (self.user_agent, False),
            (self.manager_benin, True),
            (self.manager_tunisia, False),
            (self.user_supervisor, True),
            (self.user_rival, False),
        ):
            with self.subTest(user.login):
                for record in (self.position, self.duty):
                    self.assertEqual(
                        self.as_user(record, user).has_access("read"), reads
                    )
                self.assertFalse(self.as_user(self.position, user).has_access("write"))
        with self.assertRaises(AccessError):
            self.as_user(
                self.env["telecom.field.seller"], self.clerk_benin, self.benin
            ).get_map()

    def test_a_seller_does_not_set_himself_up(self):
        own = self.as_user(self.seller, self.user_seller)
        self.assertFalse(own.has_access("write"))
        with self.assertRaises(AccessError):
            own.write({"position_consent": False})
        self.as_user(self.seller, self.manager_benin).write({"furthest": 30})
