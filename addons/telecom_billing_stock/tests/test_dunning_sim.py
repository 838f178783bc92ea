from odoo.tests import tagged

from odoo.addons.telecom_stock.tests.counter_common import CounterCase


@tagged("post_install", "-at_install", "telecom")
class TestDunningSim(CounterCase):
    """Who has paid is in service again, whatever became of one of his SIMs."""

    def test_a_stolen_sim_keeps_no_other_line_out_of_service(self):
        offer = self.env["product.product"].create(
            {
                "name": "Forfait",
                "type": "service",
                "company_id": self.benin.id,
                "telecom_offer_kind": "postpaid",
            }
        )
        account = self.awa._telecom_billing_accounts()[self.awa.id]
        subscriptions = self.env["telecom.subscription"].create(
            [
                {
                    "company_id": self.benin.id,
                    "partner_id": self.awa.id,
                    "product_id": offer.id,
                    "line_id": self._line(self.awa, msisdn, iccid=sim.name).id,
                }
                for msisdn, sim in zip(
                    ("+2290197000601", "+2290197000602"), self.sims, strict=True
                )
            ]
        )
        today = self.benin._telecom_local_today()
        subscriptions._telecom_start(today)
        level = self.env["telecom.dunning.level"].create(
            {
                "company_id": self.benin.id,
                "name": "Suspension",
                "days": 15,
                "action": "suspend",
            }
        )
        case = self.env["telecom.dunning"]._open(self.benin, [(account, today)])
        case._suspend(level)
        self.assertEqual(set(subscriptions.mapped("state")), {"suspended"})
        stolen, other = subscriptions.line_id
        self.sims[0]._telecom_block("stolen")
        # Nothing is overdue: paid
        case._settle()
        self.assertEqual(case.state, "closed")
        self.assertEqual(subscriptions.mapped("state"), ["suspended", "active"])
        self.assertEqual((stolen.state, other.state), ("suspended", "active"))
        self.assertIn(stolen.display_name, case.message_ids[0].body)
        self.assertIn(self.sims[0].name, case.message_ids[0].body)
