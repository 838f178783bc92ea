from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

#: Who is told that everybody was called, among those who work for the operator
TOLD_GROUPS = (
    "telecom_callcenter.group_callcenter_supervisor",
    "telecom_crm.group_telecom_manager",
)
#: Statuses named in the notice
MOST_STATUSES = 8


class TelecomCampaign(models.Model):
    """When everybody of a campaign has been called, and who is told."""

    _name = "telecom.campaign"
    _inherit = ["telecom.campaign", "telecom.notified.mixin"]

    finished_at = fields.Datetime(
        string="Everybody Called",
        readonly=True,
        copy=False,
        help="Since when there is nobody left to be called.",
    )

    def _configuration_ignored(self):
        return super()._configuration_ignored() | {"finished_at"}

    @api.model
    def _cron_notice_finished(self):
        """Tell the people of live campaigns that everybody has been called.

        Once; again when contacts that came later have been called too.
        """
        fresh, going = self._finished_lately()
        # sudo: telecom.campaign - the scheduler, for every operator
        going.sudo().finished_at = False
        fresh.sudo().finished_at = fields.Datetime.now()
        if fresh:
            self.env["telecom.notification"]._telecom_notify(
                "campaign_finished",
                {campaign: campaign._told_when_finished() for campaign in fresh},
            )
        return len(fresh)

    @api.model
    def _finished_lately(self):
        """:return: campaigns with nobody left that were not told yet, and campaigns
        that were and have somebody again"""
        self.env["telecom.campaign.contact"].flush_model(["state", "campaign_id"])
        self.flush_model(["state", "kind", "finished_at"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH campaigns AS (
                    SELECT id, finished_at,
                           EXISTS (SELECT FROM telecom_campaign_contact
                                    WHERE campaign_id = c.id AND state = 'ready')
                        OR EXISTS (SELECT FROM telecom_campaign_contact
                                    WHERE campaign_id = c.id AND state = 'reserved')
                        OR EXISTS (SELECT FROM telecom_campaign_contact
                                    WHERE campaign_id = c.id AND state = 'callback')
                        OR EXISTS (SELECT FROM telecom_campaign_file
                                    WHERE campaign_id = c.id
                                      AND state IN ('waiting', 'running')) AS going
                      FROM telecom_campaign c
                     WHERE state = 'live' AND kind IN ('outbound', 'field')
                )
                SELECT id, going FROM campaigns
                 WHERE going = (finished_at IS NOT NULL)
                   AND (going OR EXISTS (SELECT FROM telecom_campaign_contact
                                          WHERE campaign_id = campaigns.id))
                """
            )
        )
        return (
            self.browse(ident for ident, going in rows if not going),
            self.browse(ident for ident, going in rows if going),
        )

    def _told_when_finished(self):
        """Users who run this campaign or whose operator it calls for."""
        self.ensure_one()
        groups = self.env["res.groups"].browse(
            self.env.ref(name).id for name in TOLD_GROUPS
        )
        # sudo: res.users - of this operator only
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", groups.ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                ]
            )
        )

    def _telecom_notification_text(self, kind):
        self.ensure_one()
        if kind != "campaign_finished":
            return super()._telecom_notification_text(kind)
        # sudo: telecom.campaign.contact - counts, for those the notice is sent to
        groups = (
            self.env["telecom.campaign.contact"]
            .sudo()
            ._read_group(
                [("campaign_id", "=", self.id)],
                ["disposition_id"],
                ["__count"],
                order="__count desc",
            )
        )
        called = sum(count for _status, count in groups)
        subject = self.env._(
            "%(campaign)s: everybody has been called (%(count)s contacts)",
            campaign=self.name,
            count=called,
        )
        lines = [
            f"{status.display_name or self.env._('Without a status')}: {count}"
            for status, count in groups[:MOST_STATUSES]
        ]
        lines.append(
            self.env._("Add a file, call some of them again, or stop the campaign.")
        )
        return subject, Markup("<br/>").join(lines)
