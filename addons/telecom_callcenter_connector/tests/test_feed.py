from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ConnectorCase


@tagged("post_install", "-at_install", "telecom")
class TestFeed(ConnectorCase):
    """Work that a client's own database gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls._second_database()
        cls.connector = cls._database_connector(cls.client)
        cls.office = cls.env["telecom.campaign"].create(
            {
                "name": "Dossiers",
                "kind": "back_office",
                "company_id": cls.benin.id,
                "state": "live",
            }
        )
        cls.query = cls._query(
            cls.connector,
            "open_work",
            text="SELECT number AS ref, subject AS objet, urgency AS priority,"
            " customer AS compte FROM work ORDER BY number",
        )
        cls.feed = cls.env["telecom.connector.feed"].create(
            {"campaign_id": cls.office.id, "query_id": cls.query.id}
        )

    def ask_all(self):
        """As the scheduler does."""
        self.env.flush_all()
        self.env.ref(
            "telecom_callcenter_connector.ir_cron_feed"
        ).method_direct_trigger()
        self.env.invalidate_all()

    def test_rows_become_items(self):
        self.feed.action_look()
        self.assertEqual(
            {c.name: c.target for c in self.feed.column_ids},
            {
                "ref": "reference",
                "objet": "name",
                "priority": "priority",
                "compte": "property",
            },
        )
        self.feed.action_run()
        items = self.office.work_item_ids.sorted("reference")
        self.assertEqual(
            items.mapped("name"), ["Contrat à corriger", "Adresse à vérifier"]
        )
        self.assertEqual(items.mapped("priority"), [2, 0])
        self.assertEqual(items[0]._property_raw()["compte"], "C-1")
        self.assertEqual(self.feed.last_count, 2)

    def test_asked_again_nothing_is_doubled(self):
        self.feed.action_look()
        self.feed.action_run()
        done = self.office.work_item_ids.filtered(lambda i: i.reference == "D-1")
        done.state = "done"
        self.client.execute("UPDATE work SET subject = 'Adresse, urgent', urgency = 9")
        self.client.execute("INSERT INTO work VALUES ('D-3', 'Neuf', 0, NULL)")
        self.feed.last_run_at = False
        self.ask_all()
        self.office.work_item_ids.invalidate_recordset()
        items = self.office.work_item_ids.sorted("reference")
        self.assertEqual(items.mapped("reference"), ["D-1", "D-2", "D-3"])
        self.assertEqual(items[0].name, "Contrat à corriger", "done: left alone")
        self.assertEqual((items[1].name, items[1].priority), ("Adresse, urgent", 9))

    def test_trouble_is_kept_on_the_record(self):
        self.feed.action_look()
        self.connector.secret = "wrong"
        self.connector.login = "nobody_like_that"
        self.ask_all()
        # The rest is in the language of whoever set it up
        self.assertIn("open_work", self.feed.message)
        self.assertTrue(self.feed.last_run_at)
        self.assertFalse(self.office.work_item_ids)

    def test_columns_come_first(self):
        with self.assertRaises(UserError):
            self.feed.action_run()

    def test_a_feed_is_work(self):
        fresh = self.env["telecom.campaign"].create(
            {"name": "Neuf", "kind": "back_office", "company_id": self.benin.id}
        )
        self.assertIn("work", " ".join(fresh._missing_to_go_live()))
        self.feed.copy({"campaign_id": fresh.id})
        self.assertNotIn("work", " ".join(fresh._missing_to_go_live()))
