from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request


class CounterController(http.Controller):
    """The receipt of a counter sale."""

    @http.route(
        "/telecom/counter/receipt/<int:sale_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def receipt(self, sale_id, **_kw):
        """Return the receipt as PDF to whoever may read the sale."""
        sale = request.env["telecom.counter.sale"].browse(sale_id)
        try:
            sale.check_access("read")
            sale.mapped("name")
        except (AccessError, MissingError):
            raise request.not_found() from None
        content = sale._telecom_pdf()
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                (
                    "Content-Disposition",
                    http.content_disposition(
                        f"{sale.name.replace('/', '-')}.pdf", "inline"
                    ),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
