from odoo.tests import TransactionCase, tagged

KINDS = {"phone", "tablet", "key4g", "modem", "fibre_terminal", "sim"}


@tagged("post_install", "-at_install", "telecom")
class TestDemo(TransactionCase):
    def test_boutiques_have_stock_that_lives(self):
        if not self.env.ref("telecom_crm.company_benin", raise_if_not_found=False):
            return  # without demonstration data
        Demo = self.env["telecom.stock.demo"]
        Lot = self.env["stock.lot"]
        for country in ("benin", "tunisia"):
            with self.subTest(country):
                company = self.env.ref(f"telecom_crm.company_{country}")
                # There already after an installation; after an update, made here
                Demo._make_stock(company.id, country)
                domain = [
                    ("company_id", "=", company.id),
                    ("telecom_kind", "!=", False),
                ]
                lots = Lot.search(domain)
                self.assertGreater(len(lots), 150)
                self.assertEqual(set(lots.mapped("telecom_kind")), KINDS)
                self.assertLessEqual(
                    {"transit", "stock", "sold", "returned", "lost"},
                    set(lots.mapped("telecom_state")),
                )
                self.assertTrue(
                    all(
                        lot.telecom_boutique_id
                        for lot in lots
                        if lot.telecom_state == "stock"
                    )
                )
                points = self.env["stock.warehouse.orderpoint"].search(
                    [("company_id", "=", company.id)]
                )
                self.assertTrue(
                    any(p.qty_on_hand < p.product_min_qty for p in points),
                    "some boutique has too little",
                )
                self.assertTrue(any(p.qty_on_hand >= p.product_min_qty for p in points))
                Demo._make_stock(company.id, country)
                self.assertEqual(Lot.search_count(domain), len(lots), "made once")
