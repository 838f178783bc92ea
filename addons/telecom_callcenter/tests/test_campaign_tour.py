from odoo.tests import HttpCase, tagged

from .common import CallcenterSetup
from .test_campaign_contact import OutboundCase


@tagged("post_install", "-at_install", "telecom")
class TestNumberFileTour(CallcenterSetup, HttpCase):
    def test_from_the_file_to_ready_contacts(self):
        """A supervisor brings a file; good rows are called, bad ones say why not."""
        campaign = OutboundCase._outbound.__func__(type(self), "Relance")

        self.start_tour(
            f"/odoo/action-telecom_callcenter.action_telecom_campaign/{campaign.id}"
            f"?cids={self.benin.id}",
            "telecom_callcenter_number_file",
            login="cc.supervisor",
        )

        self.assertEqual(
            campaign.file_ids.column_ids.mapped("target"),
            ["name", "number", "property"],
        )
        [contact] = campaign.contact_ids
        self.assertEqual(contact.number, "+2290197000001")
        self.assertEqual(contact.state, "ready")
        self.assertEqual(campaign.file_ids.error_ids.code, "number")

    def test_a_supervisor_makes_a_campaign(self):
        """From the file through the checklist to live, without an administrator."""
        self.env["telecom.did"].create(
            {
                "number": "+2290121000001",
                "company_id": self.benin.id,
                "pbx_id": self.pbx.id,
            }
        )

        self.start_tour(
            "/odoo/action-telecom_callcenter.action_telecom_campaign_setup"
            f"?cids={self.benin.id}-{self.provider.id}",
            "telecom_callcenter_campaign_setup",
            login="cc.supervisor",
        )

        campaign = self.env["telecom.campaign"].search(
            [("name", "=", "Relance de novembre")]
        )
        self.assertEqual(campaign.state, "live")
        self.assertEqual(campaign.create_uid.login, "cc.supervisor")
        self.assertEqual(campaign.company_id, self.benin)
        self.assertEqual(campaign.queue_id.member_ids.agent_id, self.agent)
        self.assertFalse(campaign.keep_public_holidays)
        self.assertEqual(campaign.contact_ids.number, "+2290197000001")
