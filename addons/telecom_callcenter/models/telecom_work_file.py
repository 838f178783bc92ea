from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import work_file

COLUMN_TARGETS = [
    ("reference", "Reference"),
    ("name", "Subject or Name"),
    ("first_name", "First Name"),
    ("last_name", "Last Name"),
    ("number", "Telephone"),
    ("email", "E-mail"),
    ("city", "Town"),
    ("customer_number", "Customer Number"),
    ("priority", "Priority"),
    ("due_at", "Due"),
    ("note", "Note"),
    ("property", "Field of the Campaign"),
]
PROPERTY_KINDS = [
    ("char", "Text"),
    ("integer", "Whole Number"),
    ("float", "Decimal Number"),
    ("date", "Date"),
    ("boolean", "Yes or No"),
]


class TelecomWorkFile(models.Model):
    """A file of work items, and how far it has been read in."""

    _name = "telecom.work.file"
    _description = "Work File"
    _inherit = ["telecom.campaign.import"]
    _check_company_auto = True
    _order = "campaign_id, id"

    _import_cron = "telecom_callcenter.ir_cron_work_file"
    _import_module = "callcenter"
    _import_url = "/telecom/work/import"

    campaign_id = fields.Many2one(domain="[('kind', '=', 'back_office')]")
    paused = fields.Boolean(help="Nothing of this file is given out meanwhile.")
    repeated = fields.Selection(
        [
            ("refuse", "Leave them as they are"),
            ("again", "Complete them, and do finished ones again"),
        ],
        string="References Already in the Campaign",
        default="refuse",
        required=True,
    )
    column_ids = fields.One2many(
        "telecom.work.file.column", "import_id", string="Columns", copy=False
    )
    same_file_id = fields.Many2one("telecom.work.file", compute="_compute_same_file_id")

    # What came of it
    error_ids = fields.One2many(
        "telecom.work.file.error", "import_id", string="Refused Rows"
    )
    error_sample_ids = fields.Many2many(
        "telecom.work.file.error",
        string="First Refused Rows",
        compute="_compute_error_sample_ids",
    )
    left_out_sample_ids = fields.Many2many(
        "telecom.work.file.error",
        string="First Values Left Out",
        compute="_compute_left_out",
    )
    item_ids = fields.One2many("telecom.work.item", "file_id")
    item_count = fields.Integer(string="Items", compute="_compute_item_counts")
    open_count = fields.Integer(string="To Do", compute="_compute_item_counts")
    finished_share = fields.Float(string="Finished (%)", compute="_compute_item_counts")

    def _compute_item_counts(self):
        counts = defaultdict(lambda: defaultdict(int))
        for record, state, count in self.env["telecom.work.item"]._read_group(
            [("file_id", "in", self.ids)], ["file_id", "state"], ["__count"]
        ):
            counts[record.id][state] += count
        for record in self:
            found = counts[record._origin.id]
            record.item_count = sum(found.values())
            finished = found["done"] + found["cancelled"]
            record.open_count = record.item_count - finished
            record.finished_share = (
                100 * finished / record.item_count if record.item_count else 0
            )

    # The file

    def _propose_columns_of(self, headings, rows):
        return {
            position: {"target": target, "property_type": kind}
            for position, (target, kind) in work_file.propose(
                headings, rows, self._remembered()
            ).items()
        }

    def _check_targets(self, targets):
        res = super()._check_targets(targets)
        if not set(targets) & {"reference", "name", "first_name", "last_name"}:
            raise UserError(
                self.env._("Say which column holds the reference or the subject.")
            )
        return res

    def _parser(self):
        return work_file.Parser(
            self._meanings(),
            self.campaign_id._called_country(),
            self.campaign_id._calling_zone(),
        )

    def _write_rows(self, rows):
        return self.campaign_id._take_work(rows, file=self, repeated=self.repeated)

    # Actions

    def action_start(self):
        self.env["telecom.work.item"].check_access("create")
        return super().action_start()

    def action_view_items(self):
        """Show the items of this file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_callcenter.action_telecom_work_item"
        )
        return {
            **action,
            "domain": [("file_id", "=", self.id)],
            "context": {"default_campaign_id": self.campaign_id.id},
        }
