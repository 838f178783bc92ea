from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import html_sanitize, plaintext2html
from odoo.tools.mail import generate_tracking_message_id

#: How long refused mails are kept, in days
KEPT_DAYS = 90
#: What programs write themselves is answered by nobody (RFC 3834)
AUTOMATIC = ("auto-generated", "auto-replied", "auto-notified")


class TelecomRefusedMail(models.Model):
    """A mail that came for a module which is closed for its operator.

    Nothing is made of it; the sender is told, and the platform's administrator can
    read what it said.
    """

    _name = "telecom.refused.mail"
    _description = "Refused Mail"
    _order = "id desc"
    _rec_name = "subject"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    module_id = fields.Many2one("telecom.module", required=True, ondelete="cascade")
    create_date = fields.Datetime(string="Received", readonly=True)
    sender = fields.Char()
    recipient = fields.Char(string="Sent to")
    subject = fields.Char()
    body = fields.Html(sanitize_attributes=False)
    answered = fields.Boolean(
        help="The sender was told. Automatic mails are not answered."
    )

    @api.model
    def _telecom_refuse(self, company, code, message, message_dict):
        """Keep a mail for the platform and tell its sender.

        :param company: the operator it came for
        :param str code: of the module that is closed
        :param message: the mail (email.message.EmailMessage)
        :param dict message_dict: what mail.thread read out of it
        """
        # sudo: telecom.* - written by the mail gateway, read by the platform
        Refused, Module = self.sudo(), self.env["telecom.module"].sudo()
        automatic = (message.get("Auto-Submitted") or "").lower().startswith(AUTOMATIC)
        automatic |= (message.get("Precedence") or "").lower() in ("bulk", "list")
        Refused.create(
            {
                "company_id": company.id,
                "module_id": Module.search([("code", "=", code)], limit=1).id,
                "sender": message_dict.get("email_from"),
                "recipient": message_dict.get("to"),
                "subject": message_dict.get("subject"),
                "body": html_sanitize(message_dict.get("body") or ""),
                "answered": not automatic,
            }
        )
        if automatic:
            return
        # sudo: res.company - the operator's name and language, for its customer
        operator = company.sudo()
        local = self.env["mail.thread"].with_company(operator)
        body = local.with_context(lang=operator.partner_id.lang).env._(
            "Your message “%(subject)s” could not be taken: %(company)s does not "
            "receive messages at this address at present.",
            subject=message_dict.get("subject") or "",
            company=operator.name,
        )
        tag = generate_tracking_message_id("loop-detection-bounce-email")
        local._routing_create_bounce_email(
            message_dict["email_from"],
            plaintext2html(body),
            message,
            references=f"{message_dict['message_id']} {tag}",
        )

    @api.autovacuum
    def _gc_refused_mails(self):
        limit = fields.Datetime.now() - relativedelta(days=KEPT_DAYS)
        self.search([("create_date", "<", limit)]).unlink()
