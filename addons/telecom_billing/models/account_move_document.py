import io

from odoo import models
from odoo.tools import format_date, formatLang, html2plaintext

from odoo.addons.telecom_crm.tools import document as pdf

from ..engine.words import in_words


def document_date(env, day):
    """Return a date as documents show it, in the language of who gets them.

    English ones name the month: 11/01/2026 is read otherwise in Tunis than in Boston.
    """
    english = (env.context.get("lang") or env.lang or "").startswith("en")
    return format_date(env, day, date_format="d MMM y" if english else False)


class AccountMove(models.Model):
    """Bills in the operator's look: one drawing for portal, print and e-mail."""

    _inherit = "account.move"

    def _telecom_is_bill(self):
        """Tell whether this is an operator's invoice or credit note to a customer."""
        self.ensure_one()
        return self.is_sale_document() and self.company_id.telecom_tenant

    def _telecom_pdf(self):
        """Return the bill as PDF, in the language of who gets it.

        :rtype: bytes
        """
        self.ensure_one()
        return pdf.render_pdf(self._telecom_document())

    def _telecom_in_reader_language(self):
        lang = (
            self.telecom_account_id.lang
            or self.partner_id.lang
            or self.company_id.partner_id.lang
            or self.env.user.lang
        )
        return self.with_context(lang=lang).with_company(self.company_id)

    def _telecom_document(self):
        """Return what stands on the bill.

        :rtype: odoo.addons.telecom_crm.tools.document.Document
        """
        move = self._telecom_in_reader_language()
        lang = move.env.context["lang"] or "en_US"
        stamp = ""
        if move.state == "draft":
            stamp = move.env._("Draft")
        elif move.state == "cancel":
            stamp = move.env._("Cancelled")
        return pdf.Document(
            title=move._telecom_document_title(),
            brand=move.company_id._telecom_brand(),
            recipient=move.partner_id._telecom_party(
                move.company_id, move.env._("Customer")
            ),
            facts=move._telecom_facts(),
            tables=(move._telecom_line_table(),),
            totals=move._telecom_totals(),
            notes=move._telecom_notes(lang),
            stamp=stamp,
            language=lang.partition("_")[0],
            labels=pdf.Labels(page=move.env._("Page %(page)s of %(pages)s")),
        )

    def _telecom_document_title(self):
        name = self.name if self.name and self.name != "/" else ""
        if self.move_type == "out_refund":
            return self.env._("Credit Note %s", name).strip()
        return self.env._("Invoice %s", name).strip()

    def _telecom_amount(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _telecom_charges(self):
        """Return the charges that the lines of these invoices are made of."""
        # sudo: telecom.charge - of invoices whose access was checked
        return (
            self.env["telecom.charge"]
            .sudo()
            .search([("move_line_id", "in", self.invoice_line_ids.ids)])
        )

    def _telecom_facts(self):
        charges = self._telecom_charges()
        period = ""
        if charges:
            period = self.env._(
                "%(first)s to %(last)s",
                first=document_date(self.env, min(charges.mapped("date_from"))),
                last=document_date(self.env, max(charges.mapped("date_to"))),
            )
        account = self.telecom_account_id
        facts = [
            (self.env._("Date"), document_date(self.env, self.invoice_date)),
            (
                self.env._("Due on"),
                document_date(self.env, self.invoice_date_due)
                if self.move_type == "out_invoice"
                else "",
            ),
            (self.env._("Period"), period),
            (
                self.env._("Customer no."),
                self.commercial_partner_id.telecom_customer_number or "",
            ),
            (self.env._("Billing account"), account.number or ""),
            (
                self.env._("Service used by"),
                account.partner_id.name
                if account and account.partner_id != self.partner_id
                else "",
            ),
            (
                self.env._("Corrects invoice"),
                self.reversed_entry_id.name or "",
            ),
            (self.env._("Your reference"), self.ref or ""),
        ]
        return tuple((label, value) for label, value in facts if value)

    def _telecom_line_table(self):
        lines = self.invoice_line_ids.filtered(
            lambda line: not line.telecom_fee_id
        ).sorted(lambda line: (line.sequence, line.id))
        discounted = any(line.discount for line in lines)
        columns = [
            pdf.Column(self.env._("Description"), 6),
            pdf.Column(self.env._("Quantity"), 1.3, "right"),
            pdf.Column(self.env._("Unit price"), 2, "right"),
        ]
        if discounted:
            columns.append(pdf.Column(self.env._("Disc. %"), 1.1, "right"))
        columns += [
            pdf.Column(self.env._("VAT"), 1.1, "right"),
            pdf.Column(self.env._("Before tax"), 2.2, "right"),
        ]
        service = {
            charge.move_line_id.id: charge.subscription_id
            for charge in self._telecom_charges()
        }
        used = {subscription.line_id for subscription in service.values()}
        rows = []
        if len(used) > 1:
            # A merged bill: what each line costs
            order = list(dict.fromkeys(service.get(line.id) for line in lines))
            groups = {}
            for subscription in order:
                key = subscription.line_id if subscription else None
                groups.setdefault(key, [])
            for line in lines:
                subscription = service.get(line.id)
                groups[subscription.line_id if subscription else None].append(line)
            for phone, own in groups.items():
                total = sum(line.price_subtotal for line in own)
                rows.append(
                    pdf.Row(
                        (
                            phone.display_name if phone else self.env._("Other"),
                            self._telecom_amount(total),
                        ),
                        "section",
                    )
                )
                rows += [self._telecom_line_row(line, discounted) for line in own]
        else:
            rows = [self._telecom_line_row(line, discounted) for line in lines]
        return pdf.Table(columns=tuple(columns), rows=tuple(rows))

    def _telecom_line_row(self, line, discounted):
        if line.display_type == "line_note":
            return pdf.Row((line.name or "",), "note")
        if line.display_type != "product":
            return pdf.Row((line.name or "", ""), "section")
        first, _break, rest = (line.name or "").partition("\n")
        quantity = line.quantity
        price = line.price_unit
        currency = self.currency_id
        rounded = currency.is_zero(price - currency.round(price))
        cells = [
            first,
            formatLang(
                self.env, quantity, digits=0 if float(quantity).is_integer() else 2
            ),
            formatLang(
                self.env,
                price,
                digits=currency.decimal_places + (0 if rounded else 2),
            ),
        ]
        if discounted:
            cells.append(
                formatLang(self.env, line.discount, digits=2) if line.discount else ""
            )
        cells += [
            ", ".join(
                f"{formatLang(self.env, tax.amount, digits=0)} %"
                if tax.amount_type == "percent" and float(tax.amount).is_integer()
                else tax.invoice_label or tax.name
                for tax in line.tax_ids
            ),
            self._telecom_amount(line.price_subtotal),
        ]
        return pdf.Row(tuple(cells), detail=rest)

    def _telecom_totals(self):
        """Return before tax, each tax on its base, stamps, and what is to be paid."""
        fees = self.invoice_line_ids.filtered("telecom_fee_id")
        stamps = fees.tax_ids.filtered(lambda tax: tax.amount_type == "fixed")
        fee_net = sum(fees.mapped("price_subtotal"))
        totals = [
            pdf.Total(
                self.env._("Total before tax"),
                self._telecom_amount(self.amount_untaxed - fee_net),
            )
        ]
        for fee in fees:
            if not fee.currency_id.is_zero(fee.price_subtotal):
                totals.append(
                    pdf.Total(fee.name, self._telecom_amount(fee.price_subtotal))
                )
        for subtotal in (self.tax_totals or {}).get("subtotals", []):
            for group in subtotal.get("tax_groups", []):
                own = self.env["account.tax"].browse(group.get("involved_tax_ids", []))
                if own and own <= stamps:
                    label = ", ".join(fees.filtered("tax_ids").mapped("name"))
                else:
                    rates = {tax.amount for tax in own if tax.amount_type == "percent"}
                    base = self._telecom_amount(group["base_amount_currency"])
                    rate = (
                        formatLang(
                            self.env,
                            max(rates),
                            digits=0 if float(max(rates)).is_integer() else 2,
                        )
                        if rates
                        else ""
                    )
                    label = (
                        self.env._("VAT %(rate)s %% on %(base)s", rate=rate, base=base)
                        if rates
                        else group["group_name"]
                    )
                totals.append(
                    pdf.Total(label, self._telecom_amount(group["tax_amount_currency"]))
                )
        totals.append(
            pdf.Total(
                self.env._("Total to pay")
                if self.move_type == "out_invoice"
                else self.env._("Total credited"),
                self._telecom_amount(self.amount_total),
                True,
            )
        )
        paid = self.amount_total - self.amount_residual
        if self.state == "posted" and not self.currency_id.is_zero(paid):
            totals += [
                pdf.Total(self.env._("Paid"), self._telecom_amount(-paid)),
                pdf.Total(
                    self.env._("Still to pay"),
                    self._telecom_amount(self.amount_residual),
                ),
            ]
        return tuple(totals)

    def _telecom_notes(self, lang):
        notes = []
        if lang.startswith("fr"):
            words = in_words(
                self.amount_total,
                self.currency_id.name,
                self.currency_id.decimal_places,
            )
            if words:
                template = (
                    self.env._("This credit note amounts to: %s, all taxes included.")
                    if self.move_type == "out_refund"
                    else self.env._("This invoice amounts to: %s, all taxes included.")
                )
                notes.append(pdf.Note(template % words))
        if self.move_type == "out_invoice" and self.state == "posted":
            ways = [
                self.env._("Online: %s", f"{self.get_base_url()}/my/invoices/{self.id}")
            ]
            if self.partner_bank_id:
                ways.append(
                    self.env._(
                        "By transfer to %(number)s (%(bank)s), with the reference "
                        "%(reference)s",
                        number=self.partner_bank_id.acc_number,
                        bank=self.partner_bank_id.bank_id.name or self.company_id.name,
                        reference=self.payment_reference or self.name,
                    )
                )
            notes.append(pdf.Note("\n".join(ways), self.env._("How to pay")))
        if self.narration:
            notes.append(pdf.Note(html2plaintext(self.narration).strip()))
        return tuple(notes)

    def _telecom_payments(self):
        """Return the payments that stand against an invoice, whoever asks."""
        self.ensure_one()
        # sudo: account.payment - of an invoice whose access was checked
        invoice = self.sudo()
        payments = (
            invoice.matched_payment_ids
            | invoice._get_reconciled_payments()
            | invoice.transaction_ids.payment_id
        )
        return payments.filtered(
            lambda payment: (
                payment.state in ("in_process", "paid")
                and payment.company_id == invoice.company_id
            )
        )

    # Odoo's own ways to the PDF

    def _get_invoice_pdf_proforma(self):
        """Posted bills that were not sent yet are no pro forma."""
        if self._telecom_is_bill():
            return {
                "filename": self._get_invoice_report_filename(),
                "filetype": "pdf",
                "content": self._telecom_pdf(),
            }
        return super()._get_invoice_pdf_proforma()

    def action_print_pdf(self):
        self.ensure_one()
        if self._telecom_is_bill():
            return {
                "type": "ir.actions.act_url",
                "url": f"/telecom/invoice/{self.id}/pdf",
                "target": "download",
            }
        return super().action_print_pdf()


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _telecom_pdf(self):
        """Return the receipt of a payment, for the customer.

        :rtype: bytes
        """
        self.ensure_one()
        partner = self.partner_id
        lang = partner.lang or self.company_id.partner_id.lang or "en_US"
        payment = self.with_context(lang=lang).with_company(self.company_id)
        env = payment.env

        def money(amount):
            return formatLang(env, amount, currency_obj=self.currency_id)

        # sudo: account.move - what was paid, on the receipt of who paid it
        invoices = payment.sudo().reconciled_invoice_ids or payment.sudo().invoice_ids
        words = (
            in_words(
                self.amount, self.currency_id.name, self.currency_id.decimal_places
            )
            if lang.startswith("fr")
            else ""
        )
        # sudo: payment.transaction - how it was paid, without anything secret
        transaction = payment.sudo().payment_transaction_id
        facts = [
            (env._("Date"), document_date(env, self.date)),
            (
                env._("Paid by"),
                transaction.payment_method_id.name
                or self.payment_method_line_id.name
                or "",
            ),
            (env._("Reference"), transaction.reference or self.memo or ""),
        ]
        document = pdf.Document(
            title=env._("Receipt %s", self.name or ""),
            brand=self.company_id._telecom_brand(),
            recipient=partner._telecom_party(self.company_id, env._("Customer")),
            facts=tuple((label, value) for label, value in facts if value),
            tables=(
                pdf.Table(
                    columns=(
                        pdf.Column(env._("Invoice"), 3),
                        pdf.Column(env._("Date"), 2),
                        pdf.Column(env._("Amount of the invoice"), 2, "right"),
                        pdf.Column(env._("Still to pay"), 2, "right"),
                    ),
                    rows=tuple(
                        pdf.Row(
                            (
                                invoice.name or "",
                                document_date(env, invoice.invoice_date),
                                money(invoice.amount_total),
                                money(invoice.amount_residual),
                            )
                        )
                        for invoice in invoices
                    ),
                ),
            )
            if invoices
            else (),
            totals=(pdf.Total(env._("Received"), money(self.amount), True),),
            notes=(pdf.Note(env._("Received the sum of: %s.", words)),)
            if words
            else (),
            language=lang.partition("_")[0],
            labels=pdf.Labels(page=env._("Page %(page)s of %(pages)s")),
        )
        return pdf.render_pdf(document)


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """Operators' bills are drawn by the billing app itself.

        Print, e-mails and portal end here; other documents stay Odoo's.
        """
        if self._is_invoice_report(report_ref):
            ids = [res_ids] if isinstance(res_ids, int) else list(res_ids or [])
            moves = self.env["account.move"].browse(ids)
            if moves and all(move._telecom_is_bill() for move in moves):
                return {
                    move.id: {
                        "stream": io.BytesIO(move._telecom_pdf()),
                        "attachment": None,
                    }
                    for move in moves
                }, "pdf"
        return super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)

    def _get_rendering_context(self, report, docids, data):
        """What the portal shows of a posted bill is no pro forma either."""
        values = super()._get_rendering_context(report, docids, data)
        if values.get("proforma") and report.model == "account.move":
            moves = self.env["account.move"].browse(docids)
            if all(move._telecom_is_bill() for move in moves):
                values["proforma"] = False
        return values
