from odoo.http import request

from odoo.addons.telecom_crm.controllers.helpdesk_ticket import (
    OperatorTicketController,
)

#: How many invoices a customer can choose from, the latest
LATEST = 12


class PortalClaimInvoice(OperatorTicketController):
    """A claim of a customer's about one of his invoices."""

    def _get_create_new_ticket_values(self, **kw):
        invoices = self._portal_invoices()
        asked = kw.get("invoice") or ""
        return {
            **super()._get_create_new_ticket_values(**kw),
            "invoice": invoices.filtered(lambda move: str(move.id) == asked),
            "invoices": invoices,
        }

    def _portal_invoices(self):
        """Return the customer's latest invoices of this operator.

        The portal's rules let him read them; without them there are none.
        """
        Move, user = request.env["account.move"], request.env.user
        if not user._is_portal() or not Move.has_access("read"):
            return Move
        return Move.search(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("company_id", "=", request.env.company.id),
                ("commercial_partner_id", "=", user.commercial_partner_id.id),
            ],
            order="invoice_date desc, id desc",
            limit=LATEST,
        )

    def _prepare_submit_ticket_vals(self, **kw):
        vals = super()._prepare_submit_ticket_vals(**kw)
        asked = kw.get("invoice") or ""
        invoice = self._portal_invoices().filtered(lambda move: str(move.id) == asked)
        return {**vals, "telecom_move_id": invoice.id}
