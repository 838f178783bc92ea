from odoo import api, models


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    @api.model
    def _telecom_load_demo_chart(self, code, company_id):
        """Give an operator of the demonstration its country's chart of accounts.

        ``try_loading`` warns while modules are being loaded, for charts of modules
        that are not there yet; those of the operators' countries are dependencies.

        :param str code: of the chart
        :param int company_id: the operator
        """
        company = self.env["res.company"].browse(company_id)
        if company.chart_template != code:
            self._load(code, company, install_demo=False)
