from datetime import date
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_bill_run import BillRunCase

RUN = "odoo.addons.telecom_billing.models.telecom_bill_run"


@tagged("post_install", "-at_install", "telecom")
class TestBillRunTour(BillRunCase, HttpCase):
    charts = ("bj",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller_benin.password = cls.biller_benin.login
        cls.customers.email = "client@example.com"
        today = cls.benin._telecom_today()
        cls.last = fields.Date.add(today.replace(day=1), months=-1)
        cls.before = fields.Date.add(cls.last, months=-1)
        changes = cls.subscriptions.change_ids
        # Since long before whatever month it is
        cls.env.cr.execute(
            "UPDATE telecom_subscription_change SET date = %s WHERE id = ANY(%s)",
            [date(2024, 1, 1), changes.ids],
        )
        cls.env.cr.execute(
            "UPDATE telecom_subscription SET date_start = %s WHERE id = ANY(%s)",
            [date(2024, 1, 1), cls.subscriptions.ids],
        )
        cls.env.invalidate_all()

    def _make(self, first):
        return (
            self.env["telecom.bill.run"]
            .with_user(self.biller_benin)
            .with_company(self.benin)
            .create(
                {
                    "company_id": self.benin.id,
                    "date_from": first,
                    "invoice_date": fields.Date.add(first, months=1),
                }
            )
        )

    def test_a_clerk_bills_a_cycle(self):
        self._done(self._make(self.before))
        # One customer takes seven options more: that stands out
        options = [
            self._subscription(self.accounts[0], self.option, str(self.last))
            for _number in range(7)
        ]
        self.assertEqual(len(options), 7)
        action = self.env.ref("telecom_billing.action_telecom_bill_run")
        self.start_tour(
            f"/odoo/action-{action.id}",
            "telecom_billing_bill_run",
            login=self.biller_benin.login,
        )
        run = self.env["telecom.bill.run"].search(
            [("company_id", "=", self.benin.id), ("date_from", "=", self.last)]
        )
        self.assertEqual((run.state, run.user_id), ("done", self.biller_benin))
        moves = run.account_ids.move_ids
        self.assertEqual(set(moves.mapped("telecom_sending")), {"queued"})
        # The scheduler sends them, each with its PDF
        moves._telecom_send()
        self.assertEqual(set(moves.mapped("telecom_sending")), {"sent"})

    def test_progress_shows_while_the_scheduler_works(self):
        run = self._make(self.last)
        with patch(f"{RUN}.SMALL", 0), patch(f"{RUN}.BATCH", 3):
            run.action_prepare()
            while not run.prepared:
                run._as_its_user()._step({})
            run.action_invoice()
            run._as_its_user()._step({})
            self.env.flush_all()
            self.start_tour(
                f"/odoo/action-{self._action()}/{run.id}",
                "telecom_billing_bill_run_progress",
                login=self.biller_benin.login,
            )
            run._process(commit=False)
        self.assertEqual((run.state, run.move_count), ("done", 6))

    def _action(self):
        return self.env.ref("telecom_billing.action_telecom_bill_run").id
