import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, TransactionCase, tagged

from ..engine import placeholders
from .common import CallcenterSetup


@tagged("post_install", "-at_install", "telecom")
class TestPlaceholders(BaseCase):
    def test_fill(self):
        values = {"first_name": "Afi", "city": "", "0f3ac2d19b8e7a64": "Fibre"}
        for text, expected in (
            ("Good day {first_name}!", "Good day Afi!"),
            ("{first_name} of {city}.", "Afi of."),
            ("Dear {gone}, you owe {amount} .", "Dear, you owe."),
            ("{unknown} and {0} and {first_name.x}", "and {0} and {first_name.x}"),
            ("{0f3ac2d19b8e7a64} in {12}", "Fibre in {12}"),
            ("As  it is,  {first_name}", "As  it is,  Afi"),
            ("{first_name", None),
            ("", ""),
            (False, ""),
        ):
            with self.subTest(text):
                self.assertEqual(
                    placeholders.fill(text, values),
                    text if expected is None else expected,
                )

    def test_values_are_not_filled_again(self):
        self.assertEqual(placeholders.fill("{a}{b}", {"a": "{b}", "b": "x"}), "{b}x")


class ScriptSetup(CallcenterSetup):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = cls.env["telecom.script"].create(
            {"name": "Renewal", "company_id": cls.benin.id}
        )
        cls.campaign_benin.write(
            {
                "script_id": cls.script.id,
                "contact_properties_definition": [
                    {"name": "offer", "type": "char", "string": "Present offer"},
                    {
                        "name": "wish",
                        "type": "selection",
                        "string": "Wish",
                        "selection": [["f", "Fibre"], ["m", "Mobile"]],
                    },
                ],
            }
        )

    @classmethod
    def build(cls, pages, script=None):
        """Fill a script as the builder does."""
        script = script or cls.script
        values = script.get_builder()["script"]
        blank = {"kind": "say", "text": "…", "choices": []}
        values["pages"] = [
            {
                **page,
                "blocks": [
                    {"key": f"{page['key']}.{number}", **blank, **block}
                    for number, block in enumerate(page["blocks"])
                ],
            }
            for page in pages
        ]
        return script.save_builder(values)

    @classmethod
    def build_usual(cls):
        cls.build(
            [
                {
                    "key": "a",
                    "name": "Welcome",
                    "blocks": [
                        {"text": "Good day {first_name}, this is {agent}."},
                        {
                            "kind": "question",
                            "text": "Have you got two minutes?",
                            "answer_type": "choice",
                            "required": True,
                            "target": "property.wish",
                            "choices": [
                                {"key": "c1", "name": "Fibre", "goto": "b"},
                                {"key": "c2", "name": "Mobile", "goto": "end"},
                            ],
                        },
                    ],
                },
                {
                    "key": "b",
                    "name": "Address",
                    "next": "end",
                    "blocks": [
                        {
                            "kind": "question",
                            "text": "Your e-mail address?",
                            "answer_type": "char",
                            "target": "contact.email",
                        },
                        {
                            "kind": "question",
                            "text": "Which city?",
                            "answer_type": "char",
                            "target": "customer.city",
                        },
                        {
                            "kind": "question",
                            "text": "Present offer?",
                            "answer_type": "char",
                            "target": "property.offer",
                        },
                        {
                            "kind": "action",
                            "text": "Send the offer",
                            "action": "message",
                            "message": "{first_name}, your offer: 10 GB",
                        },
                    ],
                },
            ]
        )
        blocks = cls.script.page_ids.block_ids
        cls.question, cls.email, cls.city, cls.offer = blocks.filtered(
            lambda block: block.kind == "question"
        )
        cls.button = blocks.filtered(lambda block: block.kind == "action")


