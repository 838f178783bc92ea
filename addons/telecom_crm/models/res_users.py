import logging

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools import login as logins

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    _inherit = "res.users"

    telecom_login = fields.Char(
        string="Login as Typed",
        compute="_compute_telecom_login",
        help="The login of a customer's portal account is stored with its operator, so "
        "that the same customer may have an account at each.",
    )

    @api.depends("login")
    def _compute_telecom_login(self):
        for user in self:
            user.telecom_login = logins.show(user.login)

    def _telecom_bound(self):
        """Tell whether the strict rules of tenancy bind this user.

        They bind whoever works for an operator, agents of a contact centre included;
        not the platform's administrators, who create operators and mend what went
        astray, and nobody of a company that has nothing to do with operators.
        """
        self.ensure_one()
        # sudo: res.users - the rules ask this of a user who may read nothing yet
        return any(
            self.sudo().company_ids.mapped("telecom_tenant")
        ) and not self.has_group("base.group_system")

    @api.model
    def _telecom_check_colleagues(self, user_ids):
        """Refuse to give work to people of other operators, by their ids.

        :param user_ids: ids of users
        :raises AccessError: whether such users exist or not
        """
        if not user_ids or self.env.su or not self.env.user._telecom_bound():
            return
        asked = self.browse(user_ids)
        unknown = asked - asked.exists()._filtered_access("read")
        # The platform's people are of no operator
        unknown -= (
            unknown.sudo()
            .exists()
            .filtered(lambda user: user._is_internal() and not user._telecom_bound())
        )
        if unknown:
            raise AccessError(
                self.env._("You can give work to people of your own operators only.")
            )

    def _telecom_link_company(self):
        # sudo: res.users - the host only
        return self.sudo().company_id

    # Logins of portal accounts: one per operator. Only operators with a host of their
    # own can tell them apart.

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._telecom_complete_login(vals) for vals in vals_list]
        users = super().create(vals_list)
        users._telecom_store_logins()
        users._telecom_silence_odoobot()
        return users

    def _telecom_silence_odoobot(self):
        """No lesson in chatting: on a telephone its window covers the counter."""
        if "odoobot_state" in self._fields:
            # sudo: res.users - a setting of new users, whoever may make them
            self.sudo().filtered(
                lambda user: any(user.company_ids.mapped("telecom_tenant"))
            ).write({"odoobot_state": "disabled"})

    def write(self, vals):
        if self.env.context.get("telecom_login_stored"):
            return super().write(vals)
        if "login" in vals and len(self) == 1 and self._telecom_login_company():
            company = self._telecom_login_company()
            vals = {**vals, "login": logins.store(vals["login"], company.id)}
        res = super().write(vals)
        if vals.keys() & {"login", "group_ids", "company_id"}:
            self._telecom_store_logins()
        return res

    @api.model
    def _telecom_complete_login(self, vals):
        """Return values for a new user with the login as it is stored.

        Before it exists: stored as typed, even for a moment, it might be somebody's.
        """
        if not vals.get("login"):
            return vals
        ids = set()
        for command in vals.get("group_ids") or []:
            if isinstance(command, int):
                ids.add(command)
            elif command[0] == Command.SET:
                ids = set(command[2])
            elif command[0] == Command.LINK:
                ids.add(command[1])
        # sudo: res.groups - who signs up reads none
        groups = self.env["res.groups"].sudo().browse(ids).all_implied_ids
        company = self.env["res.company"].browse(
            vals.get("company_id") or self.env.company.id
        )
        if (
            self.env.ref("base.group_portal") not in groups
            or not company._telecom_has_hosts()
        ):
            return vals
        self._telecom_check_login_free(logins.show(vals["login"]), company)
        return {**vals, "login": logins.store(vals["login"], company.id)}

    def _telecom_login_company(self):
        """Return the company in the stored login of a user, none for most users."""
        self.ensure_one()
        # sudo: res.users - where an account belongs
        user = self.sudo()
        company = user.company_id
        if user._is_portal() and company._telecom_has_hosts():
            return company
        return company.browse()

    def _telecom_store_logins(self):
        """Bring stored logins in line with groups, companies and hosts."""
        for user in self:
            company = user._telecom_login_company()
            wanted = logins.store(user.login, company.id)
            # Only our own suffix is taken off
            owner = logins.split(user.login)[1]
            if user.login and user.login != wanted and (company or owner):
                if company:
                    self._telecom_check_login_free(logins.show(wanted), company)
                user.with_context(telecom_login_stored=True).login = wanted

    @api.model
    def _telecom_check_login_free(self, login, company):
        """On an operator's host its own people's logins are nobody else's."""
        # sudo: res.users - the operator's own people only
        if (
            self.sudo()
            .with_context(active_test=False)
            .search_count(
                [
                    ("login", "=", login),
                    ("share", "=", False),
                    ("company_ids", "in", company.ids),
                ],
                limit=1,
            )
        ):
            raise ValidationError(
                self.env._("You can not have two users with the same login!")
            )

    @api.model
    def _get_login_domain(self, login):
        """A login typed on an operator's host is an account of this operator."""
        company = self.env["telecom.host"]._company_of_request()
        if not company or logins.split(login)[1] == company.id:
            return super()._get_login_domain(login)
        return super()._get_login_domain(logins.store(login, company.id)) | (
            super()._get_login_domain(login) & self._telecom_host_domain(company)
        )

    @api.model
    def _get_email_domain(self, email):
        company = self.env["telecom.host"]._company_of_request()
        return super()._get_email_domain(email) & self._telecom_host_domain(company)

    @api.model
    def _get_login_order(self):
        # A customer's account before that of a colleague from elsewhere
        return f"share desc, {super()._get_login_order()}"

    @api.model
    def _telecom_host_domain(self, company):
        """Return which accounts exist for a host.

        Those of people who work here, wherever they do, and those of the company's own
        customers.

        :param res.company company: whose host it is; none: the platform's
        """
        internal = Domain("share", "=", False)
        if company:
            return internal | Domain("company_id", "=", company.id)
        return internal | Domain("company_id.telecom_host_ids", "=", False)

    # Sign-up and forgotten passwords

    @api.model
    def _create_user_from_template(self, values):
        user = super()._create_user_from_template(values)
        # What sign-up logs in with
        values["login"] = user.login
        return user

    @api.model
    def _signup_create_user(self, values):
        """Who signs up on an operator's host becomes its customer's account."""
        company = self.env["telecom.host"]._company_of_request()
        if company and "partner_id" not in values:
            values["company_id"] = company.id
            values["company_ids"] = [Command.set(company.ids)]
        return super()._signup_create_user(values)

    def authenticate(self, credential, user_agent_env):
        """An administrator on an operator's host does not move the platform there."""
        if user_agent_env and self.env["telecom.host"]._company_of_request():
            user_agent_env = {**user_agent_env, "base_location": None}
        return super().authenticate(credential, user_agent_env)

    @api.model
    def reset_password(self, login):
        """From the web, answer alike whether there is an account or not.

        The work is done later: how long the answer takes tells nothing either.
        """
        if not self.env.context.get("telecom_reset_later"):
            return super().reset_password(login)
        self.env["telecom.password.request"]._enqueue(login)
        return True

    @api.model
    def _telecom_reset_passwords(self, login, company):
        """Send the link to choose a new password to whoever has this login.

        :param str login: as typed
        :param res.company company: on whose host; none: the platform's
        """
        domain = self._telecom_host_domain(company) & Domain("active", "=", True)
        by_login = Domain("login", "=", login)
        if company:
            by_login |= Domain("login", "=", logins.store(login, company.id))
        users = self.search(by_login & domain, order="share desc, id", limit=1)
        if not users:
            users = self.search(Domain("email", "=", login) & domain, limit=2)
        if len(users) != 1:
            _logger.info("Password asked for a login that is nobody's, or several's")
            return
        try:
            users.action_reset_password()
        except UserError as error:
            _logger.info("No password link for user %s: %s", users.id, error)
