import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: Invoices whose e-mails are committed together
BATCH = 20


class AccountMove(models.Model):
    """Sending in the background: the PDF is made and the e-mail queued, once."""

    _inherit = "account.move"

    telecom_sending = fields.Selection(
        [
            ("queued", "To Be Sent"),
            ("sent", "Sent"),
            ("paper", "No E-mail Address"),
            ("failed", "Failed"),
        ],
        string="Sending",
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    telecom_sent_at = fields.Datetime(string="Sent on", copy=False, readonly=True)
    telecom_sending_error = fields.Char(
        string="Why Not Sent", copy=False, readonly=True
    )

    def _telecom_queue_sending(self):
        """Have posted bills sent by the cron; those sent before are not sent again.

        :return: the invoices that were queued
        :rtype: account.move
        """
        moves = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.telecom_sending not in ("queued", "sent")
                and move._telecom_is_bill()
            )
        )
        moves.write({"telecom_sending": "queued", "telecom_sending_error": False})
        if moves:
            self.env.ref("telecom_billing.cron_invoice_sending")._trigger()
        return moves

    @api.model
    def _cron_telecom_send(self):
        """Send what is queued, in batches that are committed.

        An e-mail is queued in the transaction that marks its invoice as sent, and
        leaves after the commit: killed at any moment, none is lost and none goes
        twice.
        """
        # By the cron's superuser: the invoices of all operators
        domain = [("telecom_sending", "=", "queued"), ("state", "=", "posted")]
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=self.search_count(domain))
        while moves := self.search(domain, limit=BATCH, order="id"):
            moves._telecom_send()
            if not Cron._commit_progress(len(moves)):
                break

    def _telecom_send(self):
        """Send invoices now, each on its own: one that fails does not stop the rest."""
        for move in self.try_lock_for_update():
            if not move.telecom_sending == "queued":
                continue
            if not (move.telecom_account_id.email or move.partner_id.email):
                move.telecom_sending = "paper"
                continue
            try:
                with self.env.cr.savepoint():
                    self.env["account.move.send"].with_company(
                        move.company_id
                    )._generate_and_send_invoices(move, sending_methods=["email"])
                    move.write(
                        {
                            "telecom_sending": "sent",
                            "telecom_sent_at": fields.Datetime.now(),
                        }
                    )
            except Exception as error:
                _logger.info("Invoice %s was not sent: %s", move.name, error)
                move.write(
                    {
                        "telecom_sending": "failed",
                        "telecom_sending_error": str(error)[:200],
                    }
                )

    def action_telecom_queue_sending(self):
        """Send the chosen bills in the background, and say how many."""
        queued = self._telecom_queue_sending()
        if not queued:
            raise UserError(
                self.env._("These invoices are drafts, or were sent already.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s invoices are being sent in the background.", len(queued)
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
