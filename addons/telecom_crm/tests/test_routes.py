"""Attacks on every route, inherited ones included, with ids of another operator.

People of Tunisia ask each address for Benin's records, and send them to be changed.
Nothing of Benin's may be in an answer, and nothing of Benin's may be different after.
"""

import inspect
import json
import logging
import re

from odoo.http import Request
from odoo.models import BaseModel
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_isolation import IsolationCase

_logger = logging.getLogger(__name__)

SECRET = "SECRETBENIN"
#: Not asked: they end the session, the server or the test, or serve files of ours
SKIPPED = re.compile(
    r"^/(web/session/(logout|destroy)|web/database|websocket|web/tests|web/assets|web/bundle"
    r"|web/static|odoo/?$|web/?$|scoped_app|json/1|bus/websocket_worker_bundle"
    r"|web/session/account|web/version|my/deactivate_account|web/become"
    r"|auth_totp|auth_passkey|web/webclient/translations|web/speedscope)"
)
QUIET = (
    "odoo.http",
    "odoo.sql_db",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_qweb",
    "odoo.addons.rpc.controllers",
    "odoo.addons.mail.controllers",
    "odoo.addons.base_import.models.base_import",
    "odoo.addons.payment",
    "odoo.addons.web.controllers.export",
    "odoo.addons.google_gmail.controllers.main",
    "odoo.addons.microsoft_outlook.controllers.main",
    "odoo.addons.telecom_callcenter.controllers.sms_report",
    "odoo.addons.iap.tools.iap_tools",
    "werkzeug",
)
#: The record an argument of a name is taken to mean
MEANS = (
    ("ticket", "helpdesk.ticket"),
    ("claim", "helpdesk.ticket"),
    ("attachment", "ir.attachment"),
    ("message", "mail.message"),
    ("channel", "discuss.channel"),
    ("lead", "crm.lead"),
    ("order", "sale.order"),
    ("invoice", "account.move"),
    ("picking", "stock.picking"),
    ("event", "calendar.event"),
    ("user", "res.users"),
    ("line", "telecom.line"),
    ("category", "helpdesk.ticket.category"),
    ("team", "helpdesk.ticket.team"),
)


