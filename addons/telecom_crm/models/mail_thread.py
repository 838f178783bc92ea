from odoo import api, models
from odoo.exceptions import AccessError
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

    # Whom people of operators may write to

    def message_post(self, *, partner_ids=None, author_id=None, **kwargs):
        # Whoever is shown as the author shows his name
        self._telecom_check_recipients([*(partner_ids or ()), author_id])
        return super().message_post(
            partner_ids=partner_ids, author_id=author_id, **kwargs
        )

    def message_notify(self, *, partner_ids=False, author_id=None, **kwargs):
        self._telecom_check_recipients([*(partner_ids or ()), author_id])
        return super().message_notify(
            partner_ids=partner_ids, author_id=author_id, **kwargs
        )

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        self._telecom_check_recipients(partner_ids)
        return super().message_subscribe(
            partner_ids=partner_ids, subtype_ids=subtype_ids
        )

    def _message_update_content(self, message, /, *, partner_ids=None, **kwargs):
        self._telecom_check_recipients(partner_ids)
        return super()._message_update_content(
            message, partner_ids=partner_ids, **kwargs
        )

    def _telecom_check_recipients(self, partner_ids):
        """Refuse people whom the writer may not know: other operators' by their ids.

        Core asks nobody before it writes to a partner, and shows his name then. Those
        who are in the conversation already, and the platform's people, are no secret.

        :param partner_ids: ids of partners, or None
        :raises AccessError: whether such partners exist or not
        """
        if not partner_ids or self.env.su or not self.env.user._telecom_bound():
            return
        asked = self.env["res.partner"].browse(
            {id_ for id_ in partner_ids if id_ and isinstance(id_, int)}
        )
        unknown = asked - asked.exists()._filtered_access("read")
        if unknown and self.ids:
            unknown -= self._telecom_talking(unknown)
        if unknown:
            # sudo: res.users - whether they are of an operator at all
            users = unknown.sudo().exists().user_ids
            free = users.filtered(
                lambda user: user._is_internal() and not user._telecom_bound()
            )
            unknown -= free.partner_id
        if unknown:
            raise AccessError(
                self.env._("You can write to people of your own operators only.")
            )

    def _telecom_talking(self, partners):
        """Return which partners take part in these conversations already."""
        # Of other records this would tell who takes part in them
        # sudo: mail.* - of records that the writer may read
        thread = self._filtered_access("read").sudo()
        known = thread.message_partner_ids
        if "channel_member_ids" in thread._fields:
            known |= thread.channel_member_ids.partner_id
        known |= (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", thread.ids),
                    ("author_id", "in", partners.ids),
                ]
            )
            .author_id
        )
        return known & partners

    # What comes by e-mail

    @api.model
    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        """A module that is closed for an operator takes no mail."""
        route = super()._routing_check_route(
            message, message_dict, route, raise_exception=raise_exception
        )
        if not route:
            return route
        model, thread_id, values, _uid, alias = route
        code = self.env["telecom.module"]._get_model_code(model)
        company = code and self._telecom_mail_company(model, thread_id, values, alias)
        if not company or company._telecom_allows(
            code, "write" if thread_id else "create"
        ):
            return route
        self.env["telecom.refused.mail"]._telecom_refuse(
            company, code, message, message_dict
        )
        return False

    @api.model
    def _telecom_mail_company(self, model, thread_id, values, alias):
        """Return the operator a mail is for, as far as its way says."""
        # sudo: any model - the company only, of what an address stands for
        if thread_id:
            record = self.env[model].sudo().browse(thread_id).exists()
        elif alias and alias.alias_parent_model_id and alias.alias_parent_thread_id:
            record = (
                self.env[alias.alias_parent_model_id.model]
                .sudo()
                .browse(alias.alias_parent_thread_id)
                .exists()
            )
        else:
            record = None
        if record and "company_id" in record._fields and record.company_id:
            return record.company_id
        return (
            self.env["res.company"]
            .sudo()
            .browse((values or {}).get("company_id") or ())
        )
