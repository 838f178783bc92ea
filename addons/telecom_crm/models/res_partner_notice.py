from markupsafe import Markup

from odoo import models


class ResPartner(models.Model):
    """What an operator tells its customers by itself, by e-mail and text message."""

    _inherit = "res.partner"

    def _telecom_prepare_mail(self, company, subject, text):
        """Return the values of an e-mail to a customer.

        :param str subject: in the customer's language
        :param str text: in the customer's language
        """
        self.ensure_one()
        return {
            "subject": subject,
            "body_html": Markup("<p>%s</p><p>%s</p>")
            % (self.env._("Hello %s,", self.name), text),
            "email_from": company.email_formatted,
            "email_to": self.email_formatted,
            "auto_delete": True,
        }

    def _telecom_prepare_sms(self, number, text):
        """Return the values of a text message to a customer.

        :param str number: E.164
        :param str text: in the customer's language
        """
        self.ensure_one()
        return {"number": number, "partner_id": self.id, "body": text}

    def _telecom_send(self, company, mails, messages):
        """Send e-mails and text messages soon, after this transaction.

        :param res.company company: the operator that sends them
        :param list mails: see :meth:`_telecom_prepare_mail`
        :param list messages: see :meth:`_telecom_prepare_sms`
        """
        if not mails and not messages:
            return
        # sudo: mail.mail, sms.sms - sent by the operator's rule, whoever does what it
        # is about
        self.env["mail.mail"].sudo().with_company(company).create(mails)
        self.env["sms.sms"].sudo().with_company(company).create(messages)
        for cron in (
            "mail.ir_cron_mail_scheduler_action",
            "sms.ir_cron_sms_scheduler_action",
        ):
            self.env.ref(cron).sudo()._trigger()
