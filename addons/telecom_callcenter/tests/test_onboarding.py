from odoo.tests import Form, tagged

from .common import TelecomCallcenterCommon

PLATFORM = "telecom_crm.group_telecom_platform"


@tagged("post_install", "-at_install", "telecom")
class TestOnboarding(TelecomCallcenterCommon):
    def _create(self, **values):
        platform = self._user("cc.platform", self.provider, PLATFORM)
        wizard = self.env["telecom.operator.onboarding"].with_user(platform)
        for page in (
            {"name": "Essai Mobile", "country_id": self.env.ref("base.tg")},
            {
                "manager_name": "Ama Mensah",
                "manager_email": "ama@essai.example",
                "manager_access": "password",
                **values,
            },
        ):
            form = Form(wizard)
            for name, value in page.items():
                setattr(form, name, value)
            wizard = form.save()
            if wizard.step == "company":
                wizard.action_next()
        wizard.action_create_operator()
        return wizard.company_id

    def test_an_operator_begins_with_a_campaign_and_its_contact_centre(self):
        company = self._create(provider_id=self.provider)
        campaign = self.env["telecom.campaign"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(campaign.kind, "inbound")
        self.assertEqual(campaign.state, "draft")
        self.assertEqual(campaign.calendar_id, company.resource_calendar_id)
        self.assertTrue(campaign.disposition_ids)
        self.assertTrue(campaign.qualification_ids)
        Service = self.env["telecom.operator.service"]
        self.assertTrue(Service._is_served(company, self.provider))

    def test_an_operator_may_take_its_calls_itself(self):
        company = self._create(provider_id=self.env["res.company"])
        self.assertFalse(
            self.env["telecom.operator.service"].search(
                [("operator_id", "=", company.id)]
            )
        )
