from odoo import http
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.http import request
from odoo.tools import consteq

from odoo.addons.payment import utils as payment_utils
from odoo.addons.payment.controllers import portal as payment_portal


class ModulePayment(payment_portal.PaymentPortal):
    """The page on which an operator's invoice of modules is paid.

    Whoever has the link may pay: also when all modules are suspended and nobody can
    work. The invoice is the platform's; nothing of it but this page is shown.
    """

    def _module_invoice(self, invoice_id, token):
        """Return the invoice of a link.

        :raises werkzeug.exceptions.NotFound: for whatever is wrong with the link
        """
        # sudo: telecom.module.invoice - the token stands for the right to see it
        invoice = request.env["telecom.module.invoice"].sudo()
        invoice = invoice.browse(invoice_id).exists()
        expected = invoice.access_token or ""
        if not expected or not consteq(expected.encode(), str(token).encode()):
            raise request.not_found()
        lang = request.env.user.lang
        if request.env.user._is_public():
            lang = invoice.company_id.partner_id.lang or lang
        # The page speaks as the invoice does: visitors may come without a language
        request.update_context(lang=lang)
        return invoice.with_context(lang=lang)

    @http.route(
        "/telecom/modules/<int:invoice_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def module_invoice(self, invoice_id, token, **_kwargs):
        """Show an invoice of modules, and how it can be paid."""
        invoice = self._module_invoice(invoice_id, token)
        move = invoice.move_id
        values = {
            "invoice": invoice,
            "res_company": move.company_id,
            "page_name": "telecom_module_invoice",
            "amount_text": invoice._amount(invoice.amount_residual),
            "pending": invoice._transactions(["pending", "authorized"])[:1],
            "received": invoice._transactions(["done"])[:1],
            "payable": invoice._payment_wanted(),
        }
        if invoice._payment_wanted():
            values.update(self._module_payment_values(invoice))
        return request.render(
            "telecom_billing.module_invoice_page",
            values,
            headers={
                "Referrer-Policy": "no-referrer",
                "X-Robots-Tag": "noindex",
                "Cache-Control": "no-store",
            },
        )

    @http.route(
        "/telecom/modules/pay",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def module_pay(self, **_kwargs):
        """Lead a manager to the invoice that is due first; others to the web client.

        The login page of a suspended operator offers it: what is owed is shown to
        whoever may read it, not to visitors.
        """
        user = request.env.user
        if not user.has_group("telecom_crm.group_telecom_manager"):
            return request.redirect("/web")
        company = request.env["telecom.host"]._company_of_request()
        if not company or company.id not in user._get_company_ids():
            company = user.company_id
        mine = (
            request.env["telecom.module.subscription"]
            .with_context(allowed_company_ids=company.ids)
            .search([("company_id", "=", company.id)], limit=1)
        )
        unpaid = mine._unpaid().sorted("date_due")[:1]
        return request.redirect(unpaid._pay_path() if unpaid else "/odoo/my-modules")

    def _module_payment_values(self, invoice):
        """Return what Odoo's payment form needs."""
        move = invoice.move_id
        partner = move.partner_id
        report = {}
        # sudo: payment.* - the platform's providers, for whoever has the link
        providers = (
            request.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                move.company_id.id,
                partner.id,
                invoice.amount_residual,
                currency_id=invoice.currency_id.id,
                report=report,
            )
        )
        methods = (
            request.env["payment.method"]
            .sudo()
            ._get_compatible_payment_methods(
                providers.ids,
                partner.id,
                currency_id=invoice.currency_id.id,
                report=report,
            )
        )
        path = invoice._pay_path()
        return {
            "reference_prefix": invoice.name,
            "amount": invoice.amount_residual,
            "currency": invoice.currency_id,
            "partner_id": partner.id,
            "providers_sudo": providers,
            "payment_methods_sudo": methods,
            # Cards that somebody saved are nothing for whoever has a link
            "tokens_sudo": request.env["payment.token"].sudo(),
            "availability_report": report,
            "show_tokenize_input_mapping": dict.fromkeys(providers.ids, False),
            "transaction_route": f"{path}/transaction",
            "landing_route": path,
            "access_token": payment_utils.generate_access_token(
                partner.id, invoice.amount_residual, invoice.currency_id.id
            ),
        }

    @http.route(
        "/telecom/modules/<int:invoice_id>/<string:token>/transaction",
        type="jsonrpc",
        auth="public",
    )
    def module_transaction(
        self, invoice_id, token, provider_id=None, payment_method_id=None, **kwargs
    ):
        """Begin an online payment of what the invoice still owes.

        Amount, currency and payer are the invoice's, whatever was sent.

        :raises ValidationError: when there is nothing to pay, or not that way
        """
        invoice = self._module_invoice(invoice_id, token)
        kwargs.pop("access_token", None)
        self._validate_transaction_kwargs(kwargs)
        if not invoice._payment_wanted():
            raise ValidationError(
                request.env._("There is nothing left to pay of this invoice.")
            )
        values = self._module_payment_values(invoice)
        flow = kwargs.get("flow")
        if (
            provider_id not in values["providers_sudo"].ids
            or payment_method_id not in values["payment_methods_sudo"].ids
            or flow not in ("redirect", "direct")
        ):
            raise ValidationError(
                request.env._("This invoice cannot be paid that way.")
            )
        tx = self._create_transaction(
            provider_id=provider_id,
            payment_method_id=payment_method_id,
            token_id=None,
            amount=invoice.amount_residual,
            currency_id=invoice.currency_id.id,
            partner_id=values["partner_id"],
            flow=flow,
            tokenization_requested=False,
            landing_route=values["landing_route"],
            custom_create_values={
                "invoice_ids": [Command.set(invoice.move_id.ids)],
            },
        )
        return tx._get_processing_values()

    @http.route(
        "/telecom/modules/<int:invoice_id>/<string:token>/pdf",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def module_invoice_pdf(self, invoice_id, token, **_kwargs):
        """Download the PDF of an invoice of modules."""
        invoice = self._module_invoice(invoice_id, token)
        return (
            request.env["ir.binary"]
            ._get_stream_from(invoice, "pdf", filename=invoice.pdf_name)
            .get_response(as_attachment=True)
        )
