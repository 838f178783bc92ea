"""What the screens of supervisors and administrators show and do.

The facts are elsewhere; here they become badges, counts of today and buttons.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

# The gateway writes its heartbeat every few seconds
SILENT_AFTER = timedelta(seconds=30)


class TelecomPbx(models.Model):
    _inherit = "telecom.pbx"

    link_health = fields.Selection(
        [
            ("up", "Connected"),
            ("starting", "Connecting"),
            ("down", "No link to Asterisk"),
            ("silent", "Gateway silent"),
            ("never", "Gateway never seen"),
        ],
        string="Link",
        compute="_compute_link_health",
    )
    config_pending = fields.Boolean(compute="_compute_config_pending")
    live_call_count = fields.Integer(
        string="Calls Now", compute="_compute_live_call_count"
    )

    @api.depends("status_ids.link_state", "status_ids.heartbeat_at")
    def _compute_link_health(self):
        silent = fields.Datetime.now() - SILENT_AFTER
        for pbx in self:
            heartbeat, state = pbx.heartbeat_at, pbx.link_state
            if not heartbeat:
                pbx.link_health = "never"
            elif heartbeat < silent:
                pbx.link_health = "silent"
            elif state == "up":
                pbx.link_health = "up"
            else:
                pbx.link_health = "down" if state == "down" else "starting"

    @api.depends("config_revision", "status_ids.config_applied_revision")
    def _compute_config_pending(self):
        for pbx in self:
            pbx.config_pending = bool(
                pbx.heartbeat_at and pbx.config_applied_revision < pbx.config_revision
            )

    def _compute_live_call_count(self):
        counts = dict(
            self.env["telecom.call"]._read_group(
                [("pbx_id", "in", self.ids), ("state", "!=", "ended")],
                ["pbx_id"],
                ["__count"],
            )
        )
        for pbx in self:
            pbx.live_call_count = counts.get(pbx, 0)

    def action_apply_configuration(self):
        """Have the gateways give Asterisk its whole configuration once more."""
        self.check_access("write")
        self._request_configuration()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The gateway applies the configuration again."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_calls(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_telecom_call"
        )
        action["domain"] = [("pbx_id", "=", self.id)]
        action["context"] = {"search_default_now": 1}
        return action


class TelecomAgent(models.Model):
    _inherit = "telecom.agent"

    # Supervisors see all columns, also the empty ones, those who can be called first
    presence = fields.Selection(group_expand="_expand_presences")
    presence_reason_kind = fields.Selection(related="presence_reason_id.kind")
    presence_duration = fields.Char(
        string="For", compute="_compute_presence_duration", help="In this presence."
    )
    activity_duration = fields.Char(compute="_compute_activity_duration")
    call_count_today = fields.Integer(
        string="Calls Today", compute="_compute_call_count_today"
    )

    @api.model
    def _expand_presences(self, _presences, _domain):
        return ["ready", "pause_requested", "not_ready", "offline"]

    def _duration(self, since):
        """Return how long ago something began, in minutes, as people say it."""
        seconds = (fields.Datetime.now() - since).total_seconds()
        hours, minutes = divmod(max(int(seconds), 0) // 60, 60)
        if hours:
            return self.env._("%(hours)s h %(minutes)02d", hours=hours, minutes=minutes)
        return self.env._("%s min", minutes)

    @api.depends("presence_since", "presence")
    def _compute_presence_duration(self):
        for agent in self:
            known = agent.presence != "offline" and agent.presence_since
            agent.presence_duration = (
                self._duration(agent.presence_since) if known else False
            )

    @api.depends("live_ids.activity_since", "live_ids.activity")
    def _compute_activity_duration(self):
        for agent in self:
            busy = agent.activity not in (False, "idle") and agent.activity_since
            agent.activity_duration = (
                self._duration(agent.activity_since) if busy else False
            )

    def _compute_call_count_today(self):
        counts = dict(
            self.env["telecom.call"]._read_group(
                [
                    ("agent_id", "in", self.ids),
                    ("start_at", ">=", "today"),
                ],
                ["agent_id"],
                ["__count"],
            )
        )
        for agent in self:
            agent.call_count_today = counts.get(agent, 0)

    def action_force_ready(self):
        return self.action_force_presence("ready")

    def action_force_logout(self):
        return self.action_force_presence("offline")

    def action_force_not_ready(self):
        """Ask the supervisor for the reason."""
        if not self.env.user.has_group(
            "telecom_callcenter.group_callcenter_supervisor"
        ):
            raise AccessError(
                self.env._("Only supervisors decide about the status of others.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make Not Ready"),
            "res_model": "telecom.agent.pause",
            "view_mode": "form",
            "target": "new",
            "context": {"default_agent_ids": [fields.Command.set(self.ids)]},
        }

    def action_view_events(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_telecom_agent_event"
        )
        action["domain"] = [("agent_id", "=", self.id)]
        return action

    def action_view_calls(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_telecom_call"
        )
        action["domain"] = [("agent_id", "=", self.id)]
        return action


class TelecomQueue(models.Model):
    _inherit = "telecom.queue"

    member_count = fields.Integer(string="Agents", compute="_compute_member_count")
    waiting_now = fields.Integer(string="Waiting", compute="_compute_today")
    offered_today = fields.Integer(string="Offered Calls", compute="_compute_today")
    answered_today = fields.Integer(string="Answered Calls", compute="_compute_today")
    abandoned_today = fields.Integer(string="Abandoned Calls", compute="_compute_today")
    service_level_today = fields.Float(
        string="Service Level", compute="_compute_today", digits=(5, 1)
    )

    @api.depends("member_ids")
    def _compute_member_count(self):
        counts = dict(
            self.env["telecom.queue.member"]._read_group(
                [("queue_id", "in", self.ids)], ["queue_id"], ["__count"]
            )
        )
        for queue in self:
            queue.member_count = counts.get(queue, 0)

    def _compute_today(self):
        figures = self.filtered("id")._wallboard_calls()
        for queue in self:
            today = figures.get(queue.id, {})
            queue.waiting_now = today.get("waiting", 0)
            queue.offered_today = today.get("offered", 0)
            queue.answered_today = today.get("answered", 0)
            queue.abandoned_today = today.get("abandoned", 0)
            queue.service_level_today = today.get("service_level") or 0

    def action_view_calls(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_telecom_call"
        )
        action["domain"] = [("visit_ids.queue_id", "=", self.id)]
        action["context"] = {
            "search_default_today": 1,
            **{
                key: value
                for key, value in self.env.context.items()
                if key.startswith("search_default_")
            },
        }
        return action


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    call_count_today = fields.Integer(
        string="Calls Today", compute="_compute_call_count_today"
    )
    checklist = fields.Text(string="Still Missing", compute="_compute_checklist")

    def _compute_checklist(self):
        for campaign in self:
            missing = campaign._missing_to_go_live() if campaign.id else []
            campaign.checklist = "\n".join(f"• {words}" for words in missing)

    def _compute_call_count_today(self):
        counts = dict(
            self.env["telecom.call"]._read_group(
                [
                    ("campaign_id", "in", self.ids),
                    ("start_at", ">=", "today"),
                ],
                ["campaign_id"],
                ["__count"],
            )
        )
        for campaign in self:
            campaign.call_count_today = counts.get(campaign, 0)

    def action_view_calls(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_telecom_call"
        )
        action["domain"] = [("campaign_id", "=", self.id)]
        return action


class TelecomCall(models.Model):
    _inherit = "telecom.call"

    caller_display = fields.Char(string="Caller", compute="_compute_caller_display")

    @api.depends("caller_number", "company_id")
    def _compute_caller_display(self):
        """The number as people of the operator's country write it."""
        for call in self:
            if call.caller_number:
                call.caller_display = call.company_id._telecom_format(
                    call.caller_number
                )
            else:
                call.caller_display = self.env._("Withheld number")

    def action_open_card(self):
        """Open the caller's card as the desk shows it."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "telecom_callcenter.call_card",
            "target": "new",
            "name": self.env._("Caller's Card"),
            "params": {"call_id": self.id, "company_id": self.company_id.id},
        }


class TelecomCallback(models.Model):
    _inherit = "telecom.callback"

    number_display = fields.Char(
        string="Number to Call", compute="_compute_number_display"
    )

    @api.depends("number", "company_id")
    def _compute_number_display(self):
        for callback in self:
            company = callback.company_id
            callback.number_display = (
                company._telecom_format(callback.number)
                if company and callback.number
                else callback.number
            )

    def action_dial(self):
        """Ring the agent's telephone, then the customer's."""
        self.ensure_one()
        self.env["telecom.desk"].dial(
            self.number,
            self.company_id.id,
            campaign_id=self.campaign_id.id,
            callback_id=self.id,
        )
        return True
