import threading

from psycopg2.errors import SerializationFailure

from odoo import Command, api, sql_db
from odoo.exceptions import UserError
from odoo.tests import BaseCase, common, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install", "telecom")
class TestBookingInParallel(BaseCase):
    """Two transactions that commit, as two customers in two browsers."""

    def setUp(self):
        super().setUp()
        self.connection = sql_db.db_connect(common.get_db_name())
        with self.connection.cursor() as cr:
            env = self._env(cr)
            company = env.ref("base.main_company")
            self.seller = (
                env["res.users"]
                .with_context(no_reset_password=True)
                .create(
                    {
                        "name": "Parallel",
                        "login": "t.parallel.seller",
                        "company_id": company.id,
                        "company_ids": [Command.set(company.ids)],
                        "group_ids": [
                            Command.set(env.ref("telecom_crm.group_telecom_seller").ids)
                        ],
                    }
                )
                .id
            )
            self.partner = (
                env["res.partner"]
                .create({"name": "Parallel", "company_id": company.id})
                .id
            )
            self.requests = (
                env["telecom.quote.request"]
                .create(
                    [
                        {"partner_id": self.partner, "company_id": company.id}
                        for _number in range(2)
                    ]
                )
                .ids
            )
        self.addCleanup(self._forget)

    def _env(self, cr):
        return api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})

    def _forget(self):
        with self.connection.cursor() as cr:
            env = self._env(cr)
            requests = env["telecom.quote.request"].browse(self.requests)
            requests.with_context(active_test=False).event_id.unlink()
            requests.unlink()
            env["ir.sequence"].search(
                [
                    ("code", "=", "telecom.quote.request"),
                    ("company_id", "=", env.ref("base.main_company").id),
                ]
            ).unlink()
            seller = env["res.users"].browse(self.seller)
            partners = seller.partner_id + env["res.partner"].browse(self.partner)
            seller.unlink()
            partners.unlink()

    def _book(self, env, number, slot):
        request = env["telecom.quote.request"].browse(self.requests[number])
        request._telecom_book(env["res.users"].browse(self.seller), slot)
        env.flush_all()

    def test_of_two_who_want_one_slot_one_gets_it(self):
        outcome = []
        with self.connection.cursor() as first, self.connection.cursor() as second:
            one, other = self._env(first), self._env(second)
            seller = one["res.users"].browse(self.seller)
            company = one.ref("base.main_company")
            slots = one["telecom.quote.request"]._telecom_slots(company, seller)
            slot = slots[0][0]
            # Both looked at the agenda, both saw the slot free
            second.execute("SELECT count(*) FROM calendar_event")
            self._book(one, 0, slot)

            def book():
                try:
                    with mute_logger("odoo.sql_db"):
                        self._book(other, 1, slot)
                    outcome.append("booked")
                except SerializationFailure:
                    # Odoo starts such a request again
                    second.rollback()
                    other.invalidate_all()
                    try:
                        self._book(other, 1, slot)
                        outcome.append("booked")
                    except UserError:
                        outcome.append("taken")

            thread = threading.Thread(target=book)
            thread.start()
            thread.join(0.5)
            self.assertEqual(outcome, [])
            first.commit()
            thread.join(20)
            self.assertEqual(outcome, ["taken"])
            second.rollback()
