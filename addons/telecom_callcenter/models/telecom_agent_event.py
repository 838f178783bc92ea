from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request


class TelecomAgentEvent(models.Model):
    """Append-only log of every status change and action on telephony.

    Nobody changes or deletes a line, not even the superuser: reports and
    investigations rest on it.
    """

    _name = "telecom.agent.event"
    _description = "Agent Event"
    _order = "id desc"
    _rec_name = "kind"
    _log_access = False

    at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        ondelete="restrict",
    )
    operator_id = fields.Many2one(
        "res.company",
        help="The operator whose call or queue was acted on.",
        ondelete="restrict",
    )
    agent_id = fields.Many2one("telecom.agent", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        string="Done by",
        help="Empty when the system did it.",
        ondelete="restrict",
    )
    ip_address = fields.Char(string="From")
    kind = fields.Selection(
        [
            ("login", "Login"),
            ("logout", "Logout"),
            ("presence", "Presence"),
            ("activity", "Activity"),
            ("forced", "Forced by a supervisor"),
            ("command", "Call action"),
            ("wrapup", "Wrap-up"),
            ("configuration", "Configuration"),
        ],
        required=True,
    )
    presence = fields.Char()
    activity = fields.Char()
    reason_id = fields.Many2one("telecom.pause.reason", ondelete="restrict")
    call_id = fields.Many2one("telecom.call", ondelete="set null")
    detail = fields.Char()

    _agent_at = models.Index("(agent_id, at)")

    # -------------------------------------------------------------------------
    # Append-only
    # -------------------------------------------------------------------------

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The log of events cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of events cannot be deleted."))

    # -------------------------------------------------------------------------
    # Logging
    # -------------------------------------------------------------------------

    @api.model
    def _prepare(
        self,
        kind,
        agent=None,
        *,
        company=None,
        operator=None,
        presence=None,
        activity=None,
        reason=None,
        call=None,
        detail=None,
        at=None,
    ):
        """Values of one event, with who does it and from where.

        :param str kind: one of the kinds above
        :param agent: the ``telecom.agent`` concerned, if any
        :param company: the provider; the agent's when left out
        :param operator: the operator whose call or queue is concerned; the call's
            when left out
        :param str presence: the new presence
        :param str activity: the new activity
        :param reason: the ``telecom.pause.reason`` of the presence
        :param call: the ``telecom.call`` acted on
        :param str detail: what else there is to know, never a secret
        :param datetime at: when, UTC; now when left out
        :return: dict for :meth:`_log_all`
        """
        if call and not operator:
            # sudo: telecom.call - whose call it is, for the log
            operator = call.sudo().company_id
        if not company:
            # sudo: telecom.agent - the agent's provider, while the agent works in an
            # operator's company
            company = agent.sudo().company_id if agent else self.env.company
        by_system = self.env.uid == api.SUPERUSER_ID
        return {
            "at": at or fields.Datetime.now(),
            "company_id": company.id,
            "operator_id": operator.id if operator else False,
            "agent_id": agent.id if agent else False,
            "user_id": False if by_system else self.env.uid,
            "ip_address": request.httprequest.remote_addr if request else False,
            "kind": kind,
            "presence": presence,
            "activity": activity,
            "reason_id": reason.id if reason else False,
            "call_id": call.id if call else False,
            "detail": detail,
        }

    @api.model
    def _log_all(self, vals_list):
        """Append events prepared by :meth:`_prepare`, in one go.

        :return: the events
        """
        # sudo: telecom.agent.event - nobody has the right to create log lines by hand
        return self.sudo().create(vals_list)

    @api.model
    def _log(self, kind, agent=None, **details):
        """Append one event; see :meth:`_prepare` for what it takes.

        :return: the event
        """
        return self._log_all([self._prepare(kind, agent, **details)])
