import json
import logging
from urllib.parse import parse_qsl

from odoo.http import Controller, request, route

_logger = logging.getLogger(__name__)

MAX_REPORT = 65536


class SmsReport(Controller):
    @route(
        "/telecom/sms/report/<int:gateway_id>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        telecom_raw_body=MAX_REPORT,
    )
    def report(self, gateway_id, **_params):
        """Take a delivery report of an operator's SMS provider.

        The provider signs the body (HMAC-SHA256, in the gateway's header). Answers
        403 to everybody else, whether the gateway exists or not; 200 to a report
        about a message we do not know, so that it is not sent for ever.
        """
        if (request.httprequest.content_length or 0) > MAX_REPORT:
            return request.make_response("Too large", status=413)
        body = request.httprequest.get_data(cache=True)
        # sudo: telecom.sms.gateway - the signature says who is there
        gateway = request.env["telecom.sms.gateway"].sudo()
        gateway = gateway.browse(gateway_id).exists().filtered("active")
        signature = gateway and request.httprequest.headers.get(
            gateway.signature_header, ""
        )
        if not gateway or not gateway._check_signature(body, signature):
            _logger.warning("SMS report for gateway %s: wrong signature", gateway_id)
            return request.make_response("Forbidden", status=403)
        for values in self._parse(body):
            gateway._process_report(values)
        return request.make_response("OK")

    @staticmethod
    def _parse(body):
        """Return the reports of a body: JSON (one or a list), or form fields."""
        try:
            values = json.loads(body)
        except ValueError:
            try:
                values = dict(parse_qsl(body.decode()))
            except ValueError:
                return []
        if isinstance(values, dict):
            return [values]
        return [one for one in values if isinstance(one, dict)] if values else []
