import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from odoo.addons.telecom_crm.tools.document import digest

from ..engine import revision

#: While one of these, the order says what the revision says: neither is changed
OPEN = ("waiting", "approved", "sent")
#: What happens to a revision; everything else was written once
CHANGING = {
    "state",
    "approved_by",
    "approved_at",
    "comment",
    "sent_at",
    "answered_at",
    "answered_by",
    "answer",
    "signed_pdf",
    "signed_digest",
    "reminded_at",
}


class TelecomQuoteRevision(models.Model):
    """A quotation as it was put before somebody: its file is never changed.

    Users read revisions only; they are written by what is done with their order.
    """

    _name = "telecom.quote.revision"
    _description = "Revision of a Quotation"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "order_id desc, number desc"
    _rec_names_search = ["order_id.name"]

    order_id = fields.Many2one(
        "sale.order",
        string="Quotation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        readonly=True,
        index=True,
    )
    number = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting for Approval"),
            ("returned", "Returned for Revision"),
            ("approved", "Ready to Send"),
            ("sent", "Sent"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("superseded", "Replaced"),
        ],
        required=True,
        readonly=True,
        default="approved",
    )
    pdf = fields.Binary(string="File", readonly=True, attachment=True)
    pdf_name = fields.Char(compute="_compute_pdf_name")
    digest = fields.Char(
        string="SHA-256",
        readonly=True,
        help="Of the file, as it was made: it tells whether somebody changed it.",
    )
    signed_pdf = fields.Binary(string="Signed File", readonly=True, attachment=True)
    signed_digest = fields.Char(readonly=True)
    content = fields.Json(readonly=True)
    fingerprint = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_untaxed = fields.Monetary(readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    validity_date = fields.Date(string="Valid until", readonly=True)
    user_id = fields.Many2one("res.users", string="Made by", readonly=True)
    approved_by = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)
    comment = fields.Text(string="Manager's Comment", readonly=True)
    sent_at = fields.Datetime(readonly=True)
    reminded_at = fields.Datetime(string="Customer Reminded", readonly=True)
    answered_at = fields.Datetime(readonly=True)
    answered_by = fields.Char(readonly=True)
    answer = fields.Text(string="Customer's Answer", readonly=True)
    change_html = fields.Html(
        string="Changes", compute="_compute_change_html", sanitize=False
    )

    _number_unique = models.Constraint(
        "UNIQUE(order_id, number)", "A quotation has each revision once."
    )
    _sent_idx = models.Index("(company_id, validity_date) WHERE state = 'sent'")

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("order_id.name", "number")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.order_id.name}/{record.number}"

    @api.depends("order_id.name", "number")
    def _compute_pdf_name(self):
        for record in self:
            record.pdf_name = f"{record.display_name.replace('/', '-')}.pdf"

    @api.depends_context("lang", "uid")
    @api.depends("content", "order_id")
    def _compute_change_html(self):
        for record in self:
            record.change_html = record._telecom_change_html(record._telecom_former())

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def write(self, vals):
        """Refuse to change what was written, to everybody and to our own code."""
        fixed = vals.keys() - CHANGING
        if fixed:
            raise UserError(
                self.env._("A revision of a quotation is kept as it was made.")
            )
        if "signed_pdf" in vals and any(record.signed_pdf for record in self):
            raise UserError(
                self.env._("A revision of a quotation is kept as it was made.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A revision of a quotation is kept as long as the quotation.")
        )

    # ------------------------------------------------------------
    # The file
    # ------------------------------------------------------------

    def _telecom_file(self):
        """Return the kept file: the signed one once the customer signed.

        :rtype: bytes
        :raises UserError: when the file is not what was kept
        """
        self.ensure_one()
        # bin_size off: the file itself, whatever the reader's context asks for
        record = self.with_context(bin_size=False)
        content, expected = record.pdf, self.digest
        if record.signed_pdf:
            content, expected = record.signed_pdf, self.signed_digest
        content = base64.b64decode(content or b"")
        if digest(content) != expected:
            raise UserError(
                self.env._(
                    "The file of %(revision)s is not the one that was kept. Tell the "
                    "platform's administrator.",
                    revision=self.display_name,
                )
            )
        return content

    def action_open_pdf(self):
        """Open the kept file in the browser."""
        self.ensure_one()
        self.check_access("read")
        field = "signed_pdf" if self.signed_digest else "pdf"
        # Says so when the file was tampered with
        self._telecom_file()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/{field}"
            f"?filename={self.pdf_name}",
            "target": "new",
        }

    # ------------------------------------------------------------
    # Differences
    # ------------------------------------------------------------

    def _telecom_former(self, sent=False):
        """Return the revision before this one.

        :param bool sent: only one that the customer got
        """
        self.ensure_one()
        former = self.order_id.telecom_revision_ids.filtered(
            lambda one: one.number < self.number and (one.sent_at or not sent)
        )
        return former.sorted("number")[-1:]

    def _telecom_change_html(self, former):
        """Return what is different from a former revision, line by line, as HTML."""
        self.ensure_one()
        if not former or not self.content:
            return Markup()
        rows = self._telecom_changes(former)
        if not rows:
            return Markup("<p>%s</p>") % self.env._("Nothing but the number.")
        body = Markup().join(
            Markup(
                '<tr><td class="text-break">%s</td><td>%s</td>'
                '<td class="text-muted">%s</td><td class="fw-bold">%s</td></tr>'
            )
            % row
            for row in rows
        )
        return Markup(
            '<table class="table table-sm mb-0" data-telecom="changes"><thead><tr>'
            "<th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr></thead>"
            "<tbody>%s</tbody></table>"
        ) % (
            self.env._("What"),
            self.env._("Changed"),
            self.env._("Before, in %s", former.display_name),
            self.env._("Now"),
            body,
        )

    def _telecom_changes(self, former):
        """Return rows (what, what about it, before, now) of readable texts."""
        names = {
            "name": self.env._("Description"),
            "quantity": self.env._("Quantity"),
            "price": self.env._("Unit price"),
            "discount": self.env._("Discount (%)"),
            "taxes": self.env._("Taxes"),
            "monthly": self.env._("Monthly price"),
            "amount": self.env._("Amount"),
            "validity": self.env._("Valid until"),
            "payment": self.env._("Payment terms"),
            "terms": self.env._("Terms and conditions"),
            "untaxed": self.env._("Total without taxes"),
            "tax": self.env._("Taxes"),
            "total": self.env._("Total with taxes"),
        }
        rows = []
        for change in revision.compare(former.content, self.content):
            if change.kind == "added":
                row = (
                    change.label,
                    self.env._("Added"),
                    "",
                    self._telecom_line_text(change.after),
                )
            elif change.kind == "removed":
                row = (
                    change.label,
                    self.env._("Removed"),
                    former._telecom_line_text(change.before),
                    "",
                )
            else:
                row = (
                    change.label or self.env._("Quotation"),
                    names[change.field],
                    former._telecom_value_text(change.field, change.before),
                    self._telecom_value_text(change.field, change.after),
                )
            rows.append(row)
        return rows

    def _telecom_line_text(self, line):
        if line["kind"] != "line":
            return ""
        return self.env._(
            "%(quantity)s × %(price)s",
            quantity=self._telecom_value_text("quantity", line["quantity"]),
            price=self._telecom_value_text("price", line["price"]),
        )

    def _telecom_value_text(self, field, value):
        if value in (None, False, "", []):
            return "–"
        if field in ("price", "amount", "untaxed", "tax", "total", "monthly"):
            return formatLang(self.env, float(value), currency_obj=self.currency_id)
        if field in ("quantity", "discount"):
            number = float(value)
            digits = 0 if number.is_integer() else 2
            return formatLang(self.env, number, digits=digits)
        if field == "validity":
            return format_date(self.env, value)
        if field == "taxes":
            return ", ".join(value)
        text = str(value)
        return text if len(text) <= 300 else f"{text[:299]}…"
