from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import address, database, secret, settings
from ..tools.errors import ConnectorError

PORTS = {"postgresql": 5432, "mysql": 3306, "oracle": 2484, "http": 0}


class TelecomConnector(models.Model):
    """Somebody else's database or web service, and how to get in.

    The password is encrypted with a key that is not in the database (see
    ``tools.settings``), and nobody reads it back: only an access decrypts it.
    """

    _name = "telecom.connector"
    _description = "Connector"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("postgresql", "PostgreSQL"),
            ("mysql", "MySQL or MariaDB"),
            ("oracle", "Oracle"),
            ("http", "Web Service (HTTP, JSON)"),
        ],
        required=True,
        default="postgresql",
    )

    # Where
    host = fields.Char(string="Server")
    port = fields.Integer(help="The usual one of this kind when it is 0.")
    database = fields.Char(help="For Oracle, the name of the service.")
    url = fields.Char(
        string="Address", help="Of the web service: https://api.example.com/v2"
    )
    tls = fields.Selection(
        [
            ("verify", "Encrypted, and its certificate checked"),
            ("require", "Encrypted, its certificate not checked"),
            ("off", "Not encrypted"),
        ],
        string="Encryption",
        required=True,
        default="verify",
    )
    authority = fields.Text(
        string="Trusted Certificates",
        help="In PEM; those that browsers trust when empty.",
    )

    # Who
    login = fields.Char(string="User Name")
    authentication = fields.Selection(
        [
            ("none", "None"),
            ("basic", "User name and password"),
            ("bearer", "Bearer token"),
            ("header", "Header of its own"),
        ],
        required=True,
        default="none",
        help="Of web services.",
    )
    header_name = fields.Char(string="Header", help="For example X-Api-Key.")
    secret_token = fields.Char(
        string="Secret (encrypted)", copy=False, groups=fields.NO_ACCESS
    )
    secret = fields.Char(
        string="Password or Token",
        compute="_compute_secret",
        inverse="_inverse_secret",
        groups="telecom_callcenter.group_callcenter_admin",
        copy=False,
        help="Written only: nobody reads it back.",
    )
    has_secret = fields.Boolean(
        string="Secret Kept",
        compute="_compute_secret",
        groups="telecom_callcenter.group_callcenter_admin",
    )

    query_ids = fields.One2many("telecom.connector.query", "connector_id")
    query_count = fields.Integer(string="Queries", compute="_compute_query_count")

    _port_range = models.Constraint(
        "CHECK(port BETWEEN 0 AND 65535)", "A port is between 0 and 65535."
    )

    @api.depends("secret_token")
    def _compute_secret(self):
        for connector in self:
            connector.secret = False
            # sudo: telecom.connector - only whether there is one
            connector.has_secret = bool(connector.sudo().secret_token)

    def _inverse_secret(self):
        for connector in self:
            text = connector.secret
            if not text:
                continue
            try:
                token = secret.encrypt(text, settings.keys())
            except ConnectorError as error:
                raise UserError(self._explain(error)) from error
            # sudo: telecom.connector - written by who may set the connector up
            connector.sudo().secret_token = token

    @api.depends("query_ids")
    def _compute_query_count(self):
        counts = dict(
            self.env["telecom.connector.query"]._read_group(
                [("connector_id", "in", self.ids)], ["connector_id"], ["__count"]
            )
        )
        for connector in self:
            connector.query_count = counts.get(connector, 0)

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.constrains("kind", "host", "url", "tls", "authentication", "header_name")
    def _check_address(self):
        for connector in self:
            if connector.kind == "http":
                connector._check_url()
            elif not address.HOST.fullmatch(connector.host or ""):
                raise ValidationError(
                    self.env._("Say the name of the server, or its address.")
                )

    def _check_url(self):
        parts = urlsplit(self.url or "")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValidationError(
                self.env._("“%s” is no address of a web service.", self.url or "")
            )
        if parts.username or parts.query or parts.fragment:
            raise ValidationError(
                self.env._(
                    "The address holds no password and no question: there are "
                    "fields for them."
                )
            )
        if (parts.scheme == "http") != (self.tls == "off"):
            raise ValidationError(
                self.env._("https is encrypted, http is not: say the same twice.")
            )
        name = self.header_name or ""
        if self.authentication == "header" and not (
            name.isascii() and name.replace("-", "").isalnum()
        ):
            raise ValidationError(self.env._("Say which header holds the secret."))

    def write(self, vals):
        # A secret does not follow to another server: who may change the address
        # could have it sent to himself
        moved = {"kind", "host", "port", "url", "tls", "authority"} & vals.keys()
        before = {
            connector.id: [connector[name] for name in sorted(moved)]
            for connector in self
        }
        res = super().write(vals)
        if moved and not vals.get("secret"):
            for connector in self:
                now = [connector[name] for name in sorted(moved)]
                if now != before[connector.id]:
                    # sudo: telecom.connector - see above
                    connector.sudo().secret_token = False
        return res

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", connector.name)}
            if "name" not in (default or {})
            else vals
            for connector, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # -------------------------------------------------------------------------
    # Getting in
    # -------------------------------------------------------------------------

    def _secret(self):
        """Return the password or token; '' if there is none.

        :raises ConnectorError: when it cannot be decrypted
        """
        self.ensure_one()
        # sudo: telecom.connector - for an access, see telecom.connector.query
        token = self.sudo().secret_token
        return secret.decrypt(token, settings.keys()) if token else ""

    def _target(self):
        """Return where to connect to, its address judged.

        :rtype: database.Target
        :raises ConnectorError: see ``tools.address``
        """
        self.ensure_one()
        host, port = self.host, self.port or PORTS[self.kind]
        if self.kind == "http":
            parts = urlsplit(self.url)
            host = parts.hostname
            port = parts.port or (443 if parts.scheme == "https" else 80)
        networks = settings.networks(self.company_id.id)
        return database.Target(
            host=host,
            address=address.resolve(host, port, networks),
            port=port,
            database=self.database or "",
            user=self.login or "",
            password=self._secret(),
            tls=self.tls,
            authority=self.authority or "",
        )

    @api.model
    def _explain(self, error):
        """Return what went wrong, in the user's language.

        :param ConnectorError error: what was raised
        """
        _ = self.env._
        words = {
            "no_key": lambda: _(
                "There is no key to encrypt passwords with. The administrator of the "
                "server writes one to a file and names it in odoo.conf: see "
                "docs/back-office.md."
            ),
            "bad_key": lambda: _("The key that encrypts passwords is not a good one."),
            "other_key": lambda: _(
                "The password was encrypted with another key: enter it once more."
            ),
            "bad_network": lambda: _(
                "“%s” among the networks in odoo.conf is no network.", error.detail
            ),
            "unknown_host": lambda: _(
                "The server “%s” is not known by this name.", error.detail
            ),
            "private_address": lambda: _(
                "“%s” is at a private address. The administrator of the server says "
                "in odoo.conf which private networks may be reached.",
                error.detail,
            ),
            "no_driver": lambda: _(
                "The Python package %s is not installed on the server.", error.detail
            ),
            "unreachable": lambda: _("The server could not be reached."),
            "refused": lambda: _("The server refused the user name or the password."),
            "timeout": lambda: _("The server took too long to answer."),
            "failed": lambda: self._explain_refusal(error.detail),
            "too_many": lambda: _(
                "More records would have been changed than allowed (%s): nothing was "
                "changed.",
                error.detail,
            ),
            "too_large": lambda: _("The answer is too large."),
            "no_json": lambda: _("The answer is not JSON."),
            "no_result": lambda: _(
                "There is nothing called “%s” in the answer.", error.detail
            ),
            "elsewhere": lambda: _("The web service leads to another address."),
            "missing": lambda: _("“%s” is missing.", error.detail),
            "bad_value": lambda: _(
                "“%s” has a value that is not possible.", error.detail
            ),
            "again": lambda: _(
                "This was sent before, and it is not known whether it arrived."
            ),
        }
        return words.get(error.code, lambda: str(error))()

    def _explain_refusal(self, code):
        """Return why a server refuses a query, as far as its code says.

        Its own words are not shown: they repeat values.

        :param str code: SQLSTATE, or what else the driver gives
        """
        _ = self.env._
        why = {
            "42601": _("it is no SQL that the server understands"),
            "42P01": _("it names a table that is not there"),
            "42703": _("it names a column that is not there"),
            "42501": _("the user name of the connector may not do this"),
            "25006": _("what reads may change nothing"),
        }.get(code)
        if not why:
            return _("The server refused the query (%s).", code)
        return _(
            "The server refused the query: %(why)s (%(code)s).", why=why, code=code
        )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_test(self):
        """Connect, and tell whether it worked."""
        self.ensure_one()
        self.check_access("write")
        try:
            self._try()
        except ConnectorError as error:
            kind, message = "danger", self._explain(error)
        else:
            kind, message = "success", self.env._("The connection works.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": message, "sticky": kind == "danger"},
        }

    def _try(self):
        """Get in and out again; logged as every access.

        :raises ConnectorError: why not
        """
        Access = self.env["telecom.connector.access"]
        with Access._logged(self) as outcome:
            target = self._target()
            if self.kind == "http":
                outcome["count"] = self._call(
                    target, "GET", "", limit=1, seconds=10
                ).count
                return
            text = (
                "SELECT 1 AS one FROM dual"
                if self.kind == "oracle"
                else "SELECT 1 AS one"
            )
            outcome["count"] = database.run(
                self.kind, target, text, {}, read=True, limit=1, seconds=10
            ).count

    def action_view_queries(self):
        """Show what is asked of this system."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Queries"),
            "res_model": "telecom.connector.query",
            "view_mode": "list,kanban,form",
            "domain": [("connector_id", "=", self.id)],
            "context": {"default_connector_id": self.id},
        }

    def action_view_accesses(self):
        """Show who asked what of this system."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Access Log"),
            "res_model": "telecom.connector.access",
            "view_mode": "list,pivot,graph,form",
            "domain": [("connector_id", "=", self.id)],
        }

    # -------------------------------------------------------------------------
    # Web services
    # -------------------------------------------------------------------------

    def _call(self, target, method, path, **how):
        """Call this web service.

        :param Target target: of :meth:`_target`
        :param how: of ``tools.web.call``
        :return: Answer
        """
        # Only web services pay for its import
        from ..tools import web  # noqa: PLC0415

        return web.call(
            self.url,
            target.address,
            method,
            path,
            headers=self._headers(target),
            context=database.tls_context(target),
            **how,
        )

    def _headers(self, target):
        from urllib3.util import make_headers  # noqa: PLC0415

        if self.authentication == "basic":
            return make_headers(basic_auth=f"{target.user}:{target.password}")
        if self.authentication == "bearer":
            return {"Authorization": f"Bearer {target.password}"}
        if self.authentication == "header":
            return {self.header_name: target.password}
        return {}
