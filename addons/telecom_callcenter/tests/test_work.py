import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from .common import CLERK, CallcenterSetup

FILE = """N° dossier;Objet;Priorité;Client;Motif;Montant
D-1;Contrat à corriger;0;;Erreur de nom;12,5
D-2;Adresse à vérifier;5;C-77;Déménagement;0
D-2;Encore;0;;;
;;;;;
D-4;Inconnu;0;C-404;;
"""


class WorkSetup(CallcenterSetup):
    """A live back-office campaign of Benin, with a script and three items."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Campaign = cls.env["telecom.campaign"]
        cls.office = Campaign.create(
            {
                "name": "Dossiers",
                "kind": "back_office",
                "company_id": cls.benin.id,
                "state": "live",
                "contact_properties_definition": [
                    {"name": "reason", "string": "Motif", "type": "char"}
                ],
            }
        )
        cls.office_togo = Campaign.create(
            {
                "name": "Lomé",
                "kind": "back_office",
                "company_id": cls.togo.id,
                "state": "live",
            }
        )
        cls.customer = cls._customer(telecom_customer_number="C-77")
        Item = cls.env["telecom.work.item"]
        now = fields.Datetime.now()
        cls.plain, cls.urgent, cls.due = Item.create(
            [
                {"campaign_id": cls.office.id, "name": "Plain", "reference": "P"},
                {"campaign_id": cls.office.id, "name": "Urgent", "priority": 5},
                {
                    "campaign_id": cls.office.id,
                    "name": "Due",
                    "due_at": now - timedelta(hours=1),
                    "partner_id": cls.customer.id,
                },
            ]
        )
        cls.foreign = Item.create({"campaign_id": cls.office_togo.id, "name": "Lomé"})
        cls.statuses = {node.code: node for node in cls.office.disposition_ids}
        cls.script = cls.env["telecom.script"].create(
            {
                "name": "Contrôle",
                "company_id": cls.benin.id,
                "page_ids": [
                    Command.create(
                        {
                            "name": "Dossier",
                            "block_ids": [
                                Command.create(
                                    {
                                        "kind": "question",
                                        "text": "Ville ?",
                                        "answer_type": "char",
                                        "target": "contact.city",
                                    }
                                ),
                                Command.create(
                                    {
                                        "kind": "question",
                                        "text": "Motif ?",
                                        "answer_type": "char",
                                        "target": "property.reason",
                                    }
                                ),
                            ],
                        }
                    )
                ],
            }
        )
        cls.office.script_id = cls.script
        cls.town, cls.reason = cls.script.page_ids.block_ids

    def work(self, user, *companies):
        ids = [company.id for company in companies] or user.company_ids.ids
        return self.env(user=user, context={"allowed_company_ids": ids}, su=False)[
            "telecom.work.desk"
        ]


class WorkCase(WorkSetup, TransactionCase):
    pass


@tagged("post_install", "-at_install", "telecom")
class TestWork(WorkCase):
    def take(self, user=None):
        item = self.work(user or self.user_agent).next_item()
        return item and item["name"]

    def close(self, code, note="", user=None):
        user = user or self.user_agent
        desk = self.work(user)
        item = desk.get_work()["item"]
        return desk.close_item(item["id"], self.statuses[code].id, note)

    # Whose turn

    def test_order(self):
        """By priority, then by due time, then by age; the same until it is closed."""
        order = []
        for _turn in range(3):
            order.append(self.take())
            self.assertEqual(self.take(), order[-1])
            self.close("handled")
        self.assertEqual(order, ["Urgent", "Due", "Plain"])
        self.assertFalse(self.take())

    def test_nobody_gets_what_another_has(self):
        self.assertEqual(self.take(), "Urgent")
        self.assertEqual(self.take(self.user_other), "Due")
        with self.assertRaises(UserError):
            self.work(self.user_other).open_item(self.urgent.id)

    def test_next_in_two_tabs_at_once_is_one_item(self):
        self.assertEqual(self.take(), "Urgent")
        with self.assertBeginsAgain("telecom.work.session"):
            self.take()
        self.assertEqual(self.take(), "Urgent")

    def test_own_items_first_and_only(self):
        self.plain.user_id = self.user_agent
        self.assertEqual(self.take(self.user_other), "Urgent")
        self.assertEqual(self.take(), "Plain")
        self.office.work_mode = "assigned"
        self.close("handled")
        self.assertFalse(self.take(), "“Due” is assigned to nobody")
        with self.assertRaises(UserError):
            self.work(self.user_agent).open_item(self.due.id)

    def test_put_off(self):
        self.take()
        state = self.close("waiting_customer")
        self.assertEqual(state, "ready")
        self.assertFalse(self.urgent.user_id)
        hours = (self.urgent.next_at - fields.Datetime.now()).total_seconds() / 3600
        self.assertAlmostEqual(hours, 24, places=1)
        self.assertEqual(self.take(), "Due")
        self.close("handled")
        self.urgent.next_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertEqual(self.take(), "Urgent")
        # Not for ever
        self.statuses["waiting_customer"].retry_limit = 1
        self.assertEqual(self.close("waiting_customer"), "done")

    def test_a_closed_browser_keeps_nothing(self):
        self.take()
        session = self.urgent.session_ids
        session.started_at = fields.Datetime.now() - timedelta(hours=2)
        session.seen_at = session.started_at + timedelta(minutes=3)
        self.assertEqual(self.take(self.user_other), "Urgent")
        self.assertEqual((session.result, session.seconds), ("left", 180))
        with self.assertRaises(UserError):
            self.work(self.user_agent).close_item(
                self.urgent.id, self.statuses["handled"].id
            )
        self.assertFalse(self.work(self.user_agent).keep_alive(self.urgent.id))

    def _asleep(self, hours=63):
        """“Urgent” was begun, and nothing heard of it after three minutes."""
        self.take()
        session = self.urgent.session_ids
        session.started_at = fields.Datetime.now() - timedelta(hours=hours)
        session.seen_at = session.started_at + timedelta(minutes=3)
        return session

    def test_a_laptop_closed_on_friday_worked_no_weekend(self):
        desk = self.work(self.user_agent)
        for wake in (
            lambda: desk.keep_alive(self.urgent.id),
            lambda: self.assertEqual(self.take(), "Urgent"),
            lambda: desk.get_work(),
            lambda: desk.open_item(self.urgent.id),
        ):
            friday = self._asleep()
            wake()
            self.assertEqual((friday.result, friday.seconds), ("left", 180))
            monday = self.urgent.session_ids - friday
            self.assertFalse(monday.ended_at)
            self.assertEqual(
                (self.urgent.state, self.urgent.user_id), ("working", self.user_agent)
            )
            self.assertEqual(
                desk.keep_alive(self.urgent.id),
                fields.Datetime.to_string(monday.started_at),
            )
            self.urgent.session_ids.unlink()
            self.urgent.write({"state": "ready", "user_id": False})

    def test_a_status_given_on_monday_morning(self):
        friday = self._asleep()
        self.assertEqual(self.close("handled"), "done")
        monday = self.urgent.session_ids - friday
        self.assertEqual((friday.result, monday.result), ("left", "status"))
        self.assertAlmostEqual(self.urgent.handling_seconds, 180, delta=5)

    def test_an_item_given_back_on_monday_morning(self):
        friday = self._asleep()
        self.work(self.user_agent).leave_item(self.urgent.id)
        self.assertEqual(self.urgent.session_ids, friday)
        self.assertEqual((friday.result, friday.seconds), ("left", 180))

    def test_paused_files_wait(self):
        file = self.read_in(FILE)
        (self.plain | self.urgent | self.due).action_cancel()
        file.paused = True
        self.assertFalse(self.take())
        file.action_pause()
        self.assertEqual(self.take(), "Adresse à vérifier")

    # Closing

    def test_times_and_statistics(self):
        self.take()
        session = self.urgent.session_ids
        session.started_at = fields.Datetime.now() - timedelta(minutes=5)
        self.assertEqual(self.close("handled", "Corrigé."), "done")
        self.assertEqual(self.urgent.done_by_id, self.user_agent)
        self.assertEqual(self.urgent.result_note, "Corrigé.")
        self.assertAlmostEqual(self.urgent.handling_seconds, 300, delta=5)
        [row] = self.env["telecom.work.session"].formatted_read_group(
            [("campaign_id", "=", self.office.id)],
            ["user_id", "disposition_id"],
            ["__count", "average_minutes:avg", "is_success:sum"],
        )
        self.assertEqual(row["user_id"][0], self.user_agent.id)
        self.assertEqual(row["disposition_id"][0], self.statuses["handled"].id)
        self.assertAlmostEqual(row["average_minutes:avg"], 5, delta=0.1)
        self.assertEqual(row["is_success:sum"], 1)

    def test_a_status_of_another_campaign_is_refused(self):
        self.take()
        for node in (
            self.office_togo.disposition_ids.filtered("is_leaf")[:1],
            self.office.disposition_ids.filtered(lambda n: not n.is_leaf)[:1],
        ):
            with self.assertRaises(UserError):
                self.work(self.user_agent).close_item(self.urgent.id, node.id)

    def test_what_an_administrator_sees_follows_the_kind(self):
        codes = set(self.office.disposition_ids.mapped("code"))
        self.assertIn("handled", codes)
        self.assertNotIn("voicemail", codes)
        self.assertEqual(self.statuses["handled"].shortcut, "1")

    # Scripts

    def test_answers(self):
        desk = self.work(self.user_agent)
        item = desk.next_item()
        self.assertEqual(item["script"]["script"]["id"], self.script.id)
        desk.answer(item["id"], self.town.id, "Parakou")
        kept = desk.answer(item["id"], self.town.id, "Ouidah")
        self.assertEqual(kept["values"]["city"], "Ouidah")
        desk.answer(item["id"], self.reason.id, "Erreur")
        self.assertEqual(self.urgent.city, "Ouidah")
        self.assertEqual(self.urgent._property_raw()["reason"], "Erreur")
        answers = self.urgent.answer_ids
        self.assertEqual(sorted(answers.mapped("value")), ["Erreur", "Ouidah"])
        self.assertEqual(answers.user_id, self.user_agent)
        self.assertEqual(answers.company_id, self.benin)
        self.assertEqual(
            desk.get_work()["item"]["answers"][str(self.town.id)], "Ouidah"
        )
        with self.assertRaises(UserError):
            desk.answer(self.due.id, self.town.id, "x")

    def test_an_answer_sent_twice_at_once_is_one(self):
        desk = self.work(self.user_agent)
        item = desk.next_item()
        desk.answer(item["id"], self.town.id, "Parakou")
        with self.assertBeginsAgain("telecom.script.answer"):
            desk.answer(item["id"], self.town.id, "Ouidah")

    def test_what_is_known_before_it_is_asked(self):
        self.urgent.write(
            {"city": "Ouidah", "contact_properties": {"reason": "Erreur"}}
        )
        held = self.work(self.user_agent).next_item()["script"]["held"]
        self.assertEqual(
            held,
            {
                str(self.town.id): {"text": "Ouidah", "raw": "Ouidah"},
                str(self.reason.id): {"text": "Erreur", "raw": "Erreur"},
            },
        )

    def test_what_is_known_in_every_kind_of_answer(self):
        self.office.contact_properties_definition = [
            {"name": "when", "string": "Quand", "type": "date"},
            {"name": "amount", "string": "Montant", "type": "float"},
            {"name": "paper", "string": "Pièce", "type": "boolean"},
            {
                "name": "kind",
                "string": "Genre",
                "type": "selection",
                "selection": [["a", "Neuf"], ["b", "Ancien"]],
            },
        ]
        self.urgent.contact_properties = {
            "when": "2026-02-28",
            "amount": 12.5,
            "paper": True,
            "kind": "b",
        }
        page = self.script.page_ids
        page.block_ids.unlink()
        page.block_ids = [
            Command.create(
                {"kind": "question", "text": target, "sequence": number}
                | {"answer_type": kind, "target": target}
                | choices
            )
            for number, (target, kind, choices) in enumerate(
                (
                    ("property.when", "date", {}),
                    ("property.amount", "float", {}),
                    ("property.paper", "boolean", {}),
                    (
                        "property.kind",
                        "choice",
                        {
                            "choice_ids": [
                                Command.create({"name": name})
                                for name in ("Neuf", "Ancien")
                            ]
                        },
                    ),
                    ("property.amount", "date", {}),
                    ("property.amount", "integer", {}),
                )
            )
        ]
        held = self.work(self.user_agent).next_item()["script"]["held"]
        raw = [held[str(block.id)]["raw"] for block in page.block_ids]
        ancient = page.block_ids[3].choice_ids[1]
        self.assertEqual(raw, ["2026-02-28", 12.5, True, str(ancient.id), None, 12])

    def test_no_and_nothing_are_kept_apart(self):
        self.town.write({"answer_type": "boolean", "target": False})
        self.reason.write({"answer_type": "integer", "target": False})
        desk = self.work(self.user_agent)
        item = desk.next_item()["id"]
        keys = str(self.town.id), str(self.reason.id)
        for town, reason in ((False, 0), (True, 7), (None, False)):
            desk.answer(item, self.town.id, town)
            desk.answer(item, self.reason.id, reason)
            self.env.invalidate_all()
            answers = desk.get_work()["item"]["answers"]
            expected = (town, None if reason is False else reason)
            self.assertEqual(tuple(answers[key] for key in keys), expected)

    def test_done_means_that_the_script_was_answered(self):
        self.reason.required = True
        desk = self.work(self.user_agent)
        item = desk.next_item()["id"]
        with self.assertRaisesRegex(UserError, "Motif"):
            self.close("handled")
        self.assertEqual(self.urgent.state, "working")
        desk.answer(item, self.reason.id, "Erreur")
        self.assertEqual(self.close("handled"), "done")
        # What is put off, or was not for us, needs none
        for code in ("not_ours", "waiting_customer"):
            desk.next_item()
            self.close(code)
        self.assertEqual(
            set((self.due | self.plain).mapped("disposition_id.code")),
            {"not_ours", "waiting_customer"},
        )

    # Where work comes from

    def read_in(self, text, **vals):
        file = self.env["telecom.work.file"].create(
            {
                "name": "dossiers.csv",
                "campaign_id": self.office.id,
                "file": base64.b64encode(text.encode()),
                **vals,
            }
        )
        file.column_ids.filtered(
            lambda c: c.heading == "Client"
        ).target = "customer_number"
        file.action_start()
        return file

    def test_file(self):
        file = self.read_in(FILE)
        self.assertEqual((file.state, file.good_count, file.bad_count), ("done", 2, 3))
        self.assertEqual(
            sorted(file.error_ids.mapped("code")),
            ["no_name", "twice", "unknown_customer"],
        )
        first, second = file.item_ids.sorted("reference")
        self.assertEqual(second.partner_id, self.customer)
        self.assertEqual(second.priority, 5)
        labels = {p["label"]: p["value"] for p in first._property_values()}
        self.assertEqual(labels["Motif"], "Erreur de nom")
        self.assertEqual(labels["Montant"], "12.5")
        self.assertEqual(first.company_id, self.benin)

    def test_the_same_references_again(self):
        file = self.read_in(FILE)
        file.item_ids.filtered(lambda i: i.reference == "D-1").write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "done_by_id": self.user_agent.id,
                "status_counts": {"1": 5},
            }
        )
        refused = self.read_in(FILE)
        self.assertEqual((refused.good_count, refused.again_count), (0, 0))
        again = self.read_in("N° dossier;Objet\nD-1;Contrat, suite\n", repeated="again")
        item = file.item_ids.filtered(lambda i: i.reference == "D-1")
        self.assertEqual((item.state, item.name), ("ready", "Contrat, suite"))
        self.assertFalse(item.done_at or item.done_by_id or item.status_counts)
        self.assertEqual(again.again_count, 1)
        raw = item._property_raw()
        self.assertEqual(raw["Motif"], "Erreur de nom", "what is not said stays")

    def test_claims(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Back-office", "company_id": self.benin.id}
        )
        claim = self.env["helpdesk.ticket"].create(
            {
                "name": "Facture fausse",
                "description": "x",
                "company_id": self.benin.id,
                "partner_id": self.customer.id,
                "team_id": team.id,
            }
        )
        self.office.claim_team_ids = team
        self.office._renew_claims()
        self.office._renew_claims()
        # The scheduler was quicker
        with self.assertBeginsAgain("telecom.work.item"):
            self.office._take_claims(claim)
        [item] = self.office.work_item_ids.filtered("ticket_id")
        self.assertEqual((item.ticket_id, item.partner_id), (claim, self.customer))
        (self.plain | self.urgent | self.due).action_cancel()
        self.assertEqual(self.take(), "Facture fausse")
        self.close("handled", "Avoir établi.")
        self.assertIn("Avoir établi.", str(claim.message_ids[:1].body))

    def test_work_of_closed_claims_goes(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Back-office", "company_id": self.benin.id}
        )
        self.office.claim_team_ids = team
        closed = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)])
        item = self.env["telecom.work.item"].create(
            {
                "campaign_id": self.office.id,
                "name": "x",
                "ticket_id": self.env["helpdesk.ticket"]
                .create(
                    {
                        "name": "Facture fausse",
                        "description": "x",
                        "company_id": self.benin.id,
                        "partner_id": self.customer.id,
                        "team_id": team.id,
                    }
                )
                .id,
            }
        )
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET stage_id = %s WHERE id = %s",
            [closed[:1].id, item.ticket_id.id],
        )
        self.env.invalidate_all()
        self.office._renew_claims()
        self.assertEqual(item.state, "cancelled")

    def test_reopened_claims_come_back(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Back-office", "company_id": self.benin.id}
        )
        self.office.write({"claim_team_ids": team.ids, "work_due_hours": 24})
        claims = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": name,
                    "description": "x",
                    "company_id": self.benin.id,
                    "partner_id": self.customer.id,
                    "team_id": team.id,
                }
                for name in ("Facture fausse", "Coupure", "Restée ouverte")
            ]
        )
        self.office._renew_claims()
        items = self.office.work_item_ids.filtered("ticket_id").sorted("id")
        cancelled, done, kept = items
        kept.action_cancel()
        items.due_at = "2026-01-01 08:00:00"
        claims[:2].telecom_state = "treated"
        done.state = "done"
        self.office._renew_claims()
        self.assertEqual(cancelled.state, "cancelled")
        claims[:2].telecom_state = "reopened"
        self.office._renew_claims()
        self.assertEqual((cancelled + done).mapped("state"), ["ready", "ready"])
        self.assertFalse((cancelled + done).filtered("late"), "in new time")
        self.assertEqual(kept.state, "cancelled", "nothing happened to its claim")
        # Given once more by hand
        self.env["telecom.work.claims"].create(
            {"ticket_ids": claims[2].ids, "campaign_id": self.office.id}
        ).action_take()
        self.assertEqual(kept.state, "ready")
        # What is over is not begun again
        claims.telecom_state = "treated"
        self.office._renew_claims()
        self.office.action_stop()
        claims.telecom_state = "reopened"
        self.assertEqual(set(items.mapped("state")), {"cancelled"})

    def test_live_needs_work(self):
        fresh = self.env["telecom.campaign"].create(
            {"name": "Neuf", "kind": "back_office", "company_id": self.benin.id}
        )
        with self.assertRaises(UserError) as caught:
            fresh.action_go_live()
        self.assertIn("work", str(caught.exception))
        self.env["telecom.work.item"].create({"campaign_id": fresh.id, "name": "x"})
        fresh.action_go_live()
        self.assertEqual(fresh.state, "live")

    def test_share_out(self):
        items = self.plain | self.urgent | self.due
        wizard = (
            self.as_user(self.env["telecom.work.assign"], self.user_supervisor)
            .with_context(active_model="telecom.work.item", active_ids=items.ids)
            .create(
                {"user_ids": [Command.set((self.user_agent | self.user_other).ids)]}
            )
        )
        self.assertEqual(wizard.item_count, 3)
        wizard.action_assign()
        self.assertEqual(
            (self.urgent.user_id, self.due.user_id, self.plain.user_id),
            (self.user_agent, self.user_other, self.user_agent),
        )
        with self.assertRaises(ValidationError):
            self.urgent.user_id = self.user_rival


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestWorkRoles(WorkCase):
    """By role and operator."""

    def test_a_new_one_chooses_its_campaign_first(self):
        """The screen would offer no campaign before it knows whose it is."""
        for model in (
            "telecom.campaign.contact",
            "telecom.campaign.file",
            "telecom.disposition",
            "telecom.qualification",
            "telecom.work.file",
            "telecom.work.item",
        ):
            with self.subTest(model):
                field = self.env[model].fields_get(["campaign_id"], ["domain"])
                domain = field["campaign_id"].get("domain")
                self.assertNotIn("company_id", str(domain))

    def test_who_sees_and_changes_what(self):
        for user, write in (
            (self.user_agent, False),
            (self.clerk_benin, False),
            (self.manager_benin, False),
            (self.supervisor_benin, True),
            (self.user_supervisor, True),
        ):
            with self.subTest(user.login):
                mine = self.as_user(self.plain, user)
                self.assertTrue(mine.has_access("read"))
                self.assertIs(mine.has_access("write"), write)
        for user in (self.manager_tunisia, self.user_rival):
            with self.subTest(user.login):
                mine = self.as_user(self.plain, user)
                self.assertFalse(mine.search([("id", "=", self.plain.id)]))
                self.assertFalse(mine.has_access("read"))

    def test_clerks_work_where_they_are_in_the_team(self):
        desk = self.work(self.clerk_benin)
        self.assertFalse(desk.get_work()["campaigns"])
        self.assertFalse(desk.next_item())
        with self.assertRaises(UserError):
            desk.open_item(self.plain.id)
        self.office.work_user_ids = self.clerk_benin
        self.assertEqual(desk.next_item()["name"], "Urgent")
        # Agents who are not in the team have none of it
        self.assertFalse(self.work(self.user_agent).get_work()["campaigns"])

    def test_no_item_of_an_operator_one_does_not_work_for(self):
        both = self._user("cc.work.both", self.benin | self.togo, CLERK)
        (self.office | self.office_togo).work_user_ids = both
        here = self.work(both, self.benin)
        self.assertEqual(
            [one["id"] for one in here.get_work()["campaigns"]], self.office.ids
        )
        with self.assertRaises(UserError):
            here.open_item(self.foreign.id)
        self.work(both, self.togo).open_item(self.foreign.id)
        # Begun for Togo: not to be closed while Benin alone is active
        with self.assertRaises(UserError):
            here.close_item(self.foreign.id, 0)
        self.assertFalse(here.get_work()["item"])

    def test_times_are_ones_own(self):
        self.work(self.user_agent).next_item()
        self.work(self.user_other).next_item()
        Session = self.env["telecom.work.session"]
        self.assertEqual(
            self.as_user(Session, self.user_agent).search([]).user_id, self.user_agent
        )
        self.assertEqual(
            self.as_user(Session, self.supervisor_benin).search([]).user_id,
            self.user_agent | self.user_other,
        )

    def test_module_switched_off(self):
        self.work(self.user_agent).next_item()
        self.benin._telecom_set_module("callcenter", "readonly")
        with self.assertRaises(AccessError):
            self.work(self.user_agent).close_item(
                self.urgent.id, self.statuses["handled"].id
            )
        self.benin._telecom_set_module("callcenter", "off")
        self.assertFalse(self.work(self.user_agent).get_work()["campaigns"])
        self.assertFalse(
            self.as_user(self.plain, self.supervisor_benin).has_access("read")
        )

    def test_no_stranger_works_here(self):
        stranger = self._user("cc.work.none", self.benin, "base.group_user")
        with self.assertRaises(AccessError):
            self.work(stranger).get_work()
