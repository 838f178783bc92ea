import re
from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize, groupby

from ..tools import customer_file, search, table
from ..tools.bulk import BulkWriter

#: Columns of a new customer that the file says or that follow from what it says
PARTNER_COLUMNS = (
    "name telecom_first_name telecom_last_name complete_name is_company"
    " commercial_partner_id commercial_company_name telecom_customer"
    " telecom_customer_number telecom_billing_account telecom_birth_date"
    " telecom_segment_id telecom_source_id phone phone_sanitized email"
    " email_normalized street street2 zip city country_id vat lang telecom_kyc_state"
    " telecom_search_text"
).split()
#: Checked by the parser, or made here
PARTNER_CHECKED = {"name", "complete_name", "telecom_customer", "commercial_partner_id"}
LINE_COLUMNS = (
    "partner_id msisdn msisdn_former technology state iccid imsi offer activated_at"
).split()
DOCUMENT_COLUMNS = (
    "company_id partner_id kind number number_key issued_on expires_on"
).split()
#: Plain addresses, which Odoo normalises to lower case
PLAIN_EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")


class TelecomCustomerImport(models.Model):
    """A file of customers and their lines, and how far it has been read in.

    New customers are written as sets, as the ORM would have written them one by one;
    those who are there already are changed by the ORM itself, and only where the file
    says something else.
    """

    _name = "telecom.customer.import"
    _description = "Customer File"
    _inherit = ["telecom.file.import"]
    _check_company_auto = True

    _import_chunk = 5_000
    _import_cron = "telecom_crm.ir_cron_customer_import"
    _import_url = "/telecom/customer/import"

    duplicates = fields.Selection(
        [
            ("update", "Complete what is there"),
            ("skip", "Leave them as they are"),
            ("create", "Create them once more"),
        ],
        string="Customers Already There",
        default="update",
        required=True,
        help="A customer number or the number of a line is never given twice.",
    )
    match_document = fields.Boolean(string="Identity Document", default=True)
    match_phone = fields.Boolean(string="Telephone Number", default=True)
    match_email = fields.Boolean(string="E-mail", default=True)
    column_ids = fields.One2many(
        "telecom.customer.import.column", "import_id", string="Columns", copy=False
    )
    same_file_id = fields.Many2one(
        "telecom.customer.import", compute="_compute_same_file_id"
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    new_count = fields.Integer(string="New Customers", readonly=True, copy=False)
    changed_count = fields.Integer(string="Completed", readonly=True, copy=False)
    known_count = fields.Integer(string="Already There", readonly=True, copy=False)
    line_count = fields.Integer(string="New Lines", readonly=True, copy=False)
    error_ids = fields.One2many(
        "telecom.customer.import.error", "import_id", string="Refused Rows"
    )
    error_sample_ids = fields.Many2many(
        "telecom.customer.import.error",
        string="First Refused Rows",
        compute="_compute_error_sample_ids",
    )

    # The file

    def _propose_targets(self, headings):
        return customer_file.propose(headings, self._remembered())

    def _check_targets(self, targets):
        if len(set(targets)) < len(targets):
            raise UserError(
                self.env._("Two columns mean the same; leave one of them empty.")
            )
        if not set(targets) & {"name", "first_name", "last_name", "number"}:
            raise UserError(self.env._("Say which column holds the customers' names."))

    def _check_ready(self):
        res = super()._check_ready()
        self._remember()
        return res

    def _parser(self):
        self.ensure_one()
        company = self.company_id
        catalogues = {}
        for target, model in (
            ("segment", "telecom.segment"),
            ("source", "telecom.source"),
        ):
            records = self.env[model].search([("company_id", "=", company.id)])
            catalogues[target] = {
                table.fold(text): record.id
                for record in records
                for text in (record.name, "code" in record and record.code)
                if text
            }
        countries = self.env["res.country"].search([("code", "!=", False)])
        catalogues["country"] = {
            table.fold(text): country.id
            for lang, _name in self.env["res.lang"].get_installed()
            for country in countries.with_context(lang=lang)
            for text in (country.name, country.code)
        }
        catalogues["country_codes"] = {row.id: row.code for row in countries}
        catalogues["lang"] = self._languages()
        return customer_file.Parser(
            self._targets(),
            company._telecom_region(),
            fields.Date.context_today(self),
            catalogues,
        )

    # Actions

    def action_view_customers(self):
        """Show the customers this file brought or changed, latest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_crm.action_telecom_customer"
        )
        return {
            **action,
            "domain": [
                ("telecom_customer", "=", True),
                ("company_id", "=", self.company_id.id),
                ("write_uid", "=", self.create_uid.id),
                ("write_date", ">=", self.started_at or self.create_date),
            ],
            "context": {},
        }

    # Reading in

    def _claim(self):
        """One file of an operator at a time: files may name the same customers."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)",
            [self._name, self.company_id.id],
        )
        return self.env.cr.fetchone()[0] and super()._claim()

    def _process(self, commit):
        record = self._in_creators_name()
        if not record.started_at:
            record._store({"started_at": self.env.cr.now().replace(microsecond=0)})
        return super(TelecomCustomerImport, record)._process(commit)

    def action_start(self):
        self.env["res.partner"].check_access("create")
        self.env["telecom.line"].check_access("create")
        return super().action_start()

    def _write_rows(self, rows):
        """Write what rows say.

        :param list rows: :class:`customer_file.Row`
        :return: counters, and (row, code, value, text) of what is refused
        """
        counts, errors = defaultdict(int), []
        known = self._known(rows)
        holders = self._holders(rows)
        new, changed = [], {}
        for row in rows:
            try:
                person, skipped = self._person_of(row, known)
                if skipped:
                    counts["known_count"] += 1
                    continue
                self._check_line(row, person, holders)
            except table.BadRow as bad:
                errors.append((row.place, bad.code, bad.text, row.text))
                continue
            if person is None:
                person = customer_file.Person()
                new.append(person)
            elif person.id:
                changed[person] = None
            known.add_row(person, row)
            if row.line:
                holders.setdefault(row.line["msisdn"], (person, None, None))
        counts["new_count"] = len(new)
        self._create_customers(new)
        counts["changed_count"] = self._update_customers(changed)
        people = [*new, *changed]
        counts["line_count"] = self._write_lines(people, holders)
        self._write_documents(people)
        self._write_consents(people)
        return counts, errors

    # Who is known

    def _known(self, rows):
        """Return who of the rows is a customer already; four queries.

        :rtype: customer_file.Known
        """
        criteria = {
            name
            for name in ("document", "phone", "email")
            if self[f"match_{name}"] and self.duplicates != "create"
        }
        known = customer_file.Known(criteria)
        people = {}

        def person(partner_id):
            return people.setdefault(partner_id, customer_file.Person(id=partner_id))

        def read(query, key, values):
            values = list(filter(None, values))
            if not values:
                return
            self.env.cr.execute(
                SQL(query, company=self.company_id.id, values=values),
            )
            for partner_id, value in self.env.cr.fetchall():
                known.add(person(partner_id), key, value)

        self.env["res.partner"].flush_model()
        self.env["telecom.line"].flush_model()
        self.env["telecom.identity.document"].flush_model()
        phones = {row.values.get("phone") for row in rows}
        phones |= {row.line.get("msisdn") for row in rows}
        read(
            """SELECT id, telecom_customer_number FROM res_partner
            WHERE company_id = %(company)s
            AND telecom_customer_number = ANY(%(values)s)""",
            "number",
            {row.values.get("telecom_customer_number") for row in rows},
        )
        if "document" in criteria:
            read(
                """SELECT partner_id, number_key FROM telecom_identity_document
                WHERE company_id = %(company)s AND number_key = ANY(%(values)s)""",
                "document",
                {row.document_key for row in rows},
            )
        if "phone" in criteria:
            read(
                """SELECT id, phone_sanitized FROM res_partner
                WHERE company_id = %(company)s AND active
                AND phone_sanitized = ANY(%(values)s)
                UNION
                SELECT partner_id, msisdn FROM telecom_line
                WHERE company_id = %(company)s AND msisdn = ANY(%(values)s)
                AND state != 'terminated' AND partner_id IS NOT NULL""",
                "phone",
                phones,
            )
        if "email" in criteria:
            read(
                """SELECT id, email_normalized FROM res_partner
                WHERE company_id = %(company)s AND active
                AND email_normalized = ANY(%(values)s)""",
                "email",
                {row.email for row in rows},
            )
        for partner_id in self._accounts(people):
            people[partner_id].account = True
        if people and criteria:
            # What tells people of one family apart
            self.env.cr.execute(
                SQL(
                    """SELECT p.id, p.telecom_customer_number, p.complete_name,
                              array_agg(d.number_key) FILTER (WHERE d.id IS NOT NULL)
                         FROM res_partner p
                    LEFT JOIN telecom_identity_document d ON d.partner_id = p.id
                        WHERE p.id = ANY(%s) GROUP BY p.id""",
                    list(people),
                )
            )
            for partner_id, number, name, documents in self.env.cr.fetchall():
                people[partner_id].number = number
                people[partner_id].words = set(search.normalise(name).split())
                people[partner_id].documents |= set(documents or ())
        return known

    def _accounts(self, partner_ids):
        """Return which of these partners are other people's who work here.

        Core lets nobody change them who may not change users; a file is read in with
        more rights than those of whoever chose it.
        """
        # sudo: res.users - whether there is an account, of one operator's partners
        users = self.env["res.users"].sudo().with_context(active_test=False)
        found = users.search(
            [
                ("partner_id", "in", list(partner_ids)),
                ("share", "=", False),
                ("id", "!=", self.create_uid.id),
            ]
        )
        return found.partner_id.ids

    def _person_of(self, row, known):
        """Return whom a row is about (None: somebody new), and whether to skip it.

        :raises table.BadRow: ``several``, ``account``, ``number_taken``, ``name``
        """
        try:
            person = known.find(row)
        except table.BadRow:
            if self.duplicates != "skip":
                raise
            return None, True
        if person and self.duplicates == "skip":
            return person, True
        if person and person.account:
            raise table.BadRow("account")
        if person and self.duplicates == "create":
            # Only by the customer number, which is one person's
            raise table.BadRow("number_taken", row.values["telecom_customer_number"])
        if person is None and not row.named():
            raise table.BadRow("name")
        return person, False

    def _holders(self, rows):
        """Return {number: (who holds it, the line, its state)} of the file's lines."""
        numbers = [row.line["msisdn"] for row in rows if row.line]
        cards = [row.line["iccid"] for row in rows if row.line.get("iccid")]
        if not numbers:
            return {}
        self.env.cr.execute(
            SQL(
                """SELECT id, msisdn, iccid, partner_id, state FROM telecom_line
                WHERE company_id = %s AND state != 'terminated'
                AND (msisdn = ANY(%s) OR iccid = ANY(%s))""",
                self.company_id.id,
                numbers,
                cards,
            )
        )
        found = {}
        for line_id, msisdn, iccid, partner_id, state in self.env.cr.fetchall():
            found[msisdn] = (partner_id, line_id, state)
            if iccid:
                found["sim", iccid] = msisdn
        return found

    def _check_line(self, row, person, holders):
        """Refuse a line that is somebody else's, and a SIM that is in another line.

        :raises table.BadRow: ``line_taken``, ``sim_taken``
        """
        if not row.line:
            return
        msisdn, iccid = row.line["msisdn"], row.line.get("iccid")
        holder, _line, _state = holders.get(msisdn, (None, None, None))
        if holder and holder not in (person, person and person.id):
            raise table.BadRow("line_taken", msisdn)
        if iccid and holders.get(("sim", iccid), msisdn) != msisdn:
            raise table.BadRow("sim_taken", iccid)
        if iccid:
            holders["sim", iccid] = msisdn

    # Customers

    def _create_customers(self, people):
        """Write new customers as sets; each person then knows his id."""
        Partner = self.env["res.partner"]
        for is_company, group in groupby(
            people,
            lambda person: bool(
                customer_file.merged(person.rows).get("is_company", False)
            ),
        ):
            vals_list = [customer_file.merged(person.rows) for person in group]
            for vals in vals_list:
                vals["is_company"] = is_company
            Partner._telecom_complete_names(vals_list)
            writer = self._partner_writer(is_company)
            ids = writer.reserve(len(vals_list))
            unnumbered = [
                vals for vals in vals_list if not vals.get("telecom_customer_number")
            ]
            numbers = self.company_id._telecom_next_customer_numbers(len(unnumbered))
            for vals, number in zip(unnumbered, numbers, strict=False):
                vals["telecom_customer_number"] = number
            writer.insert(
                [
                    self._partner_row(partner_id, vals, person)
                    for partner_id, vals, person in zip(
                        ids, vals_list, group, strict=True
                    )
                ],
                ids,
            )
            for partner_id, person in zip(ids, group, strict=True):
                person.id, person.new = partner_id, True

    def _partner_writer(self, is_company):
        sample = {
            "name": "-",
            "is_company": is_company,
            "company_id": self.company_id.id,
            # Without using up a customer number
            "telecom_customer": False,
        }
        return BulkWriter(
            self.env["res.partner"], PARTNER_COLUMNS, sample, PARTNER_CHECKED
        )

    def _partner_row(self, partner_id, vals, person):
        """Return the columns of a new customer: given ones, and what follows."""
        Partner = self.env["res.partner"]
        first, last = vals.get("telecom_first_name"), vals.get("telecom_last_name")
        name = vals.get("name") or Partner._telecom_join_name(first, last)
        email, phone = vals.get("email"), vals.get("phone")
        lines = sorted(
            (row.line for row in person.rows if row.line),
            key=lambda line: line["msisdn"],
        )
        documents = [row.document["number"] for row in person.rows if row.document]
        return {
            **vals,
            "name": name,
            "telecom_first_name": first,
            "telecom_last_name": last,
            "complete_name": name,
            "commercial_partner_id": partner_id,
            "commercial_company_name": vals["is_company"] and name,
            "telecom_customer": True,
            "phone_sanitized": phone,
            "email_normalized": email and self._normalised(email),
            "telecom_kyc_state": "pending" if documents else "none",
            "telecom_search_text": search.search_text(
                names=[name],
                emails=[email],
                numbers=[phone, *(line["msisdn"] for line in lines)],
                identifiers=[
                    vals.get("telecom_customer_number"),
                    vals.get("vat"),
                    *(line.get("iccid") for line in lines),
                    *documents,
                ],
                cities=[vals.get("city")],
            ),
        }

    @staticmethod
    def _normalised(email):
        if PLAIN_EMAIL.fullmatch(email):
            return email.lower()
        return email_normalize(email, strict=False)

    def _update_customers(self, people):
        """Change customers where the file says something else.

        :return: how many were changed
        """
        partners = self.env["res.partner"].browse([person.id for person in people])
        partners.fetch(
            [name for name in PARTNER_COLUMNS if name in self.env["res.partner"]]
        )
        changed = 0
        for person, partner in zip(people, partners, strict=True):
            vals = customer_file.merged(person.rows)
            vals = {
                name: value
                for name, value in vals.items()
                if self._plain(partner[name]) != value
            }
            if vals.get("phone") == partner.phone_sanitized:
                # The same number, written in another way
                vals.pop("phone", None)
            if not partner.telecom_customer:
                vals["telecom_customer"] = True
            if vals:
                partner.write(vals)
                changed += 1
        return changed

    @staticmethod
    def _plain(value):
        return value.id if isinstance(value, models.BaseModel) else value

    # What belongs to them

    def _write_lines(self, people, holders):
        """Give people their lines.

        :return: how many lines are new to their holder
        """
        Line = self.env["telecom.line"]
        new, count = {}, 0
        # Read together, not line by line
        there = Line.browse(
            holder[1]
            for key, holder in holders.items()
            if isinstance(key, str) and holder[1]
        )
        for person in people:
            for row in person.rows:
                if not row.line:
                    continue
                msisdn = row.line["msisdn"]
                _holder, line_id, state = holders.get(msisdn, (None, None, None))
                if not line_id:
                    new.setdefault(msisdn, {}).update(
                        {**self._line_values(row.line), "partner_id": person.id}
                    )
                    continue
                line = Line.browse(line_id).with_prefetch(there.ids)
                vals = {
                    name: value
                    for name, value in self._line_values(row.line).items()
                    if name in ("iccid", "imsi", "offer") and not line[name]
                }
                if state == "available":
                    vals |= {"partner_id": person.id, "state": "active"}
                    count += 1
                if vals:
                    line.check_access("write")
                    # sudo: telecom.line - checked; by hand nobody gives a line in use
                    # a SIM, but to complete what is known replaces none
                    line.sudo().write(vals)
        self._create_lines(list(new.values()), {p.id for p in people if not p.new})
        return count + len(new)

    def _create_lines(self, vals_list, known):
        """Write new lines and the beginning of their histories, as sets.

        :param list vals_list: values of active lines, as the ORM takes them
        :param set known: ids of holders who were there already
        """
        if not vals_list:
            return
        Line = self.env["telecom.line"]
        company = self.company_id
        for vals in vals_list:
            vals.update(Line._prepare_number(company, vals["msisdn"]))
            vals["activated_at"] = fields.Datetime.now()
        sample = {"company_id": company.id, "msisdn": vals_list[0]["msisdn"]}
        lines = BulkWriter(
            Line, LINE_COLUMNS, sample, {"msisdn", "iccid", "imsi", "partner_id"}
        ).insert(vals_list)
        # The history, as Line._record writes it
        event = {
            "company_id": company.id,
            "kind": "created",
            "new_value": "active",
            "user_id": self.env.uid,
        }
        BulkWriter(
            self.env["telecom.line.event"],
            ["line_id", "partner_id"],
            {**event, "line_id": lines[0].id},
            {"line_id", "partner_id"},
        ).insert(
            [
                {"line_id": line_id, "partner_id": vals["partner_id"]}
                for line_id, vals in zip(lines.ids, vals_list, strict=True)
            ]
        )
        # Who is new has the lines in the text he is found by already
        holders = {vals["partner_id"] for vals in vals_list} & known
        Partner = self.env["res.partner"]
        self.env.add_to_compute(
            Partner._fields["telecom_search_text"], Partner.browse(holders)
        )
        Partner.invalidate_model(["telecom_line_ids"])

    def _line_values(self, line):
        vals = {
            name: value
            for name, value in line.items()
            if name not in ("typed", "msisdn")
        }
        return {
            **vals,
            # As typed: an old number is kept as alias
            "msisdn": line["typed"],
            "company_id": self.company_id.id,
            "state": "active",
        }

    def _write_documents(self, people):
        """Keep identity documents that are not known yet, to be verified."""
        wanted = {}
        for person in people:
            for row in person.rows:
                if row.document:
                    wanted[person.id, row.document_key] = {
                        **row.document,
                        "partner_id": person.id,
                        "company_id": self.company_id.id,
                    }
        Document = self.env["telecom.identity.document"]
        there = Document.search_fetch(
            [("partner_id", "in", [person.id for person in people])],
            ["partner_id", "number_key"],
        )
        for document in there:
            wanted.pop((document.partner_id.id, document.number_key), None)
        people = {person.id: person for person in people}
        fresh = [vals for vals in wanted.values() if people[vals["partner_id"]].new]
        Document.create(
            [vals for vals in wanted.values() if not people[vals["partner_id"]].new]
        )
        if fresh:
            # Who is new has them in his state and in the text he is found by
            sample = {**fresh[0], "issued_on": False, "expires_on": False}
            BulkWriter(
                Document, DOCUMENT_COLUMNS, sample, {"number", "partner_id"}
            ).insert(
                [
                    {**vals, "number_key": search.compact(vals["number"])}
                    for vals in fresh
                ]
            )

    def _write_consents(self, people):
        """Keep what people agreed to; a file never takes a refusal back."""
        wanted, blocked = {}, set()
        for person in people:
            for row in person.rows:
                for channel, granted in row.consents.items():
                    key = person.id, channel
                    # A refusal anywhere in the file counts
                    wanted[key] = wanted.get(key, True) and granted
                if row.do_not_call:
                    blocked.add(row.values["phone"])
        if wanted:
            partners = self.env["res.partner"].browse({key[0] for key in wanted})
            before = partners._telecom_consents()
            self.env["telecom.consent"].create(
                [
                    {
                        "company_id": self.company_id.id,
                        "partner_id": partner_id,
                        "channel": channel,
                        "granted": granted,
                        "source": "import",
                    }
                    for (partner_id, channel), granted in wanted.items()
                    if before.get((partner_id, channel)) not in (granted, False)
                ]
            )
        if blocked:
            self.env["telecom.do.not.call"]._add(self.company_id, blocked, "import")
