from odoo import api, fields, models


class TelecomCampaignFileError(models.Model):
    """A row of a number file that was not taken in."""

    _name = "telecom.campaign.file.error"
    _description = "Refused Row of a Number File"
    _inherit = ["telecom.campaign.import.error"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.campaign.file",
        required=True,
        check_company=True,
        ondelete="cascade",
    )

    _import_row_idx = models.Index("(import_id, row_number)")

    @api.model
    def _reasons(self, value):
        _ = self.env._
        return {
            **super()._reasons(value),
            "no_number": lambda: _("There is no telephone number."),
            "foreign": lambda: _("“%s” is a number of another country.", value),
            "premium": lambda: _("“%s” is charged at a higher rate.", value),
            "lang": lambda: _("The language “%s” is not available.", value),
            "timezone": lambda: _(
                "“%s” is no time zone: write Africa/Porto-Novo.", value
            ),
            "elsewhere": lambda: _(
                "%s is still to be called by another campaign.", value
            ),
            "do_not_call": lambda: _("%s is on the do-not-call list.", value),
            "opt_out": lambda: _("The customer of %s refused calls.", value),
        }

    @api.model
    def _kinds(self):
        """Return what is wrong in general, by code, for summaries."""
        _ = self.env._
        return {
            "number": _("No telephone number"),
            "no_number": _("No telephone number"),
            "foreign": _("Other country"),
            "premium": _("Higher rate"),
            "twice": _("Twice in the file"),
            "there": _("In the campaign already"),
            "elsewhere": _("In another campaign"),
            "do_not_call": _("On the do-not-call list"),
            "opt_out": _("Customer refused calls"),
            "lang": _("Language"),
            "email": _("E-mail address"),
            "timezone": _("Time Zone"),
            "priority": _("Priority"),
            "value": _("No number in a field"),
            "day": _("No date"),
            "yes": _("Neither yes nor no"),
            "columns": _("Row too short or too long"),
            "long": _("Row too short or too long"),
            "cell": _("Row too short or too long"),
        }
