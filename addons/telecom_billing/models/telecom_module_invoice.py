import base64
import secrets

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from odoo.addons.telecom_crm.tools import document as pdf

from .account_move_document import document_date


class TelecomModuleInvoice(models.Model):
    """What an operator owes the platform for a month of its modules.

    The invoice itself (``account.move``) belongs to the platform's company, where the
    operator's people see nothing; here is what concerns them of it.
    """

    _name = "telecom.module.invoice"
    _description = "Invoice of Modules"
    _inherit = ["telecom.notified.mixin"]
    _check_company_auto = True
    _order = "date_from desc, id desc"

    name = fields.Char(string="Number", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    subscription_id = fields.Many2one(
        "telecom.module.subscription",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    # Of the platform's company: no check_company
    move_id = fields.Many2one(
        "account.move",
        string="Platform's Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="telecom_crm.group_telecom_platform",
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date(string="Due on", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many("telecom.module.invoice.line", "invoice_id")
    amount_untaxed = fields.Monetary(readonly=True)
    amount_tax = fields.Monetary(string="Taxes", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    amount_residual = fields.Monetary(
        string="To Pay", compute="_compute_payment", store=True, compute_sudo=True
    )
    state = fields.Selection(
        [("open", "To pay"), ("paid", "Paid"), ("cancelled", "Cancelled")],
        string="Status",
        compute="_compute_payment",
        store=True,
        compute_sudo=True,
    )
    overdue = fields.Boolean(compute="_compute_overdue")
    platform_currency_id = fields.Many2one("res.currency", readonly=True)
    mrr = fields.Monetary(
        string="Monthly Recurring Revenue",
        currency_field="platform_currency_id",
        readonly=True,
        help="What a whole month of the modules costs that the operator had on the "
        "last day, in the platform's currency.",
        groups="telecom_crm.group_telecom_platform",
    )
    pdf = fields.Binary(string="PDF", attachment=True, readonly=True)
    pdf_name = fields.Char(compute="_compute_pdf_name")
    access_token = fields.Char(
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(32),
        groups="telecom_crm.group_telecom_manager",
    )

    _period_unique = models.Constraint(
        "UNIQUE(company_id, date_from)",
        "This month of the operator is invoiced already.",
    )

    # Computes

    @api.depends("move_id.state", "move_id.payment_state", "move_id.amount_residual")
    def _compute_payment(self):
        for invoice in self:
            move = invoice.move_id
            if move.state == "cancel":
                invoice.state, invoice.amount_residual = "cancelled", 0.0
            elif move and move.payment_state in ("paid", "in_payment", "reversed"):
                # Odoo's “in payment” is money that was received
                invoice.state, invoice.amount_residual = "paid", 0.0
            else:
                invoice.state = "open"
                invoice.amount_residual = (
                    move.amount_residual if move else invoice.amount_total
                )

    @api.depends("state", "date_due")
    def _compute_overdue(self):
        for invoice in self:
            invoice.overdue = bool(
                invoice.state == "open"
                and invoice.date_due
                and invoice.date_due < invoice.subscription_id._today()
            )

    @api.depends("name")
    def _compute_pdf_name(self):
        for invoice in self:
            invoice.pdf_name = f"{(invoice.name or '').replace('/', '-')}.pdf"

    # Buttons

    def action_pay(self):
        """Open the page on which the invoice is paid."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": self._pay_path(),
            "target": "self",
        }

    def action_print(self):
        """Download the PDF."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/pdf/{self.pdf_name}"
            "?download=true",
            "target": "download",
        }

    def action_open_move(self):
        """Open the invoice in the platform's books."""
        self.ensure_one()
        return self.move_id._get_records_action()

    def _pay_path(self):
        self.ensure_one()
        # sudo: telecom.module.invoice - the link is for whoever may read the invoice
        return f"/telecom/modules/{self.id}/{self.sudo().access_token}"

    def _pay_url(self):
        """Return the link that pays this invoice, on the operator's host."""
        return f"{self.get_base_url()}{self._pay_path()}"

    # The PDF

    def _amount(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _document(self):
        """Return what the PDF shows, in the operator's language.

        :rtype: odoo.addons.telecom_crm.tools.document.Document
        """
        self.ensure_one()
        # sudo: telecom.module.invoice - printed whole, with the platform's look
        company = self.sudo().company_id
        lang = company.partner_id.lang or self.env.lang or "en_US"
        invoice = self.sudo().with_context(lang=lang)
        _ = invoice.env._
        partner = company.partner_id.with_context(lang=lang)
        address = partner._display_address(without_company=True).split("\n")
        facts = (
            (_("Number"), invoice.name),
            (_("Date"), document_date(invoice.env, invoice.invoice_date)),
            (_("Due on"), document_date(invoice.env, invoice.date_due)),
            (
                _("Month"),
                format_date(invoice.env, invoice.date_from, date_format="MMMM yyyy"),
            ),
        )
        rows = tuple(
            pdf.Row(
                (
                    line.name,
                    f"{line.days} / {line.days_of_period}",
                    invoice._amount(line.price),
                    invoice._amount(line.amount),
                )
            )
            for line in invoice.line_ids
        )
        return pdf.Document(
            title=_("Invoice %s", invoice.name),
            brand=invoice.move_id.company_id._telecom_brand(),
            recipient=pdf.Party(
                name=company.name,
                lines=tuple(line.strip() for line in address if line.strip()),
            ),
            facts=facts,
            tables=(
                pdf.Table(
                    columns=(
                        pdf.Column(_("Module"), 4),
                        pdf.Column(_("Days"), 1.2, "right"),
                        pdf.Column(_("Price per Month"), 2, "right"),
                        pdf.Column(_("Amount"), 2, "right"),
                    ),
                    rows=rows,
                ),
            ),
            totals=(
                pdf.Total(
                    _("Total without taxes"), invoice._amount(invoice.amount_untaxed)
                ),
                pdf.Total(_("Taxes"), invoice._amount(invoice.amount_tax)),
                pdf.Total(_("Total"), invoice._amount(invoice.amount_total), True),
            ),
            notes=(pdf.Note(invoice._pay_url(), _("Pay online")),),
            language=lang.partition("_")[0],
            labels=pdf.Labels(page=_("Page %(page)s of %(pages)s")),
        )

    def _draw(self):
        """Keep the PDF as it is issued."""
        for invoice in self:
            invoice.pdf = base64.b64encode(pdf.render_pdf(invoice._document()))

    # Telling

    def _notify_step(self, step):
        """Write to the operator's managers, with the link that pays."""
        self.ensure_one()
        managers = self.company_id._telecom_quote_managers()
        if managers:
            self.env["telecom.notification"]._telecom_notify(
                "modules", {self.with_context(telecom_module_step=step): managers}
            )

    def _telecom_notification_text(self, kind):
        if kind != "modules":
            return super()._telecom_notification_text(kind)
        self.ensure_one()
        _ = self.env._
        calendar = self.subscription_id._calendar()
        values = {
            "number": self.name,
            "amount": self._amount(self.amount_residual or self.amount_total),
            "date": format_date(self.env, self.date_due),
            "days": calendar.restricted - calendar.no_new,
            "end": format_date(
                self.env, fields.Date.add(self.date_due, days=calendar.purged)
            ),
        }
        step = self.env.context.get("telecom_module_step")
        subject, text = {
            "invoice": (
                _("Invoice %(number)s of your modules: %(amount)s", **values),
                _("It is due on %(date)s.", **values),
            ),
            "due": (
                _("Invoice %(number)s is due today", **values),
                _("%(amount)s are to be paid.", **values),
            ),
            "past_due": (
                _("Invoice %(number)s is overdue", **values),
                _("%(amount)s were due on %(date)s.", **values),
            ),
            "reminder": (
                _("Reminder: invoice %(number)s is overdue", **values),
                _("%(amount)s were due on %(date)s.", **values),
            ),
            "no_new_modules": (
                _("Invoice %(number)s: no module can be added", **values),
                _(
                    "%(amount)s were due on %(date)s. Until they are paid no module "
                    "can be switched on; in %(days)s days those on the invoice become "
                    "read-only.",
                    **values,
                ),
            ),
            "before_restriction": (
                _("Tomorrow modules become read-only", **values),
                _(
                    "%(amount)s were due on %(date)s. From tomorrow on the modules on "
                    "the invoice are read-only. Exports and claims go on.",
                    **values,
                ),
            ),
            "restricted": (
                _("Modules are read-only: invoice %(number)s", **values),
                _(
                    "%(amount)s were due on %(date)s. What is there can be read and "
                    "exported. As soon as it is paid everything works again.",
                    **values,
                ),
            ),
            "before_suspension": (
                _("Tomorrow all modules are suspended", **values),
                _("%(amount)s were due on %(date)s.", **values),
            ),
            "suspended": (
                _("All modules are suspended: invoice %(number)s", **values),
                _(
                    "%(amount)s were due on %(date)s. Your data is kept; as soon as "
                    "it is paid everything works again. Suspended days cost nothing.",
                    **values,
                ),
            ),
            "closed": (
                _("Your subscription is closed: invoice %(number)s", **values),
                _(
                    "%(amount)s were due on %(date)s. Ask the platform's administrator "
                    "for an export of your data; paying still opens everything again.",
                    **values,
                ),
            ),
            "before_purge": (
                _("Your operator ends on %(end)s", **values),
                _(
                    "%(amount)s were due on %(date)s. On %(end)s all accounts and "
                    "hosts are closed for good. Until then paying opens everything "
                    "again; ask the platform's administrator for your data.",
                    **values,
                ),
            ),
            "last_before_purge": (
                _("Last notice: your operator ends on %(end)s", **values),
                _(
                    "%(amount)s were due on %(date)s. After %(end)s nobody can log "
                    "in any more. Pay, or have your data exported before.",
                    **values,
                ),
            ),
            "purged": (
                _("Your operator has ended: invoice %(number)s", **values),
                _(
                    "%(amount)s were due on %(date)s. All accounts and hosts are "
                    "closed. Turn to the platform's administrator for your data.",
                    **values,
                ),
            ),
            "paid": (
                _("Invoice %(number)s is paid", **values),
                _("Thank you. The modules that were closed for it work again."),
            ),
        }[step]
        body = Markup("<p>%s</p>") % text
        if step != "paid":
            body += Markup('<p><a href="%s">%s</a></p>') % (
                self._pay_url(),
                _("Look at the invoice and pay it"),
            )
        return subject, body

    # Payment

    def _payment_wanted(self):
        """Tell whether the invoice can be paid: however late it is."""
        self.ensure_one()
        return self.state == "open" and self.amount_residual > 0

    def _transactions(self, states):
        """Return the online payments of these invoices in some states."""
        # sudo: payment.transaction - of the platform's invoices
        return (
            self.env["payment.transaction"]
            .sudo()
            .search(
                [
                    ("invoice_ids", "in", self.sudo().move_id.ids),
                    ("state", "in", states),
                ]
            )
        )


class TelecomModuleInvoiceLine(models.Model):
    _name = "telecom.module.invoice.line"
    _description = "Line of an Invoice of Modules"
    _check_company_auto = True
    _order = "invoice_id, id"

    invoice_id = fields.Many2one(
        "telecom.module.invoice",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="invoice_id.company_id",
        store=True,
        index=True,
        required=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    name = fields.Char(string="Module", required=True, readonly=True)
    module_ids = fields.Many2many("telecom.module", string="Pays for", readonly=True)
    days = fields.Integer(readonly=True)
    days_of_period = fields.Integer(string="Days of the Month", readonly=True)
    price = fields.Monetary(string="Price per Month", readonly=True)
    amount = fields.Monetary(readonly=True)
