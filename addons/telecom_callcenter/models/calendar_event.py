from odoo import api, fields, models
from odoo.exceptions import UserError


class CalendarEvent(models.Model):
    """Appointments in the calendars of field sellers."""

    _inherit = "calendar.event"

    telecom_appointment_ids = fields.One2many("telecom.appointment", "event_id")

    def write(self, vals):
        result = super().write(vals)
        if (
            not self.env.context.get("telecom_appointment_sync")
            and {"start", "stop", "active"} & vals.keys()
        ):
            self._telecom_follow()
        return result

    def _telecom_follow(self):
        """An appointment that is dragged in the calendar moves, and people are told."""
        # sudo: telecom.appointment - to find what belongs to the entries
        for one in self.sudo().telecom_appointment_ids:
            event = one.event_id
            mine = one.with_env(self.env)
            mine.check_access("write")
            if not event.active:
                mine.action_cancel()
            elif (event.start, event.stop) != (one.start, one.stop):
                minutes = round((event.stop - event.start).total_seconds() / 60)
                mine.write({"start": event.start, "minutes": minutes})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_appointment(self):
        if self.env.context.get("telecom_appointment_sync"):
            return
        # sudo: telecom.appointment - whether there is one
        planned = self.sudo().telecom_appointment_ids.filtered(
            lambda one: one.state == "planned"
        )
        if planned:
            raise UserError(
                self.env._(
                    "A customer waits for this appointment: cancel it there, and the "
                    "customer is told. %s",
                    ", ".join(planned.mapped("display_name")),
                )
            )
