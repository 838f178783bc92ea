from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class TelecomDialingStop(models.TransientModel):
    """The emergency stop: of an operator's dialing, or of all there is."""

    _name = "telecom.dialing.stop"
    _description = "Emergency Stop of Dialing"
    _inherit = ["telecom.reference.mixin"]

    scope = fields.Selection(
        [("operator", "One operator"), ("all", "All operators")],
        default="operator",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        default=lambda self: self.env.company._telecom_default_operator(),
        domain="[('id', 'in', allowed_company_ids)]",
    )
    reason = fields.Char()
    # Of several PBXs some may be stopped: then both are true
    is_stopped = fields.Boolean(compute="_compute_is_stopped")
    goes_on = fields.Boolean(compute="_compute_is_stopped")

    @api.depends("scope", "company_id")
    def _compute_is_stopped(self):
        for wizard in self:
            # sudo: res.company, telecom.pbx - whether dialing is stopped, for those
            # who may stop it
            stopped = (
                [wizard.company_id.sudo().telecom_dialing_stopped]
                if wizard.scope == "operator"
                else wizard._pbxs().mapped("dialing_stopped")
            )
            wizard.is_stopped = any(stopped)
            wizard.goes_on = not stopped or not all(stopped)

    def _pbxs(self):
        """The PBXs of the user's companies, whichever of them are active.

        In an emergency nobody looks at the company switcher first.
        """
        # sudo: telecom.pbx - supervisors stop what they cannot configure
        return (
            self.env["telecom.pbx"]
            .sudo()
            .search([("company_id", "in", self.env.user.company_ids.ids)])
        )

    def _check(self):
        if not self.env.user.has_group(
            "telecom_callcenter.group_callcenter_supervisor"
        ):
            raise AccessError(self.env._("Supervisors stop dialing."))
        if self.scope == "operator" and self.company_id not in self.env.companies:
            raise AccessError(self.env._("You do not work for this operator now."))
        if self.scope == "all" and not self._pbxs():
            raise UserError(
                self.env._(
                    "No telephone system is yours: stop the dialing of your operator."
                )
            )

    def action_stop(self):
        """Nothing new is dialed from now on, and what rings is taken back."""
        self.ensure_one()
        self._check()
        reason = self.reason or self.env._("By %s.", self.env.user.name)
        if self.scope == "operator":
            self.company_id._telecom_stop_dialing(reason)
        else:
            self._pbxs()._stop_dialing(reason)
        return {"type": "ir.actions.act_window_close"}

    def action_resume(self):
        self.ensure_one()
        self._check()
        if self.scope == "operator":
            self.company_id._telecom_resume_dialing()
        else:
            self._pbxs()._resume_dialing()
        return {"type": "ir.actions.act_window_close"}
