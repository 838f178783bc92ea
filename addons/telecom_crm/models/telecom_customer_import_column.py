from odoo import fields, models

COLUMN_TARGETS = [
    ("number", "Customer Number"),
    ("name", "Full Name or Organisation"),
    ("first_name", "First Name"),
    ("last_name", "Last Name"),
    ("kind", "Person or Organisation"),
    ("birth_date", "Birth Date"),
    ("phone", "Telephone"),
    ("email", "E-mail"),
    ("street", "Street"),
    ("street2", "Street (2)"),
    ("zip", "Postal Code"),
    ("city", "Town"),
    ("country", "Country"),
    ("vat", "Tax Number"),
    ("segment", "Segment"),
    ("source", "Source"),
    ("lang", "Language"),
    ("billing_account", "Billing Account"),
    ("document_kind", "Document: Kind"),
    ("document_number", "Document: Number"),
    ("document_issued_on", "Document: Issued on"),
    ("document_expires_on", "Document: Expires on"),
    ("consent_call", "Agrees to Calls"),
    ("consent_sms", "Agrees to SMS"),
    ("consent_email", "Agrees to E-mails"),
    ("do_not_call", "Do Not Call"),
    ("line", "Line: Number"),
    ("line_technology", "Line: Technology"),
    ("line_iccid", "Line: ICCID"),
    ("line_imsi", "Line: IMSI"),
    ("line_offer", "Line: Offer"),
]


class TelecomCustomerImportColumn(models.Model):
    """What a column of a file of customers means."""

    _name = "telecom.customer.import.column"
    _description = "Column of a Customer File"
    _inherit = ["telecom.file.import.column"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.customer.import",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    target = fields.Selection(COLUMN_TARGETS, string="Meaning")
