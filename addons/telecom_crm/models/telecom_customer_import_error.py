from odoo import api, fields, models


class TelecomCustomerImportError(models.Model):
    """A row of a file of customers that was not taken in."""

    _name = "telecom.customer.import.error"
    _description = "Refused Row of a Customer File"
    _inherit = ["telecom.file.import.error"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.customer.import", required=True, check_company=True, ondelete="cascade"
    )

    _import_row_idx = models.Index("(import_id, row_number)")

    @api.model
    def _reason(self, code, value):
        _ = self.env._
        reasons = {
            "name": lambda: _("There is no name."),
            "cell": lambda: _("“%s…” is too long.", value[:40]),
            "kind": lambda: _("“%s” is neither person nor organisation.", value),
            "day": lambda: _("“%s” is no date: write 31/12/1990.", value),
            "born": lambda: _("Nobody is born in the future: %s.", value),
            "email": lambda: _("“%s” is no e-mail address.", value),
            "yes": lambda: _("“%s” is neither yes nor no.", value),
            "segment": lambda: _("“%s” is none of your segments.", value),
            "source": lambda: _("“%s” is none of your sources.", value),
            "lang": lambda: _("The language “%s” is not available.", value),
            "country": lambda: _("“%s” is no country.", value),
            "vat": lambda: _("%s is no tax number of the customer's country.", value),
            "document": lambda: _(
                "%s is too short for the number of a document.", value
            ),
            "document_kind": lambda: _("“%s” is no kind of document.", value),
            "document_dates": lambda: _("A document expires after it was issued."),
            "technology": lambda: _("“%s” is no technology of a line.", value),
            "iccid": lambda: _(
                "%s is no ICCID: 18 to 22 digits that begin with 89.", value
            ),
            "imsi": lambda: _("%s is no IMSI: 15 digits.", value),
            "do_not_call": lambda: _("There is no number that must not be called."),
            "several": lambda: _("Several customers have %s: who is meant?", value),
            "number_taken": lambda: _("Customer number %s is in use.", value),
            "account": lambda: _("This is a colleague: see Colleagues."),
            "line_taken": lambda: _("%s is another customer's line.", value),
            "sim_taken": lambda: _("The SIM %s is in another line.", value),
            "other": lambda: value,
        }
        if code in reasons:
            return reasons[code]()
        return super()._reason(code, value)
