from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class HelpdeskTicket(models.Model):
    """Claims about an invoice: as long as they are open, nobody is reminded of it."""

    _inherit = "helpdesk.ticket"

    telecom_move_id = fields.Many2one(
        "account.move",
        string="Disputed Invoice",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),"
        " ('company_id', '=', company_id),"
        " ('commercial_partner_id', '=', commercial_partner_id)]",
    )

    @api.constrains("telecom_move_id", "partner_id")
    def _check_telecom_move(self):
        """A claim names an invoice of its own customer."""
        for ticket in self.filtered("telecom_move_id"):
            # sudo: account.move - whose it is; the writer may have no access to it now
            if (
                ticket.telecom_move_id.sudo().commercial_partner_id
                != ticket.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._("This invoice is not one of the customer who complains.")
                )

    def _telecom_open_disputes(self):
        """Return the domain of open financial claims."""
        return Domain("telecom_branch", "=", "financial") & Domain("closed", "=", False)


class AccountMove(models.Model):
    _inherit = "account.move"

    telecom_claim_ids = fields.One2many(
        "helpdesk.ticket", "telecom_move_id", string="Claims"
    )
    telecom_disputed = fields.Boolean(
        string="Disputed",
        compute="_compute_telecom_disputed",
        search="_search_telecom_disputed",
        help="A financial claim about it is open: no reminder, no suspension.",
    )

    @api.depends("telecom_claim_ids.telecom_branch", "telecom_claim_ids.closed")
    def _compute_telecom_disputed(self):
        # sudo: helpdesk.ticket - whether there is one, whoever may read claims
        tickets = self.env["helpdesk.ticket"].sudo()
        disputed = tickets.search(
            tickets._telecom_open_disputes() & Domain("telecom_move_id", "in", self.ids)
        ).telecom_move_id
        for move in self:
            move.telecom_disputed = move in disputed

    def _search_telecom_disputed(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: helpdesk.ticket - as above
        tickets = self.env["helpdesk.ticket"].sudo()
        moves = tickets.search(
            tickets._telecom_open_disputes() & Domain("telecom_move_id", "!=", False)
        ).telecom_move_id
        return Domain("id", "in" if True in value else "not in", moves.ids)
