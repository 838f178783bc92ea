import threading
from datetime import datetime

from psycopg2 import IntegrityError

from odoo import api, sql_db
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, common, tagged
from odoo.tools import mute_logger

from odoo.addons.telecom_crm.models.telecom_line import LINE_STATES
from odoo.addons.telecom_crm.tools import line_states

from .common import OperatorCase


@tagged("post_install", "-at_install", "telecom")
class TestLine(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")

    def test_numbers_are_stored_in_e164_and_shown_nationally(self):
        for number in ("97 12 34 56", "0197123456", "+229 01 97 12 34 56"):
            with self.subTest(number):
                line = self._line(self.customer, number)
                self.assertEqual(line.msisdn, "+2290197123456")
                self.assertEqual(line.display_name, "01 97 12 34 56")
                line.unlink()

    def test_what_is_no_number_is_refused(self):
        with self.assertRaises(ValidationError):
            self._line(self.customer, "1919")
        line = self._line(self.customer, "0197123456")
        with self.assertRaises(ValidationError):
            line.msisdn = "12"

    def test_a_number_has_one_line_per_operator(self):
        line = self._line(self.customer, "0197123456")
        self._line(self._customer(self.tunisia, "Rim", "Ayari"), "+2290197123456")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self._line(self.customer, "97 12 34 56")
        line.action_terminate()
        self._line(self.customer, "97 12 34 56")

    def test_an_available_line_waits_for_its_customer(self):
        line = self.env["telecom.line"].create(
            {"company_id": self.benin.id, "msisdn": "0197123456"}
        )
        self.assertEqual(line.state, "available")
        with self.assertRaises(UserError):
            line.action_activate()
        line.partner_id = self.customer
        line.action_activate()
        self.assertEqual(line.state, "active")
        self.assertTrue(line.activated_at)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            line.partner_id = False
            line.flush_recordset()

    def test_a_suspended_line_keeps_the_date_of_its_activation(self):
        line = self._line(
            self.customer, "0197123456", activated_at=datetime(2020, 5, 17)
        )
        line.action_suspend()
        with self.assertRaises(UserError):
            line.action_suspend()
        line.action_activate()
        self.assertEqual(line.activated_at, datetime(2020, 5, 17))
        line.action_terminate()
        with self.assertRaises(UserError):
            line.action_activate()

    def test_whoever_holds_a_line_is_a_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Koffi Bio", "company_id": self.benin.id}
        )
        self._line(contact, "0197123456")
        self.assertTrue(contact.telecom_customer)
        self.assertTrue(contact.telecom_customer_number)

    def test_sim_identifiers_are_cleaned_and_checked(self):
        line = self._line(
            self.customer,
            "0197123456",
            iccid="8922 9990 0000 0000 018",
            imsi="616-990000000001",
        )
        self.assertEqual(line.iccid, "8922999000000000018")
        self.assertEqual(line.imsi, "616990000000001")
        for name, value in (("iccid", "123"), ("iccid", "8922x"), ("imsi", "61699")):
            with self.subTest(value), self.assertRaises(ValidationError):
                line[name] = value

    def test_the_puk_is_for_those_who_may_see_it(self):
        line = self._line(self.customer, "0197123456", puk="12345678")
        for user in (
            self.clerk_benin,
            self.seller_benin,
            self.agent,
            self.manager_benin,
        ):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    line.with_user(user).read(["puk"])
                with self.assertRaises(AccessError):
                    line.with_user(user).search([("puk", "=", "12345678")])
                # Allowed to export, or not: no PUK
                with self.assertRaises(UserError):
                    line.with_user(user).export_data(["puk"])
        for user in (self.clerk_benin, self.seller_benin, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                line.with_user(user).action_show_puk()
        with self.assertRaises(AccessError):
            line.with_user(self.manager_tunisia).action_show_puk()
        message = line.message_ids.mapped("body")
        self.assertNotIn("12345678", " ".join(message))

    def test_each_reading_of_the_puk_is_logged(self):
        line = self._line(self.customer, "0197123456")
        line.with_user(self.manager_benin).puk_input = "1234 5678"
        self.assertEqual(line.puk, "12345678")
        self.assertFalse(line.with_user(self.manager_benin).puk_input)
        self.assertFalse(line.event_ids.filtered(lambda e: e.kind == "puk"))
        for _time in range(2):
            action = line.with_user(self.manager_benin).action_show_puk()
            self.assertEqual(action["params"]["message"], "12345678")
        events = line.event_ids.filtered(lambda event: event.kind == "puk")
        self.assertEqual(events.mapped("user_id"), self.manager_benin)
        self.assertEqual(len(events), 2)
        self.assertFalse(any(events.mapped("new_value")))

    def test_a_customer_of_another_operator_is_refused(self):
        with self.assertRaises(UserError):
            self.env["telecom.line"].create(
                {
                    "company_id": self.tunisia.id,
                    "partner_id": self.customer.id,
                    "msisdn": "20123456",
                    "state": "active",
                }
            )

    def test_lines_are_found_as_their_number_is_written(self):
        line = self._line(self.customer, "0197123456", iccid="8922999000000000018")
        Line = self.env["telecom.line"].with_user(self.clerk_benin)
        for text in ("01 97 12", "97-12-34", "0197123456", "+229 01", "89229990000"):
            with self.subTest(text):
                self.assertEqual(Line.name_search(text), [(line.id, "01 97 12 34 56")])

    def test_the_form_of_a_new_line(self):
        form = Form(self.env["telecom.line"].with_user(self.clerk_benin))
        form.msisdn = "97 12 34 56"
        form.partner_id = self.customer
        line = form.save()
        line.action_activate()
        self.assertEqual(line.company_id, self.benin)
        self.assertEqual(line.msisdn, "+2290197123456")

    def test_several_lines_at_once(self):
        lines = self._line(self.customer, "0197000001")
        lines |= self._line(self.customer, "0197000002")
        lines.action_suspend()
        lines.action_activate()
        self.assertEqual(set(lines.mapped("state")), {"active"})


@tagged("post_install", "-at_install", "telecom")
class TestLineStates(BaseCase):
    def test_what_may_become_of_a_line(self):
        for before, after, expected in (
            ("available", "reserved", True),
            ("available", "active", True),
            ("available", "suspended", False),
            ("reserved", "active", True),
            ("reserved", "available", True),
            ("active", "suspended", True),
            ("active", "barred", True),
            ("active", "available", False),
            ("active", "active", True),
            ("suspended", "barred", True),
            ("barred", "active", True),
            ("terminated", "active", False),
            ("terminated", "terminated", True),
        ):
            with self.subTest(before=before, after=after):
                self.assertEqual(line_states.allowed(before, after), expected)

    def test_every_state_leads_to_its_end(self):
        states = [state for state, _label in LINE_STATES]
        self.assertEqual(set(line_states.TRANSITIONS), set(states))
        for state in states:
            self.assertTrue(
                state == "terminated" or line_states.allowed(state, "terminated")
            )


@tagged("post_install", "-at_install", "telecom")
class TestLineHistory(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(cls.benin, "Afi", "Dossou")
        cls.line = cls._line(
            cls.customer, "0197123456", iccid="8922999000000000018"
        ).with_user(cls.clerk_benin)

    def _history(self, line):
        return [
            (event.kind, event.old_value, event.new_value)
            for event in line.event_ids.sorted("id")
        ]

    def _operate(self, kind, **values):
        return (
            self.env["telecom.line.operation"]
            .with_user(self.clerk_benin)
            .create(
                {"kind": kind, "line_id": self.line.id, "reason": "Demande", **values}
            )
            .action_apply()
        )

    def test_whatever_happens_to_a_line_is_kept(self):
        self.line.action_suspend()
        self.line.action_activate()
        self.line.partner_id = self._customer(self.benin, "Koffi", "Bio")
        self.assertEqual(
            self._history(self.line),
            [
                ("created", False, "active"),
                ("state", "active", "suspended"),
                ("state", "suspended", "active"),
                ("holder", "Afi Dossou", "Koffi Bio"),
            ],
        )
        event = self.line.event_ids.sorted("id")[1]
        self.assertEqual(event.user_id, self.clerk_benin)
        self.assertEqual(event.company_id, self.benin)

    def test_history_is_never_changed(self):
        event = self.line.event_ids[0]
        for user in (self.env.user, self.manager_benin, self.clerk_benin):
            with self.subTest(user.login):
                with self.assertRaises(UserError):
                    event.with_user(user).write({"reason": "x"})
                with self.assertRaises(UserError):
                    event.with_user(user).unlink()
        with self.assertRaises(AccessError):
            self.env["telecom.line.event"].with_user(self.manager_benin).create(
                {
                    "line_id": self.line.id,
                    "company_id": self.benin.id,
                    "kind": "state",
                }
            )

    def test_a_terminated_line_stays_so(self):
        self.line.action_terminate()
        for state in ("active", "available", "suspended"):
            with self.subTest(state), self.assertRaises(UserError):
                self.line.state = state

    def test_a_barred_line_comes_back(self):
        self.line.action_bar()
        self.assertEqual(self.line.state, "barred")
        self.line.action_activate()
        self.assertEqual(self.line.state, "active")

    def test_an_old_number_is_kept_as_alias(self):
        for typed, former in (
            ("97 22 22 22", "+22997222222"),
            ("+229 97222222", "+22997222222"),
            ("0022997222222", "+22997222222"),
            ("01 97 22 22 22", False),
            ("+2290197222222", False),
        ):
            with self.subTest(typed):
                line = self._line(self.customer, typed)
                self.assertEqual(line.msisdn, "+2290197222222")
                self.assertEqual(line.msisdn_former, former)
                line.unlink()

    def test_a_new_number(self):
        pool = self.env["telecom.line"].create(
            {"company_id": self.benin.id, "msisdn": "0197999999"}
        )
        self._operate("number", msisdn="97 99 99 99")
        self.assertEqual(self.line.msisdn, "+2290197999999")
        self.assertEqual(pool.state, "terminated", "Taken from the pool")
        event = self.line.event_ids.filtered(lambda event: event.kind == "number")
        self.assertEqual(event.old_display, "01 97 12 34 56")
        self.assertEqual(event.reason, "Demande")
        # The old one is free again
        self._line(self.customer, "0197123456")

    def test_a_number_somebody_has_is_refused(self):
        self._line(self.customer, "0197999999")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._operate("number", msisdn="0197999999")

    def test_a_number_goes_to_another_operator(self):
        self._operate("port_out", other_operator="Moov")
        self.assertEqual(self.line.state, "terminated")
        self.assertEqual(self.line.ported_to, "Moov")
        self.assertEqual(self._history(self.line)[-1][0], "ported_out")

    def test_a_number_comes_from_another_operator(self):
        action = self._operate(
            "port_in",
            line_id=False,
            partner_id=self.customer.id,
            msisdn="0195555555",
            other_operator="Moov",
        )
        line = self.env["telecom.line"].browse(action["res_id"])
        self.assertEqual(line.state, "reserved")
        self.assertEqual(line.ported_from, "Moov")
        self.assertEqual(line.event_ids.kind, "ported_in")
        line.action_activate()

    def test_nobody_operates_on_anothers_line(self):
        with self.assertRaises(UserError):
            self.env["telecom.line.operation"].with_user(self.clerk_tunisia).create(
                {"kind": "port_out", "line_id": self.line.id, "reason": "x"}
            )


@tagged("post_install", "-at_install", "telecom")
class TestNewSim(OperatorCase):
    """A line in use gets a new SIM when its holder proves who they are."""

    OLD, NEW = "8922999000000000018", "8922999000000000026"
    CARD = {"document_kind": "identity_card", "document_number": "BJ 1234-56"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer(
            cls.benin, "Afi", "Dossou", email="afi@example.com"
        )
        cls.line = cls._line(cls.customer, "0197123456", iccid=cls.OLD)

    def _document(self, **values):
        return self.env["telecom.identity.document"].create(
            {
                "partner_id": self.customer.id,
                "kind": "identity_card",
                "number": "BJ123456",
                "state": "verified",
                **values,
            }
        )

    def _dialog(self, user=None, **values):
        return (
            self.env["telecom.line.operation"]
            .with_user(user or self.clerk_benin)
            .create(
                {
                    "kind": "sim",
                    "company_id": self.benin.id,
                    "line_id": self.line.id,
                    "iccid": self.NEW,
                    "reason": "SIM perdue",
                    **values,
                }
            )
        )

    def _events(self, kind):
        self.env.invalidate_all()
        return self.line.event_ids.filtered(lambda event: event.kind == kind)

    def _mails(self):
        return self.env["mail.mail"].search([("email_to", "ilike", "afi@example.com")])

    def test_without_a_document_no_sim_is_replaced(self):
        for shown in (
            {},
            {**self.CARD, "document_number": "1-2"},
            {**self.CARD, "document_number": False},
            {**self.CARD, "document_kind": False},
        ):
            for user in (self.clerk_benin, self.manager_benin):
                dialog = self._dialog(user, overruling="Je la connais", **shown)
                with (
                    self.subTest(user=user.login, **shown),
                    self.assertRaisesRegex(UserError, "identity document"),
                ):
                    dialog.action_apply()
        self.assertEqual(self.line.iccid, self.OLD)

    def test_what_was_shown_stays_in_the_history_and_the_holder_is_told(self):
        self._document()
        # sudo: none - the tests are the superuser's
        self.line.sudo().puk = "11111111"
        before = self._mails()
        dialog = self._dialog(iccid="8922 9990 0000 0000 026", puk="2222 2222")
        self.assertTrue(dialog.identity_asked)
        dialog.write(self.CARD)
        dialog.action_apply()
        self.assertEqual(self.line.iccid, self.NEW)
        self.assertEqual(self.line.sudo().puk, "22222222")
        event = self._events("sim")
        self.assertEqual((event.old_value, event.new_value), (self.OLD, self.NEW))
        self.assertEqual(
            (event.document_kind, event.document_number, event.document_check),
            ("identity_card", "BJ 1234-56", "match"),
        )
        self.assertEqual(
            (event.reason, event.user_id), ("SIM perdue", self.clerk_benin)
        )
        mail = self._mails() - before
        self.assertEqual(len(mail), 1)
        self.assertIn(self.line.display_name, mail.body_html)
        self._dialog(iccid="8922999000000000034", **self.CARD).action_apply()
        self.assertFalse(self.line.sudo().puk, "That of the old SIM is of no use")

    def test_another_document_stops_the_clerk_and_leaves_a_trace(self):
        self._document(number="BJ999999")
        before = self._mails()
        dialog = self._dialog(overruling="Je la connais", **self.CARD)
        action = dialog.action_apply()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (dialog._name, dialog.id)
        )
        self.assertIn("BJ 1234-56", dialog.refusal)
        self.assertNotIn("999999", dialog.refusal, "The known one stays unknown")
        self.assertFalse(dialog.may_overrule)
        self.assertEqual(self.line.iccid, self.OLD)
        self.assertFalse(self._events("sim"))
        refused = self._events("sim_refused")
        self.assertEqual(
            (refused.document_check, refused.new_value, refused.user_id),
            ("different", self.NEW, self.clerk_benin),
        )
        self.assertEqual(refused.reason, "SIM perdue")
        self.assertEqual(self._mails(), before, "Nothing happened to the line")
        # The right one, in the same dialog
        dialog.document_number = "bj999999"
        dialog.action_apply()
        self.assertEqual(self.line.iccid, self.NEW)

    def test_a_document_that_ended_stops_too(self):
        self._document(state="expired")
        dialog = self._dialog(**self.CARD)
        dialog.action_apply()
        self.assertIn("ended", dialog.refusal)
        self.assertEqual(self._events("sim_refused").document_check, "ended")

    def test_a_manager_overrules_with_a_reason(self):
        self._document(number="BJ999999")
        dialog = self._dialog(self.manager_benin, **self.CARD)
        dialog.action_apply()
        self.assertTrue(dialog.may_overrule)
        self.assertEqual(self.line.iccid, self.OLD)
        dialog.overruling = " "
        dialog.action_apply()
        self.assertEqual(self.line.iccid, self.OLD)
        dialog.overruling = "Carte renouvelée"
        dialog.action_apply()
        self.assertEqual(self.line.iccid, self.NEW)
        event = self._events("sim")
        self.assertEqual(event.document_check, "different")
        self.assertEqual(event.reason, "SIM perdue · Carte renouvelée")
        self.assertEqual(event.user_id, self.manager_benin)
        self.assertEqual(len(self._events("sim_refused")), 2)

    def test_by_role_and_operator(self):
        self._document(number="BJ999999")
        shown = {**self.CARD, "overruling": "Carte renouvelée"}
        for user, replaced in (
            (self.clerk_tunisia, None),
            (self.manager_tunisia, None),
            (self.seller_benin, None),
            (self.clerk_benin, False),
            (self.agent, False),
            (self.manager_benin, True),
        ):
            with self.subTest(user.login):
                if replaced is None:
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        self._dialog(user, **shown).action_apply()
                    self.assertFalse(self._events("sim_refused"))
                else:
                    self._dialog(user, **shown).action_apply()
                self.env.invalidate_all()
                self.assertEqual(self.line.iccid == self.NEW, bool(replaced))

    def test_a_document_of_another_operators_customer_proves_nothing(self):
        self._document(number="BJ999999")
        self._document(
            partner_id=self._customer(self.tunisia, "Afi", "Dossou").id,
        )
        dialog = self._dialog(**self.CARD)
        dialog.action_apply()
        self.assertTrue(dialog.refusal)

    def test_of_a_line_that_waits_nothing_is_asked(self):
        for state in ("available", "reserved"):
            with self.subTest(state):
                self.line = self._line(self.customer, "0197123457", state=state)
                dialog = self._dialog()
                self.assertFalse(dialog.identity_asked)
                dialog.action_apply()
                self.assertEqual(self.line.iccid, self.NEW)
                # Nobody uses it yet: its SIM is typed, too
                self.line.with_user(self.clerk_benin).iccid = "8922999000000000034"
                self.line.action_terminate()

    def test_by_hand_nobody_changes_the_sim_of_a_line_in_use(self):
        for user in (self.clerk_benin, self.manager_benin):
            line = self.line.with_user(user)
            for state in ("active", "suspended", "barred"):
                self.line.state = state
                for values in (
                    {"iccid": self.NEW},
                    {"iccid": False},
                    {"imsi": "616030000000001"},
                    {"iccid": self.NEW, "state": "terminated"},
                ):
                    with (
                        self.subTest(user=user.login, state=state, written=values),
                        self.assertRaisesRegex(UserError, "Change SIM"),
                    ):
                        line.write(values)
            # As it is, it may be sent again
            line.write({"iccid": f" {self.OLD}", "imsi": False, "offer": "Prépayé"})
            self.line.state = "active"

    def test_the_dialog_asks_for_it(self):
        context = {
            "default_line_id": self.line.id,
            "default_company_id": self.benin.id,
            "default_kind": "sim",
        }
        Operation = self.env["telecom.line.operation"].with_user(self.clerk_benin)
        with Form(Operation.with_context(**context)) as form:
            self.assertTrue(form._get_modifier("document_number", "required"))
            form.iccid = self.NEW
            form.reason = "SIM perdue"
            form.document_number = "BJ 1234-56"
        form.record.action_apply()
        self.assertEqual(self._events("sim").document_check, "unknown")
        with self.assertRaisesRegex(AssertionError, "readonly"):
            Form(self.line.with_user(self.clerk_benin)).iccid = self.NEW


@tagged("post_install", "-at_install", "telecom")
class TestLineInParallel(BaseCase):
    """Two transactions that commit, as two clerks in two browsers."""

    def setUp(self):
        super().setUp()
        self.connection = sql_db.db_connect(common.get_db_name())
        with self.connection.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            self.company = env.ref("base.main_company").id
            self.partner = env["res.partner"].create({"name": "Parallel"}).id
        self.addCleanup(self._forget)

    def _forget(self):
        with self.connection.cursor() as cr:
            cr.execute("DELETE FROM telecom_line WHERE partner_id = %s", [self.partner])
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env["res.partner"].browse(self.partner).unlink()

    def test_one_number_has_one_line(self):
        values = {
            "company_id": self.company,
            "partner_id": self.partner,
            "msisdn": "+2290197070707",
            "state": "active",
        }
        outcome = []

        def take(env):
            try:
                with mute_logger("odoo.sql_db"):
                    env["telecom.line"].create(values)
                    env.flush_all()
                outcome.append("taken")
            except IntegrityError:
                outcome.append("refused")

        # Environments are made here: the registry belongs to the thread of the tests
        with self.connection.cursor() as first, self.connection.cursor() as second:
            env = api.Environment(second, api.SUPERUSER_ID, {})
            take(api.Environment(first, api.SUPERUSER_ID, {}))
            thread = threading.Thread(target=take, args=[env])
            thread.start()
            # As long as the first has not committed, the second waits
            thread.join(0.5)
            self.assertEqual(outcome, ["taken"])
            first.commit()
            thread.join(20)
            self.assertEqual(outcome, ["taken", "refused"])
            second.rollback()
