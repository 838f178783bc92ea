from odoo import api, models

#: Reports that core renders without asking whether the reader may see the records
UNASKED = ("pos.config", "pos.order", "pos.session", "res.users")


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        # sudo: ir.actions.report - the model's name
        model = report.sudo().model
        if docids and model in UNASKED and self.env.user._telecom_bound():
            self.env[model].browse(docids).check_access("read")
        return super()._get_rendering_context(report, docids, data)


class SaleDetails(models.AbstractModel):
    _inherit = "report.point_of_sale.report_saledetails"

    @api.model
    def get_sale_details(
        self,
        date_start=False,
        date_stop=False,
        config_ids=False,
        session_ids=False,
        **kwargs,
    ):
        """Tell nothing of tills and sessions the reader may not see."""
        for model, ids in (("pos.config", config_ids), ("pos.session", session_ids)):
            if ids and self.env.user._telecom_bound():
                self.env[model].browse(ids).check_access("read")
        return super().get_sale_details(
            date_start=date_start,
            date_stop=date_stop,
            config_ids=config_ids,
            session_ids=session_ids,
            **kwargs,
        )
