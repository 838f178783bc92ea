import io

from odoo import api, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _telecom_name_quotes(self):
        """Name files of orders as the portal does, in all languages.

        The name is a translated expression: the French one says what it said before.
        """
        report = self.env.ref("sale.action_report_saleorder").sudo()
        for code, _name in self.env["res.lang"].get_installed():
            name = "object._get_report_base_filename()"
            report.with_context(lang=code).print_report_name = name

    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """Operators' quotations and orders are drawn by the billing app itself.

        Portal, print and e-mails end here; other documents stay Odoo's.
        """
        if self._is_sale_order_report(report_ref):
            ids = [res_ids] if isinstance(res_ids, int) else list(res_ids or [])
            orders = self.env["sale.order"].browse(ids)
            if orders and all(orders.mapped("telecom_is_quote")):
                return {
                    order.id: {
                        "stream": io.BytesIO(order._telecom_pdf()),
                        "attachment": None,
                    }
                    for order in orders
                }, "pdf"
        return super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
