from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

CHART_MONTHS = 12


class ResPartner(models.Model):
    """What a customer consumes."""

    _inherit = "res.partner"

    telecom_usage_class_id = fields.Many2one(
        "telecom.usage.class",
        string="Consumption Class",
        index="btree_not_null",
        check_company=True,
        readonly=True,
        copy=False,
        help="By the average of the last months; follows the consumption read in.",
    )
    telecom_usage_chart = fields.Json(
        string="Consumption",
        compute="_compute_telecom_usage_chart",
        export_string_translation=False,
    )

    @api.depends_context("lang", "allowed_company_ids")
    def _compute_telecom_usage_chart(self):
        for partner in self:
            partner.telecom_usage_chart = partner._telecom_usage_months()

    def _telecom_usage_months(self):
        """Return the last twelve months of a customer's lines, contacts' included.

        :return: ``months``: label, amount, data (MB), voice (minutes), SMS of each;
            ``currency``: how amounts are written; empty without consumption
        :rtype: dict
        """
        self.ensure_one()
        partner = self._origin
        if not partner:
            return {}
        first = fields.Date.context_today(self).replace(day=1) - relativedelta(
            months=CHART_MONTHS - 1
        )
        found = {
            month: values
            for month, *values in self.env["telecom.usage.summary"]._read_group(
                [
                    ("partner_id", "child_of", partner.id),
                    ("month", ">=", first),
                ],
                ["month:month"],
                ["amount:sum", "data_mb:sum", "voice_minutes:sum", "sms_count:sum"],
            )
        }
        if not found:
            return {}
        currency = (partner.company_id or self.env.company).currency_id
        months = []
        for index in range(CHART_MONTHS):
            month = first + relativedelta(months=index)
            amount, data, voice, sms = found.get(month, (0, 0, 0, 0))
            months.append(
                {
                    "label": format_date(self.env, month, date_format="MMM"),
                    "title": format_date(self.env, month, date_format="MMMM y"),
                    "amount": amount,
                    "data": data,
                    "voice": voice,
                    "sms": sms,
                }
            )
        return {
            "months": months,
            "currency": {
                "symbol": currency.symbol or currency.name,
                "digits": currency.decimal_places,
            },
        }

    @api.readonly
    def action_view_telecom_usage(self):
        """Show the consumption of a customer, month by month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_crm.action_telecom_usage_summary"
        )
        action["domain"] = [("partner_id", "child_of", self.id)]
        action["context"] = {"search_default_last_year": 1}
        return action
