from odoo import api, fields, models

from ..engine import identifiers


class TelecomSerialImportError(models.Model):
    """A row of a supplier's file that was not taken in."""

    _name = "telecom.serial.import.error"
    _description = "Refused Row of a Supplier's File"
    _inherit = ["telecom.file.import.error"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.serial.import", required=True, check_company=True, ondelete="cascade"
    )

    _import_row_idx = models.Index("(import_id, row_number)")

    @api.model
    def _reason(self, code, value):
        _ = self.env._
        if code in identifiers.KINDS:
            try:
                identifiers.normalise(code, value)
            except identifiers.BadIdentifier as bad:
                return self.env["stock.lot"]._telecom_explain(code, bad)
        reasons = {
            "rounded": lambda: _(
                "“%s” was rounded by a spreadsheet: format the column as text, or send "
                "the supplier's own file.",
                value,
            ),
            "no_product": lambda: _(
                "There is no product: name it in the row, or choose one for the file."
            ),
            "product": lambda: _(
                "“%s” is none of your products that are followed one by one.", value
            ),
            "several_products": lambda: _(
                "Several products are called “%s”: write the reference.", value
            ),
            "imsi": lambda: _("%s is no IMSI: 15 digits.", value),
            "puk": lambda: _("A PUK has 8 digits; take it from the supplier's file."),
            "repeated": lambda: _("%s stands in the file twice.", value),
            "known": lambda: _("%s is among your items already.", value),
            "reserved": lambda: _(
                "The number %s is that of another SIM that is still to be sold.", value
            ),
            "on_line": lambda: _("The SIM %s is in a line already.", value),
            "other": lambda: value,
        }
        if code in reasons:
            return reasons[code]()
        return super()._reason(code, value)
