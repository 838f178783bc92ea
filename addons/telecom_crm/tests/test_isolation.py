"""A walk over every model that people of an operator reach.

Benin's people make one record of each model; whatever Tunisia's people, or those of
the contact centre who work for Tunisia now, find of it on any road is a leak. New
models are walked as soon as they exist: the factory fills what they require.
"""

import contextlib
import json
import logging
from collections import Counter
from functools import lru_cache
from types import SimpleNamespace
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.models import MAGIC_COLUMNS, BaseModel
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import OperatorMakers

_logger = logging.getLogger(__name__)

MARK = "Secret du Bénin"
REFUSED = (AccessError, UserError, ValidationError, MissingError)
#: How deep the factory makes what a record needs
DEPTH = 4
#: The same for everybody by design: nothing an operator writes gets into them
SHARED = {
    # The user's own, by rules of groups on the user
    "res.company": "names of companies are in the company switcher's query only",
}
#: What fields of these names must look like
WELL_FORMED = {
    "code": "secret",
    "number": "+2290197999998",
    "url": "https://secret.example.com",
    "host": "192.0.2.1",
    "extension": "7999",
    "json_value": '"Secret"',
}
QUIET = (
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
    "odoo.sql_db",
    "odoo.models",
    "odoo.models.unlink",
    "odoo.tools.translate",
    "odoo.addons.mail.models.mail_mail",
)


class Undone(Exception):
    """What was done on a road is rolled back."""


