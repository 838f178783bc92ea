from odoo import models


class IrActionsActWindow(models.Model):
    _inherit = "ir.actions.act_window"

    def _get_action_dict(self):
        """A typed address opens no module that is off."""
        self.env["telecom.module"]._check_model(self.sudo().res_model)
        return super()._get_action_dict()


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        """A module that is off prints nothing, for whoever asks."""
        # sudo: ir.actions.report - the model's name
        model = report.sudo().model
        code = self.env["telecom.module"]._get_model_code(model)
        if code and docids and "company_id" in self.env[model]._fields:
            # sudo: any model - whose the documents are, also in crons. Nothing else is
            # read: what is in the cache is shown to whoever renders.
            groups = (
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                ._read_group([("id", "in", docids)], ["company_id"])
            )
            for (company,) in groups:
                company._telecom_check(code)
        return super()._get_rendering_context(report, docids, data)
