from odoo import http
from odoo.http import content_disposition, request


class FileImport(http.Controller):
    #: What is read in from files, by the word of its address
    import_kinds = {
        "usage": "telecom.usage.import",
        "customer": "telecom.customer.import",
    }

    @http.route(
        "/telecom/<string:kind>/import/<int:import_id>/refused",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def refused(self, kind, import_id, **_params):
        """Return the rows of a file that were not taken in, to who may see them."""
        if kind not in self.import_kinds:
            raise request.not_found()
        Import = request.env[self.import_kinds[kind]]
        if not Import.has_access("read"):
            raise request.not_found()
        record = Import.search([("id", "=", import_id)])
        if not record:
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