class IsolationCase(OperatorMakers, TransactionCase):
    """Two operators with people of every role, and a centre that serves both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.benin = cls._company("Bénin Isolé", "base.bj", tenant=True)
        cls.tunisia = cls._company("Tunisie Isolée", "base.tn", tenant=True)
        cls.provider = cls._company("Centre Isolé", "base.bj")
        if "account.chart.template" in cls.env:
            for company in (cls.benin, cls.tunisia):
                cls.env["account.chart.template"].try_loading(
                    "generic_coa", company, install_demo=False
                )
        cls.roles = cls._roles()
        everything = ",".join(cls.roles.values())
        cls.owner = cls._user("i.benin", cls.benin, everything)
        cls.strangers = {
            "all roles": cls._user("i.tunisia", cls.tunisia, everything),
            **{
                role: cls._user(f"i.tunisia.{number}", cls.tunisia, group)
                for number, (role, group) in enumerate(cls.roles.items())
            },
            "agent": cls._user(
                "i.agent", cls.provider | cls.benin | cls.tunisia, everything
            ),
        }
        cls.customer = cls.env["res.partner"].create(
            {
                "name": f"{MARK} Client",
                "company_id": cls.benin.id,
                "telecom_customer": True,
                "email": "secret@example.com",
            }
        )
        cls.portal = {
            company: new_test_user(
                cls.env,
                f"i.portal.{company.id}",
                groups="base.group_portal",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
                name=f"Portail {company.name}",
            )
            for company in (cls.benin, cls.tunisia)
        }
        cls.strangers["portal"] = cls.portal[cls.tunisia]

    @classmethod
    def _roles(cls):
        """Return {name: XML id} of the groups that operators' people may have."""
        category = cls.env.ref("telecom_crm.module_category_telecom")
        groups = cls.env["res.groups"].search(
            [("privilege_id.category_id", "=", category.id)]
        )
        system = cls.env.ref("base.group_system")
        xmlids = groups.get_external_id()
        return {
            group.name: xmlids[group.id]
            for group in groups
            if system not in group.all_implied_ids
        }

    # What belongs to the operator

    @classmethod
    def _as_owner(cls, model):
        return (
            cls.env[model]
            .with_user(cls.owner)
            .with_context(allowed_company_ids=cls.benin.ids, tracking_disable=True)
        )

    @classmethod
    def _make_all(cls):
        """Return {model: a record of Benin's}, and the models without one."""
        made, missed = {}, {}
        access = cls.env["ir.model.access"].with_user(cls.owner)
        for name in sorted(cls.env.registry):
            model = cls.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            if not access.check(name, "read", False):
                continue
            try:
                record = cls._make(name)
            except Exception as error:  # whatever a model of others raises
                if record := cls._made_before(name):
                    made[name] = record
                    continue
                missed[name] = f"{type(error).__name__}: {error}".splitlines()[0]
                continue
            if record:
                made[name] = record
        return made, missed

    @classmethod
    def _made_before(cls, name):
        """Return what came along with another record."""
        model = cls.env[name]
        field = model._fields.get("company_id")
        if not field or not field.store:
            return model
        return model.search([("company_id", "=", cls.benin.id)], limit=1)

    @classmethod
    def _make(cls, name, depth=0):
        """Make a record as the owner would, or for its company when it has one."""
        model = cls._as_owner(name)
        access = cls.env["ir.model.access"].with_user(cls.owner)
        if not access.check(name, "create", False):
            if (
                "company_id" not in model._fields
                or not model._fields["company_id"].store
            ):
                return None  # a catalogue, or written by the system about others
            model = model.sudo()
        try:
            with cls.env.cr.savepoint(), mute_logger(*QUIET):
                record = model.create(cls._values(name, depth))
                cls.env.flush_all()
        except AccessError:
            return None  # only the platform's
        return record.sudo(False).with_user(cls.env.user)

    @classmethod
    def _values(cls, name, depth):
        model = cls._as_owner(name)
        values = {}
        given = model.sudo().default_get(list(model._fields))
        for field_name, field in model._fields.items():
            if field_name in given and given[field_name] or field_name == "id":
                continue
            if not field.store or field_name in MAGIC_COLUMNS:
                continue
            if (
                field_name in ("res_model", "model", "model_name")
                and field.type == "char"
            ):
                values[field_name] = "res.partner"
            elif field_name == "res_model_id":
                values[field_name] = cls.env["ir.model"]._get_id("res.partner")
            elif field_name in ("res_id", "resId") and field.type != "char":
                values[field_name] = cls.customer.id
            elif field.related or (field.compute and field.readonly):
                continue
            elif field_name == "company_id" and field.comodel_name == "res.company":
                values[field_name] = cls.benin.id
            elif field_name == "partner_id" and field.comodel_name == "res.partner":
                values[field_name] = cls.customer.id
            elif field.type == "char" and field_name == (model._rec_name or "name"):
                values[field_name] = WELL_FORMED.get(field_name, f"{MARK} {name}")
            elif field.required and not field.compute:
                values[field_name] = cls._value(model, field, depth)
        values.update(cls._special(name))
        return values

    @classmethod
    def _special(cls, name):
        """What required fields do not tell."""
        return {
            "telecom.line": {"msisdn": "+2290197999999"},
            "rating.rating": {"partner_id": False, "rated_partner_id": False},
            "calendar.recurrence": {"mon": True},
            "telecom.host": {"name": "secret.example.com"},
            "telecom.usage.counter": {"line_id": cls._first("telecom.line")},
            "telecom.subscription.change": {
                "product_id": cls._first("product.product"),
                "quantity": 1,
            },
            "account.tax.repartition.line": {"tax_id": cls._first("account.tax")},
            "payment.token": {"payment_method_id": cls._first("payment.method")},
            "payment.transaction": {"payment_method_id": cls._first("payment.method")},
            "telecom.sms.gateway": {"url": "https://sms.example.com"},
            "telecom.script.answer": {
                "call_id": cls._first("telecom.call"),
                "agent_id": cls._first("telecom.agent"),
            },
            "telecom.connector": {"host": "192.0.2.1", "database": "secret"},
            "telecom.connector.query": {"text": "SELECT 1"},
            "telecom.connector.parameter": {"name": "secret"},
            "res.partner": {"email": "autre@example.com"},
            "stock.location": {"usage": "internal"},
            "resource.calendar.attendance": {"hour_from": 8, "hour_to": 12},
            "calendar.event": {
                "start": "2030-01-01 08:00:00",
                "stop": "2030-01-01 09:00:00",
                "partner_ids": [Command.set(cls.owner.partner_id.ids)],
            },
            "discuss.channel": {"channel_type": "channel"},
            "ir.attachment": {
                "raw": MARK.encode(),
                "res_model": False,
                "res_id": False,
            },
        }.get(name, {})

    @classmethod
    def _first(cls, name):
        """Return the id of a record that another one needs, when there is the model."""
        if name not in cls.env:
            return False
        model = cls.env[name].sudo()
        own = "company_id" in model._fields
        domain = [("company_id", "=", cls.benin.id)] if own else []
        return model.search(domain, limit=1).id

    @classmethod
    def _value(cls, model, field, depth):
        match field.type:
            case "char" | "text" | "html":
                return WELL_FORMED.get(field.name, f"{MARK} {field.name}")
            case "integer":
                return 1
            case "float" | "monetary":
                return 1.0
            case "boolean":
                return True
            case "date":
                return "2030-01-01"
            case "datetime":
                return "2030-01-01 08:00:00"
            case "selection":
                return field.get_values(cls.env)[0]
            case "binary":
                return b"U2VjcmV0"
            case "json":
                return {}
            case "many2one":
                return cls._target(field.comodel_name, depth)
        return False

    @classmethod
    def _target(cls, name, depth):
        """Return the id of a record to point at: Benin's own before any other."""
        if name == "res.company":
            return cls.benin.id
        if name == "res.partner":
            return cls.customer.id
        if name == "res.users":
            return cls.owner.id
        target = cls.env[name].sudo()
        if "company_id" in target._fields and target._fields["company_id"].store:
            found = target.search([("company_id", "=", cls.benin.id)], limit=1)
            if found:
                return found.id
            if depth < DEPTH:
                made = cls._make(name, depth + 1)
                if made:
                    return made.id
            return target.search([("company_id", "=", False)], limit=1).id
        found = target.search([], limit=1)
        if found:
            return found.id
        made = depth < DEPTH and cls._make(name, depth + 1)
        return made.id if made else False

    # The roads

    @lru_cache  # noqa: B019 - as long as the test
    def _access(self, user, model, operation):
        return (
            self.env["ir.model.access"]
            .with_user(user)
            .check(model, operation, raise_exception=False)
        )

    def _env_of(self, user):
        """What the user works for now: the agent for Tunisia, though Benin's too."""
        return self.env(
            user=user.id,
            context={"allowed_company_ids": self.tunisia.ids, "tracking_disable": True},
        )

    def _reading_roads(self, record, user):
        """Yield the roads on which a record is looked for, and what they return."""
        env = self._env_of(user)
        own = env[record._name].browse(record.id)
        model, domain = own.browse(), [("id", "=", record.id)]
        name = record.sudo().display_name or ""
        yield "search", lambda: model.search(domain)
        yield "search_count", lambda: model.search_count(domain)
        yield "read", lambda: own.read(["id", "create_date"][: 1 + record._log_access])
        yield (
            "web_search_read",
            lambda: model.web_search_read(domain, {"display_name": {}})["records"],
        )
        yield (
            "name_search",
            lambda: [row for row in model.name_search(name) if row[0] == record.id],
        )
        yield (
            "read_group",
            lambda: model.formatted_read_group(domain, aggregates=["__count"])[0][
                "__count"
            ],
        )
        shown = own._rec_name or "create_date"
        yield "export", lambda: own.export_data([shown])["datas"]
        if hasattr(record, "message_post"):
            yield (
                "message",
                lambda: env["mail.message"].search(
                    [("model", "=", record._name), ("res_id", "=", record.id)]
                ),
            )
            yield "post", lambda: own.message_post(body="x")
            yield "follow", lambda: own.message_subscribe(user.partner_id.ids)
        yield (
            "attachment",
            lambda: env["ir.attachment"].create(
                {
                    "name": "x",
                    "raw": b"x",
                    "res_model": record._name,
                    "res_id": record.id,
                }
            ),
        )

    def _writing_roads(self, record, user):
        env = self._env_of(user)
        own = env[record._name].browse(record.id)
        report = self.env["ir.actions.report"].search(
            [("model", "=", record._name), ("report_type", "like", "qweb")], limit=1
        )
        if report:
            name = (record.sudo().display_name or "").encode()
            render = env["ir.actions.report"]._render_qweb_html
            yield (
                "report",
                lambda: name and name in render(report.report_name, own.ids)[0],
            )
        fields = (record._rec_name, "name", "description", "sequence", "active")
        field = next((f for f in fields if f in record._fields), None)
        if field and record._fields[field].store:
            value = record.sudo()[field]
            yield "write", lambda: own.write({field: value}) and [1]
        yield "unlink", lambda: own.unlink() and not record.exists()

    def _leaks(self, record, user, roads):
        found = []
        for road, action in roads(record, user):
            self.checks += 1
            try:
                # What is in the cache is read without a question
                self.env.invalidate_all()
                with (
                    contextlib.suppress(*REFUSED, Undone),
                    self.env.cr.savepoint(),
                    mute_logger(*QUIET),
                ):
                    if action():
                        found.append(road)
                    self.env.flush_all()
                    raise Undone
            except Exception as error:  # a road that does not exist for this model
                self.odd[f"{record._name} {road} {type(error).__name__}"] += 1
            self.env.invalidate_all(flush=False)
        return found


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestIsolation(IsolationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made, cls.missed = cls._make_all()

    def test_nobody_finds_what_another_operator_made(self):
        self.checks, self.odd, leaks = 0, Counter(), Counter()
        made = self.made
        # What a refusal says took a third of the time; that it is one is what counts
        self.patch(
            type(self.env["ir.rule"]),
            "_make_access_error",
            lambda rules, operation, records: AccessError(operation),
        )
        for name, record in made.items():
            if name in SHARED:
                continue
            for role, user in self.strangers.items():
                if not self._access(user, name, "read"):
                    continue
                for road in self._leaks(record, user, self._reading_roads):
                    leaks[name, role, road] += 1
                if role in ("all roles", "agent"):
                    for road in self._leaks(record, user, self._writing_roads):
                        leaks[name, role, road] += 1
        _logger.info(
            "leak_checks=%s models=%s leaks=%s", self.checks, len(made), len(leaks)
        )
        _logger.info("No such road: %s", dict(self.odd))
        _logger.info("Not made: %s", json.dumps(self.missed, indent=1))
        self.assertGreater(len(made), 40)
        by_model = {}
        for name, role, road in leaks:
            by_model.setdefault(name, {}).setdefault(role, []).append(road)
        self.assertFalse(
            by_model,
            "\n".join(
                f"LEAK {name}: {len(found)} roles, {sorted({*sum(found.values(), [])})}"
                for name, found in by_model.items()
            ),
        )

    def test_nobody_follows_what_another_operator_made(self):
        """A socket asks for all channels at once, by their names."""

        def followed(user):
            names = [f"{name}_{record.id}" for name, record in self.made.items()]
            socket = SimpleNamespace(session=SimpleNamespace(uid=user.id))
            env, channels = self.env(user=user.id, context={}), []
            with (
                patch("odoo.addons.bus.models.ir_websocket.wsrequest", socket),
                contextlib.suppress(AccessError),
            ):
                channels = env["ir.websocket"]._build_bus_channel_list(names)
            # A channel may have parts: (record, "internal_users")
            records = [one[0] if isinstance(one, tuple) else one for one in channels]
            return {
                record._name
                for record in records
                if isinstance(record, BaseModel)
                and self.made.get(record._name) == record
            }

        self.assertIn("discuss.channel", followed(self.owner))
        for role, user in self.strangers.items():
            # A socket has no active companies: whoever works for both follows both
            if self.benin not in user.company_ids:
                with self.subTest(role):
                    self.assertFalse(followed(user))

    def test_nothing_of_other_operators_is_found_by_company(self):
        """Whatever else is in the database, demonstration data for one."""
        leaks = {}
        for role, user in self.strangers.items():
            env = self._env_of(user)
            foreign = self.env["res.company"].search(
                [("id", "!=", self.tunisia.id), ("telecom_tenant", "=", True)]
            )
            for name in sorted(self.env.registry):
                model = env[name]
                field = model._fields.get("company_id")
                if (
                    model._abstract
                    or model._transient
                    or not field
                    or not field.store
                    or field.comodel_name != "res.company"
                    or not self._access(user, name, "read")
                ):
                    continue
                with mute_logger(*QUIET), contextlib.suppress(*REFUSED):
                    found = model.search_count([("company_id", "in", foreign.ids)])
                    if found:
                        leaks[f"{role}: {name}"] = found
        self.assertFalse(leaks, json.dumps(leaks, indent=1))

    def test_nothing_that_points_at_other_operators_is_found(self):
        """Records without a company show what they are about."""
        leaks = {}
        user = self.strangers["all roles"]
        env = self._env_of(user)
        foreign = self.env["res.company"].search(
            [("id", "!=", self.tunisia.id), ("telecom_tenant", "=", True)]
        )
        for name in sorted(self.env.registry):
            model = self.env[name].sudo()
            if model._abstract or model._transient or not model._auto:
                continue
            if not self._access(user, name, "read") or name in SHARED:
                continue
            for field in model._fields.values():
                if field.name in MAGIC_COLUMNS:
                    continue
                if field.type != "many2one" or not field.store:
                    continue
                target = self.env[field.comodel_name]
                company = target._fields.get("company_id")
                if not company or not company.store or target._name == "res.company":
                    continue
                ids = model.search(
                    [(f"{field.name}.company_id", "in", foreign.ids)], limit=200
                ).ids
                with mute_logger(*QUIET), contextlib.suppress(*REFUSED):
                    found = ids and env[name].search_count([("id", "in", ids)])
                    if found:
                        leaks[f"{name}.{field.name}"] = found
        self.assertFalse(leaks, json.dumps(leaks, indent=1))