@tagged("post_install", "-at_install", "telecom")
class TestScriptBuilder(ScriptSetup, TransactionCase):
    def test_a_new_script_has_a_page(self):
        self.assertEqual(len(self.script.page_ids), 1)

    def test_links_of_new_pages_are_kept(self):
        self.build_usual()
        first, second = self.script.page_ids
        self.assertEqual((first.name, second.name), ("Welcome", "Address"))
        fibre, mobile = self.question.choice_ids
        self.assertEqual(fibre.goto_page_id, second)
        self.assertTrue(mobile.ends)
        self.assertFalse(mobile.goto_page_id)
        self.assertTrue(second.ends)
        page = self.script.get_builder()["script"]["pages"][0]
        self.assertEqual(
            [choice["goto"] for choice in page["blocks"][1]["choices"]],
            [str(second.id), "end"],
        )

    def test_saved_again_nothing_is_made_twice(self):
        self.build_usual()
        blocks, choices = self.script.page_ids.block_ids, self.question.choice_ids
        # As a browser sends it
        values = json.loads(json.dumps(self.script.get_builder()["script"]))
        page = values["pages"][1]
        page["blocks"].reverse()
        # A block that goes to another page, and a page that goes away
        values["pages"][0]["blocks"].append(page["blocks"].pop())
        self.script.save_builder(values)
        self.assertEqual(self.script.page_ids.block_ids, blocks)
        self.assertEqual(self.question.choice_ids, choices)
        self.assertEqual(self.email.page_id.name, "Welcome")
        values = self.script.get_builder()["script"]
        values["pages"].pop(1)
        self.script.save_builder(values)
        self.assertEqual(len(self.script.page_ids), 1)
        self.assertTrue(self.email.exists())
        self.assertFalse(self.city.exists())

    def test_two_authors_do_not_overwrite_each_other(self):
        first = self.script.get_builder()["script"]
        second = self.script.get_builder()["script"]
        self.script.save_builder(first)
        with self.assertRaises(UserError):
            self.script.save_builder(second)

    def test_texts_are_kept_in_each_language(self):
        for lang in ("en_US", "fr_FR"):
            self.env["res.lang"]._activate_lang(lang)
        self.build_usual()
        values = self.script.get_builder("fr_FR")["script"]
        values["pages"][0]["name"] = "Accueil"
        values["pages"][0]["blocks"][0]["text"] = "Bonjour {first_name}"
        values["pages"][0]["blocks"][1]["choices"][0]["name"] = "La fibre"
        self.script.save_builder(values, "fr_FR")
        page, french = (
            self.script.get_builder(lang)["script"]["pages"][0]
            for lang in ("en_US", "fr_FR")
        )
        self.assertEqual((page["name"], french["name"]), ("Welcome", "Accueil"))
        self.assertEqual(french["blocks"][0]["text"], "Bonjour {first_name}")
        self.assertEqual(
            page["blocks"][0]["text"], "Good day {first_name}, this is {agent}."
        )
        self.assertEqual(page["blocks"][1]["choices"][0]["name"], "Fibre")
        self.assertEqual(french["blocks"][1]["choices"][0]["name"], "La fibre")

    def test_a_copy_leads_to_its_own_pages(self):
        self.build_usual()
        copy = self.script.copy()
        goto = copy.page_ids.block_ids.choice_ids.goto_page_id
        self.assertEqual(goto, copy.page_ids[1])
        self.assertEqual(len(copy.page_ids.block_ids), 6)

    def test_what_an_author_may_not_write(self):
        for changes in (
            {"kind": "question", "answer_type": "char", "target": "customer.vat"},
            {"kind": "question", "answer_type": "char", "target": "users.login"},
            {"kind": "action", "action": "link", "url": "javascript:alert(1)"},
            {"kind": "question"},
            {"kind": "action"},
        ):
            with self.subTest(changes), self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.build([{"key": "a", "name": "Page", "blocks": [changes]}])

    def test_by_role(self):
        builder = self.as_user(self.script, self.supervisor_benin)
        self.assertTrue(builder.get_builder()["editable"])
        builder.save_builder(builder.get_builder()["script"])
        for user in (self.user_agent, self.manager_benin):
            script = self.as_user(self.script, user)
            answer = script.get_builder()
            self.assertFalse(answer["editable"])
            with self.assertRaises(AccessError):
                script.save_builder(answer["script"])
        with self.assertRaises(AccessError):
            self.as_user(self.script, self.clerk_benin).get_builder()
        with self.assertRaises(AccessError):
            self.as_user(self.script, self.manager_tunisia).get_builder()

    def test_parts_of_other_scripts_are_left_alone(self):
        """Keys are ids: those of another script mean nothing here."""
        self.build_usual()
        other = self.env["telecom.script"].create(
            {"name": "Other", "company_id": self.benin.id}
        )
        values = other.get_builder()["script"]
        values["pages"] = self.script.get_builder()["script"]["pages"]
        other.save_builder(values)
        self.assertEqual(len(self.script.page_ids.block_ids), 6)
        self.assertEqual(len(other.page_ids.block_ids), 6)
        self.assertFalse(other.page_ids & self.script.page_ids)


