from odoo import api, models


class TelecomFieldApp(models.AbstractModel):
    _inherit = "telecom.field.app"

    def _actions(self):
        """A seller makes the customer an offer on the spot."""
        actions = super()._actions()
        if self.env["sale.order"].has_access("create"):
            actions.append({"code": "quote", "name": self.env._("Quote or Sale")})
        return actions

    @api.model
    def open_action(self, code, appointment_id):
        if code != "quote":
            return super().open_action(code, appointment_id)
        seller = self.env["telecom.field.seller"]._current()
        appointment = seller.env["telecom.appointment"].browse(appointment_id)
        appointment.check_access("read")
        partner = appointment._take_customer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quote or Sale"),
            "res_model": "sale.order",
            "views": [(False, "form")],
            "context": {
                "default_company_id": appointment.company_id.id,
                "default_partner_id": partner.id,
                "default_telecom_appointment_id": appointment.id,
            },
        }
