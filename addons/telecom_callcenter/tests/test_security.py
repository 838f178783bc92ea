import base64
import json
from contextlib import contextmanager

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.bus.tests.common import WebsocketCase

from .common import CallcenterSetup, TelecomCallcenterCommon, recording

RULES = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
#: The provider's own: shared by operators, so that none of them looks inside
INFRASTRUCTURE = {
    "telecom.site",
    "telecom.skill",
    "telecom.agent.skill",
    "telecom.pause.reason",
    "telecom.pbx",
    "telecom.pbx.status",
    "telecom.pbx.command",
    "telecom.trunk",
    "telecom.agent.live",
    "telecom.agent.event",
}
#: What only the gateway and the log write
FACTS = {
    "telecom.call",
    "telecom.call.leg",
    "telecom.call.visit",
    "telecom.agent.event",
    "telecom.agent.live",
    "telecom.pbx.status",
    "telecom.pbx.command",
    "telecom.seller.duty",
    "telecom.seller.position",
    "telecom.field.entry",
    "telecom.script.answer",
    "telecom.work.session",
    "telecom.campaign.followup.sent",
    "telecom.campaign.attempt",
    "telecom.campaign.pacing",
    "telecom.campaign.knowledge",
}
REFUSED = (AccessError, UserError, psycopg2.Error)


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestSecurity(TelecomCallcenterCommon):
    """Every model of the addon, for every role and every other side's records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider_records = cls._records(cls.campaign_benin, cls.agent, cls.site)
        cls.tunisian_records = cls._records(cls.campaign_tunisia, cls.other, cls.site)
        cls.rival_records = cls._records(
            cls.campaign_togo, cls.rival_agent, cls.rival_site
        )
        cls.provider_side = (
            cls.user_agent
            | cls.user_supervisor
            | cls.user_admin
            | cls.manager_benin
            | cls.clerk_benin
            | cls.supervisor_benin
            | cls.admin_benin
            | cls.manager_tunisia
        )

    @classmethod
    def _records(cls, campaign, agent, site):
        """One record at least of each model, of an operator and its provider."""
        company, queue = campaign.company_id, campaign.queue_id
        pbx, provider = queue.pbx_id, queue.pbx_id.company_id
        suffix = str(company.id)
        Skill = cls.env["telecom.skill"]
        skill = Skill.create({"name": f"Skill {suffix}", "company_id": provider.id})
        call = cls._call(campaign, agent)
        visit = cls.env["telecom.call.visit"].create(
            {
                "call_id": call.id,
                "queue_id": queue.id,
                "number": 1,
                "entered_at": call.start_at,
            }
        )
        leg = cls.env["telecom.call.leg"].create(
            {"call_id": call.id, "pbx_id": pbx.id, "uniqueid": f"leg-{suffix}"}
        )
        records = {
            "telecom.site": site,
            "telecom.skill": skill,
            "telecom.agent.skill": cls.env["telecom.agent.skill"].create(
                {"agent_id": agent.id, "skill_id": skill.id}
            ),
            "telecom.pause.reason": cls.env["telecom.pause.reason"].search(
                [("company_id", "=", provider.id)], limit=1
            ),
            "telecom.pbx": pbx,
            "telecom.pbx.status": pbx.status_ids,
            "telecom.pbx.command": pbx._send_command("apply_status", agent=agent),
            "telecom.trunk": cls.env["telecom.trunk"].create(
                {
                    "name": f"Trunk {suffix}",
                    "company_id": provider.id,
                    "pbx_id": pbx.id,
                    "host": "192.0.2.1",
                    "secret": "open sesame",
                }
            ),
            "telecom.operator.service": cls.env["telecom.operator.service"].search(
                [("operator_id", "=", company.id)]
            ),
            "telecom.agent": agent,
            "telecom.agent.live": agent.live_ids,
            "telecom.agent.event": cls.env["telecom.agent.event"]._log(
                "command", agent, call=call
            ),
            "telecom.prompt": cls.env["telecom.prompt"].create(
                {"name": "Closed", "company_id": company.id, "audio": recording()}
            ),
            "telecom.digital.channel": cls.env["telecom.digital.channel"].create(
                {"company_id": company.id, "kind": "web", "address": "example.com"}
            ),
            "telecom.priority.number": cls.env["telecom.priority.number"].create(
                {"company_id": company.id, "number": "+2290197123456"}
            ),
            "telecom.queue": queue,
            "telecom.queue.member": queue.member_ids[:1],
            "telecom.disposition": campaign.disposition_ids[:1],
            "telecom.qualification": campaign.qualification_ids[:1],
            "telecom.campaign": campaign,
            "telecom.did": cls.env["telecom.did"].create(
                {"number": f"13{suffix}", "company_id": company.id, "pbx_id": pbx.id}
            ),
            "telecom.call": call,
            "telecom.call.leg": leg,
            "telecom.call.visit": visit,
            "telecom.call.wrapup": cls._hang_up(call, agent),
            "telecom.callback": cls.env["telecom.callback"].create(
                {
                    "company_id": company.id,
                    "number": "+2290197123456",
                    "due_at": "2099-01-01 10:00:00",
                    "agent_id": agent.id,
                }
            ),
            "telecom.sms.gateway": cls.env["telecom.sms.gateway"].create(
                {
                    "company_id": company.id,
                    "url": "https://sms.example.com/send",
                    "auth_token": "open sesame",
                }
            ),
        }
        records |= cls._field_records(company, agent.user_id)
        records |= cls._script_records(company, campaign, agent, call)
        records |= cls._outbound_records(company, campaign, pbx)
        records |= cls._work_records(company, agent.user_id)
        cls.env.flush_all()
        return records

    @classmethod
    def _field_records(cls, company, user):
        """The same of field sales."""
        own = {"company_id": company.id}
        seller = cls.env["telecom.field.seller"].create({"user_id": user.id, **own})
        own["seller_id"] = seller.id
        start = "2099-01-01 10:00:00"
        values = {
            "telecom.appointment": {"customer_name": "Awa", "start": start},
            "telecom.seller.duty": {"started_at": start},
            "telecom.seller.position": {"at": start},
            "telecom.field.entry": {"key": "1", "kind": "call", "at": start},
        }
        return {
            "telecom.sales.zone": cls.env["telecom.sales.zone"].create(
                {"name": "Centre", "company_id": company.id}
            ),
            "telecom.field.seller": seller,
            **{
                name: cls.env[name].create({**vals, **own})
                for name, vals in values.items()
            },
        }

    @classmethod
    def _outbound_records(cls, company, campaign, pbx):
        """The same of calls out: files, contacts, attempts, what was learnt."""
        own = {"campaign_id": campaign.id}
        rows = base64.b64encode(b"Nom;Telephone\nAwa;+2290197123457\n")
        file = cls.env["telecom.campaign.file"].create({"file": rows, **own})
        contact = cls.env["telecom.campaign.contact"].create(
            {"name": "Awa", "number": "+2290197123458", "file_id": file.id, **own}
        )
        now = fields.Datetime.now()
        found = {
            "telecom.campaign.file": file,
            "telecom.campaign.file.column": file.column_ids,
            "telecom.campaign.contact": contact,
        }
        values = {
            "telecom.campaign.file.error": {"import_id": file.id, "row_number": 2},
            "telecom.campaign.attempt": {
                "contact_id": contact.id,
                "pbx_id": pbx.id,
                "mode": "predictive",
                "number": contact.number,
                "channel_id": f"attempt-{company.id}",
                "recorded_at": now,
                **own,
            },
            "telecom.campaign.pacing": {"at": now, **own},
            "telecom.campaign.knowledge": own,
        }
        for name, vals in values.items():
            vals = {"company_id": company.id, **vals}
            found[name] = cls.env[name].create(vals)
        found["telecom.campaign.recycling"] = cls.env[
            "telecom.campaign.recycling"
        ].create({"disposition_ids": campaign.disposition_ids[:1].ids, **own})
        return found

    @classmethod
    def _work_records(cls, company, user):
        """The same of back-office work."""
        office = cls.env["telecom.campaign"].create(
            {"name": "Files", "kind": "back_office", "company_id": company.id}
        )
        own = {"campaign_id": office.id}
        rows = base64.b64encode(b"Objet;Ville\nContrat;Ouidah\n")
        file = cls.env["telecom.work.file"].create(
            {"name": "files.csv", "file": rows, **own}
        )
        item = cls.env["telecom.work.item"].create({"name": "Contrat", **own})
        return {
            "telecom.work.file": file,
            "telecom.work.file.column": file.column_ids,
            "telecom.work.file.error": cls.env["telecom.work.file.error"].create(
                {
                    "import_id": file.id,
                    "company_id": company.id,
                    "row_number": 2,
                    "code": "no_name",
                }
            ),
            "telecom.work.item": item,
            "telecom.work.session": cls.env["telecom.work.session"].create(
                {"item_id": item.id, "user_id": user.id}
            ),
        }

    @classmethod
    def _script_records(cls, company, campaign, agent, call):
        """The same of scripts and of messages after a contact."""
        script = cls.env["telecom.script"].create(
            {"name": "Script", "company_id": company.id}
        )
        block = cls.env["telecom.script.block"].create(
            {
                "page_id": script.page_ids.id,
                "kind": "question",
                "answer_type": "choice",
                "text": "Why?",
            }
        )
        followup = cls.env["telecom.campaign.followup"].create(
            {"campaign_id": campaign.id, "kind": "survey", "active": True}
        )
        return {
            "telecom.script": script,
            "telecom.script.page": script.page_ids,
            "telecom.script.block": block,
            "telecom.script.choice": cls.env["telecom.script.choice"].create(
                {"block_id": block.id, "name": "Because"}
            ),
            "telecom.script.answer": cls.env["telecom.script.answer"].create(
                {
                    "call_id": call.id,
                    "agent_id": agent.id,
                    "script_id": script.id,
                    "block_id": block.id,
                    "question": "Why?",
                    "value": "Because",
                }
            ),
            "telecom.campaign.followup": followup,
            "telecom.campaign.followup.sent": cls.env[
                "telecom.campaign.followup.sent"
            ].create({"followup_id": followup.id, "call_id": call.id}),
        }

    @property
    def models(self):
        return sorted(
            name
            for name, model in self.env.registry.items()
            if model._original_module == "telecom_callcenter"
            and not model._abstract
            and not model._transient
        )

    @contextmanager
    def assertRefused(self):
        """Refused in whatever way: by rights, a check or the database."""
        with self.env.cr.savepoint() as savepoint:
            try:
                yield
                self.env.flush_all()
            except REFUSED:
                savepoint.rollback()
                self.env.invalidate_all(flush=False)
                return
        self.fail("This was not refused.")

    def may(self, user, model, operation):
        return (
            self.env["ir.model.access"].with_user(user).check(model, operation, False)
        )

    # -------------------------------------------------------------------------
    # The walk
    # -------------------------------------------------------------------------

    def test_every_model_is_walked(self):
        for records in (self.rival_records, self.tunisian_records):
            self.assertEqual(sorted(records), self.models)
            for model, record in records.items():
                self.assertTrue(record, model)

    def test_every_model_has_a_company_and_a_rule(self):
        for name in self.models:
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", name), ("groups", "=", False)]
            )
            self.assertTrue(rules, name)
            if name != "telecom.operator.service":
                field = self.env[name]._fields["company_id"]
                self.assertTrue(field.store and field.index, name)

    def assertOutOfReach(self, user, record, companies=None):
        """Not found, not read, not written, not deleted, not even by name."""
        model = record._name
        mine = self.as_user(record, user, *(companies or user.company_ids))
        empty = mine.browse()
        if self.may(user, model, "read"):
            domain = Domain("id", "in", record.ids)
            self.assertFalse(empty.search(domain), f"{user.login} finds {model}")
            self.assertFalse(empty.search_count(domain))
            self.assertFalse(empty._read_group(domain, [], ["__count"])[0][0])
            self.assertFalse(empty.name_search(domain=domain))
        for operation in ("read", "write", "unlink"):
            with self.assertRaises(AccessError, msg=f"{user.login} {model}"):
                mine.check_access(operation)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            mine.read(["display_name"])
        with self.assertRefused():
            mine.write({"active": False} if "active" in mine._fields else {})
            mine.unlink()

    @mute_logger(*RULES)
    def test_the_other_side_is_out_of_reach(self):
        for user in self.provider_side:
            for model, record in self.rival_records.items():
                with self.subTest(user=user.login, model=model):
                    self.assertOutOfReach(user, record)

    @mute_logger(*RULES)
    def test_two_operators_of_one_provider(self):
        """An operator's people do not see the other operator, nor the PBX both use."""
        for user in (
            self.manager_benin,
            self.clerk_benin,
            self.supervisor_benin,
            self.admin_benin,
        ):
            for model, record in self.tunisian_records.items():
                if model == "telecom.agent":
                    continue  # serves both: see below
                with self.subTest(user=user.login, model=model):
                    self.assertOutOfReach(user, record)

    @mute_logger(*RULES)
    def test_only_active_companies_count(self):
        for user in (self.user_agent, self.user_supervisor, self.user_admin):
            for model, record in self.tunisian_records.items():
                if model in INFRASTRUCTURE | {
                    "telecom.agent",
                    "telecom.operator.service",
                }:
                    continue
                with self.subTest(user=user.login, model=model):
                    self.assertOutOfReach(user, record, [self.benin, self.provider])

    @mute_logger(*RULES)
    def test_infrastructure_of_the_own_provider(self):
        """Operators' people look at none of it; the provider's own people do while
        they work for an operator, but change it with the provider active only."""
        for model in INFRASTRUCTURE:
            record = self.provider_records[model]
            for user in (self.admin_benin, self.manager_benin):
                with self.subTest(user=user.login, model=model):
                    self.assertOutOfReach(user, record)
            admin = self.as_user(record, self.user_admin, self.benin)
            self.assertTrue(admin.has_access("read"), model)
            self.assertFalse(admin.has_access("write"), model)
            strangers = self.as_user(record, self.user_admin, self.togo)
            self.assertFalse(
                strangers.with_context(allowed_company_ids=self.benin.ids).has_access(
                    "write"
                )
            )

    def test_own_records_open_whole(self):
        """Whoever may read a record reads all of its fields, names of the other
        side's included, without running into what is not theirs."""
        for user, company in (
            (self.manager_benin, self.benin),
            (self.admin_benin, self.benin),
            (self.user_agent, self.benin),
            (self.user_supervisor, self.benin),
            (self.user_admin, self.provider),
        ):
            for model, record in self.provider_records.items():
                if not self.may(user, model, "read"):
                    continue
                mine = self.as_user(record.browse(), user, company).search([], limit=5)
                specification = {
                    name: {"fields": {"display_name": {}}}
                    if field.type == "many2one"
                    else {}
                    for name, field in mine._fields.items()
                    if mine._has_field_access(field, "read")
                    and field.type not in ("one2many", "many2many")
                }
                with self.subTest(user=user.login, model=model):
                    self.env.invalidate_all()
                    self.assertEqual(len(mine.web_read(specification)), len(mine))

    def test_an_operator_reads_who_serves_it(self):
        agents = self.as_user(self.env["telecom.agent"], self.manager_benin)
        self.assertEqual(
            set(agents.search([]).mapped("name")),
            {self.agent.name, self.other.name},
        )
        self.assertFalse(agents.browse(self.agent.id).has_access("write"))
        with self.assertRaises(AccessError):
            agents.browse(self.agent.id).read(["sip_ha1"])
        service = self.env["telecom.operator.service"]
        self.assertEqual(
            self.as_user(service, self.manager_benin).search([]), self.service_benin
        )
        self.service_benin.date_end = "2020-01-01"
        self.assertFalse(agents.search([]))
        self.service_benin.write({"date_end": False, "active": False})
        self.assertFalse(agents.search([]))

    @mute_logger(*RULES)
    def test_secrets(self):
        for user in (self.user_agent, self.user_supervisor, self.manager_benin):
            for model, field in (
                ("telecom.pbx", "turn_secret"),
                ("telecom.trunk", "secret"),
                ("telecom.agent", "sip_ha1"),
                ("telecom.sms.gateway", "auth_token"),
            ):
                record = self.as_user(self.provider_records[model], user)
                with self.subTest(user=user.login, field=field):
                    with self.assertRaises(AccessError):
                        record.read([field])
                    self.assertNotIn(field, record.fields_get())
                    with self.assertRaises(AccessError):
                        record.search([(field, "like", "s%")])
        # Not the operator's administrator either, though the role would allow it
        for model in ("telecom.pbx", "telecom.trunk"):
            with self.assertRaises(AccessError):
                self.as_user(self.provider_records[model], self.admin_benin).read()

    @mute_logger(*RULES, "odoo.sql_db")
    def test_nothing_is_created_for_others(self):
        foreign_vals = {
            model: record.copy_data()[0] for model, record in self.rival_records.items()
        }
        for model in ("telecom.queue.member", "telecom.did", "telecom.sms.gateway"):
            # Not to be refused for being there already
            self.rival_records[model].unlink()
        for user in self.provider_side:
            for model, record in self.rival_records.items():
                if not self.may(user, model, "create"):
                    continue
                vals = foreign_vals[model]
                count = record.search_count([])
                with self.subTest(user=user.login, model=model):
                    with self.assertRefused():
                        self.as_user(record, user).create(vals)
                    self.assertEqual(record.search_count([]), count)

    @mute_logger(*RULES, "odoo.sql_db")
    def test_nothing_is_moved_to_others(self):
        for model, record in self.provider_records.items():
            if "company_id" not in record._fields:
                continue
            foreign = self.rival_records[model].company_id
            mine = self.as_user(record, self.user_admin)
            with self.subTest(model=model):
                with self.assertRefused():
                    mine.write({"company_id": foreign.id})
                record.invalidate_recordset()
                self.assertNotEqual(record.company_id, foreign)

    @mute_logger(*RULES, "odoo.sql_db")
    def test_nothing_is_moved_by_its_links(self):
        """By the queue, campaign, agent or call that decides about the company."""
        for model, link in (
            ("telecom.queue.member", "queue_id"),
            ("telecom.disposition", "campaign_id"),
            ("telecom.qualification", "campaign_id"),
            ("telecom.call.wrapup", "call_id"),
        ):
            record = self.provider_records[model]
            record = record.search(
                [("company_id", "=", self.benin.id)], order="id desc", limit=1
            )
            target = self.tunisian_records[model][link]
            self.assertTrue(record and target)
            with self.subTest(model=model), self.assertRefused():
                self.as_user(record, self.supervisor_benin).write({link: target.id})

    @mute_logger(*RULES)
    def test_facts_are_written_by_the_gateway_only(self):
        for user in self.provider_side | self.user_rival:
            for model in FACTS:
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(
                        self.may(user, model, operation), f"{user.login} {model}"
                    )
            for model in ("telecom.call.wrapup",):
                for operation in ("create", "unlink"):
                    self.assertFalse(self.may(user, model, operation))

    def test_the_log_is_append_only_even_for_the_superuser(self):
        event = self.env["telecom.agent.event"]._log("command", self.agent)
        for records in (event, event.sudo()):
            with self.assertRaises(UserError):
                records.write({"detail": "Nothing happened"})
            with self.assertRaises(UserError):
                records.unlink()
        with mute_logger("odoo.sql_db"):
            for record in (self.agent, self.user_agent):
                with self.assertRefused():
                    record.unlink()

    def test_agents_see_their_own_log(self):
        Event = self.env["telecom.agent.event"]
        Event._log("command", self.agent)
        Event._log("command", self.other)
        events = self.as_user(Event, self.user_agent).search([])
        self.assertEqual(events.agent_id, self.agent)
        events = self.as_user(Event, self.user_supervisor).search([])
        self.assertEqual(events.agent_id, self.agent | self.other)

    @mute_logger(*RULES)
    def test_promises_of_others(self):
        callback = self.provider_records["telecom.callback"]
        mine = self.as_user(callback, self.user_agent)
        mine.write({"note": "After lunch"})
        with self.assertRaises(AccessError):
            self.as_user(callback, self.user_other).write({"note": "Mine now"})
        self.as_user(callback, self.user_supervisor).write({"agent_id": self.other.id})

    @mute_logger(*RULES)
    def test_agents_do_what_a_call_asks_for(self):
        """Customers, prospects and claims, for the operators they work for."""
        for model, vals in (
            ("res.partner", {"name": "Afi"}),
            ("crm.lead", {"name": "Fibre", "type": "lead"}),
            ("helpdesk.ticket", {"name": "No signal", "description": "-"}),
        ):
            mine = self.as_user(self.env[model], self.user_agent, self.tunisia)
            with self.subTest(model=model):
                record = mine.create({**vals, "company_id": self.tunisia.id})
                self.assertEqual(record.company_id, self.tunisia)
                record.write({"name": "Afi Dossou"})
                with self.assertRefused():
                    mine.create({**vals, "company_id": self.togo.id})

    @mute_logger(*RULES)
    def test_only_the_platform_says_who_serves_whom(self):
        for user in self.provider_side | self.user_rival:
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.as_user(self.env["telecom.operator.service"], user).create(
                    {"provider_id": self.rival.id, "operator_id": self.benin.id}
                )

    def test_the_platform_administrator_runs_it_all(self):
        platform = self._user(
            "cc.platform",
            self.provider | self.benin | self.rival,
            "telecom_crm.group_telecom_platform",
        )
        self.assertTrue(platform.has_group("telecom_callcenter.group_callcenter_admin"))
        self.assertTrue(
            self.as_user(self.env["telecom.operator.service"], platform).create(
                {"provider_id": self.rival.id, "operator_id": self.benin.id}
            )
        )

    @mute_logger(*RULES)
    def test_opening_hours_of_others(self):
        """Administrators of the contact centre set opening hours; their own only."""
        Calendar = self.env["resource.calendar"]
        own = self.as_user(Calendar, self.user_admin).create(
            {"name": "Hours", "company_id": self.benin.id}
        )
        own.attendance_ids[:1].write({"hour_to": 11.5})
        self.as_user(
            self.env["resource.calendar.leaves"], self.user_admin
        ).with_company(self.benin).create(
            {
                "name": "Independence",
                "calendar_id": own.id,
                "date_from": "2099-08-01 00:00:00",
                "date_to": "2099-08-01 23:00:00",
            }
        )
        foreign = Calendar.create({"name": "Theirs", "company_id": self.togo.id})
        for record in (foreign, foreign.attendance_ids[:1]):
            with self.assertRaises(AccessError):
                self.as_user(record, self.user_admin).write({"name": "Ours"})
        with self.assertRaises(AccessError):
            self.as_user(own, self.user_agent).write({"name": "Mine"})


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestQueueChannel(CallcenterSetup, WebsocketCase):
    """Real sockets: who asks for a queue's channel, and who receives its numbers."""

    def receives(self, login, queue):
        """Whether a socket of this user gets what is sent to a queue."""
        session = self.authenticate(login, login)
        socket = self.websocket_connect(cookie=f"session_id={session.sid};")
        last = self.env["bus.bus"]._bus_last_id()
        self.subscribe(socket, [f"telecom.queue_{queue.id}", "telecom.test"], last)
        self.env["bus.bus"]._sendone(queue, "telecom.queue/snapshot", {"waiting": 3})
        # What everybody gets comes after it: no need to wait for nothing
        self.env["bus.bus"]._sendone("telecom.test", "telecom.test/end", {})
        self.trigger_notification_dispatching([queue, "telecom.test"])
        types = []
        while "telecom.test/end" not in types:
            for notification in json.loads(socket.recv()):
                types.append(notification["message"]["type"])
        return "telecom.queue/snapshot" in types

    def test_queues_are_followed_by_those_who_may_read_them(self):
        logins = {
            "cc.agent": True,
            "cc.supervisor": True,
            "cc.manager.benin": True,
            "cc.manager.tunisia": False,
            "cc.clerk.benin": False,
            "cc.rival": False,
        }
        for login, expected in logins.items():
            with self.subTest(login):
                self.assertEqual(self.receives(login, self.queue_benin), expected)
