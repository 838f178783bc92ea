from odoo import api, fields, models

from ..engine import attempt_rules
from .telecom_campaign_attempt import ATTEMPT_RESULTS

#: What the statuses that campaigns begin with do, by code
RULES = {
    "sold": {"is_success": True},
    "interested": {"is_success": True, "follow_up": "callback", "retry_minutes": 1440},
    "callback": {"follow_up": "callback", "retry_minutes": 60},
    "no_answer": {
        "attempt_result": "no_answer",
        "follow_up": "again",
        "retry_limit": 3,
        "retry_minutes": 120,
        "retry_other_number": True,
    },
    "voicemail": {
        "attempt_result": "machine",
        "follow_up": "again",
        "retry_limit": 3,
        "retry_minutes": 240,
    },
    "busy": {
        "attempt_result": "busy",
        "follow_up": "again",
        "retry_limit": 5,
        "retry_minutes": 15,
    },
    "cut": {"follow_up": "again", "retry_limit": 2, "retry_minutes": 5},
    "wrong_number": {"attempt_result": "wrong_number"},
    "do_not_call": {"do_not_call": True},
    "handled": {"is_success": True},
    "corrected": {"is_success": True},
    "missing": {"without_script": True},
    "duplicate": {"without_script": True},
    "not_ours": {"without_script": True},
    "waiting_customer": {
        "follow_up": "again",
        "retry_limit": 5,
        "retry_minutes": 1440,
    },
    "waiting_others": {"follow_up": "again", "retry_limit": 10, "retry_minutes": 240},
    "no_agent": {
        "attempt_result": "abandoned",
        "follow_up": "again",
        "retry_limit": 2,
        "retry_minutes": 4320,
    },
}


#: Results that only the system can know: nobody was there to see them
UNSEEN = ("abandoned", "cancelled", "not_dialed", "interrupted")


class TelecomDispositionAttempts(models.Model):
    """What becomes of a contact whose call ended with this status."""

    _inherit = "telecom.disposition"

    attempt_result = fields.Selection(
        ATTEMPT_RESULTS,
        string="Set by the System For",
        help="The status of calls that reached no agent.",
    )
    follow_up = fields.Selection(
        [("done", "Finished"), ("again", "Try again"), ("callback", "Call back")],
        string="Afterwards",
        default="done",
        required=True,
    )
    retry_limit = fields.Integer(
        string="Times", default=3, help="How often this status is tried again."
    )
    retry_minutes = fields.Integer(string="After (min)", default=60)
    retry_other_number = fields.Boolean(
        string="Other Number Next", help="Of the same person, if there is one."
    )
    do_not_call = fields.Boolean(
        help="The number goes on the operator's do-not-call list."
    )
    is_success = fields.Boolean(string="Counts as a Success")
    without_script = fields.Boolean(
        string="Script May Stay Open",
        help="The work was not done: it is closed without the script's required "
        "answers.",
    )
    shortcut = fields.Char(size=1, help="The key that chooses it on the desk.")

    _retry_range = models.Constraint(
        "CHECK(retry_limit >= 0 AND retry_minutes >= 0)",
        "How often and after how long a status is tried again is not negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**RULES.get(vals.get("code"), {}), **vals} for vals in vals_list]
        )

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {
            "attempt_result",
            "do_not_call",
            "follow_up",
            "is_success",
            "retry_limit",
            "retry_minutes",
            "retry_other_number",
            "shortcut",
            "without_script",
        }

    def _offered(self):
        """Return which of these statuses people choose from.

        What the system alone can know is left out, and branches that hold nothing
        else.
        """
        offered = self.filtered(lambda node: node.attempt_result not in UNSEEN)
        kept = offered.filtered("is_leaf")
        above = kept.parent_id
        while above:
            kept |= above
            above = above.parent_id
        return offered & kept

    def _attempt_rule(self):
        """Return what becomes of a contact with this status.

        :rtype: odoo.addons.telecom_callcenter.engine.attempt_rules.Rule
        """
        self.ensure_one()
        return attempt_rules.Rule(
            self.follow_up,
            self.retry_limit,
            self.retry_minutes,
            self.retry_other_number,
            self.attempt_result == "wrong_number",
            self.do_not_call,
        )
