import dataclasses

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..engine import modules as rules
from ..models.telecom_module_subscription import (
    CALENDAR_FIELDS,
    CALENDAR_PARAMETER,
    PLATFORM_PARAMETER,
)


class TelecomModuleSettings(models.TransientModel):
    """Who invoices operators for their modules, and when what follows."""

    _name = "telecom.module.settings"
    _description = "Settings of the Modules' Fee"

    company_id = fields.Many2one(
        "res.company",
        string="Platform's Company",
        required=True,
        domain=[("telecom_tenant", "=", False)],
        help="It invoices the operators. What it issued before stays where it is.",
    )
    journal_name = fields.Char(string="Invoices in", compute="_compute_ready")
    provider_names = fields.Char(string="Paid through", compute="_compute_ready")
    unpriced = fields.Char(string="Without Prices", compute="_compute_ready")

    trial = fields.Integer(string="Trial (days)", help="Nothing is charged in them.")
    due = fields.Integer(
        string="To Pay within (days)", help="From the invoice to the due date D."
    )
    price_notice = fields.Integer(
        string="Notice of Prices (days)",
        help="So long before its first day a changed price is entered.",
    )
    no_new = fields.Integer(
        string="No New Modules (D + days)", help="The day before, a reminder is sent."
    )
    restricted = fields.Integer(
        string="Read-only (D + days)", help="The day before, a warning is sent."
    )
    suspended = fields.Integer(
        string="Suspended (D + days)", help="The day before, a warning is sent."
    )
    closed = fields.Integer(string="Closed (D + days)")
    purged = fields.Integer(
        string="Ended (D + days)",
        help="Accounts and hosts are closed for good; notices go 30 and 7 days before.",
    )

    @api.depends("company_id")
    def _compute_ready(self):
        used, priced = (
            {
                currency
                for (currency,) in self.env[model]._read_group([], ["currency_id"])
            }
            for model in ("telecom.module.subscription", "telecom.module.price")
        )
        # sudo: account.journal, payment.provider - names of the platform's company,
        # which its administrators need not work for
        journals = self.env["account.journal"].sudo()
        for settings in self:
            company = settings.company_id
            settings.journal_name = journals.search(
                [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
            ).display_name
            providers = journals.env["payment.provider"].search(
                [
                    ("company_id", "=", company.id),
                    ("state", "!=", "disabled"),
                    ("is_published", "=", True),
                ]
            )
            states = dict(providers._fields["state"]._description_selection(self.env))
            settings.provider_names = ", ".join(
                f"{provider.name} ({states[provider.state]})" for provider in providers
            )
            settings.unpriced = ", ".join(
                sorted(currency.name for currency in used - priced)
            )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        Subscription = self.env["telecom.module.subscription"]
        return {
            **values,
            "company_id": Subscription._platform_company().id,
            **dataclasses.asdict(Subscription._calendar()),
        }

    def action_save(self):
        """Keep what was chosen.

        :raises ValidationError: when the days stand in another order than the steps
        """
        self.ensure_one()
        if not self.env.user.has_group("telecom_crm.group_telecom_platform"):
            raise AccessError(self.env._("This is the platform's to decide."))
        try:
            rules.Calendar(**{name: self[name] for name in CALENDAR_FIELDS})
        except ValueError as error:
            name = str(error)
            label = self._fields[name]._description_string(self.env)
            raise ValidationError(
                self.env._(
                    "“%(label)s” cannot be %(days)s: each step comes at least two days "
                    "after the one before, and the end 31 days after the closure.",
                    label=label,
                    days=self[name],
                )
            ) from error
        # sudo: ir.config_parameter - by the platform's administrators, checked above
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(PLATFORM_PARAMETER, self.company_id.id)
        for name in CALENDAR_FIELDS:
            parameters.set_param(f"{CALENDAR_PARAMETER}{name}", self[name])
        return {"type": "ir.actions.act_window_close"}
