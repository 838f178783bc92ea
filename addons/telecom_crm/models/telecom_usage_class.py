from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What a class looks at, and the column that holds it
BASES = [
    ("amount", "Amount"),
    ("data_mb", "Data (MB)"),
    ("voice_minutes", "Voice (minutes)"),
    ("sms_count", "SMS"),
]
BATCH = 20_000


class TelecomUsageClass(models.Model):
    """A band of average monthly consumption, set by the operator.

    A customer is in the first class, by sequence, whose band holds the average of all
    of the customer's lines. The average runs over the last months for which the
    operator has consumption; a customer of two months is averaged over two.
    """

    _name = "telecom.usage.class"
    _description = "Consumption Class"
    _check_company_auto = True
    _order = "company_id, sequence, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    # Band
    basis = fields.Selection(
        BASES, string="Average of", required=True, default="amount"
    )
    month_count = fields.Integer(
        string="Months",
        required=True,
        default=3,
        help="The average is made of so many months, the latest ones.",
    )
    minimum = fields.Float(string="From", digits=(16, 2), help="Included.")
    maximum = fields.Float(
        string="To", digits=(16, 2), help="Not included; zero: no upper end."
    )
    partner_ids = fields.One2many("res.partner", "telecom_usage_class_id", "Customers")
    partner_count = fields.Integer(
        string="Number of Customers", compute="_compute_partner_count"
    )

    _band = models.Constraint(
        "CHECK(maximum = 0 OR maximum > minimum)",
        "A band ends above its beginning.",
    )
    _months = models.Constraint(
        "CHECK(month_count BETWEEN 1 AND 24)",
        "An average is made of 1 to 24 months.",
    )

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("telecom_usage_class_id", "in", self.ids)],
                ["telecom_usage_class_id"],
                ["__count"],
            )
        )
        for record in self:
            record.partner_count = counts.get(record._origin, 0)

    # ORM: bands that change are applied by the scheduler

    @api.model_create_multi
    def create(self, vals_list):
        classes = super().create(vals_list)
        classes.company_id._telecom_usage_changed()
        return classes

    def write(self, vals):
        res = super().write(vals)
        if vals.keys() & {
            "active",
            "sequence",
            "basis",
            "month_count",
            "minimum",
            "maximum",
        }:
            self.company_id._telecom_usage_changed()
        return res

    def unlink(self):
        companies = self.company_id
        res = super().unlink()
        companies._telecom_usage_changed()
        return res

    # Actions

    def action_view_customers(self):
        """Show the customers of a class."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_crm.action_telecom_customer"
        )
        action["domain"] = [("telecom_usage_class_id", "=", self.id)]
        return action

    # Assignment

    @api.model
    def _cron_assign(self):
        """Put the customers of operators whose consumption changed into classes."""
        # By the cron's superuser: all operators
        companies = self.env["res.company"].search([("telecom_usage_stale", "=", True)])
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(companies))
        for company in companies:
            # Before the work: what changes meanwhile is looked at again
            company.telecom_usage_stale = False
            self._assign(company, commit=True)
            Cron._commit_progress(1)

    @api.model
    def _assign(self, company, commit=False):
        """Put the customers of an operator into their classes, set by set.

        :param res.company company: one operator
        :param bool commit: after each batch of customers
        :return: how many customers changed class
        """
        self.env.flush_all()
        last = self._last_month(company)
        changed = start = 0
        while True:
            row = self.env.execute_query(
                SQL(
                    """
                    SELECT max(id) FROM (
                        SELECT id FROM res_partner
                         WHERE company_id = %s AND id > %s
                         ORDER BY id LIMIT %s
                    ) batch""",
                    company.id,
                    start,
                    BATCH,
                )
            )
            end = row[0][0]
            if not end:
                break
            changed += self._assign_batch(company, last, start, end)
            start = end
            if commit:
                self.env["ir.cron"]._commit_progress()
        if changed:
            self.env["res.partner"].invalidate_model(["telecom_usage_class_id"])
            self.invalidate_model(["partner_ids", "partner_count"])
        return changed

    @api.model
    def _last_month(self, company):
        """Return the latest month with consumption, the current one left out.

        A month that is not over would pull every average down.
        """
        # sudo: telecom.usage.summary - for the operator given, by the scheduler too
        Summary = self.env["telecom.usage.summary"].sudo()
        domain = Domain("company_id", "=", company.id)
        this = fields.Date.today().replace(day=1)
        for part in (domain & Domain("month", "<", this), domain):
            ((last,),) = Summary._read_group(part, [], ["month:max"])
            if last:
                return last
        return this

    @api.model
    def _assign_batch(self, company, last, start, end):
        """Put the customers with ids in ``]start, end]`` into their classes."""
        measure = SQL(
            "CASE k.basis %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN u.%s", basis, SQL.identifier(basis))
                for basis, _label in BASES
            ),
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                """
            WITH kinds AS (
                SELECT DISTINCT basis, month_count
                  FROM telecom_usage_class
                 WHERE company_id = %(company)s AND active
            ), customers AS (
                SELECT id, telecom_usage_class_id
                  FROM res_partner
                 WHERE company_id = %(company)s AND id > %(start)s AND id <= %(end)s
            ), averages AS (
                SELECT c.id AS partner_id, k.basis, k.month_count,
                       sum(%(measure)s) / greatest(1, least(k.month_count,
                           (extract(year FROM age(%(last)s, min(u.month))) * 12
                          + extract(month FROM age(%(last)s, min(u.month))) + 1)::int
                       )) AS average
                  FROM customers c
                  JOIN res_partner h ON h.commercial_partner_id = c.id
                  JOIN telecom_usage_summary u ON u.partner_id = h.id
                   AND u.company_id = %(company)s
                  JOIN kinds k
                    ON u.month > %(last)s - make_interval(months => k.month_count)
                   AND u.month <= %(last)s
              GROUP BY c.id, k.basis, k.month_count
            ), found AS (
                SELECT DISTINCT ON (a.partner_id) a.partner_id, k.id AS class_id
                  FROM averages a
                  JOIN telecom_usage_class k
                    ON k.company_id = %(company)s AND k.active
                   AND k.basis = a.basis AND k.month_count = a.month_count
                   AND a.average >= coalesce(k.minimum, 0)
                   AND (coalesce(k.maximum, 0) = 0 OR a.average < k.maximum)
              ORDER BY a.partner_id, k.sequence, k.id
            )
            UPDATE res_partner p
               SET telecom_usage_class_id = found.class_id
              FROM customers c LEFT JOIN found ON found.partner_id = c.id
             WHERE p.id = c.id
               AND c.telecom_usage_class_id IS DISTINCT FROM found.class_id
                """,
                company=company.id,
                start=start,
                end=end,
                last=SQL("%s::date", last),
                measure=measure,
            )
        )
        return cr.rowcount
