from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import table, usage


class TelecomUsageImport(models.Model):
    """A file of monthly consumption, and how far it has been read in.

    A row replaces what an earlier file said about the same line and month; read in once
    more, a file changes nothing.
    """

    _name = "telecom.usage.import"
    _description = "Consumption File"
    _inherit = ["telecom.file.import"]
    _check_company_auto = True

    _import_cron = "telecom_crm.ir_cron_usage_import"
    # Its records are parsed where they are written
    _import_ahead = False
    _import_url = "/telecom/usage/import"

    decimal = fields.Selection(
        [(",", "Comma"), (".", "Point")],
        string="Decimal Sign",
        default=",",
        required=True,
    )
    month = fields.Date(
        string="Month of All Rows",
        help="Any day of it; for files without a column that gives the month.",
    )
    repeated = fields.Selection(
        [("last", "The last row counts"), ("add", "Rows are added up")],
        string="Rows of the Same Line and Month",
        default="last",
        required=True,
    )
    column_ids = fields.One2many(
        "telecom.usage.import.column", "import_id", string="Columns", copy=False
    )
    has_month = fields.Boolean(compute="_compute_has_month")

    same_file_id = fields.Many2one(
        "telecom.usage.import", compute="_compute_same_file_id"
    )
    changed_count = fields.Integer(string="Months Changed", readonly=True, copy=False)
    error_ids = fields.One2many(
        "telecom.usage.import.error", "import_id", string="Refused Rows"
    )
    error_sample_ids = fields.Many2many(
        "telecom.usage.import.error",
        string="First Refused Rows",
        compute="_compute_error_sample_ids",
    )

    @api.depends("column_ids.target")
    def _compute_has_month(self):
        for record in self:
            record.has_month = "month" in record.column_ids.mapped("target")

    def _propose_targets(self, headings):
        return usage.propose(headings)

    def _parser(self):
        self.ensure_one()
        return usage.Parser(
            self._targets(),
            self.company_id.country_id.code,
            self.decimal,
            fields.Date.context_today(self),
            self.month and self.month.replace(day=1),
        )

    def action_view_usage(self):
        """Show what came from this file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_crm.action_telecom_usage_summary"
        )
        return {**action, "domain": [("import_id", "=", self.id)], "context": {}}

    def _check_targets(self, targets):
        quantities = [usage.UNITS.get(target, (target,))[0] for target in targets]
        if "msisdn" not in targets:
            raise UserError(self.env._("Say which column holds the telephone number."))
        if "month" not in targets and not self.month:
            raise UserError(
                self.env._("Say which column holds the month, or choose the month.")
            )
        if not set(targets) & usage.UNITS.keys():
            raise UserError(self.env._("Say which columns hold the consumption."))
        if len(set(quantities)) < len(quantities):
            raise UserError(
                self.env._("Two columns mean the same; leave one of them empty.")
            )

    # Reading in

    def _taken_in(self):
        self.company_id._telecom_usage_changed()

    def _take_in(self, chunk, parser):
        rows, texts, errors = [], {}, []
        for number, text, cells in chunk:
            try:
                msisdn, *values = parser(cells)
            except table.BadRow as bad:
                errors.append((number, bad.code, bad.text, text))
            else:
                rows.append((number, msisdn, None, *values))
                texts[number] = text
        Summary = self.env["telecom.usage.summary"]
        self.env["telecom.line"].flush_model(["msisdn", "company_id", "state"])
        staging = Summary._stage(rows)
        for number, code, value in self._match(staging):
            errors.append((number, code, value, texts[number]))
        changed = Summary._upsert(
            staging,
            self.company_id,
            source="file",
            usage_import=self,
            add=self.repeated == "add",
        )
        Summary._unstage(staging)
        self._keep_errors(errors)
        return {
            "good_count": len(chunk) - len(errors),
            "changed_count": changed,
            "bad_count": len(errors),
        }

    def _match(self, staging):
        """Find the lines of what is staged; of a number given twice, the one in use.

        A line of another operator is as unknown as none.

        :return: (row, code, value) of what cannot be written
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(staging)s s
                   SET line_id = found.id
                  FROM (
                    SELECT DISTINCT ON (l.msisdn) l.msisdn, l.id
                      FROM telecom_line l
                     WHERE l.company_id = %(company)s
                       AND l.msisdn IN (SELECT msisdn FROM %(staging)s)
                  ORDER BY l.msisdn, (l.state = 'terminated'), l.id DESC
                  ) found
                 WHERE found.msisdn = s.msisdn""",
                staging=staging,
                company=self.company_id.id,
            )
        )
        return self.env.execute_query(
            SQL(
                """
                SELECT place, 'unknown', msisdn FROM %(staging)s WHERE line_id IS NULL
                 UNION ALL
                SELECT place, 'billing', s.msisdn
                  FROM %(staging)s s
                  JOIN telecom_usage_summary u
                    ON u.line_id = s.line_id AND u.month = s.month
                 WHERE u.source = 'billing'""",
                staging=staging,
            )
        )
