from odoo import api, fields, models

from .telecom_campaign_dialing import AUTOMATIC_MODES

#: Campaigns that have this checklist
CHECKED_KINDS = ("outbound", "field", "back_office")
#: People who are named in the checklist; of the others it says how many
NAMED = 3


class TelecomCampaign(models.Model):
    """The checklist that leads a campaign from its file to its first call or item."""

    _inherit = "telecom.campaign"

    checklist_points = fields.Json(
        string="Checklist",
        compute="_compute_checklist_points",
        help="What a campaign needs to go live, and what it may have besides.",
    )

    @api.depends("state", "kind")
    @api.depends_context("lang")
    def _compute_checklist_points(self):
        for campaign in self:
            campaign.checklist_points = (
                campaign._checklist_points()
                if campaign.id
                and campaign.state != "live"
                and campaign.kind in CHECKED_KINDS
                else []
            )

    def _checklist_points(self):
        """Return what is there and what is not, in the order in which one goes on.

        :return: ``key`` of :meth:`action_mend`, ``label``, ``shown`` (what is there),
            ``done`` and ``needed`` (to go live) of each point
        :rtype: list[dict]
        """
        self.ensure_one()
        _ = self.env._
        # sudo: telecom.queue, telecom.agent, telecom.did - as _missing_to_go_live
        campaign = self.sudo()
        leaves = campaign.disposition_ids.filtered("is_leaf")
        office = campaign.kind == "back_office"
        points = campaign._points_of_work() if office else campaign._points_of_calls()
        points += [
            ("script", _("Script"), campaign.script_id.name, campaign.script_id, False),
            (
                "statuses",
                _("Statuses and qualifications"),
                _("%s statuses", len(leaves)),
                campaign.disposition_ids and campaign.qualification_ids,
                True,
            ),
        ]
        if not office:
            points.append(
                (
                    "followups",
                    _("Messages after the call"),
                    _("%s messages", len(campaign.followup_ids)),
                    campaign.followup_ids,
                    False,
                )
            )
        return [
            {
                "key": key,
                "label": label,
                "shown": (shown or "") if done else "",
                "done": bool(done),
                "needed": needed,
                # Who serves an operator is agreed between companies
                "mends": key != "operator",
            }
            for key, label, shown, done, needed in points
        ]

    def _points_of_work(self):
        """Return the points of a back-office campaign, before its script."""
        _ = self.env._
        sources = self._work_sources()
        return [
            ("operator", _("Operator"), self.company_id.name, True, True),
            ("work", _("Work to do"), ", ".join(sources), self._work_comes(), True),
            (
                "team",
                _("Who does it"),
                self._some_names(self.work_user_ids) or _("All agents of the operator"),
                True,
                True,
            ),
        ]

    def _work_sources(self):
        """Return where the work comes from, in words."""
        _ = self.env._
        sources = [_("Claims of %s", team.name) for team in self.claim_team_ids]
        if self.work_open_count:
            sources.insert(0, _("%s to do", self.work_open_count))
        return sources

    def _some_names(self, people):
        names = people[:NAMED].mapped("name")
        if len(people) > NAMED:
            names.append(self.env._("%s more", len(people) - NAMED))
        return ", ".join(names)

    def _points_of_calls(self):
        """Return the points of a campaign that calls, before its script."""
        _ = self.env._
        ready = self.env["telecom.campaign.contact"].search_count(
            [("campaign_id", "=", self.id), ("state", "in", ("ready", "callback"))]
        )
        queue = self.queue_id
        served = not queue or self.env["telecom.operator.service"]._is_served(
            self.company_id, queue.pbx_id.company_id
        )
        agents = queue.member_ids.agent_id.filtered("active")
        outbound = self.kind == "outbound"
        points = [
            ("operator", _("Operator"), self.company_id.name, served, True),
            ("files", _("Numbers to call"), _("%s to be called", ready), ready, True),
            (
                "hours",
                _("Hours of calling"),
                self.dial_calendar_id.name or _("Monday to Saturday, 8 to 20"),
                self._calling_hours(),
                True,
            ),
        ]
        if outbound:
            presented = self._dialer_presented_numbers()
            modes = dict(self._fields["dial_mode"]._description_selection(self.env))
            points += [
                (
                    "presented",
                    _("Number that called people see"),
                    ", ".join(presented),
                    presented,
                    True,
                ),
                (
                    "mode",
                    _("Dialing"),
                    modes[self.dial_mode],
                    not self._missing_messages_of_dialing(),
                    True,
                ),
            ]
        points.append(
            (
                "agents",
                _("Agents"),
                self._some_names(agents),
                agents and queue.active and queue.pbx_id.active,
                outbound or bool(queue),
            )
        )
        return points

    def _missing_messages_of_dialing(self):
        """Return which recordings and texts the way of dialing still needs."""
        self.ensure_one()
        _ = self.env._
        missing = []
        if self.dial_mode in AUTOMATIC_MODES and not self.abandoned_prompt_id:
            missing.append(_("the message heard when no agent is free"))
        if self.machine_detection:
            if self.machine_action == "message" and not self.machine_prompt_id:
                missing.append(_("the message for answering machines"))
            if self.machine_action == "text" and not self.machine_text:
                missing.append(_("the text message after an answering machine"))
        return missing

    def action_mend(self, key):
        """Open what settles a point of the checklist.

        :param str key: of :meth:`_checklist_points`
        """
        self.ensure_one()
        self.check_access("write")
        files = {"files": self.file_ids, "work": self.work_file_ids}.get(key, ())
        draft = files and files.filtered(lambda file: file.state == "draft")[:1]
        if draft:
            return {
                "type": "ir.actions.act_window",
                "res_model": draft._name,
                "res_id": draft.id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        if key == "files":
            return {**self.action_add_file(), "views": [(False, "form")]}
        if key == "agents" and self.queue_id:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Agents"),
                "res_model": "telecom.queue.add.agents",
                "view_mode": "form",
                "views": [(False, "form")],
                "target": "new",
                "context": {"default_queue_id": self.queue_id.id},
            }
        labels = {point["key"]: point["label"] for point in self._checklist_points()}
        view = self.env.ref("telecom_callcenter.view_telecom_campaign_mend_form")
        return {
            "type": "ir.actions.act_window",
            "name": labels.get(key, self.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(view.id, "form")],
            "target": "new",
            "context": {"telecom_mend": key},
        }