@tagged("post_install", "-at_install", "telecom")
class TestScriptOnDesk(ScriptSetup, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build_usual()
        cls.contact = cls.env["telecom.campaign.contact"].create(
            {
                "campaign_id": cls.campaign_benin.id,
                "name": "Afi Dossou",
                "first_name": "Afi",
                "number": cls.number,
                "contact_properties": {"offer": "2 GB"},
            }
        )
        cls.call = cls._call(ring=cls.agent, direction="outbound")
        cls.attempt = cls.env["telecom.campaign.attempt"].create(
            {
                "company_id": cls.benin.id,
                "campaign_id": cls.campaign_benin.id,
                "contact_id": cls.contact.id,
                "pbx_id": cls.pbx.id,
                "mode": "predictive",
                "number": cls.number,
                "channel_id": cls.call.uniqueid,
                "recorded_at": cls.call.start_at,
            }
        )

    def ask(self, user=None, *companies):
        return self.desk(user or self.user_agent, *(companies or (self.benin,)))

    def test_the_script_comes_with_the_contact(self):
        answer = self.ask().get_script(self.call.id)
        self.assertEqual(answer["script"]["id"], self.script.id)
        self.assertEqual(answer["values"]["first_name"], "Afi")
        self.assertEqual(answer["values"]["agent"], self.agent.name)
        self.assertEqual(answer["values"]["offer"], "2 GB")
        self.assertEqual(answer["contact"]["id"], self.contact.id)
        self.assertEqual(answer["answers"], {})

    def test_in_the_language_of_the_contact(self):
        for lang in ("en_US", "fr_FR"):
            self.env["res.lang"]._activate_lang(lang)
        self.question.with_context(lang="fr_FR").text = "Avez-vous deux minutes ?"
        self.contact.language = "fr"
        answer = self.ask().get_script(self.call.id)
        self.assertEqual(answer["lang"], "fr_FR")
        texts = [block["text"] for block in answer["script"]["pages"][0]["blocks"]]
        self.assertIn("Avez-vous deux minutes ?", texts)
        self.assertEqual(self.ask().get_script(self.call.id, "en_US")["lang"], "en_US")

    def test_answers_are_kept_and_written(self):
        desk, choice = self.ask(), self.question.choice_ids[0]
        desk.answer_script(self.call.id, self.question.id, str(choice.id))
        desk.answer_script(self.call.id, self.email.id, "afi@example.com")
        desk.answer_script(self.call.id, self.offer.id, "10 GB")
        # Corrected
        desk.answer_script(self.call.id, self.email.id, "afi@example.net")
        self.assertEqual(self.contact.email, "afi@example.net")
        self.assertEqual(
            {prop["name"]: prop["value"] for prop in self.contact._property_values()},
            {"offer": "10 GB", "wish": "Fibre"},
        )
        answers = self.call.answer_ids
        self.assertEqual(
            answers.sorted("id").mapped("value"), ["Fibre", "afi@example.net", "10 GB"]
        )
        self.assertEqual(answers.agent_id, self.agent)
        self.assertEqual(answers.contact_id, self.contact)
        self.assertEqual(
            desk.get_script(self.call.id)["answers"],
            {
                str(self.question.id): str(choice.id),
                str(self.email.id): "afi@example.net",
                str(self.offer.id): "10 GB",
            },
        )

    def test_an_answer_sent_twice_at_once_is_one(self):
        self.ask().answer_script(self.call.id, self.offer.id, "10 GB")
        with self.assertBeginsAgain("telecom.script.answer"):
            self.ask().answer_script(self.call.id, self.offer.id, "20 GB")

    def test_the_customer_is_written_with_the_agents_rights(self):
        desk = self.ask()
        self.assertFalse(
            desk.answer_script(self.call.id, self.city.id, "Ouidah")["target"],
            "nobody knows who the customer is",
        )
        customer = self._customer()
        desk.link_partner(self.call.id, customer.id)
        self.assertTrue(
            desk.answer_script(self.call.id, self.city.id, "Ouidah")["target"]
        )
        self.assertEqual(customer.city, "Ouidah")
        self.assertEqual(self.call.answer_ids.partner_id, customer)

    def test_what_is_no_answer(self):
        desk = self.ask()
        others = self.env["telecom.script.choice"].search(
            [("block_id", "!=", self.question.id)], limit=1
        )
        for block, value in (
            (self.question, "Fibre"),
            (self.question, str(others.id or 0)),
            (self.question, {"id": 1}),
        ):
            with self.subTest(value), self.assertRaises(ValidationError):
                desk.answer_script(self.call.id, block.id, value)
        for block in (self.button, self.script.page_ids.block_ids[0]):
            with self.assertRaises(UserError):
                desk.answer_script(self.call.id, block.id, "x")

    def test_typed_answers(self):
        block = self.email
        for kind, value, clean in (
            ("boolean", True, True),
            ("boolean", False, False),
            ("boolean", None, None),
            ("integer", "12", 12),
            ("float", 1.5, 1.5),
            ("char", "", False),
            ("text", "a" * 9000, "a" * 5000),
        ):
            with self.subTest(kind=kind, value=value):
                block.write({"answer_type": kind, "target": False})
                self.assertEqual(block._clean_answer(value), clean)
        for kind, value in (
            ("boolean", "yes"),
            ("integer", "x"),
            ("float", "nan"),
            ("date", "tomorrow"),
        ):
            with self.subTest(kind=kind, value=value):
                block.answer_type = kind
                with self.assertRaises(ValidationError):
                    block._clean_answer(value)

    def test_others_calls_and_others_scripts(self):
        with self.assertRaises(AccessError):
            self.ask(self.user_other).get_script(self.call.id)
        with self.assertRaises(AccessError):
            self.ask(self.user_agent, self.tunisia).get_script(self.call.id)
        with self.assertRaises(AccessError):
            self.ask(self.user_other).answer_script(
                self.call.id, self.email.id, "x@example.com"
            )
        foreign = self.env["telecom.script"].create(
            {"name": "Tunis", "company_id": self.tunisia.id}
        )
        self.build(
            [
                {
                    "key": "a",
                    "name": "Page",
                    "blocks": [
                        {"kind": "question", "text": "?", "answer_type": "char"}
                    ],
                }
            ],
            foreign,
        )
        with self.assertRaises(UserError):
            self.ask().answer_script(self.call.id, foreign.page_ids.block_ids.id, "x")

    def test_answers_stay_when_the_script_changes(self):
        self.ask().answer_script(self.call.id, self.email.id, "afi@example.com")
        self.email.unlink()
        answer = self.call.answer_ids
        self.assertEqual(answer.question, "Your e-mail address?")
        self.assertEqual(answer.value, "afi@example.com")
