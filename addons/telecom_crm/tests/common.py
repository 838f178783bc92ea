"""What the tests of the apps share: operators, their people, and French."""

import re
from contextlib import contextmanager
from unittest.mock import patch

import polib

from odoo import Command
from odoo.exceptions import ConcurrencyError
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

CLERK = "telecom_crm.group_telecom_clerk"
MANAGER = "telecom_crm.group_telecom_manager"
SELLER = "telecom_crm.group_telecom_seller"
PLATFORM = "telecom_crm.group_telecom_platform"

# %(name)s, %s, {name}: what must be the same in both languages
MARKS = re.compile(r"%\(\w+\)[sd0-9]*|%s|\{\w+\}")


def read_until_killed(record, chunk, chunks):
    """Have the scheduler read a file in, whose process is killed on the way.

    Commits become savepoints of the test's transaction.

    :param record: of a kind of ``telecom.file.import``, checked and waiting
    :param int chunk: rows that are committed together
    :param int chunks: that go in before
    """
    model, cr = type(record), record.env.cr
    take_in, taken = model._take_in, []

    def fragile(self, rows, parser):
        if len(taken) == chunks:
            raise MemoryError("killed")
        taken.append(rows)
        return take_in(self, rows, parser)

    def commit():
        record.env.flush_all()
        cr.execute("SAVEPOINT chunk")

    def rollback():
        cr.execute("ROLLBACK TO chunk")
        record.env.invalidate_all(flush=False)

    with (
        patch.object(model, "_import_chunk", chunk),
        patch.object(model, "_take_in", fragile),
        patch.object(cr, "commit", commit),
        patch.object(cr, "rollback", rollback),
        mute_logger("odoo.addons.telecom_crm.models.telecom_file_import"),
    ):
        record.sudo().browse()._cron_process()
    record.env.invalidate_all()


def read_on(record):
    """Have the scheduler go on with a file that :func:`read_until_killed` left."""
    with patch.object(record.env.cr, "commit", record.env.flush_all):
        record.action_resume()
        record.sudo().browse()._cron_process()


class OperatorMakers:
    """Companies and users, for test cases that set up their own."""

    @classmethod
    def _company(cls, name, country, tenant=False):
        return cls.env["res.company"].create(
            {
                "name": name,
                "country_id": cls.env.ref(country).id,
                "telecom_tenant": tenant,
            }
        )

    @classmethod
    def _user(cls, login, companies, groups):
        user = new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            # A tenant's users' partners belong to them; as created by themselves
            name=login,
            # Invitations nobody reads took a third of the time of setting up
            context={"no_reset_password": True},
        )
        return user.with_env(cls.env)

    @contextmanager
    def assertBeginsAgain(self, model):
        """Check that a request begins again when another one was quicker.

        :param str model: of the row that is there already: the other request has just
            committed it, and searches do not find it in this one's snapshot
        """
        none = self.env[model]
        with (
            patch.object(type(none), "search", lambda self, *args, **kw: self.browse()),
            self.assertNoLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(ConcurrencyError),
        ):
            yield


