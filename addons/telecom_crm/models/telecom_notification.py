from odoo import api, fields, models
from odoo.fields import Domain

#: How many notifications the menu of the web client shows
LONGEST = 20
#: For how many days notifications that were read are kept
KEPT_DAYS = 180


class TelecomNotification(models.Model):
    """The platform's copy of what a user was told; nobody mutes it."""

    _name = "telecom.notification"
    _description = "Notification"
    _order = "id desc"
    _rec_name = "subject"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind_id = fields.Many2one(
        "telecom.notification.kind",
        string="About",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    subject = fields.Char(required=True, readonly=True)
    body = fields.Html(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    read_at = fields.Datetime(readonly=True)

    _user_idx = models.Index("(user_id, id DESC)")
    _unread_idx = models.Index("(user_id) WHERE read_at IS NULL")

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    @api.model
    def _telecom_notify(self, kind, recipients):
        """Tell users something, on the platform and by e-mail.

        A user who muted the kind's e-mails finds it on the platform only. The text
        is what the record's ``_telecom_notification_text(kind)`` returns, in each
        user's language: a pair of subject and HTML.

        :param str kind: a code of ``telecom.notification.kind``
        :param dict recipients: users by record
        """
        by_mail, vals_list = [], []
        # sudo: telecom.notification.kind, res.users - the sender need not see the
        # receivers' choices
        kind_record = self.env["telecom.notification.kind"].sudo()
        kind_record = kind_record.search([("code", "=", kind)], limit=1)
        for record, users in recipients.items():
            for lang, speakers in users.sudo().grouped("lang").items():
                text = record.with_context(lang=lang or self.env.lang)
                subject, body = text._telecom_notification_text(kind)
                for user in speakers:
                    vals_list.append(
                        self._telecom_prepare(user, kind_record, record, subject, body)
                    )
                    if kind_record not in user.telecom_muted_kind_ids:
                        by_mail.append((user, lang, record, subject, body))
        self._telecom_create(vals_list)
        self._telecom_mail(by_mail)

    @api.model
    def _telecom_prepare(self, user, kind, record, subject, body):
        company = record.company_id if "company_id" in record._fields else None
        if not company or company not in user.company_ids:
            company = user.company_id
        return {
            "user_id": user.id,
            "company_id": company.id,
            "kind_id": kind.id,
            "subject": subject,
            "body": body,
            "res_model": record._name,
            "res_id": record.id,
        }

    @api.model
    def _telecom_create(self, vals_list):
        # sudo: telecom.notification - nobody writes notifications but the platform
        notifications = self.sudo().create(vals_list)
        for user, own in notifications.grouped("user_id").items():
            user._bus_send(
                "telecom.notification/new",
                {"count": len(own), "subject": own[0].subject},
            )
        return notifications

    @api.model
    def _telecom_mail(self, messages):
        vals_list = []
        for user, lang, record, subject, body in messages:
            if not user.email:
                continue
            company = (
                record.company_id if "company_id" in record._fields else user.company_id
            )
            content = (
                self.env["ir.qweb"]
                .with_context(lang=lang)
                ._render(
                    "telecom_crm.notification_mail",
                    {
                        "subject": subject,
                        "body": body,
                        "company": company,
                        "url": record._telecom_notification_url(user),
                    },
                    minimal_qcontext=True,
                )
            )
            vals_list.append(
                {
                    "subject": subject,
                    "body_html": content,
                    "email_to": user.email_formatted,
                    "email_from": company.email_formatted
                    or user.company_id.email_formatted,
                    "auto_delete": True,
                }
            )
        # sudo: mail.mail - the sender need not send mails himself
        self.env["mail.mail"].sudo().create(vals_list)

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _telecom_mine(self, *domain):
        return Domain([("user_id", "=", self.env.uid), *domain])

    @api.model
    def _telecom_everywhere(self):
        """Look at all operators the user works for, whichever are active."""
        return self.with_context(allowed_company_ids=self.env.user.company_ids.ids)

    @api.model
    def get_menu(self):
        """Return what the menu of the web client shows.

        :return: ``{unread, notifications: [{id, kind, subject, at, unread}]}``
        """
        self = self._telecom_everywhere()
        return {
            "unread": self.search_count(self._telecom_mine(("read_at", "=", False))),
            "notifications": [
                {
                    "id": one.id,
                    "kind": one.kind_id.name,
                    "subject": one.subject,
                    "at": fields.Datetime.to_string(one.create_date),
                    "unread": not one.read_at,
                }
                for one in self.search(self._telecom_mine(), limit=LONGEST)
            ],
        }

    @api.model
    def mark_all_read(self):
        """Mark all notifications of the user as read."""
        self._telecom_everywhere().search(
            self._telecom_mine(("read_at", "=", False))
        )._telecom_mark()

    def open_record(self):
        """Mark a notification as read and return the action that shows its record."""
        self.ensure_one()
        self = self._telecom_everywhere()
        self._telecom_mark()
        record = self._telecom_record()
        if not record:
            return False
        action = record._get_records_action()
        if "company_id" in record._fields and record.company_id:
            action["context"] = {
                **action.get("context", {}),
                "allowed_company_ids": record.company_id.ids,
            }
        return action

    def _telecom_record(self):
        """Return the record the user was told of, if he may read it."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return (
            self.env[self.res_model]
            .browse(self.res_id)
            .exists()
            ._filtered_access("read")
        )

    def _telecom_mark(self):
        self.check_access("read")
        # sudo: telecom.notification - its receiver changes nothing but this
        self.sudo().filtered(
            lambda one: not one.read_at
        ).read_at = fields.Datetime.now()

    @api.autovacuum
    def _gc_telecom_notifications(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        # sudo: telecom.notification - the vacuum cleans for all
        found = self.sudo().search([("read_at", "<", limit)], limit=10000, order="id")
        found.unlink()
        return len(found), len(found) == 10000
