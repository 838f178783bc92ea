from odoo import models


class TelecomCustomerImport(models.Model):
    _inherit = "telecom.customer.import"

    def _create_lines(self, vals_list, known):
        """Have the SIMs of the stock follow the lines that the file brings."""
        result = super()._create_lines(vals_list, known)
        Line = self.env["telecom.line"]
        typed = {
            Line._telecom_iccid(vals["iccid"]): vals["iccid"]
            for vals in vals_list
            if vals.get("iccid")
        }
        if typed:
            sims = Line._telecom_sims(self.company_id, list(typed))
            Line.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("iccid", "in", [typed[iccid] for iccid in sims]),
                    ("state", "!=", "terminated"),
                ]
            )._telecom_take_sims()
        return result
