from odoo import api, models


class TelecomModule(models.Model):
    _inherit = "telecom.module"

    @api.model
    def _get_model_codes(self):
        return {
            **super()._get_model_codes(),
            "sale.": "billing",
            "account.": "billing",
            "payment.": "billing",
            "loyalty.": "offers",
            "telecom.offer.": "offers",
            "telecom.loyalty.": "offers",
            "telecom.quote.": "billing",
            "telecom.subscription": "billing",
            "telecom.subscription.": "billing",
            "telecom.subscription.discount": "offers",
            "telecom.bill.run": "billing",
            "telecom.bill.run.": "billing",
            "telecom.billing.account": "billing",
            "telecom.charge": "billing",
            "telecom.dunning": "billing",
            "telecom.dunning.": "billing",
            "telecom.invoice.": "billing",
            "telecom.tariff": "offers",
            "telecom.tariff.": "offers",
            "telecom.usage": "billing",
            "telecom.usage.source": "billing",
            "telecom.usage.source.": "billing",
            "telecom.usage.file": "billing",
            "telecom.usage.reject": "billing",
            "telecom.usage.counter": "billing",
            "telecom.usage.total": "billing",
            "telecom.usage.month": "billing",
            "sale.report": "statistics",
            "account.invoice.report": "statistics",
        }
