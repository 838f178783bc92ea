from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import search

DOCUMENT_KINDS = [
    ("identity_card", "Identity Card"),
    ("passport", "Passport"),
    ("residence", "Residence Permit"),
    ("licence", "Driving Licence"),
    ("voter", "Voter's Card"),
    ("registration", "Company Registration"),
    ("other", "Other"),
]
KYC_STATES = [
    ("pending", "To Verify"),
    ("verified", "Verified"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
]
# How many documents the cron takes in one transaction
BATCH = 1000


class TelecomIdentityDocument(models.Model):
    """What proves who a customer is."""

    _name = "telecom.identity.document"
    _description = "Identity Document"
    _check_company_auto = True
    _order = "expires_on desc, id desc"
    _rec_name = "number"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    kind = fields.Selection(DOCUMENT_KINDS, required=True, default="identity_card")
    number = fields.Char(required=True)
    number_key = fields.Char(
        compute="_compute_number_key",
        store=True,
        export_string_translation=False,
        help="The number without what stands between its characters.",
    )
    country_id = fields.Many2one(
        "res.country",
        string="Issued by",
        default=lambda self: self.env.company.country_id,
    )
    issued_on = fields.Date()
    expires_on = fields.Date()
    state = fields.Selection(
        KYC_STATES, string="Status", required=True, default="pending", copy=False
    )
    verified_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    verified_on = fields.Datetime(readonly=True, copy=False)
    scan = fields.Binary(string="Copy", attachment=True, copy=False)

    _company_number_idx = models.Index("(company_id, number_key)")
    _expiry_idx = models.Index(
        "(expires_on) WHERE state = 'verified' AND expires_on IS NOT NULL"
    )
    _dates_ordered = models.Constraint(
        "CHECK(expires_on IS NULL OR issued_on IS NULL OR expires_on > issued_on)",
        "A document expires after it was issued.",
    )

    @api.depends("partner_id")
    def _compute_company_id(self):
        for document in self:
            document.company_id = (
                document.partner_id.company_id
                or document.company_id
                or self.env.company
            )

    @api.depends("number")
    def _compute_number_key(self):
        for document in self:
            document.number_key = search.compact(document.number)

    @api.constrains("number")
    def _check_number(self):
        for document in self:
            if len(search.compact(document.number)) < 4:
                raise ValidationError(
                    self.env._(
                        "%s is too short for the number of a document.", document.number
                    )
                )

    # Actions

    def action_verify(self):
        """Confirm that the document is good and belongs to the customer."""
        today = fields.Date.context_today(self)
        for document in self:
            if document.expires_on and document.expires_on < today:
                raise UserError(
                    self.env._("The document %s has expired.", document.number)
                )
        return self.write(
            {
                "state": "verified",
                "verified_by_id": self.env.uid,
                "verified_on": fields.Datetime.now(),
            }
        )

    def action_reject(self):
        return self.write({"state": "rejected"})

    # Cron

    @api.model
    def _cron_expire(self):
        """Documents whose last day is over prove nothing any more."""
        domain = [
            ("state", "=", "verified"),
            ("expires_on", "<", fields.Date.context_today(self)),
        ]
        remaining = self.search_count(domain)
        while remaining:
            documents = self.search(domain, limit=BATCH, order="expires_on, id")
            if not documents:
                break
            documents.state = "expired"
            remaining = max(remaining - len(documents), 0)
            if not self.env["ir.cron"]._commit_progress(
                len(documents), remaining=remaining
            ):
                break
