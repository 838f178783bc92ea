from odoo import api, fields, models


class TelecomCampaignImportError(models.AbstractModel):
    """A row of a campaign's file that was not taken in."""

    _name = "telecom.campaign.import.error"
    _description = "Refused Row of a Campaign's File"
    _inherit = ["telecom.file.import.error"]

    left_out = fields.Boolean(readonly=True, help="The row went in without this value.")

    @api.model
    def _left_out_kinds(self):
        """Return what good rows went in without, by code, for summaries."""
        _ = self.env._
        other = _("Another number")
        return {
            "number": other,
            "foreign": other,
            "premium": other,
            "email": _("E-mail address"),
            "lang": _("Language"),
            "timezone": _("Time Zone"),
            "priority": _("Priority"),
            "value": _("No number in a field"),
            "day": _("No date"),
            "yes": _("Neither yes nor no"),
            "cell": _("Text too long"),
        }

    @api.model
    def _reasons(self, value):
        """Return what each code says, as functions.

        :param str value: what the row holds
        """
        _ = self.env._
        return {
            "cell": lambda: _("“%s…” is too long.", value[:40]),
            "email": lambda: _("“%s” is no e-mail address.", value),
            "priority": lambda: _(
                "“%s” is no priority: write a whole number up to 1000.", value
            ),
            "value": lambda: _("“%s” is no number.", value),
            "day": lambda: _("“%s” is no date: write 31/12/1990.", value),
            "yes": lambda: _("“%s” is neither yes nor no.", value),
            "twice": lambda: _("%s stands in this file twice.", value),
            "there": lambda: _("%s is in this campaign already.", value),
            "other": lambda: value,
        }

    @api.model
    def _reason(self, code, value):
        reasons = self._reasons(value)
        if code in reasons:
            return reasons[code]()
        return super()._reason(code, value)
