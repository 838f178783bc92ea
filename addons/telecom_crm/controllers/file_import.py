from odoo import http
from odoo.http import content_disposition, request


class FileImport(http.Controller):
    #: What is read in from files, by the word of its address; other apps' classes have
    #: theirs
    import_kinds = {
        "usage": "telecom.usage.import",
        "customer": "telecom.customer.import",
    }

    def _import_kinds(self):
        """Return the models of files of all apps that are installed."""
        kinds = {}
        for cls in type(self).__mro__:
            kinds |= vars(cls).get("import_kinds", {})
        return kinds

    @http.route(
        "/telecom/<string:kind>/import/<int:import_id>/refused",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def refused(self, kind, import_id, **_params):
        """Return the rows of a file that were not taken in, to who may see them."""
        record = self._import(kind, import_id)
        return self._rows_of(record, record._refused_lines(), request.env._("refused"))

    def _import(self, kind, import_id):
        """Return a file that the user may see.

        :param str kind: the word of its address
        :raises werkzeug.exceptions.NotFound: there is none
        """
        kinds = self._import_kinds()
        if kind not in kinds:
            raise request.not_found()
        Import = request.env[kinds[kind]]
        if not Import.has_access("read"):
            raise request.not_found()
        record = Import.search([("id", "=", import_id)])
        if not record:
            raise request.not_found()
        return record

    def _rows_of(self, record, lines, word):
        """Return rows of a file as a CSV that spreadsheets open."""
        name = record.name.rsplit(".", 1)[0]
        content = "\ufeff" + "".join(lines)
        return request.make_response(
            content.encode(),
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                (
                    "Content-Disposition",
                    content_disposition(f"{name} - {word}.csv"),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
