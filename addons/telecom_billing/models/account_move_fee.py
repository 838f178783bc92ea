from odoo import Command, fields, models


class AccountMove(models.Model):
    """Stamps and fees: once on each invoice, whatever is merged into it."""

    _inherit = "account.move"

    def _post(self, soft=True):
        self._telecom_apply_fees()
        return super()._post(soft=soft)

    def _telecom_apply_fees(self):
        """Put the operator's stamps and fees on invoices that lack them.

        And take off what stands on them twice. Nothing is done for invoices that are
        complete, so that posting those of a bill run asks one question.
        """
        if self.env.context.get("telecom_merging"):
            return
        invoices = self.filtered(
            lambda move: (
                move.state == "draft"
                and move.move_type in ("out_invoice", "out_refund")
                and move.company_id.telecom_tenant
            )
        )
        if not invoices:
            return
        today = fields.Date.context_today(self)
        Fee = self.env["telecom.invoice.fee"]
        known = {}
        for invoice in invoices:
            date = invoice.invoice_date or today
            key = (invoice.company_id, date, invoice.move_type)
            if key not in known:
                known[key] = Fee._line_values(*key)
            wanted = {vals["telecom_fee_id"]: vals for vals in known[key]}
            commands = []
            charged = False
            for line in invoice.invoice_line_ids:
                if not line.telecom_fee_id:
                    charged = charged or line.display_type == "product"
                elif not wanted.pop(line.telecom_fee_id.id, None):
                    commands.append(Command.delete(line.id))
            if charged:
                commands += [Command.create(vals) for vals in wanted.values()]
            if commands:
                invoice.write({"invoice_line_ids": commands})
