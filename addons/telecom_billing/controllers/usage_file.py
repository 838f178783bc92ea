from odoo import http
from odoo.http import content_disposition, request


class UsageFile(http.Controller):
    @http.route(
        "/telecom/usage/file/<int:file_id>/refused",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def refused(self, file_id, **_params):
        """Return the refused records of a file, to who may see them."""
        record = request.env["telecom.usage.file"].search([("id", "=", file_id)])
        if not record or not record.has_access("read"):
            raise request.not_found()
        name = record.name.rsplit(".", 1)[0]
        content = "\ufeff" + "".join(record._refused_lines())
        return request.make_response(
            content.encode(),
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                (
                    "Content-Disposition",
                    content_disposition(f"{name} - {request.env._('refused')}.csv"),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
