import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.tools import SQL, consteq, email_normalize, hmac, single_email_re

from ..tools import login as logins
from ..tools import registration
from ..tools.typed import typed

_logger = logging.getLogger(__name__)

SCOPE = "telecom-registration"
BATCH = 100
# Days after which nothing is known any more of who asked from where
KEEP_DAYS = 7


class TelecomRegistration(models.Model):
    """Somebody registers on an operator's portal, and proves a number or an e-mail.

    Customers prove a line of theirs or the e-mail the operator knows; prospects any
    number or e-mail. What an address belongs to is looked up by the scheduler, which
    sends the code: the page answers alike and as fast for whoever asks.
    """

    _name = "telecom.registration"
    _description = "Registration on the Portal"
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "address"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("customer", "Customer"), ("prospect", "Prospect")], required=True
    )
    channel = fields.Selection([("sms", "SMS"), ("email", "E-mail")], required=True)
    address = fields.Char(required=True, help="A number in E.164 or an e-mail.")
    contact_name = fields.Char()
    request = fields.Text()
    lang = fields.Char()
    ip = fields.Char(groups="base.group_system")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "Code Sent"),
            ("proved", "Proved"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        required=True,
        default="waiting",
    )
    code_hash = fields.Char(groups="base.group_system")
    expires_at = fields.Datetime()
    attempts = fields.Integer(default=0)
    partner_id = fields.Many2one("res.partner", check_company=True)
    lead_id = fields.Many2one("crm.lead", check_company=True)

    _address_idx = models.Index("(company_id, address, create_date)")
    _ip_idx = models.Index("(ip, create_date)")
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    # The form

    @api.model
    def _company_of_page(self):
        """Return the operator whose registration page is asked for, or none.

        The request's host says so. Without hosts, the database's only operator; with
        several, nobody: a visitor is not told who they are.
        """
        company = self.env["telecom.host"]._company_of_request()
        if not company:
            # sudo: res.company - whose page a visitor sees
            tenants = (
                self.env["res.company"]
                .sudo()
                .search([("telecom_tenant", "=", True)], limit=2)
            )
            company = tenants if len(tenants) == 1 else tenants.browse()
        # sudo: res.company - as above
        company = company.sudo()
        if not company.telecom_tenant or not company._telecom_allows("customers"):
            return company.browse()
        return company

    @api.model
    def _read_address(self, company, text):
        """Return what was typed as (channel, address), or None.

        Numbers are the operator's country's: no code is sent to expensive ones.
        """
        text = typed(text, 120)
        if "@" in text:
            email = email_normalize(text)
            if email and single_email_re.fullmatch(email):
                return "email", email
            return None
        number = company._telecom_sanitize(text)
        if number and number.startswith(f"+{company.country_id.phone_code}"):
            return "sms", number
        return None

    @api.model
    def _too_many(self, ip):
        """Tell whether one place has sent too many forms."""
        # sudo: telecom.registration - visitors read none
        hour = fields.Datetime.now() - timedelta(hours=1)
        return (
            self.sudo().search_count(
                [("ip", "=", ip), ("create_date", ">", hour)],
                limit=registration.PLACE_HOUR,
            )
            >= registration.PLACE_HOUR
        )

    @api.model
    def _begin(self, company, kind, channel, address, *, ip, name=None, request=None):
        """Remember who registers; the code is sent by the scheduler.

        :return: the registration, as sudo
        """
        # sudo: telecom.registration - a visitor registers himself, and reads nothing
        record = self.sudo().create(
            {
                "company_id": company.id,
                "kind": kind,
                "channel": channel,
                "address": address,
                "contact_name": typed(name, 120),
                "request": typed(request, 2000),
                "lang": self.env.lang,
                "ip": ip,
            }
        )
        # sudo: ir.cron - started now, or within the minute
        self.env.ref("telecom_crm.ir_cron_registration").sudo()._trigger()
        return record

    # The code

    @api.model
    def _cron_send(self):
        """Send the codes that wait."""
        # By the cron's superuser: registrations with all operators
        waiting = self.search([("state", "=", "waiting")], limit=BATCH, order="id")
        remaining = self.search_count([("state", "=", "waiting")])
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=remaining)
        for record in waiting:
            record._send_code()
            Cron._commit_progress(1)

    def _send_code(self):
        """Send a new code to the address, if it may have one."""
        self.ensure_one()
        now = fields.Datetime.now()
        alike = [
            ("company_id", "=", self.company_id.id),
            ("address", "=", self.address),
            ("state", "in", ("sent", "proved", "done")),
        ]
        may = registration.may_send(
            self.search_count([*alike, ("create_date", ">", now - timedelta(hours=1))]),
            self.search_count([*alike, ("create_date", ">", now - timedelta(days=1))]),
        )
        partner = self._find_partner()
        if not may or (self.kind == "customer" and not partner):
            self.state = "refused"
            _logger.info("Registration %s gets no code", self.id)
            return
        code = registration.new_code()
        self.write(
            {
                "state": "sent",
                "partner_id": partner.id,
                "code_hash": self._hash(code),
                "expires_at": now + timedelta(minutes=registration.VALID_MINUTES),
            }
        )
        self.with_context(lang=self.lang)._deliver(code)

    def _deliver(self, code):
        """Hand the code to the queue of SMS or e-mails."""
        company = self.company_id
        if self.channel == "sms":
            body = self.env._(
                "%(company)s: your code is %(code)s. It is good for %(minutes)s"
                " minutes; give it to nobody.",
                company=company.name,
                code=code,
                minutes=registration.VALID_MINUTES,
            )
            self.env["sms.sms"].with_company(company).create(
                {"number": self.address, "body": body}
            )
            return
        lines = [
            self.env._("Your code to register with %s:", company.name),
            Markup("<b style='font-size:24px;letter-spacing:4px'>%s</b>") % code,
            self.env._(
                "It is good for %s minutes. If you did not ask for it, do nothing.",
                registration.VALID_MINUTES,
            ),
            Markup("<a href='%s'>%s</a>")
            % (
                f"{company._telecom_registration_url()}/code"
                f"?registration={self.id}&key={self._hash('link')}&code={code}",
                self.env._("Go on with my registration"),
            ),
        ]
        self.env["mail.mail"].with_company(company).create(
            {
                "subject": self.env._("Your code: %s", company.name),
                "body_html": Markup("").join(
                    Markup("<p>%s</p>") % one for one in lines
                ),
                "email_from": company.email_formatted,
                "email_to": self.address,
                "auto_delete": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _hash(self, code):
        """Return what is stored of a code: worth nothing without the secret."""
        return hmac(self.env(su=True), SCOPE, (self.id, self.address, code))

    @api.model
    def _from_link(self, record_id, key):
        """Return the registration that an e-mail's link is about, as sudo, or none.

        :param str record_id: its id, as in the address
        :param str key: what proves that the address is ours
        """
        if not (record_id or "").isdigit() or len(record_id) > 9:
            return self.browse()
        # sudo: telecom.registration - of whoever has the link
        record = self.sudo().browse(int(record_id)).exists()
        right = record and consteq(record._hash("link"), key or "")
        return record if right else self.browse()

    def _prove(self, text):
        """Check the code that a visitor typed.

        :return: whether it is the one, in time
        """
        self.ensure_one()
        # sudo: telecom.registration - of the visitor's own session
        record = self.sudo()
        # Counted first: two guesses at once are two
        self.env.cr.execute(
            SQL(
                "UPDATE telecom_registration SET attempts = coalesce(attempts, 0) + 1"
                " WHERE id = %s",
                record.id,
            )
        )
        record.invalidate_recordset(["attempts"])
        expected = record.code_hash or self._hash("-")
        right = consteq(expected, self._hash(registration.clean_code(text) or "?"))
        if (
            not right
            or record.state not in ("sent", "proved")
            or record.attempts > registration.MAX_ATTEMPTS
            or record.expires_at < fields.Datetime.now()
        ):
            return False
        record.state = "proved"
        return True

    # Whose address it is

    def _find_partner(self):
        """Return the customer that has this line or e-mail, or none."""
        self.ensure_one()
        if self.channel == "sms":
            return (
                self.env["telecom.line"]
                .search(
                    [
                        ("company_id", "=", self.company_id.id),
                        ("msisdn", "=", self.address),
                        ("state", "not in", ("available", "terminated")),
                    ],
                    limit=1,
                )
                .partner_id
            )
        partners = self.env["res.partner"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("email_normalized", "=", self.address),
            ],
            limit=5,
        )
        customers = partners.filtered("commercial_partner_id.telecom_customer")
        known = customers or partners.filtered("user_ids")
        # One address of several people proves none of them
        return known if len(known) == 1 else known.browse()

    def _find_user(self):
        """Return the portal account whose login is this address, or none."""
        names = [self.address, logins.store(self.address, self.company_id.id)]
        return (
            self.env["res.users"]
            .search([("login", "in", names), ("company_id", "=", self.company_id.id)])
            .filtered(lambda user: user._is_portal())[:1]
        )

    def _other_login(self):
        """Return a hint at the account that the customer has by another login."""
        self.ensure_one()
        # sudo: res.users - asked for by whoever has proved the address
        record = self.sudo()
        if record._find_user():
            return ""
        users = record.partner_id.user_ids
        return registration.hint(users[:1].telecom_login) if users else ""

    # The account

    def _finish(self, password):
        """Open the account, or give it a new password, and record the prospect.

        :param str password: as chosen
        :return: the login to authenticate with
        """
        self.ensure_one()
        # sudo: telecom.registration - the address is proved
        record = self.sudo().with_company(self.sudo().company_id)
        user = record._find_user()
        if user:
            user.password = password
        else:
            if not record.partner_id:
                record.partner_id = (
                    self.env["res.partner"]
                    .sudo()
                    .with_company(record.company_id)
                    .create(record._prepare_partner())
                )
            user = (
                record.env["res.users"]
                .with_company(record.company_id)
                ._create_user_from_template(record._prepare_user(password))
            )
        if not record.partner_id:
            record.partner_id = user.partner_id
        if record.kind == "prospect" and record.company_id._telecom_allows(
            "prospecting", "create"
        ):
            record.lead_id = (
                record.env["crm.lead"]
                .with_company(record.company_id)
                .create(record._prepare_lead())
            )
        record.write({"state": "done", "code_hash": False})
        return user.login

    def _prepare_partner(self):
        """Return the values of a prospect's partner."""
        self.ensure_one()
        return {
            "name": self.contact_name or self.address,
            "company_id": self.company_id.id,
            "lang": self.lang,
            "country_id": self.company_id.country_id.id,
            "phone" if self.channel == "sms" else "email": self.address,
        }

    def _prepare_user(self, password):
        """Return the values of the account."""
        self.ensure_one()
        return {
            "login": self.address,
            "password": password,
            "name": self.partner_id.name,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "company_ids": [Command.set(self.company_id.ids)],
        }

    def _prepare_lead(self):
        """Return the values of the prospect."""
        self.ensure_one()
        partner = self.partner_id
        return {
            "name": self.env._("Registered on the portal: %s", partner.display_name),
            "type": "lead",
            "company_id": self.company_id.id,
            "partner_id": partner.id,
            "contact_name": partner.name,
            "phone": self.address if self.channel == "sms" else partner.phone,
            "email_from": self.address if self.channel == "email" else partner.email,
            "description": self.request,
            "telecom_source_id": self._internet_source().id,
            "user_id": False,
        }

    def _internet_source(self):
        """Return the operator's source of those who come by the portal."""
        Source = self.env["telecom.source"]
        known = Source.search(
            [("company_id", "=", self.company_id.id), ("kind", "=", "internet")],
            limit=1,
        )
        return known or Source.create(
            {
                "name": self.env._("Internet"),
                "kind": "internet",
                "company_id": self.company_id.id,
            }
        )

    @api.autovacuum
    def _gc_registrations(self):
        """Forget who asked from where; accounts and prospects stay."""
        before = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        # sudo: telecom.registration - of all operators
        self.sudo().search([("create_date", "<", before)], limit=50_000).unlink()
