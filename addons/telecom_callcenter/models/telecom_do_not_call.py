from odoo import api, fields, models

from odoo.addons.telecom_crm.tools.once import once


class TelecomDoNotCall(models.Model):
    """Who refuses calls is taken out of the campaigns that run."""

    _inherit = "telecom.do.not.call"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._exclude_contacts()
        return entries

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"number", "active", "since", "until"}:
            self._exclude_contacts()
        return result

    @api.model
    def _refuse(self, company, numbers):
        """Keep that people told an agent they want no more calls of an operator.

        :param res.company company: the operator
        :param numbers: E.164
        """
        # sudo: telecom.do.not.call - agents keep refusals by their status
        Entry = self.sudo()
        # The same person may refuse in two campaigns at once
        with once(Entry, "_number_unique"):
            Entry._add(company, numbers, "customer")

    def _exclude_contacts(self):
        today = fields.Date.today()
        current = self.filtered(
            lambda entry: (
                entry.active
                and entry.since <= today
                and (not entry.until or entry.until >= today)
            )
        )
        # sudo: telecom.campaign.contact - of the operator whose list it is
        Contact = self.env["telecom.campaign.contact"].sudo()
        for company, entries in current.grouped("company_id").items():
            Contact._exclude_numbers(company, entries.mapped("number"), "do_not_call")
