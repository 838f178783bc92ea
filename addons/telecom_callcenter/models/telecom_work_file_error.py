from odoo import api, fields, models


class TelecomWorkFileError(models.Model):
    """A row of a file of work items that was not taken in."""

    _name = "telecom.work.file.error"
    _description = "Refused Row of a Work File"
    _inherit = ["telecom.campaign.import.error"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.work.file", required=True, check_company=True, ondelete="cascade"
    )

    _import_row_idx = models.Index("(import_id, row_number)")

    @api.model
    def _reasons(self, value):
        _ = self.env._
        return {
            **super()._reasons(value),
            "no_name": lambda: _("There is neither a reference nor a subject."),
            "unknown_customer": lambda: _("Nobody has the customer number %s.", value),
        }
