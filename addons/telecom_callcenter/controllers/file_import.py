from odoo import http
from odoo.http import request

from odoo.addons.telecom_crm.controllers.file_import import FileImport


class NumberFileImport(FileImport):
    import_kinds = {
        "numbers": "telecom.campaign.file",
        "work": "telecom.work.file",
    }

    @http.route(
        "/telecom/<string:kind>/import/<int:import_id>/incomplete",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def incomplete(self, kind, import_id, **_params):
        """Return the rows of a file that were taken in without a value."""
        if kind not in NumberFileImport.import_kinds:
            raise request.not_found()
        record = self._import(kind, import_id)
        return self._rows_of(
            record, record._left_out_lines(), request.env._("incomplete")
        )
