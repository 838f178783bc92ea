from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

# Minutes before a message is tried again when the provider could not be reached
RETRY_MINUTES = (1, 5, 15, 60, 240)
BATCH_SIZE = 20


class SmsSms(models.Model):
    _inherit = "sms.sms"

    # Odoo's sms_twilio adds the same field, with the same meaning
    record_company_id = fields.Many2one(
        "res.company", "Company", index="btree_not_null", ondelete="set null"
    )
    telecom_attempts = fields.Integer(string="Attempts", copy=False)
    telecom_retry_at = fields.Datetime(
        string="Next Attempt", index="btree_not_null", copy=False
    )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        messages = self.env["mail.message"].browse(
            [
                vals["mail_message_id"]
                for vals in vals_list
                if vals.get("mail_message_id")
            ]
        )
        companies = {message.id: message.record_company_id for message in messages}
        for vals in vals_list:
            if not vals.get("record_company_id"):
                company = companies.get(vals.get("mail_message_id"))
                vals["record_company_id"] = (company or self.env.company).id
        return super().create(vals_list)

    @api.model
    def _telecom_queue(self, company, vals_list):
        """Queue messages of an operator, with a trace of what becomes of them.

        :param company: the operator
        :param list vals_list: ``number`` and ``body`` of each; ``partner_id``,
            ``call_id`` and ``purpose`` (see ``sms.tracker``) when known;
            ``shown_body`` when people must not read all that is sent
        :return: the messages, as sudo; they leave within seconds
        """
        # sudo: sms.sms, sms.tracker - callers decide by their own rules who is
        # written to; Odoo keeps both models to the system
        messages = self.sudo().create(
            [
                {
                    "number": vals["number"],
                    "body": vals["body"],
                    "partner_id": vals.get("partner_id"),
                    "record_company_id": company.id,
                }
                for vals in vals_list
            ]
        )
        self.env["sms.tracker"].sudo().create(
            [
                {
                    "sms_uuid": message.uuid,
                    "telecom_company_id": company.id,
                    "telecom_number": vals["number"],
                    "telecom_body": vals.get("shown_body", vals["body"]),
                    "telecom_partner_id": vals.get("partner_id"),
                    "telecom_call_id": vals.get("call_id"),
                    "telecom_purpose": vals.get("purpose", "other"),
                }
                for message, vals in zip(messages, vals_list, strict=True)
            ]
        )
        return messages

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    def _get_sms_company(self):
        return (
            self.mail_message_id.record_company_id
            or self.record_company_id
            or super()._get_sms_company()
        )

    def _split_by_api(self):
        """Give each operator's messages to the operator's own provider."""
        by_company = defaultdict(self.browse)
        for sms in self:
            by_company[sms._get_sms_company()] |= sms
        others = self.browse()
        for company, messages in by_company.items():
            if self.env["telecom.sms.gateway"]._for_company(company):
                # A message that fails is told in its operator's company
                env = messages.with_company(company).env
                api_class = company._get_sms_api_class()
                sms_api = api_class(env)
                sms_api._set_company(company)
                yield sms_api, messages
            else:
                others |= messages
        if others:
            yield from super(SmsSms, others)._split_by_api()

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        # The queue of Odoo's cron mixes the messages of all companies
        options = {
            "unlink_failed": unlink_failed,
            "unlink_sent": unlink_sent,
            "raise_exception": raise_exception,
        }
        if self.env.context.get("sms_api"):
            return super()._send(**options)
        for sms_api, messages in self._split_by_api():
            super(SmsSms, messages.with_context(sms_api=sms_api))._send(**options)
        return None

    def _get_send_batch_size(self):
        # A batch is one transaction: the smaller, the fewer messages leave twice
        # when the server dies in the middle of one.
        size = super()._get_send_batch_size()
        gateways = self.env["telecom.sms.gateway"]
        # sudo: telecom.sms.gateway - whoever sends a message uses the operator's
        if gateways.sudo().search_count([], limit=1):
            return min(size, BATCH_SIZE)
        return size

    @api.model
    def _process_queue(self):
        due = self.search(
            [
                ("state", "=", "error"),
                ("telecom_retry_at", "<=", fields.Datetime.now()),
                ("to_delete", "!=", True),
            ],
            limit=self._get_send_batch_size(),
            order="id",
        ).try_lock_for_update()
        if due:
            due.write({"telecom_retry_at": False})
            due._update_sms_state_and_trackers("outgoing")
        return super()._process_queue()

    def _handle_call_result_hook(self, results):
        """Keep the provider's id, and try later what could not leave now."""
        by_uuid = self.grouped("uuid")
        now = fields.Datetime.now()
        moments = set()
        for result in results:
            sms = by_uuid.get(result["uuid"])
            if not sms or "telecom_message_id" not in result:
                continue
            if result["telecom_message_id"]:
                sms.sms_tracker_id.telecom_message_id = result["telecom_message_id"]
            attempts = sms.telecom_attempts
            if result["telecom_retry"] and attempts < len(RETRY_MINUTES):
                retry_at = now + timedelta(minutes=RETRY_MINUTES[attempts])
                sms.write(
                    {
                        "telecom_attempts": attempts + 1,
                        "telecom_retry_at": retry_at,
                        "to_delete": False,
                    }
                )
                moments.add(retry_at)
        if moments:
            # sudo: ir.cron - a failed message wakes the queue again, whoever sent it
            cron = self.env.ref("sms.ir_cron_sms_scheduler_action").sudo()
            cron._trigger(at=moments)
        return super()._handle_call_result_hook(results)
