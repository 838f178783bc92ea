from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResUsers(models.Model):
    """Colleagues an operator's manager looks after.

    Odoo lets only administrators write users, and their right knows no company. A
    manager changes them through ``telecom.colleague``, which asks this file what is
    his to change.
    """

    _inherit = "res.users"

    telecom_role_names = fields.Char(
        string="Roles", compute="_compute_telecom_role_names"
    )
    telecom_manageable = fields.Boolean(
        compute="_compute_telecom_manageable",
        help="Whether you may change this person's account.",
    )

    @api.depends("group_ids")
    def _compute_telecom_role_names(self):
        # sudo: res.groups - names only, of users whom the reader sees
        suite = self.env["res.groups"].sudo()._telecom_suite_groups()
        for user in self:
            user.telecom_role_names = ", ".join(
                (user.sudo().group_ids & suite).mapped("name")
            )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_telecom_manageable(self):
        mine = self.browse(self._telecom_manageable_ids())
        for user in self:
            user.telecom_manageable = user in mine

    def _telecom_manageable_ids(self):
        """Return which of these accounts the current user may change.

        Those of people who work for the active operator and for nobody else, and who
        may do nothing that the manager may not let others do; never one's own.
        """
        company = self.env.company
        if not self._telecom_may_manage(company):
            return []
        roles = self._telecom_grantable_roles()
        # sudo: res.users, res.groups - groups and companies of accounts, to compare
        reach = self.env.user.sudo().all_group_ids | roles.sudo().all_implied_ids
        return [
            user.id
            for user in self.sudo()
            if user.id
            and user.id != self.env.uid
            and not user.share
            and user.company_ids == company
            and user.all_group_ids <= reach
        ]

    @api.model
    def _telecom_may_manage(self, company):
        """Tell whether the current user looks after the accounts of a company."""
        user = self.env.user
        return bool(
            user.has_group("telecom_crm.group_telecom_manager")
            # sudo: res.users - one's own companies
            and company in user.sudo().company_ids
            and company.telecom_tenant
        )

    @api.model
    def _telecom_grantable_roles(self):
        """Return the groups the current user may give to colleagues.

        The suite's own that he has himself, and those that are nobody's superior;
        none that opens Odoo's settings.

        :rtype: res.groups
        """
        # sudo: res.groups - the catalogue of roles
        suite = self.env["res.groups"].sudo()._telecom_suite_groups()
        own = self.env.user.sudo().all_group_ids
        admin = self.env.ref("base.group_erp_manager").sudo()
        peers = self.env["res.groups"].sudo()._telecom_peer_roles()
        return (suite & (own | peers)).filtered(
            lambda group: admin not in group.all_implied_ids
        )

    def _telecom_check_manageable(self):
        """Refuse accounts that are not the current user's to change.

        :raises AccessError: without telling whose they are
        """
        if set(self.ids) - set(self._telecom_manageable_ids()):
            raise AccessError(
                self.env._(
                    "You can change accounts of people who work for your company "
                    "only, and who have no more rights than you. The platform's "
                    "administrator changes the others."
                )
            )

    def action_telecom_colleague(self):
        """Open the dialog with this person's account."""
        self.ensure_one()
        self._telecom_check_manageable()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "telecom.colleague",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_user_id": self.id},
        }


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _telecom_suite_groups(self):
        """Return the groups of the telecom apps, whichever are installed."""
        return self.search(
            [
                (
                    "privilege_id.category_id",
                    "=",
                    self.env.ref("telecom_crm.module_category_telecom").id,
                )
            ]
        )

    @api.model
    def _telecom_peer_roles(self):
        """Return roles a manager gives without having them himself.

        They open nothing that he may not see: sellers see less than he does.
        """
        return self.env.ref("telecom_crm.group_telecom_seller")
