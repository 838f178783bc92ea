from odoo import api, fields, models


class TelecomLineOperation(models.TransientModel):
    _inherit = "telecom.line.operation"

    lot_id = fields.Many2one(
        "stock.lot",
        string="SIM from Stock",
        check_company=True,
        domain="[('company_id', '=', company_id), ('telecom_kind', '=', 'sim'),"
        " ('telecom_state', 'in', ('stock', 'sold'))]",
        help="Scan the card: its IMSI and PUK come from the supplier's file.",
    )

    @api.onchange("lot_id")
    def _onchange_lot_id(self):
        if self.lot_id:
            self.iccid = self.lot_id.name
            self.imsi = self.lot_id.telecom_imsi

    @api.onchange("iccid")
    def _onchange_iccid(self):
        if self.iccid and self.iccid != self.lot_id.name:
            self.lot_id = self._telecom_sim()

    def _telecom_sim(self):
        """Return the SIM of the stock whose number was scanned or typed."""
        lot = self.env["stock.lot"]._telecom_by_scan(self.iccid, self.company_id)
        return lot.filtered(lambda item: item.telecom_kind == "sim")

    def _prepare_sim(self):
        # A file of the supplier knows better than who types
        values = super()._prepare_sim()
        lot = self.lot_id or (self.iccid and self._telecom_sim())
        if not lot:
            return values
        lot._telecom_check("activate")
        return {
            "iccid": lot.name,
            "imsi": lot.telecom_imsi or values["imsi"],
            # sudo: stock.lot - its column is closed; it goes to the line's unseen
            "puk": lot.sudo().telecom_puk or values["puk"],
        }
