from odoo import fields, models

from ..engine import serial_states


class TelecomLine(models.Model):
    _inherit = "telecom.line"

    telecom_lot_ids = fields.One2many(
        "stock.lot", "telecom_line_id", string="SIM and Devices"
    )

    def write(self, vals):
        if not vals.get("iccid"):
            return super().write(vals)
        for line in self:
            lot = line._telecom_sim(vals["iccid"])
            if not lot or lot.telecom_line_id == line:
                super(TelecomLine, line).write(vals)
                continue
            lot._telecom_check("activate")
            before = line.sudo().telecom_lot_ids.filtered(
                lambda item: item.telecom_kind == "sim"
            )
            super(TelecomLine, line).write(
                {**vals, "iccid": lot.name, "imsi": lot.telecom_imsi or False}
            )
            # sudo: telecom.line - the PUK column is closed
            line.sudo().puk = lot.telecom_puk
            before._telecom_become(
                serial_states.SWAPPED, "swapped", {"telecom_line_id": False}
            )
            lot._telecom_put_on(line)
        return True

    def _telecom_sim(self, iccid):
        """Return the SIM of the operator's stock with that number."""
        self.ensure_one()
        # sudo: stock.lot - whether the operator has it, whoever changes the line
        lot = self.env["stock.lot"].sudo()._telecom_by_scan(iccid, self.company_id)
        return lot.filtered(lambda item: item.telecom_kind == "sim")
