from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.telecom_campaign_dialing import DIAL_MODES
from ..models.telecom_campaign_work import WORK_MODES


class TelecomCampaignSetup(models.TransientModel):
    """A campaign in one screen: from a file of numbers or of work to the checklist."""

    _name = "telecom.campaign.setup"
    _description = "New Campaign"
    _inherit = ["telecom.reference.mixin"]

    name = fields.Char(string="Campaign", required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    kind = fields.Selection(
        [
            ("outbound", "Outbound calls"),
            ("field", "Field sales"),
            ("back_office", "Back office"),
        ],
        required=True,
        default="outbound",
    )

    # Calls
    dial_mode = fields.Selection(
        DIAL_MODES, string="Dialing", default="preview", required=True
    )
    dial_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Hours of Calling",
        domain="[('company_id', '=', company_id)]",
    )
    presented_did_ids = fields.Many2many(
        "telecom.did",
        "telecom_campaign_setup_did_rel",
        string="Numbers Presented",
        compute="_compute_presented_did_ids",
        # Proposes what the user may see
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id), ('pbx_id', '=', pbx_id)]",
        help="Called people see one of these, in turn.",
    )
    pbx_id = fields.Many2one(
        "telecom.pbx",
        string="PBX",
        default=lambda self: self.env["telecom.pbx"].search([], limit=1),
    )
    agent_ids = fields.Many2many(
        "telecom.agent",
        "telecom_campaign_setup_agent_rel",
        string="Agents",
        domain="[('pbx_id', '=', pbx_id)]",
    )

    # Back office
    claim_team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        "telecom_campaign_setup_claim_team_rel",
        string="Claims Of",
        domain="[('company_id', '=', company_id)]",
        help="Open claims of these teams become work items by themselves.",
    )
    work_due_hours = fields.Integer(
        string="Done Within (h)",
        help="When the file or the claim says nothing; 0 for no time.",
    )
    work_mode = fields.Selection(
        WORK_MODES,
        string="Who Does What",
        required=True,
        default="pull",
    )
    work_user_ids = fields.Many2many(
        "res.users",
        "telecom_campaign_setup_work_user_rel",
        string="Team",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Agents and clerks; all agents of the operator when empty.",
    )

    like_id = fields.Many2one(
        "telecom.campaign",
        string="As in the Campaign",
        domain="[('company_id', '=', company_id)]",
        help="Statuses, qualifications, their rules, the script and the messages are "
        "those of this campaign.",
    )
    file = fields.Binary(string="File (CSV or Excel)")
    file_name = fields.Char()

    @api.depends("company_id", "pbx_id")
    def _compute_presented_did_ids(self):
        for wizard in self:
            wizard.presented_did_ids = self.env["telecom.did"].search(
                [
                    ("company_id", "=", wizard.company_id.id),
                    ("pbx_id", "=", wizard.pbx_id.id),
                ],
                limit=1,
            )

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.dial_calendar_id = self.like_id = False
        self.claim_team_ids = self.work_user_ids = False

    def action_create(self):
        """Create the campaign, and show what is left to be done.

        :raises UserError: no agent was chosen to call
        """
        self.ensure_one()
        office = self.kind == "back_office"
        Campaign = self.env["telecom.campaign"]
        if self.like_id:
            Campaign = Campaign.with_context(telecom_default_trees=False)
        campaign = Campaign.create(
            {
                "name": self.name,
                "kind": self.kind,
                "company_id": self.company_id.id,
                "script_id": self.like_id.script_id.id,
                **(self._work_values() if office else self._call_values()),
            }
        )
        if self.like_id:
            statuses = self.like_id.disposition_ids._copy_tree(campaign)
            self.like_id.qualification_ids._copy_tree(campaign)
            self.like_id._copy_messages(campaign, statuses)
        target = campaign
        if self.file:
            # What its columns mean is looked at before it is read in
            model = "telecom.work.file" if office else "telecom.campaign.file"
            target = self.env[model].create(
                {
                    "name": self.file_name or self.name,
                    "campaign_id": campaign.id,
                    "file": self.file,
                }
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": target._name,
            "res_id": target.id,
            "view_mode": "form",
        }

    def _call_values(self):
        """Return what a campaign that calls has, with a queue of its own."""
        if not self.agent_ids:
            raise UserError(self.env._("Choose who calls."))
        queue = self.env["telecom.queue"].create(
            {
                "name": self.name,
                "company_id": self.company_id.id,
                "pbx_id": self.pbx_id.id,
                "member_ids": [
                    Command.create({"agent_id": agent.id}) for agent in self.agent_ids
                ],
            }
        )
        return {
            "queue_id": queue.id,
            "dial_mode": self.dial_mode,
            "dial_calendar_id": self.dial_calendar_id.id,
            "presented_did_ids": [Command.set(self.presented_did_ids.ids)],
        }

    def _work_values(self):
        """Return what a campaign of the back office has."""
        return {
            "claim_team_ids": [Command.set(self.claim_team_ids.ids)],
            "work_due_hours": self.work_due_hours,
            "work_mode": self.work_mode,
            "work_user_ids": [Command.set(self.work_user_ids.ids)],
        }
