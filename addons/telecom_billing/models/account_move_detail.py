from odoo import api, fields, models
from odoo.tools import format_date, format_datetime, formatLang

from odoo.addons.telecom_crm.tools import document as pdf

from ..report import detail

#: Rows of a PDF: a book of calls is read in the workbook
MOST_PDF_ROWS = 5_000


class AccountMove(models.Model):
    """The detail of consumption behind a bill, on request."""

    _inherit = "account.move"

    def _telecom_detail_period(self):
        """Return the first and the last day of what a bill charges.

        :rtype: tuple
        """
        self.ensure_one()
        charges = self._telecom_charges()
        usage = charges.filtered(lambda charge: charge.kind == "usage") or charges
        if usage:
            return min(usage.mapped("date_from")), max(usage.mapped("date_to"))
        last = self.invoice_date or fields.Date.context_today(self)
        return fields.Date.subtract(last, months=1), fields.Date.subtract(last, days=1)

    def _telecom_detail_rows(self):
        """Yield the usage records of a bill as texts and numbers, in order of time."""
        account = self.telecom_account_id
        if not account:
            return
        kinds = dict(
            self.env["telecom.usage"]
            ._fields["usage_kind"]
            ._description_selection(self.env)
        )
        # sudo: telecom.usage - of an invoice whose access was checked
        usage = self.env["telecom.usage"].sudo()
        for record in usage._telecom_detail(
            account.sudo(), *self._telecom_detail_period()
        ):
            kind = record["usage_kind"]
            yield {
                **record,
                "kind": kinds.get(kind, kind),
                "shown": usage._display_units(kind, record["billed"]),
            }

    def _telecom_detail_facts(self):
        first, last = self._telecom_detail_period()
        return (
            self.env._(
                "Billing account %(number)s, %(customer)s",
                number=self.telecom_account_id.number or "–",
                customer=self.partner_id.name,
            ),
            self.env._(
                "From %(first)s to %(last)s",
                first=format_date(self.env, first),
                last=format_date(self.env, last),
            ),
        )

    def _telecom_detail_title(self):
        return self.env._("Detail of consumption, invoice %s", self.name or "")

    def _telecom_detail_xlsx(self):
        """Return the detail as a workbook.

        :rtype: bytes
        """
        self.ensure_one()
        move = self._telecom_in_reader_language()
        env = move.env
        sheet = detail.Sheet(
            title=move._telecom_detail_title(),
            facts=move._telecom_detail_facts(),
            columns=(
                (env._("Date and time"), "datetime"),
                (env._("Line"), "text"),
                (env._("Kind"), "text"),
                (env._("Number called"), "text"),
                (env._("Destination"), "text"),
                (env._("Consumption"), "text"),
                (
                    env._("Before tax (%s)", move.currency_id.name),
                    "number",
                ),
            ),
            decimals=move.currency_id.decimal_places,
            color=move.company_id._telecom_brand().primary,
        )
        return detail.write_xlsx(
            sheet,
            (
                (
                    row["start"],
                    row["msisdn"],
                    row["kind"],
                    row["number"],
                    row["destination"],
                    row["shown"],
                    row["amount"],
                )
                for row in move._telecom_detail_rows()
            ),
        )

    def _telecom_detail_pdf(self):
        """Return the detail as PDF, a table per line.

        :rtype: bytes
        """
        self.ensure_one()
        move = self._telecom_in_reader_language()
        env = move.env
        by_line, total, count = {}, 0, 0
        for row in move._telecom_detail_rows():
            count += 1
            total += row["amount"]
            if count <= MOST_PDF_ROWS:
                by_line.setdefault(row["msisdn"], []).append(row)

        def money(amount):
            return formatLang(env, amount, currency_obj=move.currency_id)

        columns = (
            pdf.Column(env._("Date and time"), 2.2),
            pdf.Column(env._("Kind"), 1.3),
            pdf.Column(env._("Number called"), 2),
            pdf.Column(env._("Destination"), 2),
            pdf.Column(env._("Consumption"), 1.4, "right"),
            pdf.Column(env._("Before tax"), 1.6, "right"),
        )
        tables = tuple(
            pdf.Table(
                columns=columns,
                title=msisdn or "",
                rows=tuple(
                    pdf.Row(
                        (
                            format_datetime(
                                env, row["start"], tz="UTC", dt_format="short"
                            ),
                            row["kind"],
                            row["number"] or "",
                            row["destination"] or "",
                            row["shown"],
                            money(row["amount"]),
                        )
                    )
                    for row in rows
                ),
            )
            for msisdn, rows in by_line.items()
        )
        notes = ()
        if count > MOST_PDF_ROWS:
            notes = (
                pdf.Note(
                    env._(
                        "These are the first %(shown)s of %(count)s records; the "
                        "workbook has them all.",
                        shown=MOST_PDF_ROWS,
                        count=count,
                    )
                ),
            )
        elif not count:
            notes = (pdf.Note(env._("There is no usage record in this period.")),)
        return pdf.render_pdf(
            pdf.Document(
                title=move._telecom_detail_title(),
                brand=move.company_id._telecom_brand(),
                recipient=move.partner_id._telecom_party(
                    move.company_id, env._("Customer")
                ),
                intro="\n".join(move._telecom_detail_facts()),
                tables=tables,
                totals=(pdf.Total(env._("Total before tax"), money(total), True),)
                if count
                else (),
                notes=notes,
                language=(env.context["lang"] or "en").partition("_")[0],
                labels=pdf.Labels(page=env._("Page %(page)s of %(pages)s")),
            )
        )

    def _telecom_detail_files(self):
        """Return [(name, content)]: the detail to read, and to reckon with."""
        self.ensure_one()
        name = (self.name or "").replace("/", "-")
        return [
            (f"{name}-detail.pdf", self._telecom_detail_pdf()),
            (f"{name}-detail.xlsx", self._telecom_detail_xlsx()),
        ]

    def action_telecom_detail(self):
        """Download the workbook."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/invoice/{self.id}/xlsx",
            "target": "download",
        }


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_mail_params(self, move, move_data):
        """Add the detail of consumption, for who asked for it."""
        params = super()._get_mail_params(move, move_data)
        if params and self.env.context.get("telecom_send_detail"):
            params["attachments"] += move._telecom_detail_files()
        return params
