import io
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools.bulk import BulkWriter

from ..tools import number_file

#: Columns of a contact that a file says, or that follow from what it says
CONTACT_COLUMNS = (
    "name first_name last_name number other_numbers email city language timezone"
    " priority partner_id contact_properties row_number"
).split()
#: Checked by the parser
CONTACT_CHECKED = {"number", "timezone", "name", "partner_id"}
#: Of contacts that are called again with what a newer file says
UPDATED = (
    "name first_name last_name email city language timezone priority row_number"
).split()
#: Rows of a file that are taken in, within their transaction
STAGED = SQL("telecom_number_staged")
#: Contacts of a file after which PostgreSQL's statistics are of another table
ANALYZED = 20_000


class TelecomCampaignFile(models.Model):
    """A file of numbers to call, and how far it has been read in."""

    _name = "telecom.campaign.file"
    _description = "Number File"
    _inherit = ["telecom.campaign.import"]
    _check_company_auto = True
    _order = "campaign_id, sequence, id"

    _import_cron = "telecom_callcenter.ir_cron_campaign_file"
    _import_module = "callcenter"
    _import_url = "/telecom/numbers/import"

    campaign_id = fields.Many2one(domain="[('kind', 'in', ('outbound', 'field'))]")
    sequence = fields.Integer(
        default=10, help="Of two files, the one further up is called first."
    )
    paused = fields.Boolean(help="Nobody of this file is called meanwhile.")

    # What goes in
    repeated = fields.Selection(
        [
            ("refuse", "Leave them as they are"),
            ("again", "Complete them, and call them again"),
        ],
        string="Numbers Already in the Campaign",
        default="refuse",
        required=True,
        help="Whoever is still to be called is completed only.",
    )
    elsewhere = fields.Selection(
        [
            ("refuse", "Leave them out"),
            ("keep", "Call them here too"),
        ],
        string="Numbers of Other Live Campaigns",
        default="refuse",
        required=True,
        help="Numbers that another campaign of the operator is still to call.",
    )
    foreign = fields.Boolean(
        string="Other Countries",
        help="Numbers of other countries are taken in too; otherwise they are refused.",
    )
    has_headings = fields.Boolean(
        string="First Row Holds Headings",
        default=True,
        help="Otherwise the first row is somebody to call.",
    )
    column_ids = fields.One2many(
        "telecom.campaign.file.column", "import_id", string="Columns", copy=False
    )
    same_file_id = fields.Many2one(
        "telecom.campaign.file", compute="_compute_same_file_id"
    )

    # What came of it
    again_count = fields.Integer(string="Called Again")
    error_ids = fields.One2many(
        "telecom.campaign.file.error", "import_id", string="Refused Rows"
    )
    error_sample_ids = fields.Many2many(
        "telecom.campaign.file.error",
        string="First Refused Rows",
        compute="_compute_error_sample_ids",
    )
    left_out_sample_ids = fields.Many2many(
        "telecom.campaign.file.error",
        string="First Values Left Out",
        compute="_compute_left_out",
    )
    error_summary = fields.Char(string="Why", compute="_compute_error_summary")
    contact_ids = fields.One2many("telecom.campaign.contact", "file_id")
    contact_count = fields.Integer(compute="_compute_contact_counts")
    ready_count = fields.Integer(
        string="To Be Called", compute="_compute_contact_counts"
    )
    finished_count = fields.Integer(
        string="Finished", compute="_compute_contact_counts"
    )
    finished_share = fields.Float(
        string="Finished (%)", compute="_compute_contact_counts"
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("bad_count")
    @api.depends_context("lang")
    def _compute_error_summary(self):
        summaries = self._summaries(
            [("import_id", "in", self.ids), ("left_out", "=", False)],
            self.env["telecom.campaign.file.error"]._kinds(),
        )
        for record in self:
            record.error_summary = summaries[record._origin.id]

    def _compute_contact_counts(self):
        counts = defaultdict(lambda: defaultdict(int))
        for record, state, count in self.env["telecom.campaign.contact"]._read_group(
            [("file_id", "in", self.ids)], ["file_id", "state"], ["__count"]
        ):
            counts[record.id][state] += count
        for record in self:
            found = counts[record._origin.id]
            record.contact_count = sum(found.values())
            record.finished_count = found["done"] + found["excluded"]
            record.ready_count = record.contact_count - record.finished_count
            record.finished_share = (
                100 * record.finished_count / record.contact_count
                if record.contact_count
                else 0
            )

    # -------------------------------------------------------------------------
    # The file
    # -------------------------------------------------------------------------

    def write(self, vals):
        res = super().write(vals)
        if "has_headings" in vals:
            self.filtered(lambda record: record.state == "draft")._read_columns()
        return res

    def _propose_columns(self):
        res = super()._propose_columns()
        for record in self:
            headless = number_file.is_headless(
                record.column_ids.mapped("heading"),
                number_file.phone.Reader(record.campaign_id._called_country()),
            )
            if headless and record.has_headings:
                record._store({"has_headings": False})
                record._read_columns()
        return res

    def _headings_and_rows(self, first):
        if self.has_headings:
            return super()._headings_and_rows(first)
        count = len(first[0][:100])
        return [self.env._("Column %s", number + 1) for number in range(count)], first

    def _skip_headings(self, records):
        return super()._skip_headings(records) if self.has_headings else None

    def _remember(self):
        # The second column of one file says nothing of that of another
        return super()._remember() if self.has_headings else None

    def _propose_columns_of(self, headings, rows):
        return {
            position: {"target": target, "property_type": kind}
            for position, (target, kind) in number_file.propose(
                headings,
                rows,
                number_file.phone.Reader(self.campaign_id._called_country()),
                self._remembered(),
            ).items()
        }

    def _check_targets(self, targets):
        res = super()._check_targets(targets)
        if "number" not in targets:
            raise UserError(self.env._("Say which column holds the numbers to call."))
        return res

    def _parser(self):
        return number_file.Parser(
            self._meanings(),
            self.campaign_id._called_country(),
            self._languages(),
            self.foreign,
        )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_start(self):
        self.env["telecom.campaign.contact"].check_access("create")
        return super().action_start()

    def action_view_contacts(self):
        """Show the contacts of this file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_callcenter.action_telecom_campaign_contact"
        )
        return {
            **action,
            "domain": [("file_id", "=", self.id)],
            "context": {"default_campaign_id": self.campaign_id.id},
        }

    def action_refill(self):
        """Choose another file for the same campaign, that is read as this one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refill"),
            "res_model": self._name,
            "view_mode": "form",
            "context": {
                "default_campaign_id": self.campaign_id.id,
                "default_sequence": self.sequence,
                "default_repeated": "again",
                "default_elsewhere": self.elsewhere,
                "default_foreign": self.foreign,
            },
        }

    def action_export(self):
        """Download the contacts of this file with their results."""
        self.ensure_one()
        return self._export_action("xlsx")

    def action_export_csv(self):
        self.ensure_one()
        return self._export_action("csv")

    def _export_action(self, kind):
        return {
            "type": "ir.actions.act_url",
            "url": f"/telecom/campaign/file/{self.id}/results.{kind}",
            "target": "download",
        }

    # -------------------------------------------------------------------------
    # Reading in
    # -------------------------------------------------------------------------

    def _write_rows(self, rows):
        errors, fresh = [], {}
        for row in rows:
            if row.numbers[0] in fresh:
                errors.append((row.place, "twice", row.numbers[0], row.text))
            else:
                fresh[row.numbers[0]] = row
        there = self._there(fresh)
        if there and self.repeated == "refuse":
            for number, (_contact_id, file_id) in there.items():
                row = fresh.pop(number)
                # The same file, read once more: what is in already is not said twice
                why = "twice" if file_id == self.id else "there"
                errors.append((row.place, why, number, row.text))
            there = {}
        why, partners = self._not_to_call(fresh), self._recognised(fresh)
        refused = self._refused_calls(set(partners.values()))
        why |= {
            number: "opt_out"
            for number, partner_id in partners.items()
            if partner_id in refused and number not in why
        }
        for number, code in why.items():
            row = fresh.pop(number)
            errors.append((row.place, code, number, row.text))
        again = {number: there[number][0] for number in there if number in fresh}
        self._stage(fresh, partners, again)
        if len(again) < len(fresh):
            self._insert()
        counts = {
            "again_count": self._call_again() if again else 0,
            "known_count": sum(number in fresh for number in partners),
        }
        self.env.cr.execute(SQL("DROP TABLE %s", STAGED))
        zones = {row.values.get("timezone") for row in fresh.values()}
        self.campaign_id._remember_zones({self.campaign_id.id: zones})
        return counts, errors

    # What is known of numbers: thousands at once, given as one constant, so that
    # PostgreSQL looks each up in an index or in a table of hashes, whatever its
    # statistics say of tables that grow meanwhile

    @staticmethod
    def _array(numbers):
        """Return E.164 numbers as PostgreSQL's array."""
        return SQL("%s::varchar[]", f"{{{','.join(numbers)}}}")

    def _there(self, numbers):
        """Return {number: (id, the file it came with)} of the campaign's contacts.

        Also by numbers on which they were tried before the one that is dialed next.
        """
        self.env["telecom.campaign.contact"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT tried.number, id, file_id
                  FROM telecom_campaign_contact,
                       jsonb_array_elements_text(other_numbers) AS tried(number)
                 WHERE campaign_id = %(campaign)s AND other_numbers <> '[]'::jsonb
                   AND other_numbers ?| %(numbers)s::text[]
                   AND last_attempt_at IS NOT NULL AND tried.number = ANY(%(numbers)s)
                 UNION ALL
                SELECT number, id, file_id FROM telecom_campaign_contact
                 WHERE campaign_id = %(campaign)s AND number = ANY(%(numbers)s)""",
                campaign=self.campaign_id.id,
                numbers=self._array(numbers),
            )
        )
        return {number: (contact_id, file_id) for number, contact_id, file_id in rows}

    def _not_to_call(self, rows):
        """Return {number: why} of rows that must not be called, or not here.

        :param dict rows: by the number that is dialed first
        """
        found = {}
        if self.elsewhere == "refuse":
            others = self.campaign_id.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "live"),
                    ("id", "!=", self.campaign_id.id),
                ]
            )
            found = {
                number: "elsewhere"
                for [number] in self.env.execute_query(
                    SQL(
                        """SELECT DISTINCT number FROM telecom_campaign_contact
                        WHERE campaign_id = ANY(%s) AND number = ANY(%s)
                        AND state IN ('ready', 'reserved', 'callback')""",
                        others.ids,
                        self._array(rows),
                    )
                )
            }
        # Whoever refused on one number is not called on another
        main = defaultdict(list)
        for number, row in rows.items():
            for one in row.numbers:
                main[one].append(number)
        for number in self.env["telecom.do.not.call"]._blocked(self.company_id, main):
            found.update(dict.fromkeys(main[number], "do_not_call"))
        return found

    def _recognised(self, numbers):
        """Return {number: id of the customer} of those whose number is known.

        Who holds the line comes first, then the one customer of that telephone; of
        several nobody can say who is meant.
        """
        self.env["res.partner"].flush_model(["phone_sanitized", "company_id"])
        self.env["telecom.line"].flush_model(["msisdn", "partner_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT phone_sanitized, min(id) FROM res_partner
                    WHERE company_id = %(company)s AND active
                      AND phone_sanitized = ANY(%(numbers)s)
                 GROUP BY phone_sanitized HAVING count(*) = 1
                UNION ALL
                   SELECT msisdn, partner_id FROM telecom_line
                    WHERE company_id = %(company)s AND msisdn = ANY(%(numbers)s)
                      AND state != 'terminated' AND partner_id IS NOT NULL""",
                company=self.company_id.id,
                numbers=self._array(numbers),
            )
        )
        return dict(rows)

    def _refused_calls(self, partner_ids):
        """Return which customers took back their consent to calls."""
        if not partner_ids:
            return set()
        self.env["telecom.consent"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM (
                    SELECT DISTINCT ON (partner_id) partner_id, granted
                      FROM telecom_consent
                     WHERE partner_id = ANY(%s) AND channel = 'call'
                  ORDER BY partner_id, date DESC, id DESC) last
                WHERE NOT granted""",
                list(partner_ids),
            )
        )
        return {row[0] for row in rows}

    def _stage(self, rows, partners, contacts):
        """Put rows into a table of this transaction.

        :param dict rows: by their number
        :param dict partners: ids of customers, by number
        :param dict contacts: ids of contacts that are there already, by number
        """
        columns = number_file.STAGED | {"partner_id": "int4", "contact_id": "int4"}
        self.env.cr.execute(
            SQL(
                "CREATE TEMP TABLE %s (%s) ON COMMIT DROP",
                STAGED,
                SQL(", ").join(
                    SQL("%s %s", SQL.identifier(name), SQL(kind))
                    for name, kind in columns.items()
                ),
            )
        )
        partner, contact = partners.get, contacts.get
        lines = [
            f"{row.line}\t{partner(number, '')}\t{contact(number, '')}\n"
            for number, row in rows.items()
        ]
        self.env.cr.copy_expert(
            f"COPY {STAGED.code} FROM STDIN WITH (NULL '')",
            io.BytesIO("".join(lines).encode()),
        )

    def _insert(self):
        """Write new contacts of the staged rows."""
        writer = BulkWriter(
            self.env["telecom.campaign.contact"],
            CONTACT_COLUMNS,
            {
                "campaign_id": self.campaign_id.id,
                "file_id": self.id,
                "name": "-",
                # No number that anybody has
                "number": "+0",
            },
            CONTACT_CHECKED,
        )
        writer.insert_from(
            SQL(
                """SELECT row_number, number, other_numbers, first_name, last_name,
                    email, city, language, timezone, priority, contact_properties,
                    partner_id,
                    -- Customers whom the file does not name are called as Odoo does
                    COALESCE(s.name,
                        (SELECT p.name FROM res_partner p WHERE p.id = s.partner_id),
                        number) AS name
                FROM %s s WHERE contact_id IS NULL ORDER BY row_number""",
                STAGED,
            )
        )

    def _call_again(self):
        """Complete contacts that are there, and call again who is finished.

        :return: how many are called again
        """
        # What the file does not say stays, of the campaign's own fields too
        sets = SQL(", ").join(
            SQL("%(name)s = COALESCE(s.%(name)s, c.%(name)s)", name=name)
            for name in map(SQL.identifier, UPDATED)
        )
        rows = self.env.execute_query(
            SQL(
                """UPDATE telecom_campaign_contact c SET %(sets)s, file_id = %(file)s,
                    -- Customers who refuse calls later are found by this
                    partner_id = COALESCE(c.partner_id, s.partner_id),
                    -- Who is tried on another number now keeps the order of them
                    other_numbers = CASE WHEN s.number = c.number
                        THEN COALESCE(s.other_numbers, c.other_numbers)
                        ELSE c.other_numbers END,
                    contact_properties = COALESCE(c.contact_properties, '{}')
                        || COALESCE(s.contact_properties, '{}'),
                    state = CASE WHEN over THEN 'ready' ELSE c.state END,
                    exclusion = CASE WHEN over THEN NULL ELSE c.exclusion END,
                    next_at = CASE WHEN over THEN %(now)s ELSE c.next_at END,
                    attempt_count = CASE WHEN over THEN 0 ELSE c.attempt_count END,
                    status_attempts = CASE WHEN over THEN '{}'::jsonb
                        ELSE c.status_attempts END
                FROM %(staged)s s, LATERAL (
                    SELECT old.state IN ('done', 'excluded')
                        AND COALESCE(old.exclusion, '') NOT IN (
                            'do_not_call', 'opt_out', 'hand') AS over
                      FROM telecom_campaign_contact old WHERE old.id = s.contact_id
                ) there
                WHERE c.id = s.contact_id RETURNING there.over""",
                sets=sets,
                file=self.id,
                now=self.env.cr.now().replace(microsecond=0),
                staged=STAGED,
            )
        )
        self.env["telecom.campaign.contact"].invalidate_model()
        return sum(row[0] for row in rows)

    def _taken_in(self):
        if self.good_count >= ANALYZED:
            # Whom to call next is asked of it at once
            self.env.cr.execute("ANALYZE telecom_campaign_contact")
