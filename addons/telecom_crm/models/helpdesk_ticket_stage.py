from odoo import api, fields, models
from odoo.exceptions import ValidationError

CLAIM_STATES = [
    ("open", "Open"),
    ("progress", "In Progress"),
    ("waiting_customer", "Waiting for the Customer"),
    ("waiting_third", "Waiting for a Third Party"),
    ("treated", "Treated"),
    ("unsolved", "Closed without Solution"),
    ("reopened", "Reopened"),
]
CLOSED_STATES = ("treated", "unsolved")
#: Nobody has taken these in hand yet
NEW_STATES = ("open", "reopened")
#: Which state takes the place of one that no stage stands for
SUBSTITUTES = {
    "reopened": "open",
    "waiting_customer": "progress",
    "waiting_third": "progress",
    "unsolved": "treated",
    "treated": "unsolved",
    "progress": "open",
    "open": "progress",
}


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    telecom_state = fields.Selection(
        CLAIM_STATES,
        string="State",
        compute="_compute_telecom_state",
        store=True,
        readonly=False,
        precompute=True,
        help="What the stage means, whatever its name: reports, service levels and "
        "messages to customers go by it.",
    )
    telecom_customer_text = fields.Text(
        string="What the Customer Is Told",
        translate=True,
        help="Part of the e-mail that a customer gets when the claim comes here.",
    )

    @api.depends("closed", "unattended")
    def _compute_telecom_state(self):
        for stage in self:
            if stage.closed:
                fitting = CLOSED_STATES
            elif stage.unattended:
                fitting = NEW_STATES
            else:
                fitting = ("progress", "waiting_customer", "waiting_third")
            if stage.telecom_state not in fitting:
                stage.telecom_state = fitting[0]

    @api.onchange("telecom_state")
    def _onchange_telecom_state(self):
        self.update(self._telecom_flags(self.telecom_state))

    @api.model
    def _telecom_flags(self, state):
        """Return the values of helpdesk_mgmt's own flags for a state."""
        return {"closed": state in CLOSED_STATES, "unattended": state in NEW_STATES}

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [
                {**vals, **self._telecom_flags(vals["telecom_state"])}
                if vals.get("telecom_state")
                else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if vals.get("telecom_state"):
            vals = {**vals, **self._telecom_flags(vals["telecom_state"])}
        before = {stage: stage.telecom_state for stage in self}
        result = super().write(vals)
        changed = self.filtered(lambda stage: stage.telecom_state != before[stage])
        # sudo: helpdesk.ticket - whether there are claims at all, seen or not
        Ticket = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        # A claim's dates would no longer fit its state. While apps are installed,
        # stages get their states: claims may be there before.
        if self.env.context.get("install_mode"):
            return result
        if changed and Ticket.search_count([("stage_id", "in", changed.ids)], limit=1):
            raise ValidationError(
                self.env._(
                    "There are claims at this stage: it can be renamed, but not mean "
                    "another state. Make a new stage for that."
                )
            )
        return result

    def _telecom_for_state(self, state):
        """Return the stage of these that stands for a state, or comes closest."""
        for wanted in (state, SUBSTITUTES[state]):
            stage = self.filtered(
                lambda stage, wanted=wanted: stage.telecom_state == wanted
            )[:1]
            if stage:
                return stage
        return self[:1]
