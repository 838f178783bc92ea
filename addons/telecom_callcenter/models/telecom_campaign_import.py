from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


class TelecomCampaignImport(models.AbstractModel):
    """A file whose rows become somebody to call, or something to do, in a campaign."""

    _name = "telecom.campaign.import"
    _description = "File of a Campaign"
    _inherit = ["telecom.file.import", "telecom.owned.mixin"]

    # Its operator is the file's: checked against it, a new file could choose none
    campaign_id = fields.Many2one(
        "telecom.campaign", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id",
        store=True,
        index=True,
        precompute=True,
        default=None,
        ondelete=None,
    )
    campaign_state = fields.Selection(
        related="campaign_id.state", string="State of the Campaign"
    )
    paused = fields.Boolean()
    again_count = fields.Integer(string="Completed", readonly=True, copy=False)
    known_count = fields.Integer(
        string="Customers Recognised", readonly=True, copy=False
    )
    incomplete_count = fields.Integer(
        string="Taken In Without a Value",
        readonly=True,
        copy=False,
        help="Good rows of which one value could not be understood: an e-mail address, "
        "a language, a date… They are in, without it.",
    )
    left_out_summary = fields.Char(string="Left Out", compute="_compute_left_out")

    @api.depends("checksum", "state", "campaign_id")
    def _compute_same_file_id(self):
        for record in self:
            record.same_file_id = record.checksum and self.search(
                [
                    ("checksum", "=", record.checksum),
                    ("campaign_id", "=", record.campaign_id.id),
                    ("state", "=", "done"),
                    ("id", "<", record._origin.id or 0),
                ],
                limit=1,
            )

    @api.depends("incomplete_count")
    @api.depends_context("lang")
    def _compute_left_out(self):
        Error = self.error_ids.browse()
        for record in self:
            record.left_out_sample_ids = Error.search(
                record._origin._left_out_domain(), limit=50
            )
        summaries = self._summaries(
            [("import_id", "in", self.ids), ("left_out", "=", True)],
            Error._left_out_kinds(),
        )
        for record in self:
            record.left_out_summary = summaries[record._origin.id]

    def _summaries(self, domain, kinds):
        """Return {id of the file: how many errors there are of which kind}.

        :param list domain: of errors
        :param dict kinds: {code: in general}
        """
        counts = defaultdict(lambda: defaultdict(int))
        for record, code, count in self.error_ids.browse()._read_group(
            domain, ["import_id", "code"], ["__count"]
        ):
            counts[record.id][kinds.get(code, self.env._("Other reasons"))] += count
        return defaultdict(
            str,
            {
                record_id: " · ".join(
                    f"{word}: {count}"
                    for word, count in sorted(found.items(), key=lambda part: -part[1])
                )
                for record_id, found in counts.items()
            },
        )

    def _check_targets(self, targets):
        once = [target for target in targets if target != "property"]
        if len(set(once)) < len(once):
            raise UserError(
                self.env._("Two columns mean the same; leave one of them empty.")
            )

    def _check_ready(self):
        res = super()._check_ready()
        self._remember()
        # What this file has and Odoo does not know becomes fields of the campaign
        self.campaign_id._define_properties(self.column_ids)
        return res

    def _meanings(self):
        """Return {position: (target, property, its type)} of the columns read."""
        self.ensure_one()
        return {
            column.position: (
                column.target,
                column.property_name,
                column.property_type,
            )
            for column in self.column_ids
            if column.target
        }

    def _claim(self):
        """One file of a campaign at a time: files may say the same."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)",
            [self._name, self.campaign_id.id],
        )
        return self.env.cr.fetchone()[0] and super()._claim()

    def _process(self, commit):
        record = self._in_creators_name()
        return super(TelecomCampaignImport, record)._process(commit)

    def action_view_campaign(self):
        """Show the campaign, with what is still missing before it goes live."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "telecom.campaign",
            "res_id": self.campaign_id.id,
            "view_mode": "form",
        }

    # What rows are taken in without

    def _refused_domain(self):
        return [*super()._refused_domain(), ("left_out", "=", False)]

    def _left_out_domain(self):
        """Return which errors are values that good rows went in without."""
        return [("import_id", "=", self.id), ("left_out", "=", True)]

    def _left_out_lines(self):
        """Yield the lines of the file of rows that lack a value, and why.

        Mended, and read in so that contacts are completed, it gives them what they
        lack.
        """
        return self._error_lines(self._left_out_domain())

    def _keep_left_out(self, rows, errors):
        counts = super()._keep_left_out(rows, errors)
        incomplete = [row for row in rows if row.left_out]
        if incomplete:
            refused = {place for place, _code, _value, _text in errors}
            incomplete = [row for row in incomplete if row.place not in refused]
            self._keep_errors(
                [
                    (row.place, code, value, row.text)
                    for row in incomplete
                    for code, value in row.left_out
                ],
                left_out=True,
            )
        return {**counts, "incomplete_count": len(incomplete)}

    def action_download_left_out(self):
        """Download the rows that were taken in without a value, each with why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"{self._import_url}/{self.id}/incomplete",
            "target": "download",
        }

    def action_pause(self):
        """Take nothing more from this file for now, or go on with it."""
        for record in self:
            record.paused = not record.paused
        return True
