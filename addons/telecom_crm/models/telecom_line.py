import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import line_states, phone

LINE_STATES = [
    ("available", "Available"),
    ("reserved", "Reserved"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("barred", "Barred (identity)"),
    ("terminated", "Terminated"),
]
TECHNOLOGIES = [
    ("mobile", "Mobile"),
    ("fixed", "Fixed"),
    ("adsl", "ADSL"),
    ("fibre", "Fibre"),
    ("key4g", "4G Key"),
]
#: Events that keep which document was shown
IDENTIFIED = ("sim", "sim_refused")


class TelecomLine(models.Model):
    """A number of an operator, with its SIM and its holder."""

    _name = "telecom.line"
    _description = "Line"
    _inherit = ["mail.thread", "telecom.owned.mixin", "telecom.puk.mixin"]
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
    msisdn_former = fields.Char(
        string="Former Number",
        readonly=True,
        copy=False,
        help="The number as it was before the country's numbers got longer; people "
        "still know and type it.",
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
    kyc_barred_from = fields.Selection(
        [("active", "Active"), ("suspended", "Suspended")],
        string="Before It Was Barred",
        readonly=True,
        copy=False,
        help="Set when the line was barred because the holder's identity document "
        "ended: a new one that is verified brings the line back.",
    )
    activated_at = fields.Datetime(string="Activated on", copy=False)
    ported_from = fields.Char(
        copy=False, help="The operator the number came from, when it was ported in."
    )
    ported_to = fields.Char(
        copy=False, help="The operator the number went to, when it was ported out."
    )
    porting_date = fields.Date(copy=False)
    event_ids = fields.One2many("telecom.line.event", "line_id", string="History")
    offer = fields.Char(tracking=True)

    # SIM
    iccid = fields.Char(
        string="ICCID", copy=False, tracking=True, help="Serial number of the SIM."
    )
    imsi = fields.Char(string="IMSI", copy=False)
    puk = fields.Char(string="PUK (stored)", copy=False, groups=fields.NO_ACCESS)
    puk_input = fields.Char(
        string="PUK",
        compute="_compute_puk_input",
        inverse="_inverse_puk_input",
        groups="telecom_crm.group_telecom_puk",
        help="Write the code of a new SIM here; it is not shown again.",
    )

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
        "CHECK(state IN ('available', 'terminated') OR partner_id IS NOT NULL)",
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
                vals.update(self._prepare_number(company, vals["msisdn"]))
            if vals.get("state") == "active":
                vals.setdefault("activated_at", fields.Datetime.now())
        # The indexes of numbers see what is in the database: a line terminated in the
        # same transaction has given its number back.
        self.flush_model(["msisdn", "iccid", "state"])
        lines = super().create(vals_list)
        lines._mark_customers()
        lines._record(
            [(line, "created", False, line.state) for line in lines], default=True
        )
        return lines

    def write(self, vals):
        vals = self._clean_identifiers(vals)
        if vals.get("state"):
            self._check_transition(vals["state"])
            # Whoever changes the status decides; only the cron says what it was
            vals.setdefault("kyc_barred_from", False)
        before = {
            line: tuple(line[name] for name in self._recorded_fields()) for line in self
        }
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
                number = self._prepare_number(company, vals["msisdn"])
                super(TelecomLine, lines).write({**vals, **number})
        else:
            super().write(vals)
        if vals.get("partner_id"):
            self._mark_customers()
        self._record_changes(before)
        return True

    # History

    @api.model
    def _recorded_fields(self):
        """Return the fields whose changes are kept, with the kind of their event."""
        return {
            "state": "state",
            "msisdn": "number",
            "iccid": "sim",
            "partner_id": "holder",
        }

    def _record_changes(self, before):
        """Keep what changed of each line.

        :param dict before: by line, the values of the recorded fields
        """
        events = []
        for line, values in before.items():
            for (name, kind), old in zip(
                self._recorded_fields().items(), values, strict=True
            ):
                new = line[name]
                if new == old:
                    continue
                if name == "partner_id":
                    old, new = old.display_name, new.display_name
                events.append((line, kind, old, new))
        self._record(events, default=True)

    @api.model
    def _record(self, events, default=False):
        """Write events into the history of lines.

        :param list events: (line, kind, value before, value after)
        :param bool default: let ``telecom_line_event`` of the context name the kind and
            the reason, as the wizards do, and of new SIMs the ``document_…`` shown
        """
        context = self.env.context.get("telecom_line_event") or {}
        # sudo: telecom.line.event - nobody writes history but the line itself
        self.env["telecom.line.event"].sudo().create(
            [
                {
                    "company_id": line.company_id.id,
                    "line_id": line.id,
                    "partner_id": line.partner_id.id,
                    "kind": (default and context.get("kinds", {}).get(kind)) or kind,
                    "old_value": old or False,
                    "new_value": new or False,
                    "reason": context.get("reason"),
                    "user_id": self.env.uid,
                    **((kind in IDENTIFIED and context.get("identity")) or {}),
                }
                for line, kind, old, new in events
            ]
        )

    def _check_transition(self, state):
        """Refuse what cannot become of a line.

        :raises UserError: the line cannot go to that state
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for line in self:
            if not line_states.allowed(line.state, state):
                raise UserError(
                    self.env._(
                        "The line %(line)s is “%(before)s”; it cannot become "
                        "“%(after)s”.",
                        line=line.display_name,
                        before=labels[line.state],
                        after=labels.get(state, state),
                    )
                )

    # SIM

    def _record_puk_reading(self):
        self._record([(line, "puk", False, False) for line in self])

    @api.model
    def _get_default_company_id(self):
        return self.default_get(["company_id"]).get("company_id")

    @api.model
    def _prepare_number(self, company, number):
        """Return the values of a number as typed; an old number is kept as alias."""
        # sudo: res.company - as _telecom_sanitize
        region = company.sudo().country_id.code
        return {
            "msisdn": self._sanitize_msisdn(company, number),
            "msisdn_former": phone.typed_former(number, region),
        }

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

    def action_reserve(self):
        """Keep an available line for a customer."""
        for line in self:
            if not line.partner_id:
                raise UserError(
                    self.env._("Give the line %s a customer first.", line.display_name)
                )
        return self.write({"state": "reserved"})

    def action_activate(self):
        """Put an available, reserved, suspended or barred line into service."""
        for line in self:
            if line.state == "active":
                raise UserError(self.env._("The line %s is active.", line.display_name))
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

    def action_bar(self):
        """Take a line out of service until its holder's identity is proven."""
        return self.write({"state": "barred"})

    def action_terminate(self):
        """End the line; its number may be given again."""
        return self.write({"state": "terminated"})

    def action_operation(self):
        """Open the dialog for a new number, a new SIM or porting out."""
        kind = self.env.context.get("telecom_operation", "number")
        names = {
            "number": self.env._("Change Number"),
            "sim": self.env._("Change SIM"),
            "port_out": self.env._("Port Out"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": names.get(kind) or self.env._("Change the Line"),
            "res_model": "telecom.line.operation",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_line_id": self.id,
                "default_company_id": self.company_id.id,
                "default_kind": kind,
            },
        }
