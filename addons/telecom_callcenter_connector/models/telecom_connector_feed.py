import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.telecom_callcenter.tools import work_file
from odoo.addons.telecom_crm.tools.table import BadRow

_logger = logging.getLogger(__name__)


class TelecomConnectorFeed(models.Model):
    """A client's system as the source of a campaign's work.

    Asked again and again: what is new becomes a work item, what is there already, by
    its reference, is completed.
    """

    _name = "telecom.connector.feed"
    _description = "Work from a Connector"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "campaign_id, id"
    _rec_name = "query_id"

    # Its operator is the feed's: checked against it, a new feed could choose none
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        domain="[('kind', '=', 'back_office')]",
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    query_id = fields.Many2one(
        "telecom.connector.query",
        required=True,
        check_company=True,
        domain="[('operation', '=', 'read')]",
        ondelete="restrict",
    )
    active = fields.Boolean(default=True)
    interval_minutes = fields.Integer(string="Every (min)", default=15, required=True)
    column_ids = fields.One2many(
        "telecom.connector.feed.column", "feed_id", string="Columns"
    )
    last_run_at = fields.Datetime(string="Last Asked", readonly=True, copy=False)
    complete_at = fields.Datetime(
        string="Complete Until",
        readonly=True,
        copy=False,
        help="When the last question began whose answer was read whole: the next one "
        "asks what changed since, the parameter source last_run.",
    )
    last_count = fields.Integer(string="Rows", readonly=True, copy=False)
    refused_count = fields.Integer(string="Refused", readonly=True, copy=False)
    message = fields.Char(string="Last Trouble", readonly=True, copy=False)

    _interval_range = models.Constraint(
        "CHECK(interval_minutes BETWEEN 1 AND 10080)",
        "Between a minute and a week.",
    )

    def write(self, vals):
        if "query_id" in vals:
            # Another query has been read up to no moment yet
            vals = {**vals, "complete_at": False}
        return super().write(vals)

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_look(self):
        """Ask once, and propose what the columns mean.

        :raises UserError: nothing came back
        """
        self.ensure_one()
        self.check_access("write")
        answer = self._ask()
        if not answer.columns:
            raise UserError(self.env._("Nothing came back: there are no columns yet."))
        rows = [[_cell(value) for value in row] for row in answer.rows]
        proposed = work_file.propose(answer.columns, rows)
        known = self.column_ids.mapped("name")
        self.column_ids.create(
            [
                {
                    "feed_id": self.id,
                    "name": name,
                    "example": rows[0][position][:80] if rows else False,
                    "target": proposed[position][0],
                    "property_type": proposed[position][1],
                }
                for position, name in enumerate(answer.columns)
                if name not in known
            ]
        )
        return True

    def action_run(self):
        """Ask now, and make work of the answer."""
        for feed in self:
            feed.check_access("write")
            feed._feed()
        return True

    # -------------------------------------------------------------------------
    # Running
    # -------------------------------------------------------------------------

    def _ask(self):
        # Not since it was last tried: what changed before a failure comes after it
        values = {
            parameter.name: self.complete_at
            for parameter in self.query_id.parameter_ids
            if parameter.source == "last_run"
        }
        return self.query_id._run(values)

    def _feed(self):
        """Ask, and make work of the answer.

        :raises UserError: what went wrong, in the user's language
        """
        self.ensure_one()
        if not self.column_ids.filtered("target"):
            raise UserError(self.env._("Say first what the columns mean."))
        if not set(self.column_ids.mapped("target")) & {"reference", "name"}:
            raise UserError(
                self.env._("Say which column holds the reference or the subject.")
            )
        asked_at = fields.Datetime.now()
        answer = self._ask()
        campaign = self.campaign_id
        campaign._define_properties(self.column_ids)
        parser = work_file.Parser(
            {
                position: (column.target, column.property_name, column.property_type)
                for position, column in enumerate(self.column_ids)
                if column.target
            },
            campaign._called_country(),
            campaign._calling_zone(),
        )
        names = self.column_ids.mapped("name")
        rows, refused = [], 0
        for place, found in enumerate(answer.dicts(), 1):
            try:
                rows.append(
                    parser(place, "", [_cell(found.get(name)) for name in names])
                )
            except BadRow:
                refused += 1
        _counts, errors = campaign._take_work(rows, repeated="complete")
        result = {
            "last_run_at": asked_at,
            "last_count": len(rows) - len(errors),
            "refused_count": refused + len(errors),
        }
        if answer.more:
            result["message"] = self.env._(
                "There were more rows than the query may read: raise its “Most Rows”."
            )
        else:
            result |= {"complete_at": asked_at, "message": False}
        self.write(result)

    @api.model
    def _cron_feed(self):
        """Ask the systems whose time has come."""
        now = fields.Datetime.now()
        feeds = self.search([("campaign_id.state", "=", "live")]).filtered(
            lambda feed: (
                not feed.last_run_at
                or feed.last_run_at + timedelta(minutes=feed.interval_minutes) <= now
            )
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(feeds))
        for feed in feeds:
            if feed.company_id._telecom_allows("callcenter", "write"):
                feed._feed_quietly()
            if Cron._commit_progress(1) <= 0:
                return

    def _feed_quietly(self):
        """Ask, and keep what went wrong on the record: others have their turn."""
        own = self.with_company(self.company_id).with_context(
            allowed_company_ids=self.company_id.ids, lang=self.create_uid.lang
        )
        try:
            with self.env.cr.savepoint():
                own._feed()
        except UserError as error:
            self.write(
                {"last_run_at": fields.Datetime.now(), "message": str(error)[:200]}
            )
            _logger.info("Feed %s: %s", self.id, error)


def _cell(value):
    """Return a value of an answer as a cell of a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
