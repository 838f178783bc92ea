from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.telecom_callcenter.tests.common import (
    CallcenterSetup,
    TelecomCallcenterCommon,
)

from ..engine import gsm7

# A Monday at ten in Cotonou
MONDAY = datetime(2026, 11, 23, 9, 0)


class BoutiquesOfOperators(CallcenterSetup):
    """Boutiques of two operators whose calls one agent takes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("en_US", "fr_FR"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.activation = cls.env["telecom.boutique.service"].create(
            {"name": "Activation", "code": "t_act", "company_id": cls.benin.id}
        )
        cls.phone = cls.env["product.product"].create(
            {
                "name": "Téléphone T1",
                "is_storable": True,
                "telecom_boutique_item": True,
                "company_id": cls.benin.id,
            }
        )
        cls.always = cls._calendar(cls.benin, 0, 24, range(7))
        cls.office = cls._calendar(cls.benin, 8, 18, range(5))
        cls.ganhi = cls._boutique("Ganhi", cls.office, 6.3536, 2.4378)
        cls.akpakpa = cls._boutique("Akpakpa", cls.always, 6.3653, 2.46)
        cls.calavi = cls._boutique("Calavi", cls.always, 6.4485, 2.3557)
        cls.parakou = cls._boutique(
            "Parakou", cls.always, 9.337, 2.6303, city="Parakou"
        )
        cls.tunis = cls._boutique(
            "Tunis",
            cls._calendar(cls.tunisia, 0, 24, range(7)),
            *(36.8, 10.18),
            city="Tunis",
        )
        cls.gateway = cls.env["telecom.sms.gateway"].create(
            {"company_id": cls.benin.id, "trial": True, "sender": "Benin"}
        )

    @classmethod
    def _calendar(cls, company, begin, end, days):
        return cls.env["resource.calendar"].create(
            {
                "name": f"{begin}–{end}",
                "company_id": company.id,
                "tz": "Africa/Porto-Novo",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Jour",
                                "dayofweek": str(day),
                                "hour_from": begin,
                                "hour_to": end,
                                "day_period": "morning",
                            }
                        )
                        for day in days
                    ),
                ],
            }
        )

    @classmethod
    def _boutique(cls, name, calendar, latitude, longitude, **values):
        return cls.env["telecom.boutique"].create(
            {
                "name": name,
                "code": name.upper(),
                "company_id": calendar.company_id.id,
                "city": "Cotonou",
                "street": "Avenue Clozel",
                "phone": "+2290121310001",
                "state": "open",
                "calendar_id": calendar.id,
                "tz": "Africa/Porto-Novo",
                "latitude": latitude,
                "longitude": longitude,
                **values,
            }
        )


@tagged("post_install", "-at_install", "telecom")
class TestNearestBoutique(BoutiquesOfOperators, TelecomCallcenterCommon):
    def _find(self, call, *args, user=None, **kwargs):
        desk = self.desk(user or self.user_agent)
        return desk.find_boutiques(call.id, *args, **kwargs)

    def _names(self, result):
        return [boutique["name"] for boutique in result["boutiques"]]

    def _sent(self, call):
        return self.env["sms.tracker"].search(
            [("telecom_call_id", "=", call.id), ("telecom_purpose", "=", "boutique")]
        )

    # Where the caller is

    def test_from_where_the_customer_lives(self):
        call = self._call(ring=self.agent)
        customer = self._customer(
            partner_latitude=6.35, partner_longitude=2.43, city="Cotonou"
        )
        result = self._find(call, customer.id, at="any")
        self.assertEqual(result["place"], {"name": "Cotonou", "known": "position"})
        self.assertEqual(self._names(result), ["Ganhi", "Akpakpa", "Calavi"])
        self.assertEqual(result["boutiques"][0]["metres"], 950)

    def test_from_the_customers_town(self):
        call = self._call(ring=self.agent)
        customer = self._customer(city="parakou")
        result = self._find(call, customer.id, at="any")
        self.assertEqual(result["place"]["known"], "town")
        self.assertEqual(self._names(result)[:1], ["Parakou"])

    def test_from_a_town_the_caller_names(self):
        call = self._call(ring=self.agent, partner_id=self._customer(city="X").id)
        result = self._find(call, town="Parakou", at="any")
        self.assertEqual(result["place"], {"name": "Parakou", "known": "town"})
        self.assertEqual(self._names(result)[0], "Parakou")

    def test_whatever_a_browser_sends_as_item_or_service(self):
        call = self._call(ring=self.agent, partner_id=self._customer(city="X").id)
        for wish in (
            {"item": True},
            {"item": 2**40},
            {"item": "1"},
            {"item": [1]},
            {"service": ["sim"]},
            {"service": False},
        ):
            with self.subTest(wish):
                found = self._find(call, town="Parakou", at="any", **wish)
                self.assertTrue(found["boutiques"])

    def test_the_caller_is_asked_when_nothing_is_known(self):
        call = self._call(ring=self.agent)
        for town in ("", "Atlantis"):
            with self.subTest(town):
                result = self._find(call, town=town)
                self.assertFalse(result["place"])
                self.assertFalse(result["boutiques"])

    def test_the_customer_an_agent_chose_on_the_card(self):
        call = self._call(ring=self.agent)
        customer = self._customer(city="Parakou")
        self.desk(self.user_agent).link_partner(call.id, customer.id)
        result = self._find(call, at="any")
        self.assertEqual(self._names(result)[0], "Parakou")

    # Wishes

    def test_wishes(self):
        call = self._call(ring=self.agent)
        self.akpakpa.service_ids = self.activation
        self.env["stock.quant"]._update_available_quantity(
            self.phone, self.calavi.warehouse_id.lot_stock_id, 1
        )
        with freeze_time(MONDAY):
            (self.ganhi | self.akpakpa | self.calavi)._rebuild_openings()
            # Made now, kept open until then
            for wishes, names in (
                ({"service": "t_act"}, ["Akpakpa"]),
                ({"item": self.phone.id}, ["Calavi"]),
                ({"at": "now"}, ["Ganhi", "Akpakpa", "Calavi"]),
                ({"at": "2026-11-23T20:00"}, ["Akpakpa", "Calavi"]),
                ({"at": "any"}, ["Ganhi", "Akpakpa", "Calavi"]),
            ):
                with self.subTest(wishes):
                    result = self._find(call, town="Cotonou", **wishes)
                    self.assertIsNone(result["missing"])
                    self.assertEqual(self._names(result), names)
            with self.assertRaises(UserError):
                self._find(call, town="Cotonou", at="tomorrow")

    def test_choices(self):
        call = self._call(ring=self.agent)
        choices = self.desk(self.user_agent).get_boutique_choices(call.id)
        self.assertIn({"code": "t_act", "name": "Activation"}, choices["services"])
        self.assertIn({"id": self.phone.id, "name": "Téléphone T1"}, choices["items"])
        self.assertEqual(choices["towns"], ["Cotonou", "Parakou"])
        self.assertEqual(choices["sms"], {"number": "01 97 12 34 56", "refusal": False})

    def test_the_card_says_whether_there_are_boutiques(self):
        call = self._call(ring=self.agent)
        self.assertTrue(call._get_card()["boutiques"])
        self.benin._telecom_set_module("stock", "off")
        self.assertFalse(call._get_card()["boutiques"])
        with self.assertRaises(AccessError):
            self._find(call, town="Cotonou")

    # Whose

    def test_only_boutiques_of_the_calls_operator(self):
        """The agent works for both operators; the caller is one's."""
        call = self._call(self.campaign_tunisia, ring=self.agent)
        result = self._find(call, town="Cotonou", at="any")
        self.assertFalse(result["place"], "Bénin's towns are not Tunisia's")
        result = self._find(call, town="Tunis", at="any")
        self.assertEqual(self._names(result), ["Tunis"])
        desk = self.desk(self.user_agent)
        self.assertFalse(desk.get_boutique_choices(call.id)["items"])
        with self.assertRaises(UserError):
            desk.send_boutique(call.id, self.ganhi.id)
        self.assertFalse(self._sent(call))

    def test_only_people_of_the_call(self):
        call = self._call(ring=self.agent)
        for user in (self.user_other, self.user_rival, self.clerk_benin):
            for method, args in (
                ("get_boutique_choices", ()),
                ("find_boutiques", ()),
                ("send_boutique", (self.ganhi.id,)),
            ):
                with self.subTest(f"{user.login} {method}"):
                    with self.assertRaises(AccessError):
                        getattr(self.desk(user), method)(call.id, *args)

    def test_managers_look_and_do_not_send(self):
        call = self._call(agent=self.agent, state="ended")
        result = self._find(call, town="Parakou", at="any", user=self.manager_benin)
        self.assertEqual(self._names(result), ["Parakou"])
        with self.assertRaises(AccessError):
            self.desk(self.manager_benin).send_boutique(call.id, self.parakou.id)
        with self.assertRaises(AccessError):
            self._find(call, town="Parakou", user=self.manager_tunisia)

    def test_another_operators_customer_is_refused(self):
        call = self._call(ring=self.agent)
        stranger = self._customer(
            self.tunisia, partner_latitude=6.35, partner_longitude=2.43
        )
        with self.assertRaises(AccessError):
            self._find(call, stranger.id)

    # By SMS

    def test_the_address_goes_to_the_caller_in_her_language(self):
        for language, words in (
            ("fr", ("boutique Ganhi", "Tél. 01 21 31 00 01")),
            ("en", ("boutique Ganhi", "Tel. 01 21 31 00 01")),
        ):
            with self.subTest(language):
                call = self._call(ring=self.agent, language=language)
                answer = self.desk(self.user_agent).send_boutique(
                    call.id, self.ganhi.id
                )
                self.assertEqual(answer["number"], "01 97 12 34 56")
                tracker = self._sent(call)
                self.assertEqual(tracker.telecom_number, self.number)
                self.assertEqual(tracker.telecom_company_id, self.benin)
                for word in (
                    *words,
                    self.benin.name,
                    "Avenue Clozel, Cotonou",
                    f"{self.benin.get_base_url()}/boutiques/{self.ganhi.id}",
                ):
                    self.assertIn(word, tracker.telecom_body)
                self.assertLessEqual(gsm7.parts(tracker.telecom_body), 2)
                message = self.env["sms.sms"].search([("uuid", "=", tracker.sms_uuid)])
                self.assertEqual(message.body, tracker.telecom_body)

    def test_one_click_one_message(self):
        call = self._call(ring=self.agent)
        desk = self.desk(self.user_agent)
        desk.send_boutique(call.id, self.ganhi.id)
        desk.send_boutique(call.id, self.ganhi.id)
        self.assertEqual(len(self._sent(call)), 1)
        desk.send_boutique(call.id, self.akpakpa.id)
        self.assertEqual(len(self._sent(call)), 2)

    def test_not_without_end(self):
        call = self._call(ring=self.agent)
        boutiques = self.ganhi | self.akpakpa | self.calavi | self.parakou
        boutiques |= self._boutique("Bohicon", self.always, 7.17, 2.06)
        more = self._boutique("Lokossa", self.always, 6.63, 1.71)
        desk = self.desk(self.user_agent)
        for boutique in boutiques:
            desk.send_boutique(call.id, boutique.id)
        with self.assertRaises(UserError):
            desk.send_boutique(call.id, more.id)

    def test_a_fixed_line_gets_it_on_the_customers_mobile(self):
        customer = self._customer(phone="01 97 00 00 77")
        call = self._call(ring=self.agent, number="+2290121300000")
        self.desk(self.user_agent).send_boutique(call.id, self.ganhi.id, customer.id)
        self.assertEqual(self._sent(call).telecom_number, "+2290197000077")

    def test_who_gets_none(self):
        customer = self._customer()
        call = self._call(ring=self.agent, partner_id=customer.id)
        desk = self.desk(self.user_agent)

        def refused(call=call):
            refusal = desk.get_boutique_choices(call.id)["sms"]["refusal"]
            with self.assertRaises(UserError) as caught:
                desk.send_boutique(call.id, self.ganhi.id)
            self.assertEqual(str(caught.exception), refusal)
            self.assertFalse(self._sent(call))
            return refusal

        consent = {
            "company_id": self.benin.id,
            "partner_id": customer.id,
            "channel": "sms",
        }
        self.env["telecom.consent"].create({**consent, "granted": False})
        self.assertIn("refuses", refused())
        self.env["telecom.consent"].create({**consent, "granted": True})
        blocked = self.env["telecom.do.not.call"].create(
            {
                "company_id": self.benin.id,
                "number": self.number,
                # Whatever day it is where somebody is
                "since": "2026-01-01",
            }
        )
        self.assertIn("do-not-call", refused())
        blocked.active = False
        self.assertIn("no SMS", refused(self._call(ring=self.agent, number=False)))
        call = self._call(ring=self.agent)
        self.gateway.active = False
        self.assertIn("gateway", refused(call))

    def test_closed_shops_and_old_calls(self):
        call = self._call(ring=self.agent)
        desk = self.desk(self.user_agent)
        self.ganhi.action_close_for_works()
        with self.assertRaises(UserError):
            desk.send_boutique(call.id, self.ganhi.id)
        old = fields.Datetime.now() - timedelta(days=2)
        past = self._call(agent=self.agent, state="ended", start_at=old)
        with self.assertRaises(UserError):
            desk.send_boutique(past.id, self.akpakpa.id)


@tagged("post_install", "-at_install", "telecom")
class TestNearestDesk(BoutiquesOfOperators, HttpCase):
    """The panel on the caller's card, in a browser, by keys alone."""

    def test_an_agent_finds_a_boutique_and_sends_its_address(self):
        self.agent.device = "phone"
        self.agent.live_ids.registered = True
        self.pbx.status_ids.link_state = "up"
        self.agent._set_presence("ready")
        call = self._call(ring=self.agent)
        self.start_tour(
            "/odoo/agent-desk", "telecom_callcenter_stock_nearest", login="cc.agent"
        )
        tracker = self.env["sms.tracker"].search([("telecom_call_id", "=", call.id)])
        self.assertEqual(tracker.telecom_purpose, "boutique")
        self.assertIn("boutique Parakou", tracker.telecom_body)
