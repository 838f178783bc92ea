from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request


class CounterController(http.Controller):
    """What is printed at a counter: receipts, and the report of the drawer."""

    @http.route(
        "/telecom/counter/receipt/<int:sale_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def receipt(self, sale_id, **_kw):
        """Return the receipt as PDF to whoever may read the sale."""
        return self._pdf("telecom.counter.sale", sale_id)

    @http.route(
        "/telecom/counter/drawer/<int:day_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def drawer(self, day_id, **_kw):
        """Return the report of a drawer's day as PDF to whoever may read the day."""
        return self._pdf("telecom.cash.day", day_id)

    def _pdf(self, model, number):
        record = request.env[model].browse(number)
        try:
            record.check_access("read")
            name = record.display_name
        except (AccessError, MissingError):
            raise request.not_found() from None
        content = record._telecom_pdf()
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                (
                    "Content-Disposition",
                    http.content_disposition(f"{name.replace('/', '-')}.pdf", "inline"),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