class OperatorCase(OperatorMakers, TransactionCase):
    """Two operators, the contact centre that serves both, and a mere company.

    Users are named after their role and company: ``clerk_benin``, ``agent``…
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.benin = cls._company("Bénin Test", "base.bj", tenant=True)
        cls.tunisia = cls._company("Tunisie Test", "base.tn", tenant=True)
        cls.provider = cls._company("Centre Test", "base.bj")
        cls.shopkeeper = cls._company("Quincaillerie Test", "base.fr")

        cls.clerk_benin = cls._user("t.clerk.benin", cls.benin, CLERK)
        cls.clerk_tunisia = cls._user("t.clerk.tunisia", cls.tunisia, CLERK)
        cls.manager_benin = cls._user("t.manager.benin", cls.benin, MANAGER)
        cls.manager_tunisia = cls._user("t.manager.tunisia", cls.tunisia, MANAGER)
        cls.seller_benin = cls._user("t.seller.benin", cls.benin, SELLER)
        cls.seller_tunisia = cls._user("t.seller.tunisia", cls.tunisia, SELLER)
        cls.agent = cls._user("t.agent", cls.provider | cls.benin | cls.tunisia, CLERK)
        cls.stranger = cls._user(
            "t.stranger", cls.shopkeeper, "base.group_user,base.group_partner_manager"
        )
        cls.vip_benin = cls.env["telecom.segment"].create(
            {"name": "VIP", "code": "VIP", "company_id": cls.benin.id, "priority": 30}
        )

    @classmethod
    def _customer(cls, company, first, last, **values):
        return cls.env["res.partner"].create(
            {
                "company_id": company.id,
                "telecom_customer": True,
                "telecom_first_name": first,
                "telecom_last_name": last,
                **values,
            }
        )

    @classmethod
    def _line(cls, partner, msisdn, **values):
        return cls.env["telecom.line"].create(
            {
                "company_id": partner.company_id.id,
                "partner_id": partner.id,
                "msisdn": msisdn,
                "state": "active",
                **values,
            }
        )

    @classmethod
    def _claim(cls, partner, **values):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": "Pas de réseau",
                "description": "Depuis hier",
                "company_id": partner.company_id.id,
                "partner_id": partner.id,
                **values,
            }
        )


class FrenchCase(TransactionCase):
    """Subclass it with the name of an addon, and tag the subclass."""

    french_addon = None
    #: external ids of data that is written in French from the start
    french_data = re.compile(r"_(benin|tunisia|provider)(_|$)")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = file_path(f"{cls.french_addon}/i18n/fr.po")
        cls.french_entries = polib.pofile(path)
        cls.french = {entry.msgid: entry.msgstr for entry in cls.french_entries}

    def _assert_complete(self):
        """Assert that each term of the addon has a translation, marks included."""
        # Without the mark, Odoo leaves a term of the code in English
        unmarked = [
            entry.msgid
            for entry in self.french_entries
            if any(place.startswith("code") for place, _line in entry.occurrences)
            and "odoo-" not in (entry.comment or "")
        ]
        self.assertFalse(unmarked, "“#. odoo-python” or “#. odoo-javascript” missing")
        empty = [msgid for msgid, msgstr in self.french.items() if not msgstr.strip()]
        self.assertFalse(empty, "Empty translations in i18n/fr.po")
        # Odoo translates by the place: the same words elsewhere stay in English
        places = {
            (entry.msgid, ":".join(filter(None, occurrence)))
            for entry in self.french_entries
            for occurrence in entry.occurrences
        }
        missing = {
            f"{kind} {name} {res_id}: {source}"
            for _module, kind, name, res_id, source, *_rest in TranslationModuleReader(
                self.env.cr, [self.french_addon]
            )
            if source
            and source.strip()
            and (source, self._place(kind, name, res_id)) not in places
            and not self._is_demo(kind, str(res_id))
            # Codes beside the terms of data, such as ("sold", _lt("Sold"))
            and not (kind == "code" and re.fullmatch(r"[a-z_-]+", source))
            and "/tests/" not in name
        }
        missing |= {
            f"{place}: {source}"
            for source, place in self._inherited_values()
            if (source, place) not in places
        }
        self.assertFalse(sorted(missing), "Terms without French at their place")
        for msgid, msgstr in self.french.items():
            with self.subTest(msgid):
                self.assertEqual(
                    sorted(MARKS.findall(msgid)), sorted(MARKS.findall(msgstr))
                )

    def _inherited_values(self):
        """Return (value, place) of the selections that this addon's models inherit.

        They carry the name of the module that declares the field, whose own ``fr.po``
        has been read before these models were there.
        """
        models = [
            name
            for name, model in self.env.items()
            if model._original_module == self.french_addon and not model._abstract
        ]
        addon = self.env["ir.module.module"]._get(self.french_addon)
        before = addon.upstream_dependencies(exclude_states=("uninstallable",))
        self.env.cr.execute(
            """SELECT value.name->>'en_US', data.module, data.name
                 FROM ir_model_fields_selection value
                 JOIN ir_model_fields field ON field.id = value.field_id
                 JOIN ir_model_data data ON data.res_id = value.id
                  AND data.model = 'ir.model.fields.selection'
                WHERE field.model = ANY(%s) AND data.module = ANY(%s)""",
            [models, before.mapped("name")],
        )
        kind, name = "model", "ir.model.fields.selection,name"
        for source, module, xmlid in self.env.cr.fetchall():
            # A reference has no room for white space: the name ends with a tab
            if xmlid == xmlid.rstrip():
                yield source, self._place(kind, name, f"{module}.{xmlid}")

    def _place(self, kind, name, res_id):
        """Return the reference of a term as ``fr.po`` writes it."""
        place = f"code:{name}:0" if kind == "code" else f"{kind}:{name}:{res_id}"
        # The name of a selection's value may end with a tab
        return place.rstrip()

    def _is_demo(self, kind, xmlid):
        """Tell demo data apart: it is written in the operators' language."""
        return kind.startswith("model") and bool(self.french_data.search(xmlid))
