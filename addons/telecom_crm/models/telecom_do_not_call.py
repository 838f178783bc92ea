from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

DO_NOT_CALL_SOURCES = [
    ("customer", "The customer asked"),
    ("register", "National register"),
    ("court", "Authority or court"),
    ("import", "Imported"),
]


class TelecomDoNotCall(models.Model):
    """A number an operator does not call of its own accord.

    Core's blacklist of numbers is one for the whole database; what somebody tells one
    operator says nothing to another.
    """

    _name = "telecom.do.not.call"
    _description = "Do-Not-Call Number"
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "number"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    number = fields.Char(required=True, help="Stored in E.164, with +.")
    number_display = fields.Char(
        string="National Number", compute="_compute_number_display"
    )
    source = fields.Selection(DO_NOT_CALL_SOURCES, required=True, default="customer")
    reason = fields.Char()
    since = fields.Date(required=True, default=lambda self: self._default_since())
    until = fields.Date(help="Empty: for good.")
    user_id = fields.Many2one(
        "res.users", string="Entered by", default=lambda self: self.env.user
    )
    active = fields.Boolean(default=True)

    _number_unique = models.UniqueIndex(
        "(company_id, number)", "This number is on this operator's list already."
    )

    def _default_since(self):
        # In force at once: whoever asks, in whichever time zone, goes by UTC's day
        return fields.Date.today()

    @api.depends("number", "company_id")
    def _compute_number_display(self):
        for entry in self:
            entry.number_display = entry.company_id._telecom_format(entry.number)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._complete(vals) for vals in vals_list])

    def write(self, vals):
        for company, entries in self.grouped("company_id").items():
            super(TelecomDoNotCall, entries).write(self._complete(vals, company))
        return True

    @api.model
    def _complete(self, vals, company=None):
        """Return values with the number in E.164.

        :raises ValidationError: it is no valid number
        """
        if not vals.get("number"):
            return vals
        company = (
            self.env["res.company"].browse(vals.get("company_id"))
            or company
            or self.env.company
        )
        number = company._telecom_sanitize(vals["number"])
        if not number:
            raise ValidationError(
                self.env._("%s is no valid telephone number.", vals["number"])
            )
        return {**vals, "number": number}

    @api.model
    def _blocked(self, company, numbers):
        """Return which of many numbers an operator must not call today; one query.

        The day is UTC's, as where diallers choose whom to call.

        :param res.company company: the operator on whose behalf is called
        :param numbers: E.164
        :rtype: set
        """
        self.flush_model(["company_id", "number", "active", "since", "until"])
        # Diallers ask for the company they call for, thousands of numbers at a time
        rows = self.env.execute_query(
            SQL(
                """SELECT number FROM telecom_do_not_call
                    WHERE company_id = %(company)s AND number = ANY(%(numbers)s)
                      AND active AND since <= %(today)s
                      AND (until IS NULL OR until >= %(today)s)""",
                company=company.id,
                numbers=list(numbers),
                today=fields.Date.today(),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _add(self, company, numbers, source):
        """Put numbers on an operator's list for good, those there already included.

        :param res.company company: the operator
        :param numbers: E.164
        :param str source: one of ``DO_NOT_CALL_SOURCES``
        """
        Entry = self.with_context(active_test=False)
        there = Entry.search(
            [("company_id", "=", company.id), ("number", "in", list(numbers))]
        )
        there.filtered(lambda entry: not entry.active or entry.until).write(
            {"active": True, "until": False}
        )
        self.create(
            [
                {"company_id": company.id, "number": number, "source": source}
                for number in sorted(set(numbers) - set(there.mapped("number")))
            ]
        )
