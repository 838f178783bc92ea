from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.telecom_identity_document import DOCUMENT_KINDS
from ..tools import line_states

OPERATIONS = [
    ("number", "New Number"),
    ("sim", "New SIM"),
    ("port_in", "Port In"),
    ("port_out", "Port Out"),
]


class TelecomLineOperation(models.TransientModel):
    """What changes a line's number or SIM, or moves it between operators."""

    _name = "telecom.line.operation"
    _description = "Line Operation"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(OPERATIONS, required=True, default="number")
    line_id = fields.Many2one("telecom.line", check_company=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        check_company=True,
        compute="_compute_partner_id",
        store=True,
        readonly=False,
    )
    msisdn = fields.Char(string="Number")
    iccid = fields.Char(string="ICCID of the new SIM")
    imsi = fields.Char(string="IMSI")
    puk = fields.Char(string="PUK", groups="telecom_crm.group_telecom_clerk")
    other_operator = fields.Char(help="The operator the number comes from or goes to.")
    porting_date = fields.Date(default=lambda self: fields.Date.context_today(self))
    reason = fields.Char(required=True)

    # Who asks for a new SIM
    identity_asked = fields.Boolean(compute="_compute_identity_asked")
    document_kind = fields.Selection(
        DOCUMENT_KINDS, string="Document Shown", default="identity_card"
    )
    document_number = fields.Char(string="Its Number")
    refusal = fields.Text(string="Why It Is Refused", readonly=True)
    may_overrule = fields.Boolean(readonly=True)
    overruling = fields.Char(string="Why All the Same")

    @api.depends("line_id")
    def _compute_partner_id(self):
        for operation in self:
            operation.partner_id = operation.line_id.partner_id or operation.partner_id

    @api.depends("kind", "line_id.state")
    def _compute_identity_asked(self):
        for operation in self:
            operation.identity_asked = (
                operation.kind == "sim" and operation.line_id.state in line_states.LIVE
            )

    def action_apply(self):
        """Do what was asked for; the line's history says why.

        :raises UserError: something it needs is missing, or the line does not allow it
        """
        self.ensure_one()
        return getattr(self, f"_apply_{self.kind}")()

    def _line(self, **kinds):
        """Return the line, with what its history shall say.

        :param kinds: by kind of event, the kind to record instead
        """
        return self.line_id.with_context(
            telecom_line_event={"reason": self.reason, "kinds": kinds}
        )

    def _require(self, *names):
        for name in names:
            if not self[name]:
                label = self._fields[name]._description_string(self.env)
                raise UserError(self.env._("Fill in “%s”.", label))

    def _check_alive(self):
        if self.line_id.state == "terminated":
            raise UserError(self.env._("This line has been terminated."))

    def _apply_number(self):
        self._require("line_id", "msisdn")
        self._check_alive()
        line = self._line()
        number = line._sanitize_msisdn(self.company_id, self.msisdn)
        # The number may wait in the pool: the line takes it from there.
        waiting = line.search(
            [
                ("company_id", "=", self.company_id.id),
                ("msisdn", "=", number),
                ("state", "=", "available"),
                ("id", "!=", line.id),
            ]
        )
        waiting.action_terminate()
        waiting.flush_recordset()
        line.msisdn = self.msisdn
        # So that whoever else takes the number now is told here, not later
        line.flush_recordset()
        return {"type": "ir.actions.act_window_close"}

    def _apply_sim(self):
        self._require("line_id")
        self._check_alive()
        sim = self._prepare_sim()
        if not sim["iccid"]:
            self._require("iccid")
        line = self._line()
        line.check_access("write")
        if self.identity_asked:
            said = dict(line.env.context["telecom_line_event"])
            number, overruling = self.document_number or "", self.overruling or ""
            said["identity"], refusal, may = line._telecom_prove_holder(
                self.document_kind or "", number, overruling.strip()
            )
            if refusal:
                line._telecom_record_refusal([(line, sim["iccid"])], said)
                return self._show_refusal(refusal, may)
            if may:
                said["reason"] = f"{self.reason} · {overruling.strip()}"
            line = line.with_context(telecom_line_event=said)
        # sudo: telecom.line - checked above; by hand, nobody changes the SIM of a line
        # in use, and the PUK column is closed: that of the old SIM must go
        line = line.sudo()
        line.write({"iccid": sim["iccid"], "imsi": sim["imsi"]})
        line.puk = sim["puk"]
        line.flush_recordset()
        if self.identity_asked:
            company = self.company_id
            zone = company.partner_id.tz or self.env.user.tz or "UTC"
            line._telecom_tell_new_sim(company.name, zone)
        return {"type": "ir.actions.act_window_close"}

    def _prepare_sim(self):
        """Return the numbers and the secret of the new SIM.

        :raises UserError: it cannot be put into a line
        """
        return {"iccid": self.iccid, "imsi": self.imsi, "puk": self.puk}

    def _show_refusal(self, refusal, may):
        """Show why no SIM is replaced. No error: it would undo what the history says.

        :return: the action that shows this dialog again
        :rtype: dict
        """
        self.write({"refusal": refusal, "may_overrule": may})
        line = self.line_id.with_context(telecom_operation=self.kind)
        return {**line.action_operation(), "res_id": self.id}

    def _apply_port_in(self):
        self._require("partner_id", "msisdn", "other_operator", "porting_date")
        line = (
            self.env["telecom.line"]
            .with_context(
                telecom_line_event={
                    "reason": self.reason,
                    "kinds": {"created": "ported_in"},
                }
            )
            .create(
                {
                    "company_id": self.company_id.id,
                    "partner_id": self.partner_id.id,
                    "msisdn": self.msisdn,
                    "iccid": self.iccid,
                    "imsi": self.imsi,
                    "state": "reserved",
                    "ported_from": self.other_operator,
                    "porting_date": self.porting_date,
                }
            )
        )
        # sudo: telecom.line - the PUK column is closed
        line.sudo().puk = self.puk
        return {
            "type": "ir.actions.act_window",
            "res_model": "telecom.line",
            "res_id": line.id,
            "view_mode": "form",
        }

    def _apply_port_out(self):
        self._require("line_id", "other_operator", "porting_date")
        self._line(state="ported_out").write(
            {
                "ported_to": self.other_operator,
                "porting_date": self.porting_date,
                "state": "terminated",
            }
        )
        return {"type": "ir.actions.act_window_close"}
