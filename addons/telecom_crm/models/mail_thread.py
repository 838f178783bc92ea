from odoo import models
from odoo.tools import SQL, html2plaintext

#: Threads that have a screen of their own, where every message is seen at once
LIVE = ("discuss.channel",)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Keep a copy on the platform of what Odoo tells by e-mail."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        if self and self._name not in LIVE:
            self._telecom_copy_notifications(message, recipients)
        return recipients

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        """Leave out users who muted the e-mails of discussions."""
        muted = self._telecom_muted_users(recipients_data)
        return super()._notify_thread_by_email(
            message,
            [one for one in recipients_data if one["uid"] not in muted],
            **kwargs,
        )

    def _telecom_muted_users(self, recipients_data):
        """Return the ids of the recipients who want no e-mail of discussions."""
        uids = tuple(one["uid"] for one in recipients_data if one["uid"])
        if not uids:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT muted.user_id
                  FROM telecom_notification_muted_rel muted
                  JOIN telecom_notification_kind kind ON kind.id = muted.kind_id
                 WHERE kind.code = 'message' AND muted.user_id IN %s
                """,
                uids,
            )
        )
        return {uid for (uid,) in rows}

    def _telecom_copy_notifications(self, message, recipients_data):
        """Write the platform's copies of a message.

        For users who work for operators, and for operators' customers; everybody
        else has Odoo's own inbox.
        """
        uids = tuple(one["uid"] for one in recipients_data if one["uid"])
        if not uids:
            return
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT rel.user_id
                  FROM res_company_users_rel rel
                  JOIN res_company company ON company.id = rel.cid
                 WHERE company.telecom_tenant AND rel.user_id IN %s
                """,
                uids,
            )
        )
        if not rows:
            return
        self.ensure_one()
        Notification = self.env["telecom.notification"]
        # sudo: res.users - the sender need not see whom his message reaches
        users = self.env["res.users"].sudo().browse([uid for (uid,) in rows])
        kind = self.env.ref("telecom_crm.notification_kind_message").sudo()
        subject = message.subject or self.display_name
        # sudo: mail.message - its recipients may read it
        body = message.sudo().body
        if not html2plaintext(body or "").strip():
            body = message.subtype_id.sudo().description or message.preview
        Notification._telecom_create(
            [
                Notification._telecom_prepare(user, kind, self, subject, body)
                for user in users
            ]
        )
