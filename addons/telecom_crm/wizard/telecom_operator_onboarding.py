import re
import secrets
import unicodedata
from urllib.parse import urlsplit

import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.base.models.res_partner import _tz_get

from ..tools import color, host, phone

DEFAULT_COLOR = "#2a5db0"
# What a client without lines and offers has no use for
OPERATOR_MODULES = {"offers", "billing", "stock"}


class TelecomOperatorOnboarding(models.TransientModel):
    """Everything a new operator needs, asked on two pages, made in one transaction."""

    _name = "telecom.operator.onboarding"
    _description = "New Operator"

    step = fields.Selection(
        [("company", "Operator"), ("access", "Access"), ("done", "Ready")],
        default="company",
        required=True,
    )

    # The company
    name = fields.Char(string="Operator's Name")
    kind = fields.Selection(
        [
            ("operator", "Telecom operator"),
            ("bank", "Bank"),
            ("other", "Other company"),
        ],
        default="operator",
        required=True,
    )
    country_id = fields.Many2one("res.country")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        context={"active_test": False},
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        readonly=False,
    )
    plan = fields.Char(string="Numbering Plan", compute="_compute_plan")
    missing_localisation = fields.Char(compute="_compute_missing_localisation")

    # The brand
    logo = fields.Image(max_width=1024, max_height=1024)
    primary_color = fields.Char(string="Brand Colour", default=DEFAULT_COLOR)
    secondary_color = fields.Char(string="Second Colour")

    # Access
    host_name = fields.Char(
        compute="_compute_host_name",
        store=True,
        readonly=False,
        help="Where the operator's people and customers log in. Its DNS record and "
        "certificate are set up on the server.",
    )
    manager_name = fields.Char(string="First Manager")
    manager_email = fields.Char(
        string="Manager's E-mail", help="With which the manager logs in."
    )
    manager_access = fields.Selection(
        [
            ("invitation", "Invitation by e-mail"),
            ("password", "Password, shown once"),
        ],
        string="First Login",
        default="invitation",
        required=True,
    )
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.user.lang or "en_US",
        required=True,
    )
    module_ids = fields.Many2many(
        "telecom.module",
        string="Modules",
        compute="_compute_module_ids",
        store=True,
        readonly=False,
    )

    # What came of it
    company_id = fields.Many2one("res.company", readonly=True)
    url = fields.Char(string="Address", compute="_compute_result")
    password = fields.Char(string="Password, Shown Once", compute="_compute_result")
    seconds = fields.Float(compute="_compute_result")

    # Proposals

    @api.depends("country_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = (
                wizard.country_id.currency_id or self.env.company.currency_id
            )

    @api.depends("country_id")
    def _compute_tz(self):
        for wizard in self:
            zones = pytz.country_timezones.get(wizard.country_id.code or "", [])
            wizard.tz = zones[0] if zones else self.env.user.tz or "UTC"

    @api.depends("country_id")
    def _compute_plan(self):
        for wizard in self:
            wizard.plan = phone.describe_plan(wizard.country_id.code)

    @api.depends("country_id")
    def _compute_missing_localisation(self):
        """Tell which localisations should have been installed beforehand.

        Odoo installs them with the first company of a country, and commits; without
        accounting none is needed.
        """
        for wizard in self:
            modules = self.env["ir.module.module"]
            if wizard.country_id and "account.chart.template" in self.env:
                company = self.env["res.company"].new(
                    {"country_id": wizard.country_id.id}
                )
                # sudo: ir.module.module - names only
                modules = company.sudo().uninstalled_l10n_module_ids
            wizard.missing_localisation = ", ".join(modules.mapped("shortdesc"))

    @api.depends("name")
    def _compute_host_name(self):
        # sudo: ir.config_parameter - the platform's own address
        parameters = self.env["ir.config_parameter"].sudo()
        platform = urlsplit(parameters.get_param("web.base.url") or "").hostname or ""
        for wizard in self:
            label = _label(wizard.name)
            proposal = f"{label}.{platform}" if label and platform else False
            wizard.host_name = proposal and host.normalize(proposal)

    @api.depends("kind")
    def _compute_module_ids(self):
        modules = self.env["telecom.module"].search([("code", "!=", False)])
        for wizard in self:
            wizard.module_ids = modules.filtered(
                lambda module, own=wizard.kind == "operator": (
                    own or module.code not in OPERATOR_MODULES
                )
            )

    @api.depends("company_id")
    @api.depends_context("telecom_password", "telecom_seconds")
    def _compute_result(self):
        # Nobody finds the password in the database: it is in the answer only.
        self.password = self.env.context.get("telecom_password")
        self.seconds = self.env.context.get("telecom_seconds")
        for wizard in self:
            company = wizard.company_id
            wizard.url = company and f"{company.get_base_url()}/web/login"

    # Checks

    @api.constrains("primary_color", "secondary_color")
    def _check_colors(self):
        for wizard in self:
            for text in (wizard.primary_color, wizard.secondary_color):
                if text and not color.is_color(text):
                    raise ValidationError(
                        self.env._(
                            "%(color)s is no colour; write it as #rrggbb.", color=text
                        )
                    )

    def _check_step(self):
        """Refuse a page with something missing, and tell everything at once.

        :raises UserError: naming the fields
        """
        self.ensure_one()
        required = {
            "company": ["name", "country_id", "currency_id", "tz"],
            "access": ["manager_name", "manager_email"],
        }.get(self.step, [])
        missing = [
            self._fields[name]._description_string(self.env)
            for name in required
            if not self[name]
        ]
        problems = []
        if missing:
            problems.append(
                self.env._("Please fill in: %(fields)s.", fields=", ".join(missing))
            )
        if self.step == "company" and self.name:
            # sudo: res.company - the platform's names are unique in Odoo
            if (
                self.env["res.company"]
                .sudo()
                .with_context(active_test=False)
                .search_count([("name", "=", self.name)], limit=1)
            ):
                problems.append(
                    self.env._("A company is named “%(name)s” already.", name=self.name)
                )
        if self.step == "access":
            problems += self._access_problems()
        if problems:
            raise UserError("\n".join(problems))

    def _access_problems(self):
        problems = []
        if self.manager_email and not email_normalize(self.manager_email):
            problems.append(
                self.env._(
                    "“%(email)s” is no e-mail address.", email=self.manager_email
                )
            )
        # sudo: res.users - the platform's logins are unique
        elif self.manager_email and self.env["res.users"].sudo().with_context(
            active_test=False
        ).search_count([("login", "=", email_normalize(self.manager_email))], limit=1):
            problems.append(
                self.env._(
                    "Somebody logs in with “%(email)s” already.",
                    email=self.manager_email,
                )
            )
        if self.host_name:
            name = host.normalize(self.host_name)
            if not name:
                problems.append(
                    self.env._("%(name)s is no host name.", name=self.host_name)
                )
            elif self.env["telecom.host"].search_count([("name", "=", name)], limit=1):
                problems.append(
                    self.env._("The host %(name)s is another's.", name=name)
                )
        return problems

    # Buttons

    def action_next(self):
        self._check_step()
        self.step = "access"
        return self._reopen()

    def action_back(self):
        self.step = "company"
        return self._reopen()

    def action_create_operator(self):
        """Make the operator, all of it or nothing."""
        self.ensure_one()
        self.env["res.company"].check_access("create")
        self._check_step()
        start = fields.Datetime.now()
        company = self._create_company()
        here = self.with_context(allowed_company_ids=company.ids, lang=self.lang)
        here._create_hosts(company)
        manager, password = here._create_manager(company)
        company.with_env(here.env)._telecom_onboard(
            {"manager": manager.with_env(here.env), **self._onboard_values()}
        )
        self._switch_modules(company)
        self.write({"company_id": company.id, "step": "done"})
        self._invite(manager)
        return self._reopen(
            telecom_password=password,
            telecom_seconds=(fields.Datetime.now() - start).total_seconds(),
        )

    def action_open_operator(self):
        """Open the new operator's page."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.company",
            "res_id": self.company_id.id,
            "views": [[self.env.ref("telecom_crm.view_operator_form").id, "form"]],
        }

    def _reopen(self, **context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Operator"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"dialog_size": "large", **context},
        }

    # Making it

    def _onboard_values(self):
        """Return what ``res.company._telecom_onboard`` is told beside the manager."""
        return {"tz": self.tz, "lang": self.lang}

    def _create_company(self):
        return (
            self.env["res.company"]
            .with_context(telecom_onboarding=True, tz=self.tz)
            .create(
                {
                    "name": self.name,
                    "country_id": self.country_id.id,
                    "currency_id": self.currency_id.id,
                    "telecom_tenant": True,
                    "telecom_kind": self.kind,
                    "logo": self.logo,
                    "primary_color": self.primary_color or DEFAULT_COLOR,
                    "secondary_color": self.secondary_color,
                    # Documents take the colours from a layout
                    "external_report_layout_id": self.env.ref(
                        "web.external_layout_standard"
                    ).id,
                    "email": email_normalize(self.manager_email),
                }
            )
            .with_env(self.env)
        )

    def _create_hosts(self, company):
        if self.host_name:
            self.env["telecom.host"].create(
                {"name": self.host_name, "company_id": company.id}
            )

    def _create_manager(self, company):
        """Return the first manager, and a password or False."""
        password = (
            secrets.token_urlsafe(12) if self.manager_access == "password" else False
        )
        email = email_normalize(self.manager_email)
        values = {
            "name": self.manager_name,
            "login": email,
            "email": email,
            "lang": self.lang,
            "tz": self.tz,
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [
                Command.set(self.env.ref("telecom_crm.group_telecom_manager").ids)
            ],
        }
        if password:
            values["password"] = password
        manager = (
            self.env["res.users"].with_context(no_reset_password=True).create(values)
        )
        # Its people are the company's, as its e-mails are in its language
        company.partner_id.lang = self.lang
        return manager, password

    def _switch_modules(self, company):
        for module in (
            self.env["telecom.module"].search([("code", "!=", False)]) - self.module_ids
        ):
            company._telecom_set_module(module.code, "off")

    def _invite(self, manager):
        """Send the invitation last: an e-mail cannot be taken back."""
        if self.manager_access != "invitation":
            return
        try:
            manager.with_context(create_user=True)._action_reset_password(
                signup_type="signup"
            )
        except MailDeliveryException as error:
            raise UserError(
                self.env._(
                    "The invitation could not be sent, so nothing was made. Choose a "
                    "password instead, or set up the mail server."
                )
            ) from error


def _label(name):
    """Return a name as the first part of a host name, or an empty text."""
    ascii_name = (
        unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:40].strip("-")
