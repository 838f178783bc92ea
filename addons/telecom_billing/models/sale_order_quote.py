import base64

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, html2plaintext, is_html_empty
from odoo.tools.misc import formatLang

from odoo.addons.telecom_crm.tools import document as pdf
from odoo.addons.telecom_crm.tools.once import once

from ..engine.revision import compare, fingerprint
from .account_move_document import document_date
from .telecom_quote_revision import OPEN

MANAGER = "telecom_crm.group_telecom_manager"
#: What a revision says of the order itself
FROZEN_FIELDS = {
    "currency_id",
    "fiscal_position_id",
    "note",
    "partner_id",
    "partner_invoice_id",
    "payment_term_id",
    "pricelist_id",
    "validity_date",
}
#: Revisions whose file is what there is to print
KEPT = (*OPEN, "accepted", "refused", "expired")
#: How many quotations a batch of the cron takes between commits
BATCH = 50


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "telecom.notified.mixin"]

    telecom_request_id = fields.Many2one(
        "telecom.quote.request",
        string="Quote Request",
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    telecom_revision_ids = fields.One2many(
        "telecom.quote.revision", "order_id", string="Revisions", readonly=True
    )
    telecom_revision_id = fields.Many2one(
        "telecom.quote.revision",
        string="Revision",
        compute="_compute_telecom_revision_id",
        store=True,
        index="btree_not_null",
    )
    telecom_quote_state = fields.Selection(
        related="telecom_revision_id.state", string="Revision's State"
    )
    telecom_quote_comment = fields.Text(
        related="telecom_revision_id.comment", string="Manager's Comment"
    )
    telecom_revision_count = fields.Integer(compute="_compute_telecom_revision_count")
    telecom_quote_name = fields.Char(
        string="Quotation Number", compute="_compute_telecom_quote_name"
    )
    telecom_frozen = fields.Boolean(
        compute="_compute_telecom_frozen",
        help="The quotation is as its revision says, and is changed by a new one.",
    )
    telecom_is_quote = fields.Boolean(compute="_compute_telecom_is_quote")
    telecom_approval_needed = fields.Boolean(
        string="Needs Approval", compute="_compute_telecom_approval_needed"
    )

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("telecom_revision_ids.number")
    def _compute_telecom_revision_id(self):
        for order in self:
            order.telecom_revision_id = order.telecom_revision_ids.sorted("number")[-1:]

    @api.depends("telecom_revision_ids")
    def _compute_telecom_revision_count(self):
        for order in self:
            order.telecom_revision_count = len(order.telecom_revision_ids)

    @api.depends("name", "telecom_revision_id.number")
    def _compute_telecom_quote_name(self):
        for order in self:
            number = order.telecom_revision_id.number
            order.telecom_quote_name = (
                f"{order.name}/{number}" if number else order.name
            )

    @api.depends("state", "telecom_revision_id.state")
    def _compute_telecom_frozen(self):
        for order in self:
            order.telecom_frozen = (
                order.state in ("draft", "sent")
                and order.telecom_revision_id.state in OPEN
            )

    @api.depends("company_id.telecom_tenant")
    def _compute_telecom_is_quote(self):
        for order in self:
            # sudo: res.company - whether the order is an operator's
            order.telecom_is_quote = order.company_id.sudo().telecom_tenant

    @api.depends("amount_total", "currency_id", "company_id.telecom_quote_limit")
    def _compute_telecom_approval_needed(self):
        for order in self:
            # sudo: res.company - a limit of the order's own operator
            company = order.company_id.sudo()
            limit = company.telecom_quote_limit
            total = order.amount_total
            if limit and order.currency_id != company.currency_id:
                total = order.currency_id._convert(
                    total,
                    company.currency_id,
                    company,
                    order.date_order or fields.Date.today(),
                )
            order.telecom_approval_needed = bool(
                limit and company.currency_id.compare_amounts(total, limit) >= 0
            )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # Made as sent, by an import: issued all the same
        sent = orders.filtered(lambda order: order.state == "sent")
        sent._telecom_before_sending()
        sent._telecom_after_sending()
        return orders

    def write(self, vals):
        state = vals.get("state")
        if vals.keys() & FROZEN_FIELDS:
            self._telecom_check_frozen()
        if state == "sent":
            self._telecom_before_sending()
        res = super().write(vals)
        if state == "sent":
            self._telecom_after_sending()
        elif state == "sale":
            self._telecom_after_acceptance()
        elif state in ("draft", "cancel"):
            self._telecom_supersede()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_revisions(self):
        # sudo: telecom.quote.revision - whether there are any
        for order in self.sudo():
            if order.telecom_revision_ids:
                raise UserError(
                    self.env._(
                        "%s was issued: cancel it, its revisions are kept.", order.name
                    )
                )

    def _telecom_check_frozen(self):
        """Refuse changes of what a revision says; a new one is made instead."""
        if self.env.su:
            # Core's own flows; what they change is noticed before acceptance
            return
        for order in self.filtered("telecom_frozen"):
            raise UserError(
                self.env._(
                    "Quotation %s was issued. Press “Revise” to change it: the "
                    "customer gets a new revision.",
                    order.telecom_quote_name,
                )
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_quotation_send(self):
        """Issue a revision, then send it; or ask for approval first."""
        quotes = self._telecom_unanswered()
        if not quotes or self.env.context.get("proforma"):
            return super().action_quotation_send()
        for order in quotes:
            if order.state == "sent" and order.telecom_quote_state not in OPEN:
                raise UserError(
                    self.env._(
                        "%s is not valid any more. Press “Revise”.",
                        order.telecom_quote_name,
                    )
                )
        quotes._telecom_issue_missing()
        waiting = quotes.filtered(lambda one: one.telecom_quote_state == "waiting")
        if waiting:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "title": self.env._("Approval needed"),
                    "message": self.env._(
                        "%s: the managers were told. You can send it once it is "
                        "approved.",
                        ", ".join(waiting.mapped("telecom_quote_name")),
                    ),
                    "next": {"type": "ir.actions.client", "tag": "soft_reload"},
                },
            }
        return super().action_quotation_send()

    def action_telecom_revise(self):
        """Open the quotation for changes; what was issued counts no longer."""
        for order in self:
            if order.state not in ("draft", "sent"):
                raise UserError(self.env._("Only a quotation can be revised."))
        sent = self.filtered(lambda one: one.state == "sent")
        sent.action_draft()
        self._telecom_supersede()
        today = fields.Date.context_today(self)
        # A new offer is valid from now on, as long as others
        self.filtered(
            lambda one: one.validity_date and one.validity_date < today
        )._compute_validity_date()
        return True

    def action_telecom_approve(self):
        """Let the customer have what waits for approval."""
        for order in self._telecom_waiting():
            if not order._telecom_matches():
                raise UserError(
                    self.env._("%s was changed meanwhile.", order.telecom_quote_name)
                )
            # sudo: telecom.quote.revision - written by what is done with the order
            order.telecom_revision_id.sudo().write(
                {
                    "state": "approved",
                    "approved_by": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )
            order._telecom_log(
                self.env._("Revision %s approved.", order.telecom_quote_name)
            )
            order._telecom_tell_seller("quote_approved")
        return True

    def action_telecom_return(self):
        """Ask why, and give the quotation back to who made it."""
        self._telecom_waiting()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return for Revision"),
            "res_model": "telecom.quote.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _telecom_return(self, comment):
        for order in self._telecom_waiting():
            # sudo: telecom.quote.revision - written by what is done with the order
            order.telecom_revision_id.sudo().write(
                {"state": "returned", "comment": comment}
            )
            order._telecom_log(
                self.env._("Revision %s returned:", order.telecom_quote_name), comment
            )
            order._telecom_tell_seller("quote_approved")

    def _telecom_waiting(self):
        """Check that these wait for approval and that the user may give it."""
        self.check_access("write")
        if not self.env.user.has_group(MANAGER) and not self.env.su:
            raise UserError(self.env._("Only a manager approves quotations."))
        for order in self:
            if order.telecom_quote_state != "waiting":
                raise UserError(
                    self.env._("%s does not wait for approval.", order.name)
                )
        return self

    def action_telecom_revisions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revisions of %s", self.name),
            "res_model": "telecom.quote.revision",
            "view_mode": "list,form",
            "domain": [("order_id", "=", self.id)],
        }

    def action_telecom_request(self):
        return self.telecom_request_id._get_records_action()

    # ------------------------------------------------------------
    # Revisions
    # ------------------------------------------------------------

    def _telecom_unanswered(self):
        """Return those that are quotations of operators without an answer."""
        return self.filtered(
            lambda one: one.telecom_is_quote and one.state in ("draft", "sent")
        )

    def _telecom_issue_missing(self):
        """Issue what has no revision that counts."""
        for order in self:
            if order.telecom_revision_id.state not in OPEN:
                order._telecom_issue()
            elif not order._telecom_matches():
                raise UserError(
                    self.env._(
                        "%s says something else by now. Press “Revise”.",
                        order.telecom_quote_name,
                    )
                )

    def _telecom_issue(self):
        """Keep the quotation as it is now, under the next number.

        A manager's own quotation is approved by issuing it.
        """
        self.ensure_one()
        if not self.order_line.filtered(lambda line: not line.display_type):
            raise UserError(self.env._("The quotation has no lines yet."))
        self.check_access("write")
        manager = self.env.user.has_group(MANAGER)
        needed = self.telecom_approval_needed
        number = (self.telecom_revision_id.number or 0) + 1
        content = self._telecom_content()
        made = pdf.render_pdf(self._telecom_document(number=number))
        # sudo: telecom.quote.revision - written by what is done with the order
        Revision = self.env["telecom.quote.revision"].sudo()
        # Sent in two tabs at once: one issues it, the other finds it issued
        with once(Revision, "_number_unique"):
            revision = Revision.create(
                {
                    "order_id": self.id,
                    "company_id": self.company_id.id,
                    "number": number,
                    "state": "waiting" if needed and not manager else "approved",
                    "pdf": base64.b64encode(made),
                    "digest": pdf.digest(made),
                    "content": content,
                    "fingerprint": fingerprint(content),
                    "currency_id": self.currency_id.id,
                    "amount_untaxed": self.amount_untaxed,
                    "amount_total": self.amount_total,
                    "validity_date": self.validity_date,
                    "user_id": self.env.uid,
                    **(
                        {
                            "approved_by": self.env.uid,
                            "approved_at": fields.Datetime.now(),
                        }
                        if needed and manager
                        else {}
                    ),
                }
            )
        if revision.state == "waiting":
            self.env["telecom.notification"]._telecom_notify(
                "quote_approval",
                {self: self.company_id._telecom_quote_managers()},
            )
        self._telecom_log(self.env._("Revision %s issued.", revision.display_name))

    def _telecom_matches(self):
        """Tell whether the order still says what its revision says."""
        self.ensure_one()
        # sudo: telecom.quote.revision - compared, not shown
        revision = self.sudo().telecom_revision_id
        return revision.fingerprint == fingerprint(self._telecom_content())

    def _telecom_answerable(self, number=None):
        """Tell whether the customer may accept or refuse.

        :param int number: the revision the customer saw; None: not known
        """
        self.ensure_one()
        # sudo: telecom.quote.revision - customers read none
        revision = self.sudo().telecom_revision_id
        return (
            self.state == "sent"
            and revision.state == "sent"
            and number in (None, revision.number)
            and self._telecom_matches()
        )

    def _telecom_before_sending(self):
        quotes = self.filtered("telecom_is_quote")
        quotes._telecom_issue_missing()
        for order in quotes:
            if order.telecom_quote_state == "waiting":
                raise UserError(
                    self.env._("%s waits for approval.", order.telecom_quote_name)
                )

    def _telecom_after_sending(self):
        for order in self.filtered("telecom_is_quote"):
            # sudo: telecom.quote.revision - written by what is done with the order
            revision = order.sudo().telecom_revision_id
            if revision.state == "approved":
                revision.write({"state": "sent", "sent_at": fields.Datetime.now()})
            request = order.telecom_request_id
            if request.state in ("submitted", "review"):
                # sudo: telecom.quote.request - of the same operator, whoever sends
                request.sudo().state = "quoted"

    def _telecom_after_acceptance(self):
        for order in self.filtered("telecom_is_quote"):
            # sudo: telecom.quote.revision - written by what is done with the order
            revision = order.sudo().telecom_revision_id
            if revision.state not in OPEN:
                continue
            values = {
                "state": "accepted",
                "answered_at": fields.Datetime.now(),
                "answered_by": order.signed_by or self.env.user.name,
            }
            if order.signature:
                signed = pdf.render_pdf(
                    order._telecom_document(number=revision.number, signed=True)
                )
                values["signed_pdf"] = base64.b64encode(signed)
                values["signed_digest"] = pdf.digest(signed)
            revision.write(values)

    def _telecom_supersede(self):
        # sudo: telecom.quote.revision - written by what is done with the order
        self.sudo().telecom_revision_id.filtered(
            lambda one: one.state in (*OPEN, "accepted")
        ).write({"state": "superseded"})

    def _telecom_refuse(self, reason, name):
        """The customer refuses the current revision.

        :param str reason: plain text
        :param str name: who refuses
        """
        self.ensure_one()
        # sudo: telecom.quote.revision - written by what is done with the order
        self.sudo().telecom_revision_id.write(
            {
                "state": "refused",
                "answer": (reason or "")[:2000],
                "answered_by": name,
                "answered_at": fields.Datetime.now(),
            }
        )

    # ------------------------------------------------------------
    # Core's decisions
    # ------------------------------------------------------------

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        if message or not self.telecom_is_quote:
            return message
        if self.telecom_quote_state == "waiting":
            return self.env._("%s waits for approval.", self.telecom_quote_name)
        if self.telecom_quote_state in OPEN:
            if not self._telecom_matches():
                return self.env._(
                    "%s says something else by now. Press “Revise”.",
                    self.telecom_quote_name,
                )
        elif self.telecom_approval_needed and not self.env.user.has_group(MANAGER):
            return self.env._(
                "%s needs a manager's approval: send it first.", self.name
            )
        return False

    def _has_to_be_signed(self):
        needed = super()._has_to_be_signed()
        return needed and (not self.telecom_is_quote or self._telecom_answerable())

    def _has_to_be_paid(self):
        needed = super()._has_to_be_paid()
        return needed and (not self.telecom_is_quote or self._telecom_answerable())

    def _can_be_edited_on_portal(self):
        """What was issued is accepted or refused as a whole."""
        return super()._can_be_edited_on_portal() and not self.telecom_is_quote

    def _update_programs_and_rewards(self):
        """Rewards of an issued quotation stay as the customer saw them."""
        if self.telecom_frozen:
            return None
        return super()._update_programs_and_rewards()

    def _get_report_base_filename(self):
        self.ensure_one()
        if not self.telecom_is_quote:
            return super()._get_report_base_filename()
        return f"{self.type_name} {self.telecom_quote_name.replace('/', '-')}"

    # ------------------------------------------------------------
    # The document
    # ------------------------------------------------------------

    def _telecom_pdf(self):
        """Return the file of a quotation or order.

        Portal, print and e-mails all take it from here. Once issued, it is the kept
        file of the revision; before, what it would look like, marked as a draft.

        :rtype: bytes
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: telecom.quote.revision - the file of an order that may be read
        revision = self.sudo().telecom_revision_id
        if revision.state in KEPT and not self._telecom_grown(revision):
            return revision._telecom_file()
        return pdf.render_pdf(self._telecom_document())

    def _telecom_grown(self, revision):
        """Tell whether an order got other lines after the customer accepted."""
        if revision.state != "accepted":
            return False
        return any(
            change.field not in ("monthly", "validity")
            for change in compare(revision.content, self._telecom_content())
        )

    def _telecom_lang(self):
        """Return the language of the customer, or of the operator."""
        # sudo: res.partner - languages only
        order = self.sudo()
        return order.partner_id.lang or order.company_id.partner_id.lang or "en_US"

    def _telecom_in_customer_language(self):
        # sudo: sale.order - printed whole for whoever may print it, taxes included
        return self.sudo().with_context(lang=self._telecom_lang(), bin_size=False)

    def _telecom_printed_lines(self):
        return self._get_order_lines_to_report().filtered(
            lambda line: not line.is_downpayment
        )

    def _telecom_monthly_prices(self, lines):
        """Return {line id: what it costs a month}, without taxes."""
        return {
            line.id: line.telecom_recurring_subtotal
            for line in lines
            if line.telecom_recurring_subtotal
        }

    def _telecom_content(self):
        """Return what the quotation says; see ``engine/revision.py``.

        Each amount is a text with its currency's decimals: equal quotations have equal
        contents.
        """
        self.ensure_one()
        order = self._telecom_in_customer_language()
        decimals = order.currency_id.decimal_places
        precision = max(
            decimals, self.env["decimal.precision"].precision_get("Product Price")
        )
        printed = order._telecom_printed_lines()
        monthly = order._telecom_monthly_prices(printed)
        kinds = {"line_section": "section", "line_subsection": "section"}
        return {
            "lines": [
                {
                    "key": line.id,
                    "kind": kinds.get(line.display_type, "note")
                    if line.display_type
                    else "line",
                    "product": line.product_id.display_name or "",
                    "name": line.name or "",
                    "quantity": f"{line.product_uom_qty:.6f}",
                    "unit": line.product_uom_id.name or "",
                    "price": f"{line.price_unit:.{precision}f}",
                    "discount": f"{line.discount or 0.0:.4f}",
                    "taxes": line.tax_ids.mapped("name"),
                    "ids": [
                        line.product_id.id,
                        line.product_uom_id.id,
                        sorted(line.tax_ids.ids),
                    ],
                    "amount": f"{line.price_subtotal:.{decimals}f}",
                    "monthly": f"{monthly[line.id]:.{decimals}f}"
                    if line.id in monthly
                    else "",
                }
                for line in printed
            ],
            "ids": [order.partner_id.id, order.payment_term_id.id],
            "currency": order.currency_id.name,
            "validity": order.validity_date.isoformat() if order.validity_date else "",
            "payment": order.payment_term_id.name or "",
            "terms": html2plaintext(order.note or "").strip(),
            "untaxed": f"{order.amount_untaxed:.{decimals}f}",
            "tax": f"{order.amount_tax:.{decimals}f}",
            "total": f"{order.amount_total:.{decimals}f}",
            "monthly": f"{sum(monthly.values()):.{decimals}f}" if monthly else "",
        }

    def _telecom_document(self, number=None, signed=False):
        """Return the document of this quotation or order, in the customer's language.

        :param int number: of the revision; None: what is not issued
        :param bool signed: with the customer's signature
        :rtype: odoo.addons.telecom_crm.tools.document.Document
        """
        self.ensure_one()
        order = self._telecom_in_customer_language()
        printed = order._telecom_printed_lines()
        monthly = order._telecom_monthly_prices(printed)
        confirmed = order.state == "sale" and not number
        name = f"{order.name}/{number}" if number else order.name
        stamp = ""
        if not number and order.state in ("draft", "sent"):
            stamp = order.env._("Draft")
        elif not number and order.state == "cancel":
            stamp = order.env._("Cancelled")
        return pdf.Document(
            title=order.env._("Order %s", name)
            if confirmed
            else order.env._("Quotation %s", name),
            brand=order.company_id._telecom_brand(),
            recipient=order._telecom_recipient(),
            facts=order._telecom_facts(),
            tables=(order._telecom_table(printed, monthly),),
            totals=order._telecom_totals(),
            notes=order._telecom_notes(),
            signature=order._telecom_signature(signed),
            stamp=stamp,
            language=order.env.context["lang"].partition("_")[0],
            labels=pdf.Labels(page=order.env._("Page %(page)s of %(pages)s")),
        )

    def _telecom_recipient(self):
        partner = self.partner_id
        address = partner._display_address(without_company=True).split("\n")
        vat = partner.commercial_partner_id.vat
        label = partner.country_id.vat_label or self.env._("Tax ID")
        return pdf.Party(
            name=partner.commercial_partner_id.name or partner.name or "",
            label=self.env._("Customer"),
            lines=tuple(
                filter(
                    None,
                    [
                        partner.name
                        if partner != partner.commercial_partner_id
                        else "",
                        *(line.strip() for line in address),
                        self.company_id._telecom_format(partner.phone)
                        if partner.phone
                        else "",
                        self.env._("%(label)s: %(number)s", label=label, number=vat)
                        if vat and vat != "/"
                        else "",
                    ],
                )
            ),
        )

    def _telecom_facts(self):
        date = fields.Datetime.context_timestamp(
            self.with_context(tz=self.company_id.partner_id.tz or self.env.user.tz),
            self.date_order or fields.Datetime.now(),
        )
        facts = [
            (self.env._("Date"), document_date(self.env, date.date())),
            (
                self.env._("Valid until"),
                document_date(self.env, self.validity_date)
                if self.validity_date and self.state != "sale"
                else "",
            ),
            (self.env._("Your reference"), self.client_order_ref or ""),
            (self.env._("Your request"), self.telecom_request_id.name or ""),
            (
                self.env._("Customer no."),
                self.partner_id.commercial_partner_id.telecom_customer_number or "",
            ),
            (self.env._("Your contact"), self.user_id.name or ""),
        ]
        return tuple((label, value) for label, value in facts if value)

    def _telecom_table(self, lines, monthly):
        discounted = any(line.discount for line in lines)
        columns = [
            pdf.Column(self.env._("Description"), 6),
            pdf.Column(self.env._("Quantity"), 1.3, "right"),
            pdf.Column(self.env._("Unit price"), 2, "right"),
        ]
        if discounted:
            columns.append(pdf.Column(self.env._("Disc. %"), 1.1, "right"))
        columns += [
            pdf.Column(self.env._("Taxes"), 1.3, "right"),
            pdf.Column(self.env._("Amount"), 2.2, "right"),
        ]
        return pdf.Table(
            columns=tuple(columns),
            rows=tuple(self._telecom_row(line, monthly, discounted) for line in lines),
        )

    def _telecom_row(self, line, monthly, discounted):
        if line.display_type == "line_note" or (
            # What a promotion takes off is in the monthly prices: “0” would belie it
            line.reward_id.telecom_months and not line.price_subtotal
        ):
            return pdf.Row((line.name or "",), "note")
        if line.display_type:
            inside = self.order_line.filtered(line._is_line_in_section)
            total = sum(inside.mapped("price_subtotal"))
            return pdf.Row(
                (line.name or "", self._telecom_amount(total) if total else ""),
                "section",
            )
        first, _break, rest = (line.name or "").partition("\n")
        details = [rest]
        if line.id in monthly:
            details.append(
                self.env._(
                    "Per month, without taxes: %(quantity)s × %(price)s = %(total)s",
                    quantity=formatLang(
                        self.env,
                        line.product_uom_qty,
                        digits=0 if float(line.product_uom_qty).is_integer() else 2,
                    ),
                    price=self._telecom_amount(line.telecom_recurring_price),
                    total=self._telecom_amount(monthly[line.id]),
                )
            )
        template = line.product_id.product_tmpl_id
        if template.telecom_engagement_months:
            details.append(
                self.env._("Engagement: %s months", template.telecom_engagement_months)
            )
        quantity = line.product_uom_qty
        cells = [
            first,
            formatLang(
                self.env, quantity, digits=0 if float(quantity).is_integer() else 2
            ),
            formatLang(
                self.env,
                line.price_unit,
                digits=max(
                    self.currency_id.decimal_places,
                    0
                    if self.currency_id.is_zero(
                        line.price_unit - self.currency_id.round(line.price_unit)
                    )
                    else 2,
                ),
            ),
        ]
        if discounted:
            cells.append(
                formatLang(self.env, line.discount, digits=2) if line.discount else ""
            )
        cells += [
            ", ".join(tax.invoice_label or tax.name for tax in line.tax_ids),
            self._telecom_amount(line.price_subtotal),
        ]
        return pdf.Row(tuple(cells), detail="\n".join(filter(None, details)))

    def _telecom_amount(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _telecom_totals(self):
        totals = [
            pdf.Total(
                self.env._("Total without taxes"),
                self._telecom_amount(self.amount_untaxed),
            )
        ]
        for subtotal in (self.tax_totals or {}).get("subtotals", []):
            for group in subtotal.get("tax_groups", []):
                totals.append(
                    pdf.Total(
                        group["group_name"],
                        self._telecom_amount(group["tax_amount_currency"]),
                    )
                )
        totals.append(
            pdf.Total(
                self.env._("Total with taxes"),
                self._telecom_amount(self.amount_total),
                True,
            )
        )
        totals += [pdf.Total(*step) for step in self._telecom_monthly_steps()]
        return tuple(totals)

    def _telecom_notes(self):
        notes = []
        if self.payment_term_id:
            term = html2plaintext(self.payment_term_id.note or "").strip()
            notes.append(
                pdf.Note(term or self.payment_term_id.name, self.env._("Payment terms"))
            )
        if not is_html_empty(self.note):
            notes.append(
                pdf.Note(
                    html2plaintext(self.note).strip(),
                    self.env._("Terms and conditions"),
                )
            )
        return tuple(notes)

    def _telecom_signature(self, signed):
        if self.state == "sale" and not signed or not self.require_signature:
            return None
        if not signed:
            return pdf.Signature(self.env._("Read and approved; date and signature"))
        moment = fields.Datetime.context_timestamp(
            self.with_context(tz=self.company_id.partner_id.tz or "UTC"),
            self.signed_on or fields.Datetime.now(),
        )
        return pdf.Signature(
            self.env._("Accepted online"),
            name=self.signed_by or "",
            date=f"{format_date(self.env, moment.date())} {moment:%H:%M} "
            f"({moment.tzname()})",
            image=base64.b64decode(self.signature or b""),
        )

    # ------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------

    def _telecom_log(self, text, comment=""):
        # sudo: mail.message - the history of the order, whoever acts
        body = Markup("%s<blockquote>%s</blockquote>") % (text, comment)
        self.sudo()._message_log(body=body if comment else text)

    def _telecom_tell_seller(self, kind):
        """Tell who sells, unless he did it himself."""
        users = {}
        for order in self:
            # sudo: res.users - the seller of the order, whoever acts
            seller = order.sudo().user_id or order.sudo().telecom_revision_id.user_id
            if seller and seller != self.env.user and seller.active:
                users[order] = seller
        if users:
            self.env["telecom.notification"]._telecom_notify(kind, users)

    def _telecom_notification_text(self, kind):
        self.ensure_one()
        name, revision = self.telecom_quote_name, self.sudo().telecom_revision_id
        customer, total = (
            self.partner_id.display_name,
            self._telecom_amount(self.amount_total),
        )
        match kind:
            case "quote_approval":
                subject = self.env._("To approve: quotation %s", name)
                text = self.env._(
                    "%(customer)s, %(total)s", customer=customer, total=total
                )
            case "quote_approved" if revision.state == "returned":
                subject = self.env._("Returned for revision: quotation %s", name)
                text = revision.comment or ""
            case "quote_approved":
                subject = self.env._("Approved: quotation %s", name)
                text = self.env._(
                    "%(customer)s, %(total)s", customer=customer, total=total
                )
            case "quote_expired":
                subject = self.env._("Expired: quotation %s", name)
                text = self.env._(
                    "%(customer)s did not answer. Revise it, or cancel it.",
                    customer=customer,
                )
            case "quote_reminder":
                subject = self.env._("Your quotation %s awaits your answer", name)
                text = self.env._(
                    "It is valid until %(date)s. Total: %(total)s.",
                    date=format_date(self.env, self.validity_date),
                    total=total,
                )
            case _:
                return super()._telecom_notification_text(kind)
        return subject, Markup("<p>%s</p>") % text

    def _telecom_notification_url(self, user):
        self.ensure_one()
        if user.share:
            return f"{self.get_base_url()}{self.access_url}"
        return super()._telecom_notification_url(user)

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    @api.model
    def _cron_telecom_quotes(self):
        """Remind customers of quotations that expire soon; close what expired.

        Each batch is committed with its mark, so that a customer is reminded once
        however often this is stopped and started.
        """
        self._cron_telecom_remind()
        self._cron_telecom_expire()

    def _cron_telecom_remind(self):
        today = fields.Date.context_today(self)
        revisions = self.env["telecom.quote.revision"].search(
            [
                ("state", "=", "sent"),
                ("reminded_at", "=", False),
                ("validity_date", ">=", today),
                (
                    "validity_date",
                    "<=",
                    fields.Date.add(
                        today,
                        days=max(
                            self.env["res.company"]
                            .search([("telecom_tenant", "=", True)])
                            .mapped("telecom_quote_reminder_days")
                            or [0]
                        ),
                    ),
                ),
            ],
            order="id",
        )
        due = revisions.filtered(
            lambda one: (
                0
                < one.company_id.telecom_quote_reminder_days
                >= (one.validity_date - today).days
                and one.company_id._telecom_allows("billing", "write")
            )
        )
        self._telecom_in_batches(due, self._telecom_remind_batch)

    def _cron_telecom_expire(self):
        today = fields.Date.context_today(self)
        revisions = self.env["telecom.quote.revision"].search(
            [("state", "=", "sent"), ("validity_date", "<", today)], order="id"
        )
        self._telecom_in_batches(revisions, self._telecom_expire_batch)

    def _telecom_in_batches(self, revisions, function):
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(revisions))
        for start in range(0, len(revisions), BATCH):
            batch = revisions[start : start + BATCH].try_lock_for_update()
            # Somebody may have answered meanwhile
            batch.invalidate_recordset(["state", "reminded_at"])
            function(batch.filtered(lambda one: one.state == "sent"))
            if not Cron._commit_progress(len(revisions[start : start + BATCH])):
                break

    @api.model
    def _telecom_remind_batch(self, revisions):
        revisions = revisions.filtered(lambda one: not one.reminded_at)
        revisions.write({"reminded_at": fields.Datetime.now()})
        by_login, by_mail = {}, self.browse()
        for order in revisions.order_id.filtered(lambda one: one.state == "sent"):
            users = order.partner_id.user_ids.filtered(
                lambda user, order=order: (
                    user.active and user.company_id == order.company_id
                )
            )
            if users:
                by_login[order] = users
            elif order.partner_id.email:
                by_mail |= order
        if by_login:
            self.env["telecom.notification"]._telecom_notify("quote_reminder", by_login)
        by_mail._telecom_mail_reminder()

    def _telecom_mail_reminder(self):
        """Remind customers who have no login, in their language."""
        values = []
        for order in self:
            lang = order._telecom_lang()
            subject, body = order.with_context(lang=lang)._telecom_notification_text(
                "quote_reminder"
            )
            content = (
                self.env["ir.qweb"]
                .with_context(lang=lang)
                ._render(
                    "telecom_crm.notification_mail",
                    {
                        "subject": subject,
                        "body": body,
                        "company": order.company_id,
                        "url": f"{order.get_base_url()}{order.get_portal_url()}",
                    },
                    minimal_qcontext=True,
                )
            )
            values.append(
                {
                    "subject": subject,
                    "body_html": content,
                    "recipient_ids": [Command.set(order.partner_id.ids)],
                    "email_from": order.company_id.email_formatted,
                    "auto_delete": True,
                }
            )
        # sudo: mail.mail - by the scheduler, which sends for all
        self.env["mail.mail"].sudo().create(values)

    @api.model
    def _telecom_expire_batch(self, revisions):
        revisions.write({"state": "expired"})
        revisions.order_id._telecom_tell_seller("quote_expired")
