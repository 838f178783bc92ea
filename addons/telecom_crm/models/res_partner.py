from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import age, search, tax_number
from ..tools import login as logins
from .telecom_identity_document import KYC_STATES

# Enough to see that somebody is known, and few enough to look at
DUPLICATES_SHOWN = 5
AGE_BANDS = [
    ("minor", "Under 18"),
    ("18_24", "18 to 24"),
    ("25_34", "25 to 34"),
    ("35_49", "35 to 49"),
    ("50_64", "50 to 64"),
    ("senior", "65 and over"),
]


class ResPartner(models.Model):
    """A customer of an operator, natural or legal person."""

    _inherit = "res.partner"

    # Tenancy
    company_id = fields.Many2one(default=lambda self: self._default_company_id())
    telecom_tenant = fields.Boolean(
        related="company_id.telecom_tenant", string="Belongs to an Operator"
    )
    telecom_kind = fields.Selection(related="company_id.telecom_kind")
    # For the record rule: what a company is called, and where it lives, is no secret
    # among its own users. (account has the like; this app does without account.)
    telecom_company_ids = fields.One2many(
        "res.company",
        "partner_id",
        string="Companies of this Partner",
        bypass_search_access=True,
        export_string_translation=False,
    )

    # Identity
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, copy=True
    )
    telecom_first_name = fields.Char(string="First Name")
    telecom_last_name = fields.Char(string="Last Name")
    telecom_birth_date = fields.Date(string="Birth Date")
    telecom_age_band = fields.Selection(
        AGE_BANDS,
        string="Age",
        compute="_compute_telecom_age_band",
        search="_search_telecom_age_band",
    )
    telecom_document_ids = fields.One2many(
        "telecom.identity.document", "partner_id", string="Identity Documents"
    )
    telecom_kyc_state = fields.Selection(
        [("none", "No Document"), *KYC_STATES],
        string="Identity",
        compute="_compute_telecom_kyc_state",
        store=True,
        help="What the customer's identity documents prove.",
    )
    telecom_language_id = fields.Many2one(
        "telecom.language",
        string="Spoken Language",
        index="btree_not_null",
        help="The language the customer prefers to speak.",
    )

    # Customer
    telecom_customer = fields.Boolean(
        help="A customer of the operator; receives a customer number.",
    )
    telecom_customer_number = fields.Char(string="Customer Number", copy=False)
    telecom_segment_id = fields.Many2one(
        "telecom.segment",
        string="Segment",
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    telecom_source_id = fields.Many2one(
        "telecom.source",
        string="Source",
        index="btree_not_null",
        check_company=True,
        help="What brought this customer.",
    )
    telecom_household_id = fields.Many2one(
        "res.partner",
        string="Household",
        index="btree_not_null",
        check_company=True,
        domain="[('is_company', '=', False), ('company_id', '=', company_id)]",
        help="The head of the household this person lives in.",
    )
    telecom_household_member_ids = fields.One2many(
        "res.partner", "telecom_household_id", string="Members of the Household"
    )
    telecom_payer_id = fields.Many2one(
        "res.partner",
        string="Billed to",
        index="btree_not_null",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="Who receives and pays the invoices, when it is somebody else.",
    )
    telecom_billing_account = fields.Char(
        string="Billing Account",
        copy=False,
        help="The account's number in the operator's billing.",
    )
    telecom_duplicate_ids = fields.Many2many(
        "res.partner",
        string="Perhaps the Same",
        compute="_compute_telecom_duplicate_ids",
        help="Customers of the same number, e-mail address, tax number or identity "
        "document.",
    )

    # Consent
    telecom_consent_ids = fields.One2many(
        "telecom.consent", "partner_id", string="Consents"
    )
    telecom_do_not_call = fields.Boolean(
        string="Do Not Call", compute="_compute_telecom_do_not_call"
    )

    # What belongs to the customer
    telecom_line_ids = fields.One2many("telecom.line", "partner_id", string="Lines")
    telecom_line_count = fields.Integer(
        string="Line Count", compute="_compute_telecom_line_count"
    )
    telecom_open_claim_count = fields.Integer(
        string="Open Claims", compute="_compute_telecom_open_claim_count"
    )

    telecom_timeline = fields.Html(
        string="Contacts and Events",
        compute="_compute_telecom_timeline",
        sanitize=False,
    )

    # Searching
    telecom_search_text = fields.Char(
        compute="_compute_telecom_search_text",
        store=True,
        export_string_translation=False,
        help="What the customer is found by, as the search of this app stores it.",
    )
    telecom_search = fields.Char(
        string="Customer",
        compute="_compute_telecom_search",
        search="_search_telecom_search",
        help="Words of the name in any order, customer number, identity document, "
        "e-mail, SIM, or any part of a telephone number, however written.",
    )
    telecom_search_city = fields.Char(
        string="Town",
        compute="_compute_telecom_search",
        search="_search_telecom_search_city",
    )

    _telecom_number_unique = models.UniqueIndex(
        "(company_id, telecom_customer_number) "
        "WHERE telecom_customer_number IS NOT NULL",
        "This customer number is in use.",
    )
    _telecom_search_idx = models.Index("USING gin (telecom_search_text gin_trgm_ops)")
    # The list of customers, in its order: an index on the name alone would walk past
    # the customers of all other operators.
    _telecom_list_idx = models.Index(
        "(company_id, complete_name, id DESC) WHERE telecom_customer IS TRUE"
    )
    _telecom_segment_idx = models.Index(
        "(company_id, telecom_segment_id) WHERE telecom_segment_id IS NOT NULL"
    )
    # Who calls: one look-up per ringing call
    _telecom_phone_idx = models.Index(
        "(company_id, phone_sanitized) WHERE phone_sanitized IS NOT NULL"
    )
    # Customers of a file who are there already
    _telecom_email_idx = models.Index(
        "(company_id, email_normalized) WHERE email_normalized IS NOT NULL"
    )

    # Defaults

    def _default_company_id(self):
        """What is created for an operator, or by its people, belongs to it.

        Core leaves partners without a company, and shows those to everybody.
        """
        if self.env.context.get("telecom_company_partner"):
            return False
        company = self.env.company
        if company.telecom_tenant or self.env.user._telecom_bound():
            return company.id
        return False

    @api.model
    def default_get(self, fields):
        """New customers live in the operator's country and read the clerk's language.

        Core offers no country, and the language of the database.
        """
        values = super().default_get(fields)
        company = self.env.company
        if company.telecom_tenant:
            if "country_id" in fields and not values.get("country_id"):
                values["country_id"] = company.country_id.id
            if "lang" in fields and "default_lang" not in self.env.context:
                values["lang"] = self.env.user.lang or values.get("lang")
        return values

    # Computes

    @api.depends("telecom_first_name", "telecom_last_name", "is_company")
    def _compute_name(self):
        for partner in self:
            name = partner._telecom_join_name(
                partner.telecom_first_name, partner.telecom_last_name
            )
            # Organisations, and whoever has one name only, keep what was written.
            partner.name = name if name and not partner.is_company else partner.name

    @api.depends("telecom_birth_date")
    @api.depends_context("tz")
    def _compute_telecom_age_band(self):
        today = fields.Date.context_today(self)
        for partner in self:
            partner.telecom_age_band = age.band(partner.telecom_birth_date, today)

    @api.model
    def _search_telecom_age_band(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        domains = []
        for code in value:
            if not code:
                domains.append(Domain("telecom_birth_date", "=", False))
            elif code in age.BANDS:
                first, last = age.born_between(code, today)
                domain = Domain("telecom_birth_date", "<=", last)
                if first:
                    domain &= Domain("telecom_birth_date", ">=", first)
                domains.append(domain)
        return Domain.OR(domains)

    @api.depends("telecom_document_ids.state")
    def _compute_telecom_kyc_state(self):
        """The best document decides: one that is good is enough."""
        order = ("verified", "pending", "expired", "rejected")
        for partner in self:
            states = set(partner.telecom_document_ids.mapped("state"))
            partner.telecom_kyc_state = next(
                (state for state in order if state in states), "none"
            )

    @api.depends("phone_sanitized")
    def _compute_telecom_do_not_call(self):
        DoNotCall = self.env["telecom.do.not.call"]
        self.telecom_do_not_call = False
        for company, partners in self.grouped("company_id").items():
            if not company.telecom_tenant:
                continue
            numbers = set(filter(None, partners.mapped("phone_sanitized")))
            blocked = DoNotCall._blocked(company, numbers) if numbers else ()
            for partner in partners:
                partner.telecom_do_not_call = partner.phone_sanitized in blocked

    @api.depends("phone", "email", "vat", "company_id", "telecom_document_ids.number")
    def _compute_telecom_duplicate_ids(self):
        for partner in self:
            partner.telecom_duplicate_ids = partner._telecom_find_duplicates()

    def _telecom_find_duplicates(self):
        """Return customers of the same operator who seem to be this one.

        Works while the form is filled in; each criterion has its index.

        :rtype: res.partner
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        if not company.telecom_tenant or self.type != "contact":
            return self.browse()
        domains = []
        e164 = company._telecom_sanitize(self.phone)
        if e164:
            domains.append(Domain("phone_sanitized", "=", e164))
            domains.append(
                Domain(
                    "telecom_line_ids",
                    "any",
                    [
                        ("company_id", "=", company.id),
                        ("msisdn", "=", e164),
                        ("state", "!=", "terminated"),
                    ],
                )
            )
        pieces = [
            text.strip().lower()
            for text in (self.email, self.vat)
            if text and len(text.strip()) > 5
        ]
        pieces += filter(None, self.telecom_document_ids.mapped("number_key"))
        # Each is a word of its own in the text of the search
        domains += [
            Domain("telecom_search_text", "like", f" {piece}".replace("%", ""))
            for piece in pieces
        ]
        if not domains:
            return self.browse()
        family = self._origin | self.parent_id._origin | self.child_ids._origin
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("type", "=", "contact")
            & Domain("id", "not in", family.ids)
            & Domain.OR(domains),
            limit=DUPLICATES_SHOWN,
        )

    def _compute_telecom_timeline(self):
        for partner in self:
            partner.telecom_timeline = self.env["ir.qweb"]._render(
                "telecom_crm.customer_timeline",
                {"entries": partner._telecom_timeline()},
            )

    def _telecom_timeline(self, limit=30):
        """Return what happened between the customer and the operator, latest first.

        :return: what :meth:`_telecom_timeline_entries` knows, in one order
        :rtype: list[dict]
        """
        self.ensure_one()
        partner = self._origin
        if not partner:
            return []
        entries = partner._telecom_timeline_entries(limit)
        entries = [entry for entry in entries if entry["date"]]
        entries.sort(key=lambda entry: entry["date"], reverse=True)
        return entries[:limit]

    def _telecom_timeline_entries(self, limit):
        """Return what is known of a customer, in any order.

        To be extended by apps that know more: calls, conversations, invoices. Each
        asks with the reader's rights, or shows no more than he may know.

        :param int limit: of each kind, the latest ones
        :return: ``date`` (UTC), ``icon`` (of Font Awesome), ``title``, ``text``,
            ``url`` or None of each; ``day``: the hour means nothing
        :rtype: list[dict]
        """
        self.ensure_one()
        entries = []
        Claim = self.env["helpdesk.ticket"]
        if Claim.has_access("read"):
            for claim in Claim.search(
                [("partner_id", "child_of", self.id)],
                order="create_date desc",
                limit=limit,
            ):
                entries.append(
                    {
                        "date": claim.create_date,
                        "icon": "fa-life-ring",
                        "title": self.env._("Claim %s", claim.number or ""),
                        "text": f"{claim.name} · {claim.stage_id.name or ''}",
                        "url": f"/odoo/helpdesk.ticket/{claim.id}",
                    }
                )
        Event = self.env["telecom.line.event"]
        labels = dict(Event._fields["kind"]._description_selection(self.env))
        for event in Event.search(
            [("partner_id", "=", self.id), ("kind", "!=", "puk")], limit=limit
        ):
            values = " → ".join(filter(None, (event.old_display, event.new_display)))
            entries.append(
                {
                    "date": event.date,
                    "icon": "fa-mobile",
                    "title": f"{event.line_id.display_name} · {labels[event.kind]}",
                    "text": " · ".join(filter(None, (values, event.reason))),
                    "url": f"/odoo/telecom-lines/{event.line_id.id}",
                }
            )
        Consent = self.env["telecom.consent"]
        labels = dict(Consent._fields["channel"]._description_selection(self.env))
        for consent in Consent.search([("partner_id", "=", self.id)], limit=limit):
            entries.append(
                {
                    "date": consent.date,
                    "icon": "fa-check" if consent.granted else "fa-ban",
                    "title": labels[consent.channel],
                    "text": self.env._("Agrees to be contacted")
                    if consent.granted
                    else self.env._("Does not want to be contacted"),
                    "url": None,
                }
            )
        for message in self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "in", ("email", "comment", "sms")),
            ],
            limit=limit,
        ):
            entries.append(
                {
                    "date": message.date,
                    "icon": "fa-envelope-o",
                    "title": message.subject or message.author_id.name or "",
                    "text": message.preview or "",
                    "url": None,
                }
            )
        return entries

    @api.depends("telecom_line_ids")
    def _compute_telecom_line_count(self):
        counts = dict(
            self.env["telecom.line"]._read_group(
                [("partner_id", "in", self.ids), ("state", "!=", "terminated")],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.telecom_line_count = counts.get(partner._origin, 0)

    def _compute_telecom_open_claim_count(self):
        """Count the claims of the customer and of his contacts not closed yet."""
        counts = self._telecom_count_claims(Domain("stage_id.closed", "!=", True))
        for partner in self:
            partner.telecom_open_claim_count = counts.get(partner._origin.id, 0)

    def _compute_helpdesk_ticket_count(self):
        """As helpdesk_mgmt counts, for all partners at once and for new ones too."""
        counts = self._telecom_count_claims(Domain.TRUE)
        for partner in self:
            count = counts.get(partner._origin.id, 0)
            opened = partner.telecom_open_claim_count
            partner.helpdesk_ticket_count = count
            partner.helpdesk_ticket_active_count = opened
            partner.helpdesk_ticket_count_string = f"{opened} / {count}"

    def _telecom_count_claims(self, domain):
        """Return the number of claims by partner id, contacts' claims included.

        :param Domain domain: which claims count
        :rtype: dict
        """
        counts = Counter()
        ids = set(self._origin.ids)
        if not ids:
            return counts
        # A hierarchy is walked from the claim up: customers with claims are few.
        for partner, count in self.env["helpdesk.ticket"]._read_group(
            Domain("partner_id", "child_of", list(ids)) & domain,
            ["partner_id"],
            ["__count"],
        ):
            while partner:
                if partner.id in ids:
                    counts[partner.id] += count
                partner = partner.parent_id
        return counts

    @api.depends(lambda self: self._telecom_search_dependencies())
    def _compute_telecom_search_text(self):
        for partner in self:
            partner.telecom_search_text = search.search_text(
                **partner._telecom_search_values()
            )

    @api.model
    def _telecom_search_dependencies(self):
        """Return the fields :meth:`_telecom_search_values` reads."""
        return (
            "complete_name",
            "email",
            "phone",
            "phone_sanitized",
            "telecom_customer_number",
            "ref",
            "vat",
            "city",
            "telecom_line_ids.msisdn",
            "telecom_line_ids.iccid",
            "telecom_document_ids.number",
        )

    def _telecom_search_values(self):
        """Return what the customer is found by, as :func:`search.search_text` takes it.

        To be extended by apps that know customers by something else.

        :rtype: dict
        """
        self.ensure_one()
        lines = self.telecom_line_ids
        return {
            "names": [self.complete_name],
            "emails": [self.email],
            "numbers": [self.phone_sanitized or self.phone, *lines.mapped("msisdn")],
            "identifiers": [
                self.telecom_customer_number,
                self.ref,
                self.vat,
                *lines.mapped("iccid"),
                *self.telecom_document_ids.mapped("number"),
            ],
            "cities": [self.city],
        }

    def _compute_telecom_search(self):
        # Only there to be searched
        self.telecom_search = False
        self.telecom_search_city = False

    @api.model
    def _search_telecom_search(self, operator, value):
        """Find customers by what a clerk types into one box."""
        if operator == "in":
            return Domain.OR(
                self._search_telecom_search("ilike", text) for text in value if text
            )
        if operator not in ("ilike", "like") or not isinstance(value, str):
            return NotImplemented
        region = self.env.company.country_id.code
        return Domain.AND(
            Domain.OR(Domain("telecom_search_text", "like", way) for way in ways)
            for ways in search.query_pieces(value, region)
        )

    @api.model
    def _search_telecom_search_city(self, operator, value):
        if operator == "in":
            return Domain.OR(
                self._search_telecom_search_city("ilike", text)
                for text in value
                if text
            )
        if operator not in ("ilike", "like") or not isinstance(value, str):
            return NotImplemented
        return Domain("telecom_search_text", "like", search.city_piece(value))

    @api.model
    def _search_display_name(self, operator, value):
        """Find customers in every field that offers them as the search box does.

        For users of operators; everybody else searches as in core.
        """
        if (
            operator in ("ilike", "like")
            and isinstance(value, str)
            and self.env.user._telecom_bound()
        ):
            return self._search_telecom_search(operator, value)
        return super()._search_display_name(operator, value)

    def _phone_get_country(self):
        """National numbers of an operator's customers are of the operator's country."""
        countries = super()._phone_get_country()
        for partner in self:
            if partner.id not in countries and partner.company_id.telecom_tenant:
                countries[partner.id] = partner.company_id.country_id
        return countries

    def _phone_get_sanitize_triggers(self):
        return super()._phone_get_sanitize_triggers() + ["company_id"]

    # Constraints

    @api.constrains("vat", "country_id", "company_id")
    def _check_telecom_vat(self):
        """A tax number looks as its country's administration writes it."""
        for partner in self.filtered("vat"):
            company = partner.company_id
            if not company.telecom_tenant:
                continue
            country = partner.country_id or company.country_id
            if not tax_number.check(partner.vat, country.code):
                raise ValidationError(
                    self.env._(
                        "%(number)s is no tax number of %(country)s.",
                        number=partner.vat,
                        country=country.name,
                    )
                )

    @api.constrains("telecom_birth_date")
    def _check_telecom_birth_date(self):
        today = fields.Date.context_today(self)
        for partner in self:
            if partner.telecom_birth_date and partner.telecom_birth_date > today:
                raise ValidationError(
                    self.env._("Nobody is born in the future: check the birth date.")
                )

    @api.constrains("telecom_household_id")
    def _check_telecom_household(self):
        for partner in self:
            head = partner.telecom_household_id
            if head == partner or head.telecom_household_id:
                raise ValidationError(
                    self.env._("The head of a household belongs to no other household.")
                )

    # Onchanges

    @api.onchange("is_company")
    def _onchange_telecom_is_company(self):
        if not self.is_company and self.name and not self.telecom_last_name:
            first, last = self._telecom_split_name(self.name)
            self.telecom_first_name = first
            self.telecom_last_name = last

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        self._telecom_complete_names(vals_list)
        self._telecom_complete_companies(vals_list)
        partners = super().create(vals_list)
        partners._telecom_give_customer_numbers()
        return partners

    def write(self, vals):
        if "name" in vals and not vals.keys() & {
            "telecom_first_name",
            "telecom_last_name",
        }:
            self._telecom_write_names(vals["name"], vals.get("is_company"))
        res = super().write(vals)
        if vals.get("telecom_customer") or vals.get("company_id"):
            self._telecom_give_customer_numbers()
        # sudo: res.company - whose numbers are read otherwise from now on
        if "country_id" in vals and self.sudo().telecom_company_ids:
            self.env.registry.clear_cache()
        return res

    # First and last name

    @api.model
    def _telecom_join_name(self, first_name, last_name):
        """Return the full name of a person."""
        return " ".join(filter(None, (first_name, last_name)))

    @api.model
    def _telecom_split_name(self, name):
        """Return first and last name of a person, as well as can be guessed.

        ``ADJOVI Koffi`` and ``Koffi ADJOVI`` are written with the last name in
        capitals; otherwise the last word is the last name.

        :return: first and last name, False where there is none
        :rtype: tuple
        """
        words = (name or "").split()
        capitals = [word for word in words if len(word) > 1 and word.isupper()]
        if capitals and len(capitals) < len(words):
            first = [word for word in words if word not in capitals]
            last = capitals
        else:
            first, last = words[:-1], words[-1:]
        return " ".join(first) or False, " ".join(last) or False

    @api.model
    def _telecom_complete_names(self, vals_list):
        """Split the names of persons that were given as a whole, in place."""
        default = None
        for vals in vals_list:
            named = vals.get("telecom_first_name") or vals.get("telecom_last_name")
            if named and not vals.get("name", True):
                # An empty column of an import: computed all the same.
                del vals["name"]
            if not vals.get("name") or vals.get("type", "contact") != "contact":
                continue
            if named:
                continue
            is_company = vals.get("is_company")
            if is_company is None and "company_type" in vals:
                is_company = vals["company_type"] == "company"
            if is_company is None:
                if default is None:
                    default = self.default_get(["is_company"]).get("is_company", False)
                is_company = default
            if not is_company:
                first, last = self._telecom_split_name(vals["name"])
                vals["telecom_first_name"] = first
                vals["telecom_last_name"] = last

    def _telecom_write_names(self, name, is_company=None):
        """Keep first and last name of persons in step with a name being written."""
        persons = self.filtered(
            lambda partner: (
                not (partner.is_company if is_company is None else is_company)
                and partner.type == "contact"
                and partner.name != name
            )
        )
        if persons:
            first, last = self._telecom_split_name(name)
            # With the name, so that it is not computed from the two in between.
            persons.write(
                {"telecom_first_name": first, "telecom_last_name": last, "name": name}
            )

    # Customers

    @api.model
    def _telecom_complete_companies(self, vals_list):
        """A contact belongs to its organisation's company, in place."""
        children = [
            vals
            for vals in vals_list
            if vals.get("parent_id") and "company_id" not in vals
        ]
        parents = self.browse({vals["parent_id"] for vals in children})
        by_id = {parent.id: parent for parent in parents}
        for vals in children:
            company = by_id[vals["parent_id"]].company_id
            if company.telecom_tenant:
                vals["company_id"] = company.id

    def _telecom_give_customer_numbers(self):
        """Number the customers of operators that have no number yet."""
        # sudo: res.partner - the number is given by the system, whoever made it due
        customers = self.sudo().filtered(
            lambda partner: (
                partner.telecom_customer
                and not partner.telecom_customer_number
                and partner.company_id.telecom_tenant
            )
        )
        for company, partners in customers.grouped("company_id").items():
            numbers = company._telecom_next_customer_numbers(len(partners))
            for partner, number in zip(partners, numbers, strict=False):
                partner.telecom_customer_number = number

    @api.model
    def _telecom_match_number(self, company, e164):
        """Return the customers of a company who have a telephone number.

        The holder of a line of that number comes before people who left it as their
        contact number. Two queries, on indexes of the company and the number.

        :param res.company company: the operator that is called
        :param str e164: the number with ``+``
        :rtype: res.partner
        """
        if not e164:
            return self.browse()
        holders = (
            self.env["telecom.line"]
            .search_fetch(
                [
                    ("company_id", "=", company.id),
                    ("msisdn", "=", e164),
                    ("state", "!=", "terminated"),
                    ("partner_id", "!=", False),
                ],
                ["partner_id"],
            )
            .partner_id
        )
        matches = self.search(
            Domain("company_id", "=", company.id)
            & (Domain("phone_sanitized", "=", e164) | Domain("id", "in", holders.ids))
        )
        return matches.sorted(lambda partner: partner not in holders)

    # Links

    def _telecom_link_company(self):
        """Customers' links are their operator's, colleagues' their employer's."""
        # sudo: res.partner - the host only
        partner = self.sudo()
        return partner.company_id or partner.user_ids[:1].company_id

    @api.model
    def _signup_retrieve_info(self, token):
        """Invitations show logins as people type them."""
        info = super()._signup_retrieve_info(token)
        if info and info.get("login"):
            info["login"] = logins.show(info["login"])
        return info

    def signup_get_auth_param(self):
        params = super().signup_get_auth_param()
        for values in params.values():
            if values.get("auth_login"):
                values["auth_login"] = logins.show(values["auth_login"])
        return params

    # Consent

    def _telecom_consents(self):
        """Return the last word of each customer on each channel.

        :return: {(partner id, channel): whether he agrees}; without an entry he was
            never asked
        :rtype: dict
        """
        rows = self.env["telecom.consent"].search_fetch(
            [("partner_id", "in", self.ids)],
            ["partner_id", "channel", "granted"],
            order="date, id",
        )
        return {(row.partner_id.id, row.channel): row.granted for row in rows}

    def _telecom_may_contact(self, channel):
        """Return the customers who may be contacted, unasked, on a channel."""
        consents = self._telecom_consents()
        return self.filtered(
            lambda partner: (
                consents.get((partner.id, channel), True)
                and not (channel == "call" and partner.telecom_do_not_call)
            )
        )

    def action_telecom_do_not_call(self):
        """Put the customer's number on the operator's list, or take it off."""
        for partner in self.filtered("phone_sanitized"):
            entries = (
                self.env["telecom.do.not.call"]
                .with_context(active_test=False)
                .search(
                    [
                        ("company_id", "=", partner.company_id.id),
                        ("number", "=", partner.phone_sanitized),
                    ]
                )
            )
            if partner.telecom_do_not_call:
                entries.active = False
            elif entries:
                entries.write({"active": True, "until": False})
            else:
                entries.create(
                    {
                        "company_id": partner.company_id.id,
                        "number": partner.phone_sanitized,
                    }
                )
        self.invalidate_recordset(["telecom_do_not_call"])
        return True

    # Actions

    def action_telecom_merge(self):
        """Open Odoo's dialog for merging this customer with those like him."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "base.action_partner_merge"
            ),
            "context": {
                "active_model": "res.partner",
                "active_ids": (self | self.telecom_duplicate_ids[:2]).ids,
            },
        }

    def action_telecom_port_in(self):
        """Bring the customer's number from another operator."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Port In"),
            "res_model": "telecom.line.operation",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_kind": "port_in",
                "default_partner_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_view_telecom_lines(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "telecom_crm.action_telecom_line"
            ),
            "domain": [("partner_id", "child_of", self.id)],
            "context": {
                "default_partner_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }
