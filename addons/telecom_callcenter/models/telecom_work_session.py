from datetime import timedelta

from odoo import api, fields, models

from .telecom_work_item import FORGOTTEN


class TelecomWorkSession(models.Model):
    """How long somebody worked on an item, and how it ended. Written by the desk.

    Time counts while the page is open: the browser says so every half minute, and what
    it no longer says is not counted.
    """

    _name = "telecom.work.session"
    _description = "Time on a Work Item"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "item_id"

    item_id = fields.Many2one(
        "telecom.work.item",
        required=True,
        index=True,
        check_company=True,
        readonly=True,
        ondelete="cascade",
    )
    campaign_id = fields.Many2one(
        related="item_id.campaign_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="item_id.company_id", store=True, index=True, precompute=True
    )
    user_id = fields.Many2one(
        "res.users", string="Agent", required=True, index=True, readonly=True
    )
    started_at = fields.Datetime(
        string="Begun", required=True, readonly=True, default=fields.Datetime.now
    )
    seen_at = fields.Datetime(
        string="Last Seen", required=True, readonly=True, default=fields.Datetime.now
    )
    ended_at = fields.Datetime(string="Ended", readonly=True)
    seconds = fields.Integer(string="Time (s)", readonly=True)
    minutes = fields.Float(
        string="Time (min)", compute="_compute_minutes", store=True, readonly=True
    )
    average_minutes = fields.Float(
        string="Average Time (min)",
        compute="_compute_minutes",
        store=True,
        readonly=True,
        aggregator="avg",
    )
    result = fields.Selection(
        [("status", "Status Given"), ("left", "Left Undone")], readonly=True
    )
    disposition_id = fields.Many2one(
        "telecom.disposition",
        check_company=True,
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
    )
    is_success = fields.Integer(
        string="Successes", readonly=True, help="1 when the status counts as one."
    )

    _one_open = models.UniqueIndex(
        "(user_id) WHERE ended_at IS NULL", "Somebody does one item at a time."
    )
    _item_open = models.UniqueIndex(
        "(item_id) WHERE ended_at IS NULL", "One person at a time does an item."
    )

    @api.depends("seconds")
    def _compute_minutes(self):
        for session in self:
            session.minutes = session.average_minutes = session.seconds / 60

    def _is_silent(self):
        """Whether nothing was heard of this session for long."""
        self.ensure_one()
        limit = fields.Datetime.now() - timedelta(minutes=FORGOTTEN)
        return self.seen_at < limit

    def _counted_until(self):
        """Until when its time counts: now, or the last sign before a long silence."""
        return self.seen_at if self._is_silent() else fields.Datetime.now()

    def _sign(self):
        """Note that the item is worked on; after a long silence, from now on only.

        Whoever comes back to it in the morning has not worked on it all night.

        :return: the session that goes on
        """
        if not self._is_silent():
            self.seen_at = fields.Datetime.now()
            return self
        item, user = self.item_id, self.user_id
        item._leave(self, self.seen_at)
        item._begin(user)
        return item.session_ids.filtered(lambda session: not session.ended_at)

    def _end(self, result, ended_at, disposition=None):
        """End this session.

        :param str result: ``status`` or ``left``
        :param datetime ended_at: naive UTC
        :param disposition: the status given
        """
        self.ensure_one()
        self.write(
            {
                "ended_at": ended_at,
                "seconds": max(0, int((ended_at - self.started_at).total_seconds())),
                "result": result,
                "disposition_id": disposition.id if disposition else False,
                "is_success": int(bool(disposition and disposition.is_success)),
            }
        )
        # Before another session of this item or person is written
        self.flush_recordset()
