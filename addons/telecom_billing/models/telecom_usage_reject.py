from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.telecom_crm.tools.table import MAX_LINE, split

from ..engine import records


class TelecomUsageReject(models.Model):
    """A record that could not be rated: kept aside with its reason, to be replayed."""

    _name = "telecom.usage.reject"
    _description = "Refused Usage Record"
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "row_text"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    source_id = fields.Many2one(
        "telecom.usage.source", required=True, check_company=True, ondelete="cascade"
    )
    file_id = fields.Many2one(
        "telecom.usage.file", required=True, check_company=True, ondelete="cascade"
    )
    row_number = fields.Integer(string="Row", readonly=True)
    row_text = fields.Text(string="Content", readonly=True)
    mended_text = fields.Text(
        string="Mended Content",
        help="The row as it should have been written; it is rated instead of the "
        "original, which stays.",
    )
    correction = fields.Text(
        compute="_compute_correction",
        inverse="_inverse_correction",
        help="The row as it is; put it right here. The original stays.",
    )
    # A code, so that each reader gets the reason in his own language
    code = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    state = fields.Selection(
        [("open", "To Be Mended"), ("replayed", "Rated"), ("dropped", "Set Aside")],
        string="Status",
        required=True,
        default="open",
        readonly=True,
    )

    _company_state_idx = models.Index("(company_id, state, code)")
    _file_row_unique = models.UniqueIndex("(file_id, row_number)")

    @api.depends_context("lang")
    @api.depends("code", "value")
    def _compute_reason(self):
        for reject in self:
            reject.reason = self._reason(reject.code, reject.value)

    @api.model
    def _reason(self, code, value):
        """Return why a record was refused, in the user's language.

        :param str code: of :class:`..engine.records.Reader` or of the rating
        :param str value: what was read
        """
        _ = self.env._
        value = value or ""
        texts = {
            "number": _("“%s” is no telephone number.", value),
            "empty": _("There is no telephone number."),
            "unknown": _("%s is none of your lines.", value),
            "subscription": _("%s had no subscription on that day.", value),
            "tariff": _("The offer of %s has no tariff.", value),
            "rate": _("No rate fits the destination “%s”.", value),
            "date": _("“%s” is no date as this source writes them.", value),
            "old": _("%s is too long ago.", value),
            "future": _("%s lies in the future.", value),
            "value": _("“%s” is no number, or too large a one.", value),
            "negative": _("%s is negative.", value),
            "large": _("%s is too much for one record.", value),
            "kind": _("“%s” is no kind of usage that this source knows.", value),
            "duration": _("No column holds the duration of calls."),
            "volume": _("No column holds the volume of data."),
            "currency": _("The record is in %s, not in your currency.", value),
            "key": _("The record has no usable number: “%s”.", value),
            "duplicate": _("The record was rated before."),
            "again": _(
                "The number of this record is that of another one, of %s (UTC).", value
            ),
            "former": _("%s had been given up by its line before that moment.", value),
            "long": _("The row is too long."),
            "columns": _("The row has only %s columns.", value),
        }
        return texts.get(code, code)

    @api.depends("row_text", "mended_text")
    def _compute_correction(self):
        for reject in self:
            reject.correction = reject.mended_text or reject.row_text

    def _inverse_correction(self):
        for reject in self:
            text = (reject.correction or "").strip()
            reject.mended_text = text if text != reject.row_text else False

    # ORM

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"mended_text", "correction"}:
                raise AccessError(
                    self.env._("Of a refused record, only its mended content changes.")
                )
            if any(reject.state != "open" for reject in self):
                raise UserError(self.env._("This record was dealt with already."))
            texts = (vals.get("mended_text") or "", vals.get("correction") or "")
            if max(map(len, texts)) > MAX_LINE:
                raise UserError(self.env._("The row is too long."))
        return super().write(vals)

    # Actions

    def action_replay(self):
        """Rate the records again: their number, tariff or source may be known now."""
        opened = self.filtered(lambda reject: reject.state == "open")
        for source, rejects in opened.grouped("source_id").items():
            source.check_access("read")
            # sudo: telecom.usage.reject - nobody writes records, but who rates them
            rejects.sudo()._replay(source)
        return True

    def action_drop(self):
        """Set records aside that will never be rated."""
        self.check_access("read")
        self.env["telecom.usage.file"].check_access("write")
        # sudo: telecom.usage.reject - read by the user; set aside, never deleted
        self.filtered(lambda r: r.state == "open").sudo().state = "dropped"
        return True

    def action_reopen(self):
        self.check_access("read")
        self.env["telecom.usage.file"].check_access("write")
        # sudo: telecom.usage.reject - read by the user
        self.filtered(lambda r: r.state == "dropped").sudo().state = "open"
        return True

    def _text(self):
        """Return the row that is rated, on one line."""
        self.ensure_one()
        mended = " ".join((self.mended_text or "").splitlines())
        return mended or self.row_text or ""

    def _replay(self, source):
        """Rate the texts of refused records of one source.

        :return: how many were rated
        :rtype: int
        """
        company = source.company_id
        company._telecom_check("billing", "write")
        Rater = self.env["telecom.usage.rater"]
        done = 0
        for file, rejects in self.grouped("file_id").items():
            rows = [
                (
                    reject.row_number,
                    reject._text(),
                    split(reject._text(), source.separator)
                    if reject.code != "long" or reject.mended_text
                    else None,
                )
                for reject in rejects.sorted("row_number")
            ]
            by_place = {reject.row_number: reject for reject in rejects}
            good, bad = records.parse(rows, source._reader())
            count, amount, known, refused = Rater._rate_and_book(
                company, source, file, good
            )
            bad += [(place, code, value) for place, code, value in refused]
            bad += [(place, "duplicate", "") for place in known]
            for place, code, value in bad:
                values = {"code": code, "value": (value or "").replace("\0", "?")}
                if code == "duplicate":
                    values["state"] = "dropped"
                by_place.pop(place).write(values)
            self.browse(reject.id for reject in by_place.values()).write(
                {"state": "replayed"}
            )
            done += count
            file.sudo()._store(
                {
                    "good_count": file.good_count + count,
                    "bad_count": file.bad_count - count,
                    "amount": file.amount + float(amount),
                }
            )
            file._request_summaries()
        return done
