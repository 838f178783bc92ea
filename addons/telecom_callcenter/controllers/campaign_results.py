import io

import xlsxwriter

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.telecom_crm.tools import table

#: What a worksheet holds
MOST_ROWS = 1_048_000
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class CampaignResults(http.Controller):
    @http.route(
        [
            "/telecom/campaign/file/<int:file_id>/results.<string:kind>",
            "/telecom/campaign/<int:campaign_id>/results.<string:kind>",
        ],
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def results(self, kind, file_id=None, campaign_id=None, **_params):
        """Return the contacts of a file or a campaign, with how far each is."""
        model = "telecom.campaign.file" if file_id else "telecom.campaign"
        Model = request.env[model]
        if kind not in KINDS or not Model.has_access("read"):
            raise request.not_found()
        if not request.env["telecom.campaign.contact"].has_access("read"):
            raise request.not_found()
        # Agents call contacts; lists of them are their supervisors'
        if not request.env["telecom.campaign.file"].has_access("read"):
            raise request.not_found()
        record = Model.search([("id", "=", file_id or campaign_id)])
        if not record:
            raise request.not_found()
        rows = record._result_rows()
        name = f"{record.name.rsplit('.', 1)[0]} - {request.env._('results')}.{kind}"
        headers = [
            ("Content-Type", KINDS[kind]),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if kind == "csv":
            lines = (table.csv_line(map(str, cells)) for cells in rows)
            content = "\ufeff" + "".join(lines)
            return request.make_response(content.encode(), headers=headers)
        return request.make_response(self._workbook(rows), headers=headers)

    @staticmethod
    def _workbook(rows):
        out = io.BytesIO()
        with xlsxwriter.Workbook(
            out,
            {
                "constant_memory": True,
                # What a file says is text, wherever it leads
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        ) as book:
            sheet = book.add_worksheet()
            bold = book.add_format({"bold": True})
            sheet.freeze_panes(1, 0)
            for number, cells in enumerate(rows):
                if number > MOST_ROWS:
                    break
                sheet.write_row(number, 0, cells, None if number else bold)
        return out.getvalue()