@tagged("post_install", "-at_install", "telecom", "multi_company")
class TestRoutes(HttpCase, IsolationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"name": f"{SECRET} client", "phone": "+2290197000077"})
        company = {"company_id": cls.benin.id}
        category = cls.env["helpdesk.ticket.category"].create(
            {"name": f"{SECRET} category", **company}
        )
        team = cls.env["helpdesk.ticket.team"].create(
            {"name": f"{SECRET} team", "show_in_portal": True, **company}
        )
        claim = cls.env["helpdesk.ticket"].create(
            {
                "name": f"{SECRET} claim",
                "description": f"<p>{SECRET} description</p>",
                "partner_id": cls.customer.id,
                "category_id": category.id,
                "team_id": team.id,
                **company,
            }
        )
        channel = (
            cls.env["discuss.channel"]
            .with_user(cls.owner)
            .create({"name": f"{SECRET} channel", "channel_type": "channel"})
        )
        cls.records = {
            "res.partner": cls.customer,
            "res.users": cls.owner,
            "telecom.line": cls.env["telecom.line"].create(
                {
                    "partner_id": cls.customer.id,
                    "msisdn": "+2290197000077",
                    "state": "active",
                    **company,
                }
            ),
            "helpdesk.ticket": claim,
            "helpdesk.ticket.category": category,
            "helpdesk.ticket.team": team,
            "crm.lead": cls.env["crm.lead"].create(
                {"name": f"{SECRET} lead", "user_id": False, **company}
            ),
            "discuss.channel": channel,
            "mail.message": claim.message_post(body=f"{SECRET} message"),
            "ir.attachment": cls.env["ir.attachment"].create(
                {
                    "name": f"{SECRET}.txt",
                    "raw": SECRET.encode(),
                    "res_model": claim._name,
                    "res_id": claim.id,
                }
            ),
            "calendar.event": cls.env["calendar.event"]
            .with_user(cls.owner)
            .create(
                {
                    "name": f"{SECRET} event",
                    "start": "2030-01-01 08:00:00",
                    "stop": "2030-01-01 09:00:00",
                }
            ),
        }
        for name, values in (
            ("sale.order", {"partner_id": cls.customer.id}),
            (
                "account.move",
                {"partner_id": cls.customer.id, "move_type": "out_invoice"},
            ),
        ):
            if name in cls.env:
                cls.records[name] = (
                    cls.env[name].with_company(cls.benin).create({**values, **company})
                )
        cls.env.flush_all()

    def _snapshot(self):
        """Return what Benin's records are, and how many there are of each model."""
        self.env.invalidate_all()
        found = {}
        for name, record in self.records.items():
            model = self.env[name]
            self.env.cr.execute(
                f'SELECT * FROM "{model._table}" WHERE id = %s', [record.id]
            )
            found[name] = self.env.cr.dictfetchall()
            field = next(
                (f for f in ("company_id", "telecom_company_id") if f in model._fields),
                None,
            )
            if field and model._fields[field].store:
                found[name, "count"] = model.with_context(
                    active_test=False
                ).search_count([(field, "=", self.benin.id)])
        found["messages"] = self.env["mail.message"].search_count(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", self._id("ticket"))]
        )
        return found

    def _id(self, argument):
        argument = argument.lower()
        for word, model in MEANS:
            if word in argument and model in self.records:
                return self.records[model].id
        return self.customer.id

    def _guess(self, argument, model="helpdesk.ticket"):
        """Return what an attacker puts into an argument."""
        record = self.records[model]
        lower = argument.lower()
        if lower in ("model", "res_model", "thread_model", "model_name"):
            return model
        if lower in ("res_id", "thread_id", "id", "record_id", "resid", "document_id"):
            return record.id
        if lower in ("ids", "res_ids", "record_ids", "active_ids"):
            return [record.id]
        if lower.endswith("_ids"):
            return [self._id(lower)]
        if lower in ("token", "access_token", "hash", "_hash"):
            return "0" * 32
        if lower in ("fields", "fnames", "field_names"):
            return ["display_name"]
        if lower == "args":
            return [[record.id]]
        if lower.endswith("domain"):
            return [["id", "=", record.id]]
        if lower in ("method", "method_name"):
            return "read"
        if lower in ("kwargs", "params", "context", "values", "data", "post_data"):
            return {}
        if lower in ("field", "fname", "filename"):
            return "display_name"
        if lower in ("search", "term", "query", "search_term", "name", "mimetype"):
            return SECRET
        return self._id(lower)

    def _url(self, rule, model):
        """Return the address of a route with Benin's ids in it."""
        values = {}
        for name, converter in rule._converters.items():
            kind = type(converter).__name__
            if kind == "ModelConverter":
                target = self.records.get(converter.model)
                values[name] = target or self.env[converter.model].browse(
                    self._id(name)
                )
            elif kind in ("IntegerConverter", "SignedIntConverter"):
                guess = self._guess(name, model)
                values[name] = guess if isinstance(guess, int) else self._id(name)
            else:
                guess = self._guess(name, model)
                values[name] = guess if isinstance(guess, str) else str(self._id(name))
        parts = [
            str(
                values[content].id
                if isinstance(values.get(content), BaseModel)
                else values.get(content, content)
            )
            if dynamic
            else content
            for dynamic, content in rule._trace
        ]
        return "".join(parts).lstrip("|") or "/"

    def _arguments(self, endpoint, rule):
        signature = inspect.signature(endpoint.original_endpoint)
        return [
            name
            for name, parameter in signature.parameters.items()
            if name != "self"
            and name not in rule.arguments
            and parameter.kind
            not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        ]

    def _attacks(self, rule, model):
        """Yield method, address and arguments of requests to a route."""
        routing = rule.endpoint.routing
        url = self._url(rule, model)
        given = {
            name: self._guess(name, model)
            for name in self._arguments(rule.endpoint, rule)
        }
        if routing["type"] in ("jsonrpc", "json"):
            yield "POST", url, {"json": {"params": given}}
            return
        flat = {
            name: value if isinstance(value, str | int) else json.dumps(value)
            for name, value in {
                "ticket_id": self._id("ticket"),
                "partner_id": self.customer.id,
                "category": self._id("category"),
                "team": self._id("team"),
                "search": SECRET,
                **given,
            }.items()
        }
        methods = routing.get("methods") or ["GET", "POST"]
        if "GET" in methods:
            yield "GET", url, {"params": flat}
        if "POST" in methods:
            yield (
                "POST",
                url,
                {"data": {**flat, "csrf_token": Request.csrf_token(self)}},
            )

    @mute_logger(*QUIET)
    def _attack_all(self, user, password, models):
        """Ask every route as a user.

        :return: number of requests, and [what was seen or changed]
        """
        asked, found = 0, []
        self.authenticate(user.login, password)
        before = self._snapshot()
        rules = sorted(
            self.env["ir.http"].routing_map().iter_rules(), key=lambda rule: rule.rule
        )
        self.assertGreater(len(rules), 100)
        for rule in rules:
            if SKIPPED.match(rule.rule):
                continue
            for model in models:
                for method, url, arguments in self._attacks(rule, model):
                    asked += 1
                    try:
                        response = self.opener.request(
                            method,
                            self.base_url() + url,
                            timeout=30,
                            allow_redirects=False,
                            **arguments,
                        )
                    except OSError as error:
                        _logger.info("%s %s: %s", method, url, error)
                        continue
                    # What was sent comes back in errors and search boxes
                    text = response.text.replace(f"search={SECRET}", "")
                    sent = json.dumps(arguments)
                    if SECRET in text and SECRET not in sent:
                        found.append(f"{method} {rule.rule} as {user.login} shows")
                    elif re.search(
                        rf"{SECRET} (client|claim|lead|team|category|channel|event)"
                        rf"|{SECRET}\.txt",
                        text,
                    ):
                        found.append(f"{method} {rule.rule} as {user.login} shows")
                after = self._snapshot()
                if after != before:
                    changed = [key for key in after if after[key] != before.get(key)]
                    found.append(f"{rule.rule} as {user.login} changes {changed}")
                    before = after
        return asked, found

    def test_nobody_of_another_operator_gets_in_by_a_route(self):
        total, found = 0, []
        internal = self.strangers["all roles"]
        for user, models in (
            (self.portal[self.tunisia], ("helpdesk.ticket",)),
            (internal, ("helpdesk.ticket", "res.partner")),
        ):
            asked, seen = self._attack_all(user, user.login, models)
            total += asked
            found += seen
        # The same by somebody who may: the attack would see it
        self.authenticate(self.owner.login, self.owner.login)
        claim = self.records["helpdesk.ticket"]
        answer = self.url_open(
            "/web/dataset/call_kw/helpdesk.ticket/read",
            json={
                "params": {
                    "model": "helpdesk.ticket",
                    "method": "read",
                    "args": [claim.ids],
                    "kwargs": {},
                }
            },
        )
        self.assertIn(f"{SECRET} claim", answer.text)
        _logger.info("route_checks=%s leaks=%s", total, len(found))
        self.assertFalse(found, "\n".join(f"LEAK {line}" for line in found))

    # The two routes of helpdesk_mgmt

    def _portal_claim(self, company, user):
        return self.env["helpdesk.ticket"].create(
            {
                "name": "Ligne coupée",
                "description": "x",
                "company_id": company.id,
                "partner_id": user.partner_id.id,
            }
        )

    def _post(self, url, **values):
        return self.url_open(
            url,
            data={**values, "csrf_token": Request.csrf_token(self)},
            allow_redirects=False,
        )

    @mute_logger(*QUIET)
    def test_closing_a_claim_from_the_portal(self):
        user = self.portal[self.tunisia]
        stage = self.env["helpdesk.ticket.stage"].create(
            {
                "name": "Fermée",
                "closed": True,
                "close_from_portal": True,
                "company_id": self.tunisia.id,
            }
        )
        mine = self._portal_claim(self.tunisia, user)
        theirs = self.records["helpdesk.ticket"]
        self.authenticate(user.login, user.login)
        self.assertEqual(
            self.url_open(
                f"/ticket/close?ticket_id={mine.id}&stage_id={stage.id}"
            ).status_code,
            405,
            "Not by a link",
        )
        first = theirs.stage_id
        self._post("/ticket/close", ticket_id=theirs.id, stage_id=stage.id)
        self.assertEqual(theirs.stage_id, first)
        other = stage.copy({"company_id": self.benin.id})
        self._post("/ticket/close", ticket_id=mine.id, stage_id=other.id)
        self.assertNotEqual(mine.stage_id, other)
        self._post("/ticket/close", ticket_id="x", stage_id="")
        self.tunisia._telecom_set_module("claims", "readonly")
        self._post("/ticket/close", ticket_id=mine.id, stage_id=stage.id)
        self.assertNotEqual(mine.stage_id, stage)
        self.tunisia._telecom_set_module("claims", "on")
        self._post("/ticket/close", ticket_id=mine.id, stage_id=stage.id)
        self.assertEqual(mine.stage_id, stage)

    @mute_logger(*QUIET)
    def test_sending_a_claim_from_the_portal(self):
        user = self.portal[self.tunisia]
        (self.benin | self.tunisia).helpdesk_mgmt_portal_select_team = True
        self.authenticate(user.login, user.login)
        Ticket = self.env["helpdesk.ticket"]
        mine = [("partner_id", "=", user.partner_id.id)]
        self.assertEqual(self.url_open("/submitted/ticket?subject=x").status_code, 405)
        self._post(
            "/submitted/ticket",
            subject="Panne",
            description="Depuis hier",
            team=self._id("team"),
            category=self._id("category"),
        )
        claim = Ticket.search(mine)
        self.assertEqual(claim.company_id, self.tunisia)
        self.assertNotEqual(claim.team_id, self.records["helpdesk.ticket.team"])
        self.assertFalse(claim.category_id)
        self.tunisia._telecom_set_module("claims", "off")
        self._post("/submitted/ticket", subject="Encore", description="x")
        self.assertEqual(Ticket.search(mine), claim)

    @mute_logger(*QUIET)
    def test_a_link_with_a_token_closes_with_the_module(self):
        claim = self.records["helpdesk.ticket"]
        url = f"/my/ticket/{claim.id}/{claim._portal_ensure_token()}"
        self.env.flush_all()
        self.assertIn(SECRET, self.url_open(url).text)
        self.benin._telecom_set_module("claims", "off")
        self.assertNotIn(SECRET, self.url_open(url).text)
