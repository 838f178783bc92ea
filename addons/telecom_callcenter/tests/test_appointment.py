from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import format_date

from ..tools.clock import epoch, from_epoch
from .field_common import COTONOU, MONDAY, FieldSetup


@tagged("post_install", "-at_install", "telecom")
class TestAppointment(FieldSetup, TransactionCase):
    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(MONDAY))

    def _slots(self, **request):
        request = {"city": "Cotonou", **request}
        return self.booking().get_slots(request)

    def _at(self, day, hour):
        """Epoch of an hour in Benin (UTC+1), days after Monday."""
        start = MONDAY.replace(hour=hour - 1, minute=0) + timedelta(days=day)
        return epoch(start)

    def _book(self, start, **vals):
        return self.booking().book(
            {"partner_id": self.awa.id, **vals}, self.seller.id, start
        )

    # Free times

    def test_free_times_by_zone_and_skill(self):
        answer = self._slots()
        self.assertEqual(answer["zones"], ["Cotonou"])
        self.assertEqual(
            {slot["seller_id"] for slot in answer["slots"]}, {self.seller.id}
        )
        self.assertEqual(answer["slots"][0]["start"], self._at(0, 8))
        by_place = self._slots(city="", latitude=COTONOU[0], longitude=COTONOU[1])
        self.assertEqual(by_place["zones"], ["Cotonou"])
        self.assertTrue(self._slots(skill_ids=self.skill_fibre.ids)["slots"])
        parakou = self._slots(city="", zone_id=self.zone_parakou.id)
        self.assertEqual(
            {slot["seller_id"] for slot in parakou["slots"]}, {self.colleague.id}
        )
        nobody = self._slots(
            zone_id=self.zone_parakou.id, skill_ids=self.skill_fibre.ids
        )
        self.assertFalse(nobody["slots"])
        self.assertIn("skills", nobody["problem"])
        self.assertFalse(self._slots(city="Natitingou")["slots"], "In no zone")

    def test_free_times_leave_out_what_the_seller_does(self):
        event = {
            "name": "Formation",
            "start": MONDAY.replace(hour=8),
            "stop": MONDAY.replace(hour=10),
            "user_id": self.user_seller.id,
            "partner_ids": [Command.set(self.user_seller.partner_id.ids)],
            "privacy": "private",
        }
        self.env["calendar.event"].create(event)
        self._appointment(hours=3 + 4)  # 13 o'clock
        starts = {slot["start"] for slot in self._slots(minutes=60)["slots"]}
        for hour, free in ((8, True), (9, False), (10, False), (11, True), (13, False)):
            self.assertEqual(self._at(0, hour) in starts, free, hour)
        self.assertNotIn(self._at(6, 9), starts, "Sundays are free")

    def test_days_off_of_the_operator(self):
        self.env["resource.calendar.leaves"].with_company(self.benin).create(
            {
                "name": "Fête du vodoun",
                "date_from": MONDAY.replace(hour=0) + timedelta(days=2),
                "date_to": MONDAY.replace(hour=23) + timedelta(days=2),
            }
        )
        starts = {slot["start"] for slot in self._slots()["slots"]}
        self.assertIn(self._at(1, 9), starts)
        self.assertNotIn(self._at(2, 9), starts)

    def test_sellers_of_the_campaign_only(self):
        self.colleague.zone_ids |= self.zone_cotonou
        self.field_campaign.seller_ids = self.colleague
        slots = self._slots(campaign_id=self.field_campaign.id)["slots"]
        self.assertEqual({slot["seller_id"] for slot in slots}, {self.colleague.id})
        self.assertEqual(
            slots[0]["start"], self._at(0, 8), "Two hours ahead, from eight on"
        )

    # Booking

    def test_booking_from_the_desk(self):
        form = self.booking().get_booking_form(
            campaign_id=self.field_campaign.id, partner_id=self.awa.id
        )
        self.assertEqual(form["customer"]["city"], "Cotonou")
        self.assertEqual(form["zone_ids"], self.zone_cotonou.ids)
        self.assertEqual([one["name"] for one in form["skills"]], ["Fibre"])
        booked = self._book(
            self._at(1, 9),
            campaign_id=self.field_campaign.id,
            skill_ids=self.skill_fibre.ids,
            note="Sonner deux fois",
        )
        one = self.env["telecom.appointment"].browse(booked["id"])
        self.assertEqual(one.company_id, self.benin)
        self.assertEqual(one.agent_id, self.agent)
        self.assertEqual(one.address, "Rue 12, face au marché, Cotonou")
        self.assertEqual(one.number, self.number)
        self.assertEqual((one.stop - one.start).seconds, 3600)
        event = one.event_id
        self.assertEqual(event.partner_ids, self.user_seller.partner_id)
        self.assertEqual(event.telecom_company_id, self.benin)
        self.assertEqual((event.start, event.stop), (one.start, one.stop))

    def test_seller_and_customer_are_told(self):
        booked = self._book(self._at(1, 9))
        self.assertEqual(booked["told"], {"sms": False, "mail": True})
        mail = self.env["mail.mail"].search([("email_to", "=", "awa@example.com")])
        self.assertIn("f.seller", mail.body_html)
        self.assertIn(self.benin.name, mail.subject)
        notification = self.env["telecom.notification"].search(
            [("user_id", "=", self.user_seller.id)]
        )
        self.assertIn("Kpossou", notification.subject)
        one = self.env["telecom.appointment"].browse(booked["id"])
        mails = [("email_to", "=", "awa@example.com")]
        self.booking().browse(one.id).write({"start": one.start + timedelta(hours=2)})
        self.assertEqual(self.env["mail.mail"].search_count(mails), 2)
        self.assertEqual(one.event_id.start, one.start, "Moved there too")
        one.action_cancel()
        self.assertEqual(self.env["mail.mail"].search_count(mails), 3)
        self.assertFalse(one.event_id.exists())

    def _told(self, user):
        notes = self.env["telecom.notification"].search([("user_id", "=", user.id)])
        return notes.mapped("subject")

    def test_the_former_seller_is_told(self):
        self.env["telecom.appointment"].search([]).unlink()
        one = self._appointment(hours=27, partner_id=self.awa.id)
        self.booking(self.user_supervisor).browse(one.id).move(
            self.colleague.id, self._at(2, 9)
        )
        self.assertEqual(one.seller_id, self.colleague)
        [former] = self._told(self.user_seller)
        # In the language of whatever database this is
        first, second = (
            format_date(self.env, from_epoch(at), lang_code=self.user_seller.lang)
            for at in (self._at(1, 9), self._at(2, 9))
        )
        self.assertRegex(
            former, f"^(Given to a colleague|Confié à un collègue).*{first} .*Awa"
        )
        [new] = self._told(self.user_colleague)
        self.assertIn(second, new)
        # The same seller is told once, of the new time
        self.booking(self.user_supervisor).browse(one.id).move(
            self.colleague.id, self._at(2, 11)
        )
        self.assertEqual(len(self._told(self.user_colleague)), 2)
        self.assertEqual(len(self._told(self.user_seller)), 1)

    def test_cancelling_promises_no_call(self):
        one = self._appointment(hours=27, partner_id=self.awa.id)
        one.action_cancel()
        mail = self.env["mail.mail"].search([("email_to", "=", "awa@example.com")])
        self.assertRegex(mail.body_html, "Call us|Appelez-nous")
        self.assertNotRegex(mail.body_html, "will call|rappel")
        self.assertFalse(one.callback_id)

    def test_somewhere_else_is_not_at_the_customers_place(self):
        """Neither where sellers are looked for, nor where they are sent."""
        there = self._book(
            self._at(1, 9), street="Rue 12, face au marché", city="cotonou"
        )
        elsewhere = self._book(self._at(1, 11), city="Parakou")
        round_the_corner = self._book(
            self._at(1, 14),
            street="Rue 40",
            city="Cotonou",
            latitude=6.4,
            longitude=2.5,
        )
        place = [
            self.env["telecom.appointment"].browse(booked["id"])._place
            for booked in (there, elsewhere, round_the_corner)
        ]
        self.assertEqual(place, [COTONOU, None, (6.4, 2.5)])
        self.assertEqual(
            self.env["telecom.appointment"].browse(elsewhere["id"]).address, "Parakou"
        )

    def test_another_address_on_the_form(self):
        form = Form(self.booking(self.clerk_benin))
        form.seller_id = self.seller
        form.start = MONDAY + timedelta(days=1)
        form.partner_id = self.awa
        self.assertAlmostEqual(form.latitude, COTONOU[0])
        form.street = "Rue 12, face au marché, portail bleu"
        self.assertAlmostEqual(form.latitude, COTONOU[0])
        form.city = "Parakou"
        self.assertFalse(form.latitude or form.longitude)
        self.assertFalse(form.save()._place)

    def test_nothing_to_those_who_refused(self):
        self.env["telecom.consent"].create(
            {
                "company_id": self.benin.id,
                "partner_id": self.awa.id,
                "channel": "email",
                "granted": False,
            }
        )
        self.assertFalse(self._book(self._at(1, 9))["told"]["mail"])
        self.assertFalse(
            self.env["mail.mail"].search([("email_to", "=", "awa@example.com")])
        )

    def test_one_at_a_time(self):
        self._book(self._at(1, 9))
        taken = self.assertRaisesRegex(ValidationError, "another appointment")
        with taken, self.env.cr.savepoint():
            self._book(self._at(1, 9) + 1800)
        self._book(self._at(1, 10))
        other = self._appointment(self.colleague, hours=27)
        with self.assertRaises(ValidationError):
            other.write({"seller_id": self.seller.id})

    def test_the_second_of_two_bookings_at_once_looks_again(self):
        before = self.seller.booking_count
        self._book(self._at(1, 9))
        self.assertEqual(
            self.seller.booking_count,
            before + 1,
            "Both write the same row: the database lets one through",
        )

    def test_only_what_belongs_to_the_operator(self):
        with self.assertRaises(UserError):
            self.booking().book(
                {"customer_name": "X"}, self.seller_tunisia.id, self._at(1, 9)
            )
        foreign = self._customer(self.tunisia)
        with self.assertRaises(AccessError):
            self.booking().book(
                {"partner_id": foreign.id}, self.seller.id, self._at(1, 9)
            )
        with self.assertRaisesRegex(UserError, "has no state"):
            self._book(self._at(1, 9), state="done")
        self.benin._telecom_set_module("callcenter", "readonly")
        with self.assertRaises(AccessError):
            self._book(self._at(1, 9))

    # Afterwards

    def test_missed_and_refused_ones_are_called_back(self):
        for state, action in (
            ("missed", "action_missed"),
            ("refused", "action_refused"),
        ):
            one = self._appointment(
                hours=3, campaign_id=self.field_campaign.id, report="Portail fermé"
            )
            getattr(one, action)()
            self.assertEqual(one.state, state)
            callback = one.callback_id
            self.assertEqual(callback.number, self.number)
            self.assertEqual(callback.campaign_id, self.field_campaign)
            self.assertEqual(callback.due_at, MONDAY + timedelta(hours=24))
            self.assertIn("Portail fermé", callback.note)
            one.action_plan_again()
            self.assertEqual(callback.state, "cancelled")
            one.action_cancel()
        done = self._appointment(hours=5)
        done.action_done()
        self.assertFalse(done.callback_id)

    def test_another_time_for_one_whose_time_is_taken(self):
        one = self._appointment(hours=27, campaign_id=self.field_campaign.id)
        one.action_missed()
        callback = one.callback_id
        self._appointment(hours=27)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            one.action_plan_again()
        self.booking(self.user_supervisor).browse(one.id).move(
            self.seller.id, self._at(2, 9)
        )
        self.assertEqual((one.state, epoch(one.start)), ("planned", self._at(2, 9)))
        self.assertEqual(callback.state, "cancelled")

    def _missed(self, **values):
        """A missed appointment that was agreed with a campaign's contact."""
        campaign = self._campaign("Renewals", self.queue_benin)
        campaign.write({"kind": "outbound", "dial_mode": "preview", "state": "live"})
        contact = self.env["telecom.campaign.contact"].create(
            {"campaign_id": campaign.id, "name": "Awa", "number": self.number}
        )
        # Interested: the status of the call says that nothing follows
        contact.write({"state": "done", **values})
        one = self._appointment(hours=3, contact_id=contact.id, campaign_id=campaign.id)
        one.action_missed()
        return one, contact

    def test_callbacks_of_contacts_come_by_themselves(self):
        one, contact = self._missed()
        self.assertEqual(contact.state, "callback")
        one.callback_id.due_at = MONDAY
        due = contact._due_callbacks(self.agent, contact.campaign_id)
        self.assertEqual(due, contact, "“Next” shows it")
        # Met after all: nobody calls before
        one.action_plan_again()
        self.assertEqual(contact.state, "done")
        one.action_missed()
        one.callback_id.action_done()
        self.assertEqual(contact.state, "done")

    def test_who_wants_no_calls_is_not_called_back(self):
        one, contact = self._missed(state="excluded", exclusion="opt_out")
        self.assertFalse(one.callback_id)
        self.assertEqual(contact.state, "excluded")
        self.env["telecom.do.not.call"].create(
            {"company_id": self.benin.id, "number": self.number}
        )
        one = self._appointment(hours=5)
        one.action_missed()
        self.assertFalse(one.callback_id)

    def test_who_tells_the_seller_not_to_call_again(self):
        one = self._appointment(hours=3, campaign_id=self.field_campaign.id)
        status = self.field_campaign.disposition_ids.filtered(
            lambda node: node.code == "do_not_call"
        )
        one._close("refused", status)
        self.assertFalse(one.callback_id)
        entry = self.env["telecom.do.not.call"].search(
            [("company_id", "=", self.benin.id)]
        )
        self.assertEqual(entry.number, self.number)

    def test_callbacks_of_a_campaign_without_a_queue_are_anybodys(self):
        one = self._appointment(hours=3, campaign_id=self.field_campaign.id)
        one.action_missed()
        callback = one.callback_id
        self.assertFalse(callback.campaign_id.queue_id or callback.agent_id)
        for user in (self.user_agent, self.user_other):
            desk = self.desk(user, self.benin)
            shown = [shown["id"] for shown in desk.get_callbacks()]
            self.assertEqual(shown, callback.ids)
        self.assertFalse(self.desk(self.user_agent, self.tunisia).get_callbacks())
        self.agent._set_presence("ready")
        self.desk(self.user_agent, self.benin).dial(
            self.number, self.benin.id, callback_id=callback.id
        )

    def test_callbacks_in_opening_hours(self):
        self.field_campaign.calendar_id = self.hours_benin
        self.field_campaign.appointment_callback_hours = 1
        one = self._appointment(hours=3, campaign_id=self.field_campaign.id)
        one.action_missed()
        self.assertEqual(one.callback_id.due_at, MONDAY.replace(hour=7))

    def test_dragged_in_the_calendar(self):
        one = self._appointment(hours=27)
        event = one.event_id.with_user(self.user_seller)
        event.write(
            {
                "start": one.start + timedelta(hours=1),
                "stop": one.stop + timedelta(hours=2),
            }
        )
        self.assertEqual(one.start, MONDAY + timedelta(hours=28))
        self.assertEqual(one.minutes, 120)
        with self.assertRaisesRegex(UserError, "customer waits"):
            event.unlink()
        one.action_cancel()
        self.assertFalse(one.event_id)

    def test_an_appointment_made_by_hand(self):
        one = self.booking(self.clerk_benin).create(
            {
                "seller_id": self.seller.id,
                "partner_id": self.awa.id,
                "start": fields.Datetime.now() + timedelta(days=1),
            }
        )
        self.assertEqual(one.customer_name, "Awa Kpossou")
        self.assertEqual(one.minutes, 60)
        self.assertIn("Cotonou", one.name)
