from odoo import api, fields, models


class SaleOrder(models.Model):
    """An accepted quotation reserves its devices and SIMs where they are collected."""

    _inherit = "sale.order"

    telecom_boutique_id = fields.Many2one(
        "telecom.boutique",
        string="Collected in",
        check_company=True,
        index="btree_not_null",
        domain="[('state', 'in', ('open', 'works')), ('company_id', '=', company_id)]",
        help="The boutique that keeps devices and SIM cards for the customer.",
    )
    telecom_counter_sale_id = fields.Many2one(
        "telecom.counter.sale",
        string="Counter Sale",
        check_company=True,
        index="btree_not_null",
        readonly=True,
        copy=False,
    )

    @api.depends("telecom_boutique_id")
    def _compute_warehouse_id(self):
        """Goods come from the boutique where the customer collects them."""
        collected = self.filtered(
            lambda order: (
                order.telecom_boutique_id.warehouse_id
                and order.state in ("draft", "sent")
            )
        )
        for order in collected:
            order.warehouse_id = order.telecom_boutique_id.warehouse_id
        return super(SaleOrder, self - collected)._compute_warehouse_id()

    @api.depends("telecom_counter_sale_id")
    def _compute_telecom_approval_needed(self):
        """What is paid at the counter at its price is no quotation."""
        counter = self.filtered("telecom_counter_sale_id")
        counter.telecom_approval_needed = False
        return super(SaleOrder, self - counter)._compute_telecom_approval_needed()
