from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CLERK, TelecomCallcenterCommon, recording


@tagged("post_install", "-at_install", "telecom")
class TestCampaign(TelecomCallcenterCommon):
    def test_a_campaign_begins_with_trees(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        campaign = self._campaign("New", self.queue_benin)
        self.assertTrue(campaign.disposition_ids.filtered("parent_id"))
        answered = campaign.disposition_ids.filtered(lambda n: n.code == "answered")
        self.assertFalse(answered.is_leaf)
        self.assertTrue(all(answered.child_ids.mapped("is_leaf")))
        self.assertEqual(answered.company_id, self.benin)
        branches = campaign.qualification_ids.filtered(lambda n: not n.parent_id)
        self.assertIn("technical", branches.mapped("code"))

    def test_trees_of_ones_own_stay_alone(self):
        campaign = self.env["telecom.campaign"].create(
            {
                "name": "Own",
                "company_id": self.benin.id,
                "disposition_ids": [Command.create({"name": "Done"})],
            }
        )
        self.assertEqual(campaign.disposition_ids.mapped("name"), ["Done"])
        self.assertTrue(campaign.qualification_ids)

    def test_copy_takes_the_trees_along(self):
        original = self.campaign_benin
        copy = original.copy()
        self.assertFalse(copy.did_ids)
        for field in ("disposition_ids", "qualification_ids"):
            self.assertEqual(
                [(node["name"], node["leaf"]) for node in copy[field]._tree_values()],
                [
                    (node["name"], node["leaf"])
                    for node in original[field]._tree_values()
                ],
            )
            self.assertFalse(copy[field] & original[field])
            self.assertEqual(copy[field].parent_id.campaign_id, copy)

    def test_branches_stay_in_their_campaign(self):
        node = self.campaign_benin.disposition_ids[0]
        foreign = self._campaign("Other", self.queue_benin).disposition_ids[0]
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            node.parent_id = foreign
        with self.assertRaises(UserError):
            node.parent_id = node.child_ids[0]

    def test_going_live_says_all_that_is_missing(self):
        campaign = self.env["telecom.campaign"].create(
            {
                "name": "Empty",
                "company_id": self.benin.id,
                "unavailable_policy": "message",
            }
        )
        campaign.disposition_ids.unlink()
        with self.assertRaises(UserError) as caught:
            campaign.action_go_live()
        message = str(caught.exception)
        for word in ("service number", "queue", "unavailable", "channels", "disposit"):
            self.assertIn(word, message)
        self.assertEqual(campaign.state, "draft")

    def test_going_live(self):
        campaign = self.campaign_benin
        self.env["telecom.digital.channel"].create(
            {"company_id": self.benin.id, "kind": "whatsapp", "address": "+229 01"}
        )
        self.assertFalse(campaign._missing_to_go_live())
        campaign.action_go_live()
        self.assertEqual(campaign.state, "live")
        campaign.action_stop()
        self.assertEqual(campaign.state, "stopped")

    def test_going_live_needs_a_service(self):
        self.env["telecom.digital.channel"].create(
            {"company_id": self.benin.id, "kind": "whatsapp", "address": "+229 01"}
        )
        self.service_benin.active = False
        [missing] = self.campaign_benin._missing_to_go_live()
        self.assertIn(self.provider.name, missing)

    def test_an_administrator_sets_it_all_up(self):
        """In the forms, as people do: skills, agent, queue, campaign, number, hours."""

        def form(model, record=None, **context):
            records = record if record is not None else self.env[model]
            return Form(self.as_user(records, self.user_admin).with_context(**context))

        with form("telecom.skill") as skill:
            skill.name = "Fon"
        with form("telecom.agent") as agent:
            agent.user_id = self.user_supervisor
            agent.site_id = self.site
            agent.pbx_id = self.pbx
            agent.extension = "150"
        agent = agent.record
        self.assertEqual(agent.company_id, self.provider)
        with form("telecom.queue") as queue:
            queue.name = "Fon"
            queue.company_id = self.benin
            queue.pbx_id = self.pbx
        queue = queue.record
        queue.write({"member_ids": [Command.create({"agent_id": agent.id})]})
        calendar = self.as_user(self.env["resource.calendar"], self.user_admin).create(
            {"name": "Hours", "company_id": self.benin.id}
        )
        with form("telecom.prompt") as prompt:
            prompt.name = "Closed"
            prompt.company_id = self.benin
            prompt.audio = recording()
        with form("telecom.campaign") as campaign:
            campaign.name = "Fon"
            campaign.company_id = self.benin
            campaign.queue_id = queue
            campaign.calendar_id = calendar
            campaign.closed_prompt_id = prompt.record
            campaign.channels_sms = False
        campaign = campaign.record
        self.as_user(self.env["telecom.did"], self.user_admin).create(
            {
                "number": "1930",
                "company_id": self.benin.id,
                "pbx_id": self.pbx.id,
                "campaign_id": campaign.id,
            }
        )
        campaign.action_go_live()
        self.assertEqual(campaign.state, "live")
        configuration = self.pbx._gateway_configuration()
        self.assertIn("1930", [did["number"] for did in configuration["dids"]])
        self.assertIn(campaign.id, [row["id"] for row in configuration["campaigns"]])

    def test_agents_by_skills(self):
        """Experts first; only those who have every skill."""
        Skill = self.env["telecom.skill"]
        fon = Skill.create({"name": "Fon", "company_id": self.provider.id})
        fibre = Skill.create({"name": "Fibre", "company_id": self.provider.id})
        self.env["telecom.agent.skill"].create(
            [
                {"agent_id": self.agent.id, "skill_id": fon.id, "level": 5},
                {"agent_id": self.agent.id, "skill_id": fibre.id, "level": 2},
                {"agent_id": self.other.id, "skill_id": fon.id, "level": 4},
            ]
        )
        queue = self._queue("Fon", self.benin)
        queue.skill_ids = fon
        wizard = Form(
            self.as_user(
                self.env["telecom.queue.add.agents"], self.user_supervisor
            ).with_context(default_queue_id=queue.id)
        )
        self.assertEqual(
            [(line.agent_id, line.penalty) for line in wizard.save().line_ids],
            [(self.agent, 0), (self.other, 1)],
        )
        wizard.skill_ids.add(fibre)
        wizard.save().action_add()
        self.assertEqual(queue.member_ids.agent_id, self.agent)
        self.assertEqual(queue.member_ids.penalty, 3)

    # -------------------------------------------------------------------------
    # Provider and operator
    # -------------------------------------------------------------------------

    def test_without_service_no_queue_agent_or_number(self):
        cases = [
            ("telecom.queue", {"name": "X", "company_id": self.togo.id}),
            ("telecom.did", {"number": "1300", "company_id": self.togo.id}),
        ]
        for model, vals in cases:
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.env[model].create({"pbx_id": self.pbx.id, **vals})
        with self.assertRaises(ValidationError):
            self.env["telecom.queue.member"].create(
                {"queue_id": self.queue_benin.id, "agent_id": self.rival_agent.id}
            )

    def test_an_ended_service_joins_nothing_new(self):
        self.service_benin.date_end = fields.Date.subtract(fields.Date.today(), days=1)
        with self.assertRaises(ValidationError):
            self._queue("Late", self.benin)
        # What is there stays: a live call is never cut
        self.assertTrue(self.queue_benin.exists())

    def test_an_operator_may_be_its_own_provider(self):
        pbx = self._pbx("own", self.togo)
        self.assertTrue(self._queue("Own", self.togo, pbx=pbx))

    def test_archived_queues_are_left(self):
        """Their agents leave them on Asterisk too, at once."""
        self.agent._set_presence("ready")
        count = len(self.commands(self.agent))
        self.queue_benin.active = False
        self.assertEqual(
            self.commands(self.agent)[count:].mapped("name"), ["apply_status"]
        )

    def test_agents_serve_queues_of_their_own_pbx(self):
        second = self._pbx("second", self.provider)
        queue = self._queue("Second", self.benin, pbx=second)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.env["telecom.queue.member"].create(
                {"queue_id": queue.id, "agent_id": self.agent.id}
            )
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.agent.pbx_id = second
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.queue_benin.pbx_id = second
        with self.assertRaises(ValidationError):
            self.campaign_benin.did_ids.pbx_id = second

    def test_an_agent_works_for_the_own_company(self):
        with self.assertRaises(ValidationError):
            self.env["telecom.agent"].create(
                {
                    "user_id": self.clerk_benin.id,
                    "company_id": self.provider.id,
                    "site_id": self.site.id,
                    "pbx_id": self.pbx.id,
                    "extension": "150",
                }
            )

    def test_an_agent_has_the_role(self):
        clerk = self._user("cc.clerk", self.provider, CLERK)
        with self.assertRaises(ValidationError):
            self._agent(clerk, "151")

    # -------------------------------------------------------------------------
    # Wallboard
    # -------------------------------------------------------------------------

    def _visit(self, call, number, result, wait, left=True):
        now = fields.Datetime.now()
        self.env["telecom.call.visit"].create(
            {
                "call_id": call.id,
                "queue_id": self.queue_benin.id,
                "number": number,
                "entered_at": now,
                "left_at": now if left else False,
                "result": result,
                "wait_seconds": wait,
            }
        )

    def test_wallboard(self):
        """A requeued call is offered once; short abandons do not count against."""
        self.queue_benin.service_level_seconds = 20
        requeued = self._call()
        self._visit(requeued, 1, "requeued", 4)
        self._visit(requeued, 2, "answered", 6)
        self._visit(self._call(), 1, "answered", 40)
        self._visit(self._call(), 1, "abandoned", 30)
        self._visit(self._call(), 1, "abandoned", 3)
        self._visit(self._call(), 1, "timeout", 600)
        self._visit(self._call(), 1, False, 0, left=False)
        self.agent._set_presence("ready")
        wallboard = self.as_user(
            self.env["telecom.queue"], self.user_supervisor
        ).get_wallboard()
        by_id = {row["id"]: row for row in wallboard}
        self.assertEqual(set(by_id), {self.queue_benin.id, self.queue_tunisia.id})
        row = by_id[self.queue_benin.id]
        self.assertEqual(
            {
                name: row[name]
                for name in ("offered", "answered", "abandoned", "waiting")
            },
            {"offered": 6, "answered": 2, "abandoned": 3, "waiting": 1},
        )
        self.assertEqual(row["service_level"], 20.0)
        self.assertEqual(row["agents"]["ready"], 1)
        self.assertEqual(row["company"], self.benin.name)
