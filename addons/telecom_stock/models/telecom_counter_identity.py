from odoo import api, models

from odoo.addons.telecom_crm.tools.line_states import LIVE

from .telecom_counter_sale import NotSold


class SwapRefused(NotSold):
    """A SIM is not replaced: who asks for it is not known to be the line's holder.

    What was sold with it is undone; that it was tried stays in the lines' history.
    """

    def __init__(self, message, swaps, said, overrule):
        super().__init__(message)
        # Of records made in the sale itself nothing is left: lines in use are older
        self.swaps = [(item["line"].id, item["lot"].name) for item in swaps]
        self.said, self.overrule = said, overrule

    def answer(self, sales, boutique):
        # sudo: telecom.line - of the sale that was refused; the line itself stays
        Line = sales.env["telecom.line"].sudo()
        swaps = [(Line.browse(line_id), iccid) for line_id, iccid in self.swaps]
        Line._telecom_record_refusal(swaps, self.said)
        return {"identity": str(self), "overrule": self.overrule}


class TelecomCounterSale(models.Model):
    """A line in use gets a new SIM when its holder is there, and proves it.

    Whoever has somebody's SIM has their codes of banks and mobile money. So the shop
    says which document was shown; it is compared with those that are known, which the
    shop does not see.
    """

    _inherit = "telecom.counter.sale"

    @api.model
    def _counter_documents(self):
        """Return the kinds of identity documents, for the screen."""
        kinds = self.env["telecom.line.event"]._fields["document_kind"]
        return [
            {"code": code, "name": name}
            for code, name in kinds._description_selection(self.env)
        ]

    @api.model
    def _counter_replaces(self, lot, line):
        """Tell whether a piece is a new SIM of a line that is in use."""
        return lot.telecom_kind == "sim" and line.state in LIVE

    @api.model
    def _counter_swaps(self, partner, items):
        """Tell of each item whether it is a new SIM of a line this customer uses.

        :rtype: list[bool]
        """
        company = self.env.company
        numbers = {
            index: company._telecom_sanitize(
                item["msisdn"] or item["lot"].telecom_msisdn or ""
            )
            for index, item in enumerate(items)
            if item["lot"].telecom_kind == "sim"
        }
        if not partner or not numbers:
            return [False] * len(items)
        # sudo: telecom.line - of the customer whom the counter has found
        lines = (
            self.env["telecom.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "=", partner.id),
                    ("state", "in", LIVE),
                ]
            )
        )
        ids, used = set(lines.ids), set(lines.mapped("msisdn"))
        return [
            index in numbers
            and (
                item["line_id"] in ids
                if item["line_id"]
                else bool(numbers[index]) and numbers[index] in used
            )
            for index, item in enumerate(items)
        ]

    def _counter_identify(self, items, values):
        """Ask who wants new SIMs of lines in use, and compare.

        :param list items: of the sale, with their lines
        :param dict values: of the screen; ``identity`` has ``kind`` and ``number`` of
            the document that was shown, and of a manager ``reason``
        :return: {line: what its history says}
        :rtype: dict
        :raises UserError: nothing was shown
        :raises SwapRefused: it is not the holder's, and no manager says why it is done
        """
        self.ensure_one()
        swaps = [
            item for item in items if self._counter_replaces(item["lot"], item["line"])
        ]
        if not swaps:
            return {}
        sent = values.get("identity") or {}
        lines = self.env["telecom.line"].union(*[item["line"] for item in swaps])
        reason = str(sent.get("reason") or "").strip()[:200]
        shown, refusal, may = lines._telecom_prove_holder(
            str(sent.get("kind") or ""), str(sent.get("number") or "")[:64], reason
        )
        said = {"reason": self.name, "identity": shown}
        if refusal:
            said["reason"] = self.boutique_id.name
            raise SwapRefused(refusal, swaps, said, may)
        if may:
            said["reason"] = f"{self.name} · {reason}"
        return dict.fromkeys(lines, said)
