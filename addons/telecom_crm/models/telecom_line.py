import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

LINE_STATES = [
    ("available", "Available"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("terminated", "Terminated"),
]
TECHNOLOGIES = [
    ("mobile", "Mobile"),
    ("fixed", "Fixed"),
    ("adsl", "ADSL"),
    ("fibre", "Fibre"),
    ("key4g", "4G Key"),
]


class TelecomLine(models.Model):
    """A number of an operator, with its SIM and its holder."""

    _name = "telecom.line"
    _description = "Line"
    _inherit = ["mail.thread"]
    _check_company_auto = True
    _order = "msisdn, id"
    _rec_name = "msisdn"
    _rec_names_search = ["msisdn", "iccid"]

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )

    # Number
    msisdn = fields.Char(
        string="Number", required=True, tracking=True, help="Stored in E.164, with +."
    )
    msisdn_display = fields.Char(
        string="National Number", compute="_compute_msisdn_display"
    )
    technology = fields.Selection(TECHNOLOGIES, required=True, default="mobile")
    state = fields.Selection(
        LINE_STATES,
        string="Status",
        required=True,
        default="available",
        tracking=True,
        copy=False,
    )
    activated_at = fields.Datetime(string="Activated on", copy=False)
    offer = fields.Char(tracking=True)

    # SIM
    iccid = fields.Char(
        string="ICCID", copy=False, tracking=True, help="Serial number of the SIM."
    )
    imsi = fields.Char(string="IMSI", copy=False)
    puk = fields.Char(string="PUK", copy=False, groups="telecom_crm.group_telecom_puk")

    # A terminated number may be given to somebody else.
    _msisdn_unique = models.UniqueIndex(
        "(company_id, msisdn) WHERE state != 'terminated'",
        "This number belongs to another line of this operator.",
    )
    _iccid_unique = models.UniqueIndex(
        "(company_id, iccid) WHERE iccid IS NOT NULL AND state != 'terminated'",
        "This SIM belongs to another line of this operator.",
    )
    _company_msisdn_idx = models.Index("(company_id, msisdn)")
    _holder_required = models.Constraint(
        "CHECK(state = 'available' OR partner_id IS NOT NULL)",
        "Only an available line goes without a customer.",
    )

    # Computes

    @api.depends("msisdn", "company_id.country_id")
    def _compute_msisdn_display(self):
        for line in self:
            line.msisdn_display = line.company_id._telecom_format(line.msisdn)

    @api.depends("msisdn", "company_id.country_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.msisdn_display or line.msisdn

    @api.model
    def _search_display_name(self, operator, value):
        """Find a number as it is written: ``01 97 12``, ``0197-12``, ``+229…``."""
        domain = super()._search_display_name(operator, value)
        if operator not in ("ilike", "like") or not isinstance(value, str):
            return domain
        digits = re.sub(r"\D", "", value)
        if not digits or digits == value:
            return domain
        return Domain(domain) | Domain("msisdn", "like", digits)

    # Constraints

    @api.constrains("iccid")
    def _check_iccid(self):
        for line in self.filtered("iccid"):
            if not re.fullmatch(r"89\d{16,20}", line.iccid):
                raise ValidationError(
                    self.env._(
                        "%(iccid)s is no ICCID: 18 to 22 digits that begin with 89.",
                        iccid=line.iccid,
                    )
                )

    @api.constrains("imsi")
    def _check_imsi(self):
        for line in self.filtered("imsi"):
            if not re.fullmatch(r"\d{14,15}", line.imsi):
                raise ValidationError(
                    self.env._("%(imsi)s is no IMSI: 15 digits.", imsi=line.imsi)
                )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean_identifiers(vals) for vals in vals_list]
        for vals in vals_list:
            if vals.get("msisdn"):
                company = self.env["res.company"].browse(
                    vals.get("company_id") or self._get_default_company_id()
                )
                vals["msisdn"] = self._sanitize_msisdn(company, vals["msisdn"])
            if vals.get("state") == "active":
                vals.setdefault("activated_at", fields.Datetime.now())
        # The indexes of numbers see what is in the database: a line terminated in the
        # same transaction has given its number back.
        self.flush_model(["msisdn", "iccid", "state"])
        lines = super().create(vals_list)
        lines._mark_customers()
        return lines

    def write(self, vals):
        vals = self._clean_identifiers(vals)
        if vals.get("state") == "active" and "activated_at" not in vals:
            # The date of the first activation stays when a suspension ends.
            fresh = self.filtered(lambda line: not line.activated_at)
            if fresh and fresh != self:
                fresh.write({"activated_at": fields.Datetime.now()})
            elif fresh:
                vals["activated_at"] = fields.Datetime.now()
        if vals.get("msisdn"):
            for company, lines in self.grouped("company_id").items():
                company = self.env["res.company"].browse(
                    vals.get("company_id") or company.id
                )
                number = self._sanitize_msisdn(company, vals["msisdn"])
                super(TelecomLine, lines).write({**vals, "msisdn": number})
        else:
            super().write(vals)
        if vals.get("partner_id"):
            self._mark_customers()
        return True

    @api.model
    def _get_default_company_id(self):
        return self.default_get(["company_id"]).get("company_id")

    @api.model
    def _sanitize_msisdn(self, company, number):
        """Return the number in E.164.

        :raises ValidationError: when it is no valid number in the operator's country
        """
        sanitized = company._telecom_sanitize(number)
        if not sanitized:
            raise ValidationError(
                self.env._(
                    "%(number)s is no valid telephone number in %(country)s.",
                    number=number,
                    country=company.country_id.name or company.name,
                )
            )
        return sanitized

    @api.model
    def _clean_identifiers(self, vals):
        """SIM cards are printed, and copied, with spaces."""
        cleaned = {
            name: re.sub(r"[\s-]", "", vals[name])
            for name in ("iccid", "imsi", "puk")
            if vals.get(name)
        }
        return {**vals, **cleaned}

    def _mark_customers(self):
        """Whoever holds a line is a customer."""
        holders = self.partner_id.commercial_partner_id
        holders.filtered(lambda p: not p.telecom_customer).telecom_customer = True

    # Actions

    def action_activate(self):
        """Put an available or suspended line into service."""
        for line in self:
            if line.state not in ("available", "suspended"):
                raise UserError(
                    self.env._("The line %s cannot be activated.", line.display_name)
                )
            if not line.partner_id:
                raise UserError(
                    self.env._("Give the line %s a customer first.", line.display_name)
                )
        return self.write({"state": "active"})

    def action_suspend(self):
        """Take an active line out of service for a while."""
        for line in self:
            if line.state != "active":
                raise UserError(
                    self.env._(
                        "Only an active line can be suspended: %s.", line.display_name
                    )
                )
        return self.write({"state": "suspended"})

    def action_terminate(self):
        """End the line; its number may be given again."""
        return self.write({"state": "terminated"})
