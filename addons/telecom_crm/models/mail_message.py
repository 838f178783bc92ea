from odoo import api, models

from .telecom_owned_mixin import _referenced_ids


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._telecom_check_people(vals, vals.get("model"), [vals.get("res_id")])
        return super().create(vals_list)

    def write(self, vals):
        if {"author_id", "partner_ids"} & vals.keys():
            for message in self:
                self._telecom_check_people(vals, message.model, [message.res_id])
        return super().write(vals)

    def _telecom_check_people(self, vals, model, res_ids):
        """Refuse authors and recipients whom the writer may not know.

        The thread's own methods ask as well; this is for messages written directly.

        :raises AccessError: see ``mail.thread._telecom_check_recipients``
        """
        if self.env.su:
            return
        ids = {
            id_
            for name in ("author_id", "partner_ids")
            if vals.get(name)
            for id_ in _referenced_ids(self._fields[name], vals[name])
        }
        ids.discard(self.env.user.partner_id.id)
        if not ids:
            return
        thread = self.env["mail.thread"]
        if model in self.env and "message_partner_ids" in self.env[model]._fields:
            thread = self.env[model].browse(res_id for res_id in res_ids if res_id)
        thread._telecom_check_recipients(ids)
