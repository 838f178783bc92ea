from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.telecom_crm.tools.line_states import LIVE

from ..engine import identifiers, serial_states


class TelecomLine(models.Model):
    _inherit = "telecom.line"

    telecom_lot_ids = fields.One2many(
        "stock.lot", "telecom_line_id", string="SIM and Devices"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("iccid")._telecom_take_sims()
        return lines

    def write(self, vals):
        if vals.get("state") == "active":
            self._telecom_check_sims()
        changed = self.browse()
        if vals.get("iccid"):
            self._telecom_check_free(vals["iccid"])
            iccid = self._telecom_iccid(vals["iccid"])
            changed = self.filtered(
                lambda line: self._telecom_iccid(line.iccid) != iccid
            )
            if "imsi" not in vals and changed:
                # The old SIM's; the new one brings its own, if it is known
                vals = {**vals, "imsi": False}
        result = super().write(vals)
        if changed and not {"puk", "puk_input"} & vals.keys():
            # sudo: telecom.line - the PUK column is closed; that of the old SIM would
            # lock the new one for good
            changed.sudo().puk = False
        if "iccid" in vals:
            self._telecom_leave_sims()
        if vals.get("state") == "terminated":
            # sudo: stock.lot - follows its line, whoever changes it
            self.sudo().telecom_lot_ids._telecom_take_off("ended")
        elif vals.get("iccid") or vals.get("state") == "active":
            self._telecom_take_sims()
        return result

    def _telecom_check_sims(self):
        """Refuse to put a line into service with a SIM that is lost or stolen.

        :raises UserError: saying which
        """
        # sudo: stock.lot - whether it is blocked, whoever changes the line
        for lot in self.sudo().telecom_lot_ids:
            if lot.telecom_kind == "sim" and lot.telecom_state in serial_states.BLOCKED:
                raise UserError(lot._telecom_blocked_message())

    def _telecom_waits_for_sim(self):
        """Tell whether a line is suspended for no reason but its SIM's loss.

        :rtype: bool
        """
        self.ensure_one()
        # sudo: stock.lot, telecom.line.event - of a line whose SIM is changed
        lost = self.sudo().telecom_lot_ids.filtered(
            lambda lot: (
                lot.telecom_kind == "sim" and lot.telecom_state in serial_states.BLOCKED
            )
        )
        if self.state != "suspended" or not lost:
            return False
        last = (
            self.env["telecom.line.event"]
            .sudo()
            .search([("line_id", "=", self.id), ("kind", "=", "state")], limit=1)
        )
        return bool(last.reason) and last.reason in lost.mapped("telecom_block_reason")

    def _telecom_leave_sims(self):
        """Have the SIMs known that lines no longer hold."""
        for line in self:
            # sudo: stock.lot - follows its line, whoever changes it
            line.sudo().telecom_lot_ids.filtered(
                lambda lot, line=line: (
                    lot.telecom_kind == "sim" and lot.name != line.iccid
                )
            )._telecom_take_off("swapped")

    def _telecom_take_sims(self):
        """Have the SIMs of the operator's stock follow the lines that took them.

        :raises UserError: a SIM is blocked, or in another line
        """
        lines = self.filtered(lambda line: line.iccid and line.state != "terminated")
        for company, own in lines.grouped("company_id").items():
            iccids = {line: self._telecom_iccid(line.iccid) for line in own}
            sims = self._telecom_sims(company, list(iccids.values()))
            for line, iccid in iccids.items():
                if iccid in sims:
                    line._telecom_take(sims[iccid])

    @api.model
    def _telecom_iccid(self, text):
        """Return an ICCID as stock keeps it, or as it is."""
        try:
            return identifiers.iccid(text)
        except identifiers.BadIdentifier:
            return text

    @api.model
    def _telecom_sims(self, company, iccids):
        """Return {ICCID: SIM} of what an operator has in stock of these SIMs."""
        # sudo: stock.lot - whether the operator has it, whoever changes the line
        lots = (
            self.env["stock.lot"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("telecom_kind", "=", "sim"),
                    ("name", "in", iccids),
                ]
            )
        )
        return {lot.name: lot for lot in lots}

    def _telecom_check_free(self, text):
        """Say which line has a SIM, where the index would only say that one has it.

        :param str text: the ICCID that lines are about to get
        :raises UserError: another line has it
        """
        iccid = self._telecom_iccid(text)
        for company in self.company_id:
            lot = self._telecom_sims(company, [iccid]).get(iccid)
            if lot and lot.telecom_line_id and lot.telecom_line_id not in self:
                raise UserError(
                    self.env._(
                        "The SIM %(iccid)s is kept for the line %(line)s.",
                        iccid=lot.name,
                        line=lot.telecom_line_id.display_name,
                    )
                )

    def _telecom_take(self, lot):
        """Take a SIM of the stock, with its numbers and its secret.

        :raises UserError: it is blocked, or in another line
        """
        self.ensure_one()
        mine = lot.telecom_line_id == self
        if mine and lot.telecom_state == serial_states.ACTIVE:
            return
        lot._telecom_check("activate")
        lot._telecom_check_reserved(self.partner_id)
        if not mine or self.iccid != lot.name:
            # sudo: telecom.line - the PUK column is closed
            self.sudo().write(
                {
                    "imsi": lot.telecom_imsi or self.imsi,
                    "puk": lot.telecom_puk,
                    **({"iccid": lot.name} if self.iccid != lot.name else {}),
                }
            )
        if self.state in LIVE:
            if lot.telecom_state != serial_states.ACTIVE:
                lot._telecom_put_on(self)
        else:
            lot.telecom_line_id = self
