from odoo import models


class DiscussChannel(models.Model):
    _name = "discuss.channel"
    _inherit = ["discuss.channel", "telecom.tenancy.mixin"]

    def _subscribe_users_automatically_get_members(self):
        """Core puts everybody of a group into a channel, of whatever company."""
        members = super()._subscribe_users_automatically_get_members()
        # sudo: res.users - whose the users are; the reader sees none of it
        Users = self.env["res.users"].sudo()
        for channel in self.filtered(lambda channel: members.get(channel.id)):
            strangers = (
                Users.search([("partner_id", "in", members[channel.id])])
                .filtered(
                    lambda user, channel=channel: (
                        user._telecom_bound()
                        and channel.sudo().telecom_company_id not in user.company_ids
                    )
                )
                .partner_id
            )
            members[channel.id] = [
                id_ for id_ in members[channel.id] if id_ not in strangers._ids
            ]
        return members

    def add_members(self, partner_ids=None, *args, **kwargs):
        self._telecom_check_partners(partner_ids)
        return super().add_members(partner_ids, *args, **kwargs)

    def _create_group(self, partners_to, *args, **kwargs):
        self._telecom_check_partners(partners_to)
        return super()._create_group(partners_to, *args, **kwargs)

    def _telecom_check_partners(self, partner_ids):
        """Whoever may not know somebody calls him into no conversation."""
        if partner_ids and self.env.user._telecom_bound():
            partners = self.env["res.partner"].browse(partner_ids)
            partners.sudo(False).check_access("read")
