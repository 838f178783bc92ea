from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import html2plaintext

from ..engine import placeholders

#: What an answer may be written to, besides the fields of a campaign's own
CONTACT_TARGETS = ("first_name", "last_name", "email", "city")
CUSTOMER_TARGETS = ("email", "street", "street2", "zip", "city", "comment")
#: Types of a campaign's own fields that an answer can be written to
PROPERTY_TYPES = ("char", "text", "integer", "float", "boolean", "date", "selection")
#: What the builder sends of a block besides its choices
BLOCK_FIELDS = (
    "kind text answer_type required target action disposition_code message url"
).split()


class TelecomScript(models.Model):
    """Pages that an agent reads and fills in during a contact.

    Built as a whole in the builder, see :meth:`save_builder`; read as a whole by the
    desk, see :meth:`_script_values`.
    """

    _name = "telecom.script"
    _description = "Script"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    active = fields.Boolean(default=True)
    page_ids = fields.One2many("telecom.script.page", "script_id", copy=True)
    campaign_ids = fields.One2many("telecom.campaign", "script_id", string="Campaigns")
    page_count = fields.Integer(string="Pages", compute="_compute_counts")
    question_count = fields.Integer(string="Questions", compute="_compute_counts")
    revision = fields.Integer(
        default=1, copy=False, help="Counts how often the builder saved this script."
    )

    @api.depends("page_ids.block_ids.kind")
    def _compute_counts(self):
        for script in self:
            script.page_count = len(script.page_ids)
            script.question_count = len(
                script.page_ids.block_ids.filtered(lambda b: b.kind == "question")
            )

    @api.model_create_multi
    def create(self, vals_list):
        scripts = super().create(vals_list)
        # A script without a page cannot be read
        self.env["telecom.script.page"].create(
            [
                {"script_id": script.id, "name": self.env._("Welcome")}
                for script in scripts
                if not script.page_ids
            ]
        )
        return scripts

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", script.name)}
            if "name" not in (default or {})
            else vals
            for script, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        copies = super().copy(default)
        for script, new in zip(self, copies, strict=True):
            script._copy_links(new)
        return copies

    def _copy_links(self, new):
        """Have a copy lead to its own pages."""
        pages = dict(zip(self.page_ids, new.page_ids, strict=True))
        for page, copy in pages.items():
            copy.next_page_id = pages.get(page.next_page_id, False)
            for block, twin in zip(page.block_ids, copy.block_ids, strict=True):
                twin.goto_page_id = pages.get(block.goto_page_id, False)
                for choice, other in zip(
                    block.choice_ids, twin.choice_ids, strict=True
                ):
                    other.goto_page_id = pages.get(choice.goto_page_id, False)

    # -------------------------------------------------------------------------
    # Builder
    # -------------------------------------------------------------------------

    def action_build(self):
        """Open the builder."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "telecom_callcenter.script_builder",
            "name": self.name,
            "params": {"script_id": self.id},
            "context": {"active_id": self.id},
        }

    def get_builder(self, lang=False):
        """The script and all there is to choose from, for the builder.

        :param str lang: code of the language the texts are written in; the user's own
            when empty
        :return: dict ``script, lang, languages, fields, targets, dispositions,
            editable``
        """
        self.ensure_one()
        self.check_access("read")
        languages = self.env["res.lang"].get_installed()
        if lang not in dict(languages):
            lang = self.env.lang or "en_US"
        script = self.with_context(lang=lang)
        return {
            "script": script._script_values(),
            "lang": lang,
            "languages": [{"code": code, "name": name} for code, name in languages],
            "fields": self._text_fields(),
            "targets": self._targets(),
            "dispositions": self._disposition_choices(),
            "editable": self.has_access("write"),
        }

    def save_builder(self, values, lang=False):
        """Save what the builder shows: pages, blocks and choices as a whole.

        :param dict values: as ``script`` of :meth:`get_builder`; new parts have keys
            that are no ids, and links name keys
        :param str lang: the language of the texts
        :return: as :meth:`get_builder`
        :raises UserError: when somebody else saved this script meanwhile
        """
        self.ensure_one()
        self.check_access("write")
        if lang and lang not in dict(self.env["res.lang"].get_installed()):
            raise UserError(self.env._("This language is not installed."))
        script = self.with_context(lang=lang or self.env.lang)
        script.lock_for_update()
        if values.get("revision") != script.revision:
            raise UserError(
                self.env._(
                    "Somebody else has changed this script meanwhile: open it again."
                )
            )
        pages = values.get("pages") or []
        if not pages:
            raise UserError(self.env._("A script has at least one page."))
        records = script._save_pages(pages)
        script._save_blocks(pages, records)
        # At the end: a block may have moved away from a page that goes
        kept = [page.id for page in records.values()]
        script.page_ids.filtered(lambda page: page.id not in kept).unlink()
        script.write(
            {
                "name": (values.get("name") or "").strip() or script.name,
                "revision": script.revision + 1,
            }
        )
        script.invalidate_recordset(["page_ids"])
        return script.get_builder(lang)

    @api.model
    def _block_fields(self):
        """Return the fields of a block, besides its choices, that the builder sends."""
        return list(BLOCK_FIELDS)

    def _save_pages(self, pages):
        """Create, change and remove pages.

        :return: ``telecom.script.page`` by key
        """
        known = {str(page.id): page for page in self.page_ids}
        kept, to_create = {}, {}
        for sequence, page in enumerate(pages, 1):
            key, name = str(page["key"]), (page.get("name") or "").strip()
            vals = {"sequence": sequence, "name": name or self.env._("Page")}
            if key in known:
                kept[key] = known[key]
                known[key].write(vals)
            else:
                to_create[key] = {**vals, "script_id": self.id}
        created = self.env["telecom.script.page"].create(list(to_create.values()))
        kept |= dict(zip(to_create, created.with_env(self.env), strict=True))
        for page in pages:
            kept[str(page["key"])].write(self._next_vals(page.get("next"), kept))
        return kept

    def _next_vals(self, following, pages):
        if following == "end":
            return {"ends": True, "next_page_id": False}
        page = pages.get(str(following)) if following else None
        return {"ends": False, "next_page_id": page.id if page else False}

    def _save_blocks(self, pages, records):
        """Create, change and remove blocks and their choices."""
        Block = self.env["telecom.script.block"]
        Choice = self.env["telecom.script.choice"]
        known = {
            str(block.id): block
            for block in Block.search([("page_id.script_id", "=", self.id)])
        }
        choices = {
            str(choice.id): choice
            for choice in Choice.search([("block_id.page_id.script_id", "=", self.id)])
        }

        def goto(key):
            return records[str(key)].id if str(key) in records else False

        blocks, to_create, choice_rows = {}, {}, []
        for page in pages:
            for sequence, block in enumerate(page.get("blocks") or [], 1):
                key = str(block["key"])
                vals = {
                    **{name: block.get(name) or False for name in self._block_fields()},
                    "page_id": records[str(page["key"])].id,
                    "sequence": sequence,
                    "goto_page_id": goto(block.get("goto")),
                }
                if key in known:
                    blocks[key] = known[key]
                    known[key].write(vals)
                else:
                    to_create[key] = vals
                for number, choice in enumerate(block.get("choices") or [], 1):
                    choice_rows.append((key, number, choice))
        created = Block.create(list(to_create.values()))
        blocks |= dict(zip(to_create, created, strict=True))
        new_choices, kept = [], Choice
        for key, number, choice in choice_rows:
            name = (choice.get("name") or "").strip()
            vals = {
                "block_id": blocks[key].id,
                "sequence": number,
                "name": name or self.env._("Choice"),
                "ends": choice.get("goto") == "end",
                "goto_page_id": goto(choice.get("goto")),
            }
            former = choices.get(str(choice.get("key")))
            if former:
                former.write(vals)
                kept |= former
            else:
                new_choices.append(vals)
        kept |= Choice.create(new_choices)
        (Choice.browse([c.id for c in choices.values()]) - kept).unlink()
        kept_blocks = Block.browse([block.id for block in blocks.values()])
        (Block.browse([b.id for b in known.values()]) - kept_blocks).unlink()

    # -------------------------------------------------------------------------
    # What a script is made of
    # -------------------------------------------------------------------------

    def _script_values(self):
        """This script as the builder and the desk take it.

        :return: dict ``id, name, revision, company_id, pages``; texts in the language
            of the environment
        """
        self.ensure_one()

        names = self._block_fields()

        def link(page, ends=False):
            return "end" if ends else str(page.id or "")

        return {
            "id": self.id,
            "name": self.name,
            "revision": self.revision,
            "company_id": self.company_id.id,
            "company": self.company_id.name,
            "pages": [
                {
                    "key": str(page.id),
                    "name": page.name,
                    "next": link(page.next_page_id, page.ends),
                    "blocks": [
                        {
                            "key": str(block.id),
                            **{name: block[name] or False for name in names},
                            "goto": link(block.goto_page_id),
                            "choices": [
                                {
                                    "key": str(choice.id),
                                    "name": choice.name,
                                    "goto": link(choice.goto_page_id, choice.ends),
                                }
                                for choice in block.choice_ids
                            ],
                        }
                        for block in page.block_ids
                    ],
                }
                for page in self.page_ids
            ],
        }

    def _text_fields(self):
        """What texts can carry: list of ``{name, label}``."""
        _ = self.env._
        known = [
            ("first_name", _("First name")),
            ("last_name", _("Last name")),
            ("name", _("Name")),
            ("number", _("Number")),
            ("email", _("E-mail")),
            ("city", _("City")),
            ("customer_number", _("Customer number")),
            ("reference", _("Reference")),
            ("operator", _("Operator")),
            ("agent", _("Agent")),
            ("campaign", _("Campaign")),
        ]
        return [
            *({"name": name, "label": label} for name, label in known),
            *(
                {"name": definition["name"], "label": definition["string"]}
                for definition in self._properties()
            ),
        ]

    def _properties(self):
        """Definitions of the own fields of the campaigns that use this script."""
        definitions = {}
        # sudo: telecom.campaign - of this script's own operator
        for campaign in self.sudo().campaign_ids:
            for definition in campaign.contact_properties_definition or []:
                if definition.get("type") in PROPERTY_TYPES:
                    definitions.setdefault(
                        definition["name"],
                        {
                            "name": definition["name"],
                            "string": definition.get("string") or definition["name"],
                            "type": definition["type"],
                        },
                    )
        return list(definitions.values())

    def _targets(self):
        """What answers can be written to: list of ``{name, label, group}``."""
        _ = self.env._
        contact = self.env["telecom.campaign.contact"]._fields
        customer = self.env["res.partner"]._fields
        return [
            *(
                {
                    "name": f"contact.{name}",
                    "label": contact[name]._description_string(self.env),
                    "group": _("Contact"),
                }
                for name in CONTACT_TARGETS
            ),
            *(
                {
                    "name": f"customer.{name}",
                    "label": customer[name]._description_string(self.env),
                    "group": _("Customer"),
                }
                for name in CUSTOMER_TARGETS
            ),
            *(
                {
                    "name": f"property.{definition['name']}",
                    "label": definition["string"],
                    "group": _("Campaign"),
                }
                for definition in self._properties()
            ),
        ]

    def _disposition_choices(self):
        """Statuses a button may choose: those with a code of any of the campaigns."""
        # sudo: telecom.disposition - of this script's own operator
        nodes = self.sudo().campaign_ids.disposition_ids.filtered(
            lambda node: node.code and node.is_leaf
        )
        return [
            {"code": code, "name": found[0].name}
            for code, found in nodes.grouped("code").items()
        ]

    @api.model
    def _check_target(self, target):
        """:raises ValidationError: when answers cannot be written there"""
        group, _dot, name = (target or "").partition(".")
        known = (
            not target
            or (group == "contact" and name in CONTACT_TARGETS)
            or (group == "customer" and name in CUSTOMER_TARGETS)
            or (group == "property" and placeholders.PLACEHOLDER.match(f"{{{name}}}"))
        )
        if not known:
            raise ValidationError(
                self.env._("Answers cannot be written to “%s”.", target)
            )

    @api.model
    def _write_target(self, target, value, contact, partner):
        """Write a value to a field of the contact, customer or campaign.

        :param str target: see :meth:`_targets`
        :param value: in any type
        :param contact: ``telecom.campaign.contact`` or ``telecom.work.item``, with the
            rights to write it
        :param partner: the customer, may be empty; written with the user's own rights
        :return: whether it was written
        """
        group, _dot, name = (target or "").partition(".")
        if group == "contact" and contact:
            contact.write({name: str(value) if value else False})
        elif group == "property" and contact:
            return contact._write_property(name, value)
        elif group == "customer" and partner:
            # With the agent's own rights
            partner.with_env(self.env(su=False)).write(
                {name: str(value) if value else False}
            )
        else:
            return False
        return True

    @api.model
    def _held_values(self, contact, partner):
        """What can be written to holds already, see :meth:`_targets`.

        :param contact: ``telecom.campaign.contact`` or ``telecom.work.item``, may be
            empty
        :param partner: the customer, may be empty
        :return: dict of (value, as people read it) by target; without what is empty
        """
        found = {}
        for name in CONTACT_TARGETS if contact else ():
            found[f"contact.{name}"] = (contact[name], contact[name])
        for name in CUSTOMER_TARGETS if partner else ():
            value = partner[name]
            if partner._fields[name].type == "html":
                value = html2plaintext(value or "")
            found[f"customer.{name}"] = (value, value)
        raw = contact._property_raw()
        for prop in contact._property_values():
            pair = (raw[prop["name"]], prop["value"])
            found[f"property.{prop['name']}"] = found[f"property.{prop['label']}"] = (
                pair
            )
        # A box that nobody ticked says nothing
        return {name: pair for name, pair in found.items() if pair[0]}

    def _held_answers(self, contact, partner):
        """What the fields hold already that questions write to.

        :return: dict of ``telecom.script.block._held_answer`` by key of question
        """
        held = self._held_values(contact, partner)
        return {
            str(block.id): block._held_answer(*held[block.target])
            for block in self.page_ids.block_ids
            if block.kind == "question" and block.target in held
        }

    # -------------------------------------------------------------------------
    # For the desk
    # -------------------------------------------------------------------------

    def _desk_script(self, campaign, contact, partner, agent, number, *, langs):
        """What the runner takes, without answers.

        :param campaign: the ``telecom.campaign``
        :param contact: ``telecom.campaign.contact``, may be empty
        :param partner: the customer, may be empty
        :param agent: who reads the script
        :param str number: of the contact
        :param langs: codes of languages, the best first; the one wanted, the
            customer's, the agent's
        :return: dict ``script, values, held, lang, languages``
        """
        company = campaign.company_id
        lang = company._telecom_get_lang(*langs)
        script = self.with_context(lang=lang)
        return {
            "script": script._script_values(),
            "held": script._held_answers(contact, partner),
            "values": self._text_values(campaign, contact, partner, agent, number),
            "lang": lang,
            "languages": [
                {"code": code, "name": name}
                for code, name in self.env["res.lang"].get_installed()
            ],
        }

    @api.model
    def _text_values(self, campaign, contact, partner, agent, number):
        """What texts carry, by name; see :meth:`_text_fields`."""
        company = campaign.company_id
        values = {
            "name": contact.name or partner.name or "",
            "first_name": contact.first_name or partner.telecom_first_name or "",
            "last_name": contact.last_name or partner.telecom_last_name or "",
            "number": company._telecom_format(number) if number else "",
            "email": contact.email or partner.email or "",
            "city": contact.city or partner.city or "",
            "customer_number": partner.telecom_customer_number or "",
            "reference": contact.reference or ""
            if "reference" in contact._fields
            else "",
            "operator": company.name,
            "agent": agent.name or "",
            "campaign": campaign.name or "",
        }
        for prop in contact._property_values():
            values.setdefault(prop["name"], prop["value"])
        return values
