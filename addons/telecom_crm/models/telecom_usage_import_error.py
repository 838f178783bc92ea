from odoo import api, fields, models


class TelecomUsageImportError(models.Model):
    """A row of a file of consumption that was not taken in."""

    _name = "telecom.usage.import.error"
    _description = "Refused Row of a Consumption File"
    _check_company_auto = True
    _order = "import_id, row_number"
    _rec_name = "row_text"

    import_id = fields.Many2one(
        "telecom.usage.import", required=True, check_company=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    row_number = fields.Integer(string="Row", readonly=True)
    # A code, so that each reader gets the reason in his own language
    code = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    row_text = fields.Text(string="Content", readonly=True)
    reason = fields.Char(compute="_compute_reason")

    _import_row_idx = models.Index("(import_id, row_number)")

    @api.depends_context("lang")
    @api.depends("code", "value")
    def _compute_reason(self):
        for error in self:
            error.reason = self._reason(error.code, error.value)

    @api.model
    def _reason(self, code, value):
        """Return why a row was refused, in the user's language.

        :param str code: of :class:`odoo.addons.telecom_crm.tools.usage.BadRow`, or
            ``unknown``, ``billing``
        :param str value: what was read
        """
        value = value or ""
        if code == "number":
            return self.env._("“%s” is no telephone number.", value)
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
        if code == "long":
            return self.env._("The row is too long.")
        if code == "columns":
            return self.env._("The row has only %s columns.", value)
        if code == "billing":
            return self.env._("Billing has written this month of the line.")
        return code
