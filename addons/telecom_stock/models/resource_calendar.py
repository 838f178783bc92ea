from datetime import timedelta

from odoo import api, models

from odoo.addons.telecom_crm.tools import intervals

#: Fields of a calendar that decide when shops are open
DECIDING = {
    "attendance_ids",
    "global_leave_ids",
    "leave_ids",
    "tz",
    "two_weeks_calendar",
    "active",
}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        if DECIDING & vals.keys():
            self._telecom_openings_changed()
        return result

    def _telecom_opening_intervals(self, begin, end, tz, company=None):
        """Return when a shop with these hours is open, holidays taken off.

        :param datetime begin: UTC, without zone; idem ``end``
        :param str tz: name of the zone the shop stands in
        :param res.company company: whose shop it is, and whose holidays; the
            calendar's when left out
        :return: list of (begin, end), UTC, without zone, joined
        """
        self.ensure_one()
        return intervals.union(
            # A day that ends at midnight ends a microsecond earlier in Odoo
            tuple(
                moment + timedelta(microseconds=moment.microsecond and 1)
                for moment in interval
            )
            for interval in self._telecom_intervals(begin, end, company, tz)
        )

    def _telecom_openings_changed(self):
        """Make the opening hours of the shops that keep these calendars anew."""
        if not self:
            return
        # sudo: telecom.boutique - who may change the calendar changes the hours of the
        # shops of the same company that keep it, without being a manager of shops
        self.env["telecom.boutique"].sudo().with_context(active_test=False).search(
            [("calendar_id", "in", self.ids)]
        )._rebuild_openings()


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances.calendar_id._telecom_openings_changed()
        return attendances

    def write(self, vals):
        calendars = self.calendar_id
        result = super().write(vals)
        (calendars | self.calendar_id)._telecom_openings_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        calendars.exists()._telecom_openings_changed()
        return result


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    def _telecom_calendars(self):
        """Return the calendars on which these are holidays.

        One without a calendar holds for all of its company.
        """
        shared = self.filtered(lambda leave: not leave.resource_id)
        calendars = shared.calendar_id
        general = shared.filtered(lambda leave: not leave.calendar_id).company_id
        if general:
            # sudo: telecom.boutique - as _telecom_openings_changed
            boutiques = self.env["telecom.boutique"].sudo()
            calendars |= boutiques.search(
                [("company_id", "in", general.ids)]
            ).calendar_id
        return calendars

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._telecom_calendars()._telecom_openings_changed()
        return leaves

    def write(self, vals):
        calendars = self._telecom_calendars()
        result = super().write(vals)
        (calendars | self._telecom_calendars())._telecom_openings_changed()
        return result

    def unlink(self):
        calendars = self._telecom_calendars()
        result = super().unlink()
        calendars.exists()._telecom_openings_changed()
        return result
