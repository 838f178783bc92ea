from odoo import api, fields, models


class ResourceCalendar(models.Model):
    """Opening hours: Asterisk must know when they change."""

    _inherit = "resource.calendar"

    # Core falls back on the time zone of the database's administrator, whom the
    # people of an operator may not see
    tz = fields.Selection(
        default=lambda self: (
            self.env.context.get("tz")
            or self.env.user.tz
            # sudo: res.partner - of one's own company
            or self.env.company.partner_id.sudo().tz
            or "UTC"
        )
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - {"name"}:
            self._telecom_opening_changed()
        return result

    def unlink(self):
        self._telecom_opening_changed()
        return super().unlink()

    def _telecom_opening_changed(self):
        """Tell the PBXs whose campaigns have these opening hours."""
        if not self.ids:
            return
        # sudo: telecom.campaign - whoever changes opening hours changes them for all
        # campaigns that have them
        Campaign = self.env["telecom.campaign"].sudo()
        Campaign.search(
            [("calendar_id", "in", self.ids)]
        )._configuration_pbxs()._request_configuration()
        if Campaign.search_count([("dial_calendar_id", "in", self.ids)], limit=1):
            # Hours of calling are remembered
            self.env.registry.clear_cache()


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances.calendar_id._telecom_opening_changed()
        return attendances

    def write(self, vals):
        calendars = self.calendar_id
        result = super().write(vals)
        (calendars | self.calendar_id)._telecom_opening_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        calendars._telecom_opening_changed()
        return result


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._telecom_campaign_calendars()._telecom_opening_changed()
        return leaves

    def write(self, vals):
        calendars = self._telecom_campaign_calendars()
        result = super().write(vals)
        (calendars | self._telecom_campaign_calendars())._telecom_opening_changed()
        return result

    def unlink(self):
        calendars = self._telecom_campaign_calendars()
        result = super().unlink()
        calendars._telecom_opening_changed()
        return result

    def _telecom_campaign_calendars(self):
        """Calendars of campaigns in which these days off count."""
        # People's own time off closes no campaign
        leaves = self.filtered(lambda leave: not leave.resource_id)
        calendars = leaves.calendar_id
        general = leaves.filtered(lambda leave: not leave.calendar_id)
        if general:
            domain = []
            if all(general.mapped("company_id")):
                domain.append(("company_id", "in", general.company_id.ids))
            # sudo: telecom.campaign - see _telecom_opening_changed
            campaigns = self.env["telecom.campaign"].sudo().search(domain)
            calendars |= campaigns.calendar_id | campaigns.dial_calendar_id
        return calendars
