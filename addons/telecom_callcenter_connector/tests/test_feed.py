from datetime import datetime

from freezegun import freeze_time

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

    def test_what_changed_before_a_failure_comes_after_it(self):
        self.client.execute(
            "ALTER TABLE work ADD changed timestamp DEFAULT '2026-11-20 08:00'"
        )
        changes = self._query(
            self.connector,
            "changes",
            [
                {
                    "name": "since",
                    "type": "datetime",
                    "source": "last_run",
                    "default_value": "2000-01-01",
                }
            ],
            text="SELECT number AS ref, subject AS objet FROM work"
            " WHERE changed > :since ORDER BY changed",
            row_limit=2,
        )
        self.feed.query_id = changes
        self.feed.action_look()

        def ask_at(moment):
            with freeze_time(moment):
                self.ask_all()

        ask_at("2026-11-21 10:00:00")
        self.assertEqual(len(self.office.work_item_ids), 2)
        # The client's system does not answer when it is asked next
        self.client.execute(
            "INSERT INTO work VALUES ('D-3', 'Neuf', 0, NULL, '2026-11-21 10:05')"
        )
        self.client.execute("ALTER TABLE work RENAME TO away")
        ask_at("2026-11-21 10:15:00")
        self.assertTrue(self.feed.message)
        self.assertEqual(self.feed.last_run_at, datetime(2026, 11, 21, 10, 15))
        self.client.execute("ALTER TABLE away RENAME TO work")
        ask_at("2026-11-21 10:30:00")
        self.assertFalse(self.feed.message)
        self.assertIn("D-3", self.office.work_item_ids.mapped("reference"))
        # More rows than it may read: none is left behind once it may
        self.client.execute(
            "INSERT INTO work SELECT 'E-' || n, 'Neuf', 0, NULL, '2026-11-21 10:35'"
            " FROM generate_series(1, 3) AS n"
        )
        ask_at("2026-11-21 10:45:00")
        self.assertTrue(self.feed.message)
        self.assertEqual(self.feed.complete_at, datetime(2026, 11, 21, 10, 30))
        changes.row_limit = 10
        ask_at("2026-11-21 11:00:00")
        self.assertEqual(len(self.office.work_item_ids), 6)
        self.assertEqual(self.feed.complete_at, datetime(2026, 11, 21, 11))
        # What another query holds is not asked from there
        self.feed.query_id = self.query
        self.assertFalse(self.feed.complete_at)

    def test_columns_come_first(self):
        with self.assertRaises(UserError):
            self.feed.action_run()

    def test_a_feed_is_work(self):
        fresh = self.env["telecom.campaign"].create(
            {"name": "Neuf", "kind": "back_office", "company_id": self.benin.id}
        )
        self.assertIn("work", " ".join(fresh._missing_to_go_live()))
        [work] = [p for p in fresh._checklist_points() if p["key"] == "work"]
        self.assertFalse(work["done"])
        action = fresh.action_add_feed()
        self.assertEqual(action["context"]["default_campaign_id"], fresh.id)
        self.feed.copy({"campaign_id": fresh.id})
        [work] = [p for p in fresh._checklist_points() if p["key"] == "work"]
        self.assertEqual((work["done"], work["shown"]), (True, self.query.name))
        self.assertNotIn("work", " ".join(fresh._missing_to_go_live()))
