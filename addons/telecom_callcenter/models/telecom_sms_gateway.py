import hashlib
import hmac
import json
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..tools.network import leads_inside

# What a provider may answer is small; more is not read
MAX_ANSWER = 65536
ADMIN = "telecom_callcenter.group_callcenter_admin"
#: System parameter: hosts of our own network that carry messages, by commas
INSIDE_PARAMETER = "telecom_callcenter.sms_hosts_inside"


class TelecomSmsGateway(models.Model):
    """How an operator's text messages leave: any provider with an HTTP API.

    Odoo's own ``sms`` queue decides when a message leaves; this record says where
    to and in which words. The secrets are readable by administrators only and are
    written to no log.
    """

    _name = "telecom.sms.gateway"
    _description = "SMS Gateway"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "company_id"

    name = fields.Char(required=True, default=lambda self: self.env._("SMS"))
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    active = fields.Boolean(default=True)
    trial = fields.Boolean(
        string="Trial Mode",
        help="Messages are recorded as sent, but none leaves.",
    )

    # Where to
    url = fields.Char(string="URL", help="The provider's address for sending.")
    method = fields.Selection(
        [("post", "POST"), ("get", "GET")], required=True, default="post"
    )
    encoding = fields.Selection(
        [("json", "JSON"), ("form", "Form"), ("query", "In the address")],
        required=True,
        default="json",
        help="How the fields travel.",
    )
    timeout = fields.Integer(
        string="Time Limit (s)", required=True, default=10, help="From 1 to 60 s."
    )
    auth_header = fields.Char(string="Authentication Header", default="Authorization")
    auth_token = fields.Char(
        string="Token",
        groups=ADMIN,
        copy=False,
        help="The header's whole value, such as: Bearer abc123",
    )

    # In which words
    sender = fields.Char(help="The name or number customers see.")
    to_field = fields.Char(string="Number Field", required=True, default="to")
    text_field = fields.Char(required=True, default="text")
    sender_field = fields.Char(default="from")
    id_field = fields.Char(
        default="id",
        help="Our own id of the message, by which the provider can recognise a "
        "message sent twice.",
    )
    number_format = fields.Selection(
        [("e164", "+22901…"), ("digits", "22901…"), ("double_zero", "0022901…")],
        required=True,
        default="e164",
    )
    extra_fields = fields.Text(
        string="Other Fields",
        groups=ADMIN,
        help='Sent with every message, as a JSON object: {"campaign": "service"}',
    )

    # What the answer means
    success_path = fields.Char(
        string="Success at",
        help="Where the answer says that the message was taken, such as "
        "messages.0.status; empty: the HTTP status alone decides.",
    )
    success_values = fields.Char(help="Separated by commas, such as: 0, ok, accepted")
    message_id_path = fields.Char(
        string="Message Id at",
        default="id",
        help="Where the answer holds the provider's id, such as messages.0.id",
    )

    # Delivery reports
    callback_secret = fields.Char(
        string="Report Secret",
        groups=ADMIN,
        copy=False,
        help="Shared with the provider, who signs each report with it.",
    )
    signature_header = fields.Char(
        required=True,
        default="X-Signature",
        help="Holds the HMAC-SHA256 of the report's body, in hexadecimal.",
    )
    report_url = fields.Char(string="Report Address", compute="_compute_report_url")
    report_id_path = fields.Char(
        string="Report's Id at",
        required=True,
        default="id",
        help="Where a report holds the message's id: ours or the provider's.",
    )
    report_status_path = fields.Char(
        string="Report's Status at", required=True, default="status"
    )
    delivered_values = fields.Char(
        required=True, default="delivered", help="Separated by commas."
    )
    failed_values = fields.Char(
        required=True,
        default="failed, undelivered, rejected, expired",
        help="Separated by commas.",
    )

    # Trying out
    test_number = fields.Char(copy=False, help="The number a test message goes to.")
    tracker_count = fields.Integer(string="Messages", compute="_compute_tracker_count")

    _company_unique = models.Constraint(
        "UNIQUE(company_id)", "Each operator has one SMS gateway."
    )
    _timeout_range = models.Constraint(
        "CHECK(timeout BETWEEN 1 AND 60)", "The time limit is between 1 and 60 s."
    )

    # ------------------------------------------------------------
    # Computes and constraints
    # ------------------------------------------------------------

    def _compute_report_url(self):
        for gateway in self:
            base = gateway.company_id.get_base_url()
            gateway.report_url = (
                f"{base}/telecom/sms/report/{gateway.id}" if gateway.id else False
            )

    def _compute_tracker_count(self):
        counts = dict(
            self.env["sms.tracker"]._read_group(
                [("telecom_company_id", "in", self.company_id.ids)],
                ["telecom_company_id"],
                ["__count"],
            )
        )
        for gateway in self:
            gateway.tracker_count = counts.get(gateway.company_id, 0)

    @api.constrains("url", "trial", "active")
    def _check_url(self):
        for gateway in self:
            if gateway.trial or not gateway.active:
                continue
            parts = urlsplit(gateway.url or "")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValidationError(
                    self.env._("The URL starts with https:// (or http://).")
                )

    @api.constrains("extra_fields")
    def _check_extra_fields(self):
        for gateway in self:
            gateway._get_extra_fields()

    @api.constrains("auth_header", "auth_token", "signature_header")
    def _check_headers(self):
        for gateway in self:
            values = (gateway.auth_header, gateway.auth_token, gateway.signature_header)
            if any("\n" in value or "\r" in value for value in values if value):
                raise ValidationError(self.env._("A header has one line."))

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        gateways = super().create(vals_list)
        self.env.registry.clear_cache()
        return gateways

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals or "company_id" in vals:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    @api.model
    @ormcache("company_id")
    def _get_company_gateway_id(self, company_id):
        """Return the id of a company's active gateway, or False."""
        # sudo: telecom.sms.gateway - whoever sends a message uses the operator's
        return self.sudo().search([("company_id", "=", company_id)], limit=1).id

    @api.model
    def _for_company(self, company):
        """Return the active gateway of a company, as sudo; empty when it has none."""
        # sudo: telecom.sms.gateway - whoever sends a message uses the operator's
        return self.sudo().browse(self._get_company_gateway_id(company.id) or [])

    def _get_extra_fields(self):
        self.ensure_one()
        if not self.extra_fields:
            return {}
        try:
            extra = json.loads(self.extra_fields)
        except ValueError as error:
            raise ValidationError(
                self.env._("The other fields are no JSON: %s", error)
            ) from error
        if not isinstance(extra, dict):
            raise ValidationError(self.env._("The other fields are a JSON object."))
        return extra

    def _format_number(self, number):
        """Return an E.164 number as this provider wants it."""
        digits = number.removeprefix("+")
        return {"e164": f"+{digits}", "digits": digits, "double_zero": f"00{digits}"}[
            self.number_format
        ]

    def _prepare_request(self, number, text, uuid):
        """Return the keyword arguments of ``requests.Session.request``."""
        self.ensure_one()
        values = {
            **self._get_extra_fields(),
            self.to_field: self._format_number(number),
            self.text_field: text,
        }
        if self.sender_field and self.sender:
            values[self.sender_field] = self.sender
        if self.id_field:
            values[self.id_field] = uuid
        headers = {"User-Agent": "telecom-callcenter"}
        if self.auth_header and self.auth_token:
            headers[self.auth_header] = self.auth_token
        query = self.encoding == "query" or self.method == "get"
        place = "params" if query else {"json": "json", "form": "data"}[self.encoding]
        return {
            "method": self.method.upper(),
            "url": self.url,
            "headers": headers,
            place: values,
            "timeout": self.timeout,
            # A redirection would carry the token to somebody else
            "allow_redirects": False,
            "stream": True,
        }

    def _send_one(self, session, number, text, uuid):
        """Give one message to the provider.

        :param requests.Session session: kept open for a batch
        :param str number: E.164
        :return: ``state`` and ``failure_reason`` as Odoo's ``sms`` expects them,
            ``telecom_message_id``, and ``telecom_retry`` when the provider certainly
            did not take the message and may do so later
        :rtype: dict
        """
        self.ensure_one()
        result = {"uuid": uuid, "telecom_message_id": False, "telecom_retry": False}
        if self.trial:
            return {**result, "state": "success", "telecom_message_id": f"trial-{uuid}"}
        failure = {**result, "state": "server_error"}
        if leads_inside(self.url, self._get_hosts_inside()):
            # An operator's administrator must not ask our own services, nor read here
            # what they answer
            reason = self.env._("The address is not on the Internet")
            return {**failure, "failure_reason": reason}
        try:
            with session.request(
                **self._prepare_request(number, text, uuid)
            ) as response:
                body = next(response.iter_content(MAX_ANSWER), b"")
                return {**result, **self._read_answer(response.status_code, body)}
        # The text of these exceptions holds the address, and with it the fields: it
        # is neither shown nor logged.
        except requests.exceptions.SSLError:
            reason = self.env._("The provider's certificate is not valid")
            return {**failure, "failure_reason": reason, "telecom_retry": True}
        except requests.exceptions.ReadTimeout:
            # It may have been taken: never sent twice
            reason = self.env._("No answer in %s s", self.timeout)
            return {**failure, "failure_reason": reason}
        except requests.exceptions.RequestException as error:
            if _never_left(error):
                reason = self.env._("The provider cannot be reached")
                return {**failure, "failure_reason": reason, "telecom_retry": True}
            reason = self.env._("The connection broke: %s", type(error).__name__)
            return {**failure, "failure_reason": reason}

    def _get_hosts_inside(self):
        # sudo: ir.config_parameter - the platform's administrator says which
        parameters = self.env["ir.config_parameter"].sudo()
        hosts = parameters.get_param(INSIDE_PARAMETER) or ""
        return {host.strip().lower() for host in hosts.split(",")} - {""}

    def _read_answer(self, status, body):
        """Return what an answer means: see :meth:`_send_one`."""
        if not 200 <= status < 300:
            states = {401: "unregistered", 402: "insufficient_credit"}
            states |= {403: "unregistered", 400: "rejected", 422: "rejected"}
            return {
                "state": states.get(status, "server_error"),
                "failure_reason": f"HTTP {status}",
                "telecom_retry": status in (429, 502, 503),
            }
        answer = _load(body)
        if self.success_path:
            value = _dig(answer, self.success_path)
            if not _is_one_of(value, self.success_values):
                reason = self.env._("The provider answered: %s", str(value)[:80])
                return {"state": "rejected", "failure_reason": reason}
        message_id = (
            _dig(answer, self.message_id_path) if self.message_id_path else None
        )
        return {
            "state": "success",
            "telecom_message_id": str(message_id)[:128] if message_id else False,
        }

    # ------------------------------------------------------------
    # Delivery reports
    # ------------------------------------------------------------

    def _check_signature(self, body, signature):
        """Whether a report was signed by this provider.

        :param bytes body: as it came
        :param str signature: hexadecimal, ``sha256=`` before it or not
        """
        self.ensure_one()
        secret = self.callback_secret
        if not secret or not signature:
            return False
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = signature.strip().removeprefix("sha256=").lower()
        return hmac.compare_digest(expected.encode(), given.encode())

    def _process_report(self, values):
        """Note what became of a message.

        The same report may come several times, and late: a delivered message stays
        delivered.

        :param dict values: the report's fields
        :return: the tracker, empty when the message is unknown
        """
        self.ensure_one()
        message_id = _dig(values, self.report_id_path)
        status = _dig(values, self.report_status_path)
        # sudo: sms.tracker - the provider proved who it is by its signature
        trackers = self.env["sms.tracker"].sudo()
        if not isinstance(message_id, str | int) or not str(message_id):
            return trackers
        tracker = trackers.search(
            [
                ("telecom_company_id", "=", self.company_id.id),
                "|",
                ("sms_uuid", "=", str(message_id)),
                ("telecom_message_id", "=", str(message_id)),
            ],
            limit=1,
        )
        if not tracker:
            return tracker
        if _is_one_of(status, self.delivered_values):
            tracker._action_update_from_sms_state("sent")
        elif _is_one_of(status, self.failed_values):
            tracker._action_update_from_provider_error("not_delivered")
        return tracker

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_send_test(self):
        """Send a message to the test number and say what the provider answered."""
        self.ensure_one()
        self.check_access("write")
        number = self.company_id._telecom_sanitize(self.test_number)
        if not number:
            raise UserError(self.env._("Enter a number to send the test to."))
        text = self.env._("Test message from %s", self.company_id.name)
        sms = self.env["sms.sms"]._telecom_queue(
            self.company_id, [{"number": number, "body": text}]
        )
        sms.send()
        tracker = sms.sms_tracker_id
        failed = tracker.telecom_state == "error"
        message = self.env._("The provider took the message.")
        if failed:
            message = tracker.telecom_failure_reason or self.env._("Not sent")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if failed else "success",
                "title": self.env._("Test message"),
                "message": message,
                "sticky": failed,
            },
        }

    def action_view_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "telecom_callcenter.action_sms_tracker"
        )
        action["domain"] = [("telecom_company_id", "=", self.company_id.id)]
        return action


def _never_left(error):
    """Whether a request failed before anything of it reached the provider."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _load(body):
    try:
        return json.loads(body)
    except ValueError:
        return None


def _dig(values, path):
    """Return what stands at a dotted path of a JSON value; None when nothing does.

    Numbers in the path are places in a list: ``messages.0.id``.
    """
    for part in (path or "").split("."):
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, list) and part.isdigit() and int(part) < len(values):
            values = values[int(part)]
        else:
            return None
    return values


def _is_one_of(value, choices):
    """Whether a value is in a list separated by commas, in any case of letters."""
    accepted = {choice.strip().lower() for choice in (choices or "").split(",")}
    if isinstance(value, bool):
        value = "true" if value else "false"
    return str(value).strip().lower() in accepted - {""}
