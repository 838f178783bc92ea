from odoo import api, fields, models


class TelecomUsageImportError(models.Model):
    """A row of a file of consumption that was not taken in."""

    _name = "telecom.usage.import.error"
    _description = "Refused Row of a Consumption File"
    _inherit = ["telecom.file.import.error"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.usage.import", required=True, check_company=True, ondelete="cascade"
    )

    _import_row_idx = models.Index("(import_id, row_number)")

    @api.model
    def _reason(self, code, value):
        if code == "empty":
            return self.env._("There is no telephone number.")
        if code == "unknown":
            return self.env._("%s is none of your lines.", value)
        if code == "month":
            return self.env._("“%s” is no month: write 06/2026 or 2026-06.", value)
        if code == "range":
            return self.env._("%s lies in the future or too far back.", value)
        if code == "value":
            return self.env._("“%s” is no number, or too large a one.", value)
        if code == "negative":
            return self.env._("%s is negative.", value)
        if code == "billing":
            return self.env._("Billing has written this month of the line.")
        return super()._reason(code, value)
