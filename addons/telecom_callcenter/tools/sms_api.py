import requests

from odoo.addons.sms.tools.sms_api import SmsApiBase


class TelecomSmsApi(SmsApiBase):
    """An operator's own provider, as Odoo's ``sms`` wants to see it."""

    PROVIDER_TO_SMS_FAILURE_TYPE = SmsApiBase.PROVIDER_TO_SMS_FAILURE_TYPE | {
        "insufficient_credit": "sms_credit",
        "unregistered": "sms_acc",
    }

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        """Send each message; see Odoo's ``SmsApi._send_sms_batch``.

        Once the provider cannot be reached, the rest of the batch waits too.
        """
        gateway = self.env["telecom.sms.gateway"]._for_company(self.company)
        results = []
        unreachable = False
        with requests.Session() as session:
            # Neither proxies nor passwords of the server's own environment
            session.trust_env = False
            for message in messages:
                for number_info in message["numbers"]:
                    number, uuid = number_info["number"], number_info["uuid"]
                    sanitized = number and self.company._telecom_sanitize(number)
                    if not number:
                        result = {"uuid": uuid, "state": "sms_number_missing"}
                    elif not sanitized:
                        result = {"uuid": uuid, "state": "wrong_number_format"}
                    elif unreachable:
                        result = {**unreachable, "uuid": uuid}
                    else:
                        result = gateway._send_one(
                            session, sanitized, message["content"] or "", uuid
                        )
                        if result["telecom_retry"]:
                            unreachable = result
                    results.append(result)
        return results

    def _get_sms_api_error_messages(self):
        _ = self.env._
        return {
            **super()._get_sms_api_error_messages(),
            "unregistered": _("The SMS provider refused the token."),
            "insufficient_credit": _("No credit is left at the SMS provider."),
            "wrong_number_format": _("This is no telephone number."),
            "server_error": _("The SMS provider cannot be reached."),
        }
