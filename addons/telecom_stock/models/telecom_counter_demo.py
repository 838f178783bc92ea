from datetime import timedelta

from odoo import Command, api, fields, models

#: What shops of a kind should sell in a month, in the middle price of a telephone
TARGETS = {"own": 40, "franchise": 15, "kiosk": 8, "mobile": 5}


class TelecomStockDemo(models.AbstractModel):
    _inherit = "telecom.stock.demo"

    @api.model
    def _make_counter(self, company_id, country):
        """Let the demonstration's boutiques sell, send and ask for things.

        By the same methods that people use; does nothing where it was done before.

        :param int company_id: the operator
        :param str country: as in the external ids of its demonstration data
        """
        company = self.env["res.company"].browse(company_id)
        self = self.with_company(company)
        if self.env["telecom.boutique.target"].search_count(
            [("company_id", "=", company.id)], limit=1
        ):
            return
        phone = self.env.ref(f"telecom_stock.product_{country}_soleil")
        boutiques = self.env["telecom.boutique"].search(
            [("company_id", "=", company.id), ("state", "in", ("open", "works"))],
            order="id",
        )
        self.env["telecom.boutique.target"].create(
            [
                {
                    "company_id": company.id,
                    "boutique_id": boutique.id,
                    "month": boutique._telecom_today(),
                    "amount": company.currency_id.round(
                        TARGETS[boutique.kind] * phone.list_price
                    ),
                }
                for boutique in boutiques
            ]
        )
        manager = self.env.ref(f"telecom_crm.user_manager_{country}")
        self._make_sales(company, boutiques[:6], manager)
        self._make_transfers(company, country, boutiques)

    def _make_sales(self, company, boutiques, manager):
        """Sell a few pieces of each shop, one some days ago, the others today."""
        customers = self.env["res.partner"].search(
            [("company_id", "=", company.id), ("telecom_customer", "=", True)],
            limit=4,
            order="id",
        )
        for number, boutique in enumerate(boutiques):
            seller = boutique.user_ids[:1] or boutique.manager_id or manager
            # sudo: telecom.counter.sale - demonstration data, in the seller's name
            Sale = self.env["telecom.counter.sale"].with_user(seller).sudo()
            lots = self.env["stock.lot"].search(
                [
                    ("company_id", "=", company.id),
                    ("telecom_boutique_id", "=", boutique.id),
                    ("telecom_state", "=", "stock"),
                    ("telecom_kind", "in", ("phone", "key4g", "tablet")),
                ],
                limit=2,
                order="id",
            )
            for day, lot in enumerate(lots):
                sale = Sale._counter_make(
                    boutique,
                    f"demo-{boutique.id}-{lot.id}",
                    {
                        "partner_id": customers[(number + day) % len(customers)].id,
                        "items": [{"lot_id": lot.id}],
                        "payment_method": ("cash", "mobile_money")[day],
                    },
                )
                sale.date = fields.Datetime.now() - timedelta(days=3 * day)

    def _make_transfers(self, company, country, boutiques):
        """One parcel on the way, and one that is asked for."""
        sim = self.env.ref(f"telecom_stock.product_{country}_sim")
        case = self.env.ref(f"telecom_stock.product_{country}_coque")
        source, dest, other = boutiques[:3]
        lots = self.env["stock.lot"].search(
            [
                ("telecom_boutique_id", "=", source.id),
                ("telecom_state", "=", "stock"),
                ("product_id", "=", sim.id),
            ],
            limit=3,
            order="id",
        )
        Transfer = self.env["telecom.stock.transfer"]
        if lots:
            Transfer.create(
                {
                    "company_id": company.id,
                    "warehouse_source_id": source.warehouse_id.id,
                    "warehouse_dest_id": dest.warehouse_id.id,
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": company.id,
                                "product_id": sim.id,
                                "quantity": len(lots),
                                "lot_ids": [Command.set(lots.ids)],
                            }
                        )
                    ],
                }
            ).action_send()
        Transfer.create(
            {
                "company_id": company.id,
                "warehouse_source_id": False,
                "warehouse_dest_id": other.warehouse_id.id,
                "note": "Rupture depuis vendredi",
                "line_ids": [
                    Command.create(
                        {
                            "company_id": company.id,
                            "product_id": case.id,
                            "quantity": 3,
                        }
                    )
                ],
            }
        ).action_request()
