from odoo import api, models


class TelecomStockDemo(models.AbstractModel):
    _inherit = "telecom.stock.demo"

    @api.model
    def _make_till(self, boutique_id):
        """Give a boutique a till that takes cash, and its items to sell there.

        Without a chart of accounts there is none: no till could be opened.

        :param int boutique_id: the boutique
        """
        boutique = self.env["telecom.boutique"].browse(boutique_id)
        company = boutique.company_id
        if not company.chart_template or boutique.telecom_pos_config_ids:
            return
        self = self.with_company(company)
        journal = self.env["account.journal"].create(
            {
                "name": f"Caisse {boutique.name}",
                "type": "cash",
                "code": boutique.code[:5],
                "company_id": company.id,
            }
        )
        method = self.env["pos.payment.method"].create(
            {
                "name": "Espèces",
                "journal_id": journal.id,
                "company_id": company.id,
            }
        )
        self.env["pos.config"].create(
            {
                "name": boutique.name,
                "company_id": company.id,
                "telecom_boutique_id": boutique.id,
                "payment_method_ids": method.ids,
            }
        )
        self.env["product.template"].search(
            [("company_id", "=", company.id), ("is_storable", "=", True)]
        ).available_in_pos = True
