from odoo import models


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    # Two people who need an operator's first number at the same moment each make its
    # sequence: one of them has to wait, and find the other's
    _telecom_code_unique = models.UniqueIndex(
        "(company_id, code) WHERE code LIKE 'telecom.%'",
        "This operator has a sequence of that code already.",
    )
