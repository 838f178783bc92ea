from odoo.tests import HttpCase, tagged

from .test_serial import SerialCase, iccid


@tagged("post_install", "-at_install", "telecom")
class TestSerialTour(HttpCase, SerialCase):
    def test_a_clerk_swaps_a_sim_with_one_of_the_stock(self):
        old, new = self._receive(self.sim, [iccid(1), iccid(2)])
        new.telecom_imsi = "616030000000002"
        old._telecom_activate(self.line)
        self.env["telecom.identity.document"].create(
            {"partner_id": self.customer.id, "number": "BJ123456", "state": "verified"}
        )
        self.start_tour(
            f"/odoo/telecom-lines/{self.line.id}",
            "telecom_stock_sim_swap",
            login=self.clerk_benin.login,
        )
        self.assertEqual(self.line.iccid, new.name)
        self.assertEqual(self.line.imsi, "616030000000002")
        self.assertEqual(new.telecom_state, "active")
        self.assertEqual(new.telecom_line_id, self.line)
        self.assertEqual(old.telecom_state, "swapped")
        refused = self.line.event_ids.filtered(lambda e: e.kind == "sim_refused")
        self.assertEqual(refused.document_check, "different")

    def test_a_suppliers_file_with_a_bad_row(self):
        self.start_tour(
            "/odoo/telecom-deliveries",
            "telecom_stock_serial_import",
            login=self.keeper_benin.login,
        )
        lot = self.env["stock.lot"].search(
            [("company_id", "=", self.benin.id), ("name", "=", iccid(3))]
        )
        self.assertEqual(lot.telecom_state, "stock")
        self.assertEqual(lot.telecom_boutique_id, self.boutique)
        self.assertEqual(lot.sudo().telecom_puk, "12345678")
        record = self.env["telecom.serial.import"].search(
            [("reference", "=", "BL 4711")]
        )
        self.assertEqual((record.good_count, record.bad_count), (1, 1))

    def test_an_item_is_scanned_and_blocked(self):
        lot = self._receive(self.sim, [iccid(2)])
        self.start_tour(
            "/odoo/telecom-scan",
            "telecom_stock_serial_scan",
            login=self.shop_benin.login,
        )
        self.assertEqual(lot.telecom_state, "lost")
        self.assertEqual(lot.telecom_block_reason, "Vitrine forcée")
