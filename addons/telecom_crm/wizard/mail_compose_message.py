from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _action_send_mail(self, auto_commit=False):
        """Mailings reach their recipients past the thread's own check."""
        for wizard in self:
            wizard._telecom_thread()._telecom_check_recipients(wizard.partner_ids.ids)
        return super()._action_send_mail(auto_commit=auto_commit)

    def _telecom_thread(self):
        """Return the one record written to, else no record."""
        self.ensure_one()
        if self.model and "message_ids" in self.env[self.model]._fields:
            ids = self._evaluate_res_ids() if self.composition_mode == "comment" else []
            return self.env[self.model].browse(ids if len(ids) == 1 else [])
        return self.env["mail.thread"]
