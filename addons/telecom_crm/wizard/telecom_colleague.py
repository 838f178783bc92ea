import secrets

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from odoo.addons.base.models.ir_mail_server import MailDeliveryException


class TelecomColleague(models.TransientModel):
    """The account of somebody who works for the operator, as its manager keeps it.

    Users belong to Odoo's administrators. What a manager may do with them is checked
    here, each time, before ``sudo()`` does it: whose account it is
    (``res.users._telecom_manageable_ids``) and which roles may be given
    (``_telecom_grantable_roles``).
    """

    _name = "telecom.colleague"
    _description = "Colleague"

    user_id = fields.Many2one("res.users", readonly=True)
    active = fields.Boolean(compute="_compute_active", string="May Log In")
    name = fields.Char(compute="_compute_account", store=True, readonly=False)
    email = fields.Char(
        string="E-mail",
        compute="_compute_account",
        store=True,
        readonly=False,
        help="With which this person logs in.",
    )
    phone = fields.Char(compute="_compute_account", store=True, readonly=False)
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        compute="_compute_account",
        store=True,
        readonly=False,
    )
    allowed_role_ids = fields.Many2many("res.groups", compute="_compute_allowed_roles")
    role_ids = fields.Many2many(
        "res.groups",
        string="Roles",
        compute="_compute_account",
        store=True,
        readonly=False,
    )
    renew = fields.Boolean(string="New Password")
    access = fields.Selection(
        [
            ("invitation", "Link by e-mail"),
            ("password", "Password, shown once"),
        ],
        string="Password",
        default="invitation",
        help="How the person gets a password.",
    )
    done = fields.Boolean(readonly=True)
    password = fields.Char(string="Password, Shown Once", compute="_compute_password")

    @api.depends("user_id")
    def _compute_active(self):
        for colleague in self:
            colleague.active = not colleague.user_id or colleague.user_id.active

    @api.depends("user_id")
    def _compute_account(self):
        for colleague in self:
            user = colleague.user_id
            # Whoever opened the dialog, in whatever environment it is computed
            keeper = colleague.create_uid or self.env.user
            if user:
                user.with_user(keeper)._telecom_check_manageable()
            # sudo: res.users - the groups of an account checked above
            user = user.sudo()
            roles = self.env["res.users"].with_user(keeper)._telecom_grantable_roles()
            colleague.name = user.name
            colleague.email = user.login
            colleague.phone = user.phone
            colleague.lang = user.lang or self.env.user.lang or "en_US"
            colleague.role_ids = (
                user.group_ids & roles
                if user
                else self.env.ref("telecom_crm.group_telecom_clerk")
            )

    @api.depends_context("uid")
    def _compute_allowed_roles(self):
        self.allowed_role_ids = self.env["res.users"]._telecom_grantable_roles()

    @api.depends_context("telecom_password")
    def _compute_password(self):
        # Nobody finds the password in the database: it is in the answer only.
        self.password = self.env.context.get("telecom_password")

    # Buttons

    def action_save(self):
        """Create or change the account.

        :raises AccessError: it, or a role, is not the manager's to give
        :raises UserError: something is missing or not possible
        """
        self.ensure_one()
        company = self.env.company
        roles = self._check_allowed(company)
        values = self._prepare_values()
        user = self._accounts(company).browse(self.user_id.id)
        if "login" in values:
            self._check_login(user, values["login"])
        access = self.access if self.renew or not user else False
        password = secrets.token_urlsafe(12) if access == "password" else False
        if password:
            values["password"] = password
        if user:
            given = self.env["res.users"]._telecom_grantable_roles()
            values["group_ids"] = [
                *(Command.unlink(group.id) for group in given - roles),
                *(Command.link(group.id) for group in roles),
            ]
            user.write(values)
        else:
            user = user.create(
                {
                    **values,
                    "tz": self.env.user.tz,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.set((self.env.ref("base.group_user") | roles).ids)
                    ],
                }
            )
        # What roles imply is never more than the manager may give
        user.with_user(self.env.user).with_company(company)._telecom_check_manageable()
        if access == "invitation":
            self._send_link(user, new=not self.user_id)
        self._log(
            user,
            self.env._("Account changed: %(roles)s", roles=user.telecom_role_names)
            if self.user_id
            else self.env._(
                "Account created: %(roles)s", roles=user.telecom_role_names
            ),
        )
        if not password:
            return {"type": "ir.actions.act_window_close"}
        self.write({"user_id": user.id, "done": True})
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"telecom_password": password},
        }

    def action_toggle_active(self):
        """Let the person log in no more, or again."""
        self.ensure_one()
        company = self.env.company
        self._check_allowed(company)
        if not self.user_id:
            raise UserError(self.env._("This account does not exist yet."))
        user = self._accounts(company).browse(self.user_id.id)
        user.active = not user.active
        self._log(
            user,
            self.env._("Account opened again")
            if user.active
            else self.env._("Account closed"),
        )
        return {"type": "ir.actions.act_window_close"}

    # What they need

    def _check_allowed(self, company):
        """Refuse what is not the manager's to do, and return the roles to give.

        :rtype: res.groups
        """
        Users = self.env["res.users"]
        if not Users._telecom_may_manage(company):
            raise AccessError(
                self.env._("Only the operator's manager changes its accounts.")
            )
        self.user_id._telecom_check_manageable()
        # sudo: res.groups - compared only
        roles = self.role_ids.sudo()
        if roles - Users._telecom_grantable_roles():
            raise AccessError(self.env._("You cannot give a right you do not have."))
        if not roles:
            raise UserError(self.env._("Choose at least one role."))
        return roles

    def _accounts(self, company):
        """Return users to write on, without whatever the caller's context says.

        A ``default_…`` in it would be written with an administrator's rights.
        """
        # sudo: res.users - after _check_allowed; one's own operator's only
        return (
            self.env["res.users"]
            .with_context(
                {
                    "lang": self.env.lang,
                    "allowed_company_ids": company.ids,
                    "active_test": False,
                    "no_reset_password": True,
                }
            )
            .sudo()
        )

    def _prepare_values(self):
        if not self.name:
            raise UserError(self.env._("Fill in the name."))
        values = {
            "name": self.name,
            "phone": self.phone,
            "lang": self.lang or self.env.user.lang,
        }
        # Accounts made elsewhere may log in with something else than an e-mail
        if not self.user_id or self.email != self.user_id.login:
            email = email_normalize(self.email)
            if not email:
                raise UserError(
                    self.env._("“%(email)s” is no e-mail address.", email=self.email)
                )
            values.update(login=email, email=email)
        return values

    def _check_login(self, user, login):
        """Refuse a login that is taken, without telling by whom."""
        if user.search_count([("login", "=", login), ("id", "!=", user.id)], limit=1):
            raise UserError(
                self.env._(
                    "“%(login)s” cannot be used to log in here. Take another e-mail.",
                    login=login,
                )
            )

    def _send_link(self, user, new):
        try:
            user.with_context(create_user=new)._action_reset_password(
                signup_type="signup" if new else "reset"
            )
        except MailDeliveryException as error:
            raise UserError(
                self.env._(
                    "The link could not be sent, so nothing was changed. Choose a "
                    "password instead, or ask the platform's administrator."
                )
            ) from error

    def _log(self, user, text):
        # sudo: res.partner - the person's own contact; the author is the manager
        user.partner_id.message_post(
            body=text,
            author_id=self.env.user.partner_id.id,
            message_type="notification",
        )
