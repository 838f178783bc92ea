from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ConnectorCase, ConnectorSetup


class ScriptQuerySetup(ConnectorSetup):
    """A script whose buttons read and change a client's database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls._second_database()
        cls.connector = cls._database_connector(cls.client)
        cls.balance = cls._query(
            cls.connector,
            "balance",
            [{"name": "customer", "source": "customer_number"}],
            [
                {"name": "holder", "label": "Titulaire"},
                {"name": "balance", "label": "Solde", "target": "property.Solde"},
                {"name": "note", "shown": False, "target": "contact.city"},
            ],
            name="Solde du client",
            text="SELECT holder, balance, 'Bohicon' AS note FROM account"
            " WHERE customer = :customer",
        )
        cls.block = cls._query(
            cls.connector,
            "block",
            [
                {"name": "customer", "source": "customer_number"},
                {"name": "why", "source": "Motif", "required": False},
            ],
            name="Bloquer",
            text="UPDATE account SET blocked = true, note = coalesce(note, '') || :why"
            " WHERE customer = :customer",
            operation="write",
            row_limit=1,
        )
        cls.script = cls.env["telecom.script"].create(
            {
                "name": "Contrôle",
                "company_id": cls.benin.id,
                "page_ids": [
                    Command.create(
                        {
                            "name": "Compte",
                            "block_ids": [
                                Command.create(
                                    {
                                        "kind": "action",
                                        "action": "query",
                                        "text": text,
                                        "query_code": code,
                                    }
                                )
                                for text, code in (
                                    ("Lire le solde", "balance"),
                                    ("Bloquer le compte", "block"),
                                    ("Rien", "nothing"),
                                )
                            ],
                        }
                    )
                ],
            }
        )
        cls.read, cls.write, cls.lost = cls.script.page_ids.block_ids
        cls.office = cls.env["telecom.campaign"].create(
            {
                "name": "Comptes",
                "kind": "back_office",
                "company_id": cls.benin.id,
                "state": "live",
                "script_id": cls.script.id,
                "contact_properties_definition": [
                    {"name": "solde", "string": "Solde", "type": "char"},
                    {"name": "motif", "string": "Motif", "type": "char"},
                ],
            }
        )
        cls.customer = cls._customer(telecom_customer_number="C-1")
        cls.item = cls.env["telecom.work.item"].create(
            {
                "campaign_id": cls.office.id,
                "name": "Compte à bloquer",
                "partner_id": cls.customer.id,
                "contact_properties": {"motif": "Fraude"},
            }
        )

    def work(self, user):
        return self.env(
            user=user, context={"allowed_company_ids": user.company_ids.ids}, su=False
        )["telecom.work.desk"]


@tagged("post_install", "-at_install", "telecom")
class TestScriptQuery(ScriptQuerySetup, ConnectorCase):
    def test_read_and_fill(self):
        desk = self.work(self.user_agent)
        desk.open_item(self.item.id)
        answer = desk.run_script_query(self.item.id, self.read.id, "a")
        self.assertEqual(
            [column["label"] for column in answer["columns"]], ["Titulaire", "Solde"]
        )
        self.assertEqual(answer["rows"][0][0], "Afi Dossou")
        self.assertEqual(answer["written"], ["Solde", "note"])
        self.assertEqual(self.item.city, "Bohicon")
        self.assertEqual(float(self.item._property_raw()["solde"]), 1250.5)
        self.assertEqual(answer["values"]["city"], "Bohicon")
        self.assertEqual(self.accesses(self.balance).user_id, self.user_agent)

    def test_change_once_for_each_click(self):
        desk = self.work(self.user_agent)
        desk.open_item(self.item.id)
        for click in ("a", "a", "b"):
            answer = desk.run_script_query(self.item.id, self.write.id, click)
            self.assertEqual(answer["count"], 1)
        self.assertEqual(
            self.client.execute("SELECT blocked, note FROM account ORDER BY 1 DESC")[0],
            (True, "FraudeFraude"),
        )
        self.assertEqual(len(self.accesses(self.block)), 2)

    def test_what_reads_is_asked_again(self):
        """Odoo repeats a request that met another one: the rows come then, too."""
        desk = self.work(self.user_agent)
        desk.open_item(self.item.id)
        for _turn in range(2):
            answer = desk.run_script_query(self.item.id, self.read.id, "a")
            self.assertEqual(answer["rows"][0][0], "Afi Dossou")
            self.assertEqual(answer["written"], ["Solde", "note"])

    def test_only_buttons_of_ones_own_item(self):
        desk = self.work(self.user_agent)
        with self.assertRaises(UserError):
            desk.run_script_query(self.item.id, self.read.id, "a")
        desk.open_item(self.item.id)
        for block in (self.lost.id, 0):
            with self.subTest(block), self.assertRaises(UserError):
                desk.run_script_query(self.item.id, block, "a")
        other = self.script.copy()
        with self.assertRaises(UserError):
            desk.run_script_query(self.item.id, other.page_ids.block_ids[:1].id, "a")
        self.balance.in_scripts = False
        with self.assertRaises(UserError):
            desk.run_script_query(self.item.id, self.read.id, "b")
        self.assertFalse(self.accesses(self.balance))

    def test_during_a_call(self):
        self.campaign_benin.script_id = self.script
        call = self._call(
            agent=self.agent, ring=self.agent, partner_id=self.customer.id
        )
        desk = self.desk(self.user_agent)
        answer = desk.run_script_query(call.id, self.read.id, "a")
        self.assertEqual(answer["rows"][0][0], "Afi Dossou")
        with self.assertRaises(AccessError):
            self.desk(self.user_rival).run_script_query(call.id, self.read.id, "a")

    def test_agents_never_see_the_text(self):
        for model in (self.balance, self.connector):
            with self.assertRaises(AccessError):
                self.as_user(model, self.user_agent).read(["name"])

    def test_the_builder_offers_queries(self):
        mine = self.as_user(self.script, self.supervisor_benin)
        builder = mine.get_builder()
        self.assertEqual(
            [query["code"] for query in builder["queries"]], ["block", "balance"]
        )
        blocks = builder["script"]["pages"][0]["blocks"]
        self.assertEqual(blocks[0]["query_code"], "balance")
        saved = mine.save_builder(builder["script"])
        self.assertEqual(
            saved["script"]["pages"][0]["blocks"][1]["query_code"], "block"
        )
