from odoo import api, fields, models


class TelecomBillRun(models.Model):
    """One execution of billing: the accounts of a cycle, for a period.

    It is prepared (what each account would pay, what stands out against the run
    before), then makes the invoices, then hands them over for sending. Each batch of
    accounts is one transaction; whatever is stopped in between goes on where it was.
    """

    _name = "telecom.bill.run"
    _description = "Bill Run"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "date_from desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cycle_day = fields.Integer(
        required=True,
        default=1,
        help="The day of the month on which the accounts' months begin, 1 to 28.",
    )
    date_from = fields.Date(string="First Day", required=True)
    date_to = fields.Date(string="Last Day", required=True)
    invoice_date = fields.Date(required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', '=', 'sale'), ('company_id', '=', company_id)]",
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("preview", "Preview"),
            ("invoicing", "Invoicing"),
            ("sending", "Sending"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    account_ids = fields.One2many("telecom.bill.run.account", "run_id")
    previous_run_id = fields.Many2one(
        "telecom.bill.run",
        string="Run Before",
        check_company=True,
        readonly=True,
        copy=False,
    )
    threshold = fields.Float(
        string="Unusual from (%)",
        default=50.0,
        help="An account whose amount changes by more than this stands out.",
    )
    message = fields.Char(readonly=True, copy=False)
    date_started = fields.Datetime(readonly=True, copy=False)
    date_done = fields.Datetime(readonly=True, copy=False)

    _period = models.Constraint(
        "CHECK(date_from <= date_to)",
        "A period ends after it begins.",
    )
    _cycle = models.Constraint(
        "CHECK(cycle_day BETWEEN 1 AND 28)",
        "The day of a cycle lies between 1 and 28.",
    )
    _one_per_period = models.UniqueIndex(
        "(company_id, cycle_day, date_from) WHERE state != 'cancelled'",
        "This cycle has a run for this period already.",
    )

    @api.depends("cycle_day", "date_from", "date_to")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.date_from or ''} – {run.date_to or ''} ({run.cycle_day})"
