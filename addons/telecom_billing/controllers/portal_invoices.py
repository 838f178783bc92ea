from odoo import Command, http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import content_disposition, request

from odoo.addons.account.controllers.portal import PortalAccount
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.telecom_crm.tools.typed import typed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What customers can ask for on the portal
PORTAL_KINDS = ("bill_now", "copy", "detail", "merge", "correction")
LONGEST_NOTE = 2_000
#: Open requests of one customer: nobody has more to ask for at once
MOST_REQUESTS = 20


class OperatorDocuments(CustomerPortal):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """Show invoices on the host of their own operator, with the module open.

        A token alone is not enough: links belong to the operator's host.
        """
        document = super()._document_check_access(
            model_name, document_id, access_token=access_token
        )
        if model_name == "account.move" and document.company_id.telecom_tenant:
            company = document.company_id
            here = request.env["telecom.host"]._company_of_request()
            inside = request.env.user._is_internal()
            if not company._telecom_allows("billing") or (
                here and here != company and not inside
            ):
                raise AccessError(request.env._("This document is not here."))
        return document


class PortalInvoices(PortalAccount):
    """Customers' invoices: their own operator's only, while it bills with us.

    Odoo joins all portal controllers into one class: names of helpers tell them apart.
    """

    def _invoice_tenant(self):
        """Return the operator of who is logged in, or none."""
        # sudo: res.company - whether the account is an operator's customer's
        company = request.env.user.company_id.sudo()
        return company if company.telecom_tenant else company.browse()

    def _invoice_check(self):
        company = self._invoice_tenant()
        if company and not company._telecom_allows("billing"):
            raise request.not_found()
        return company

    def _get_invoices_domain(self, m_type=None):
        domain = Domain(super()._get_invoices_domain(m_type))
        company = self._invoice_tenant()
        if company and not request.env.user._is_internal():
            domain &= Domain("company_id", "=", company.id)
            if not company._telecom_allows("billing"):
                domain = Domain.FALSE
        return domain

    def _get_overdue_invoices_domain(self, partner_id=None):
        domain = super()._get_overdue_invoices_domain(partner_id)
        company = self._invoice_tenant()
        if company and not request.env.user._is_internal():
            domain = [*domain, ("company_id", "=", company.id)]
            if not company._telecom_allows("billing"):
                domain = [(0, "=", 1)]
        return domain

    @http.route()
    def portal_my_invoices(self, *args, **kw):
        self._invoice_check()
        return super().portal_my_invoices(*args, **kw)

    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        values = super()._invoice_get_page_view_values(invoice, access_token, **kwargs)
        if invoice._telecom_is_bill():
            values["telecom_bill"] = True
            values["telecom_payments"] = invoice._telecom_payments()
            values["telecom_token"] = access_token
        if values.get("transaction_route") and not values["access_token"]:
            # Whoever is logged in comes without one, by the address on the printed
            # invoice, say; without one, core's form refuses to pay
            values["access_token"] = invoice._portal_ensure_token()
        return values

    # Files

    @http.route(
        "/my/invoices/<int:invoice_id>/detail/<string:kind>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def portal_invoice_detail_file(self, invoice_id, kind, access_token=None, **_kw):
        invoice = self._invoice_checked(invoice_id, access_token)
        return self._invoice_download(invoice, kind)

    @http.route(
        "/my/invoices/<int:invoice_id>/receipt/<int:payment_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def portal_invoice_receipt(self, invoice_id, payment_id, access_token=None, **_kw):
        invoice = self._invoice_checked(invoice_id, access_token)
        payment = invoice._telecom_payments().filtered(lambda one: one.id == payment_id)
        if not payment:
            raise request.not_found()
        return _download(
            payment._telecom_pdf(),
            f"{(payment.name or 'receipt').replace('/', '-')}.pdf",
            "application/pdf",
        )

    @http.route("/telecom/invoice/<int:invoice_id>/<string:kind>", auth="user")
    def invoice_file(self, invoice_id, kind, **_kw):
        """For the back office: by the rules of who asks, whatever the host."""
        invoice = request.env["account.move"].browse(invoice_id).exists()
        if not invoice or not invoice.has_access("read"):
            raise request.not_found()
        # sudo: account.move - read access is checked; charges and usage are behind it
        return self._invoice_download(invoice.sudo(), kind)

    @http.route("/telecom/payment/<int:payment_id>/receipt", auth="user")
    def payment_receipt(self, payment_id, **_kw):
        payment = request.env["account.payment"].browse(payment_id).exists()
        if not payment or not payment.has_access("read"):
            raise request.not_found()
        return _download(
            payment._telecom_pdf(),
            f"{(payment.name or 'receipt').replace('/', '-')}.pdf",
            "application/pdf",
        )

    def _invoice_checked(self, invoice_id, access_token):
        try:
            invoice = self._document_check_access(
                "account.move", invoice_id, access_token
            )
        except (AccessError, MissingError):
            raise request.not_found() from None
        if not invoice._telecom_is_bill() or invoice.state != "posted":
            raise request.not_found()
        return invoice

    def _invoice_download(self, invoice, kind):
        company = invoice.company_id
        if not invoice._telecom_is_bill() or not company._telecom_allows("billing"):
            raise request.not_found()
        name = (invoice.name or "brouillon").replace("/", "-")
        if kind == "pdf" and request.httprequest.path.startswith("/telecom/"):
            return _download(invoice._telecom_pdf(), f"{name}.pdf", "application/pdf")
        if kind == "pdf":
            return _download(
                invoice._telecom_detail_pdf(), f"{name}-detail.pdf", "application/pdf"
            )
        if kind == "xlsx":
            return _download(
                invoice._telecom_detail_xlsx(), f"{name}-detail.xlsx", XLSX
            )
        raise request.not_found()

    # Requests

    def _invoice_accounts(self, company):
        """Return the billing accounts of who is logged in."""
        owner = request.env.user.commercial_partner_id
        # sudo: telecom.billing.account - those of the customer himself, by the domain
        return (
            request.env["telecom.billing.account"]
            .sudo()
            .search(
                Domain("company_id", "=", company.id)
                & (
                    Domain("partner_id", "child_of", owner.id)
                    | Domain("payer_id", "child_of", owner.id)
                )
            )
        )

    @http.route(
        "/my/invoices/requests",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def portal_invoice_requests(self, **post):
        company = self._invoice_check()
        if not company:
            raise request.not_found()
        accounts = self._invoice_accounts(company)
        # sudo: telecom.invoice.request - those of the customer's accounts
        requests = request.env["telecom.invoice.request"].sudo()
        own = requests.search([("account_id", "in", accounts.ids)])
        error = ""
        if request.httprequest.method == "POST":
            error = self._invoice_submit_request(company, accounts, own, post)
            if not error:
                return request.redirect("/my/invoices/requests?sent=1")
        labels = dict(requests._fields["kind"]._description_selection(request.env))
        return request.render(
            "telecom_billing.portal_invoice_requests",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "telecom_invoice_requests",
                "accounts": accounts,
                "requests": own,
                "kinds": [(kind, labels[kind]) for kind in PORTAL_KINDS],
                "invoices": request.env["account.move"].search(
                    self._get_invoices_domain("out")
                    & Domain("telecom_account_id", "in", accounts.ids),
                    order="invoice_date desc, id desc",
                    limit=36,
                ),
                "error": error,
                "sent": post.get("sent"),
                "values": post,
            },
        )

    def _invoice_submit_request(self, company, accounts, own, post):
        """Write a request down, or return what is missing."""
        if not company._telecom_allows("billing", "write"):
            return request.env._("Requests are closed at present.")
        if len(own.filtered(lambda one: one.state == "submitted")) >= MOST_REQUESTS:
            return request.env._("You have asked a lot already: we are on it.")
        kind = post.get("kind")
        chosen = post.get("account_id") or ""
        account = accounts.filtered(lambda one: str(one.id) == chosen)
        if not account or kind not in PORTAL_KINDS:
            return request.env._("Choose what you need and the account.")
        numbers = {
            int(value)
            for value in request.httprequest.form.getlist("move_id")
            if value.isascii() and value.isdigit() and len(value) < 10
        }
        moves = request.env["account.move"].search(
            self._get_invoices_domain("out")
            & Domain("telecom_account_id", "=", account.id)
            & Domain("id", "in", list(numbers))
        )
        if kind in ("copy", "detail", "correction") and not moves:
            return request.env._("Choose the invoices that you mean.")
        if kind == "merge" and len(moves) < 2:
            return request.env._("Choose at least two invoices to be merged.")
        # sudo: telecom.invoice.request - of the customer's own account, checked above
        request.env["telecom.invoice.request"].sudo().create(
            {
                "company_id": company.id,
                "account_id": account.id,
                "kind": kind,
                "channel": "portal",
                "move_ids": [Command.set(moves.ids)],
                "note": typed(post.get("note"), LONGEST_NOTE),
            }
        )
        return ""


def _download(content, name, mimetype):
    return request.make_response(
        content,
        [
            ("Content-Type", mimetype),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
