import json
from collections import defaultdict
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools import phone

from ..engine import attempt_rules
from .telecom_campaign_attempt import ATTEMPT_RESULTS

#: What :meth:`TelecomCampaignContact._settle` writes, in the order of its statement
SETTLED = (
    "id state exclusion next_at number other_numbers attempt_count attempt_day"
    " attempt_day_count status_attempts last_attempt_at disposition_id last_result"
).split()
#: Contacts that were taken out for good stay out, whatever their last call brought
TAKEN_OUT = ("do_not_call", "opt_out", "hand")
#: States of contacts that are still to be called
WAITING = ("ready", "reserved", "callback")
#: Minutes after which somebody is called again to whom nobody promised a time
WITHOUT_PROMISE = 60


class TelecomCampaignContact(models.Model):
    """One person to reach in an outbound campaign, and how far that is.

    Written by the hundred thousand, from files: what is stored here is what choosing
    the next call needs. A contact is dialed on :attr:`number`; :attr:`other_numbers`
    are the same person's, in the order in which they are tried.
    """

    _name = "telecom.campaign.contact"
    _description = "Campaign Contact"
    _inherit = ["telecom.owned.mixin", "telecom.campaign.properties"]
    _check_company_auto = True
    _order = "campaign_id, priority desc, id"
    _rec_name = "name"

    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    campaign_id = fields.Many2one(
        "telecom.campaign",
        # Without an index of its own: that of numbers begins with it. Its operator is
        # the contact's: checked against it, a new contact could choose none
        required=True,
        ondelete="cascade",
    )
    file_id = fields.Many2one(
        "telecom.campaign.file",
        string="Number File",
        check_company=True,
        ondelete="cascade",
    )
    row_number = fields.Integer(readonly=True)

    # Who
    name = fields.Char(required=True)
    first_name = fields.Char()
    last_name = fields.Char()
    number = fields.Char(required=True, help="Dialed next; E.164, with +.")
    other_numbers = fields.Json(
        default=list, help="E.164 numbers of the same person, in order of trying."
    )
    number_display = fields.Char(
        string="National Number", compute="_compute_number_display"
    )
    email = fields.Char(string="E-mail")
    city = fields.Char(string="Town")
    language = fields.Char(help="Code of the language, as fr_FR.")
    timezone = fields.Char(
        string="Time Zone",
        help="In which the hours of calling count; the country's when empty.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", check_company=True
    )
    contact_properties = fields.Properties(
        "Fields of the Campaign", definition="campaign_id.contact_properties_definition"
    )

    # How far
    state = fields.Selection(
        [
            ("ready", "To Be Called"),
            ("reserved", "Being Called"),
            ("callback", "Callback Promised"),
            ("done", "Finished"),
            ("excluded", "Excluded"),
        ],
        default="ready",
        required=True,
    )
    exclusion = fields.Selection(
        [
            ("do_not_call", "Do not call"),
            ("opt_out", "Refused calls"),
            ("attempts", "Attempts used up"),
            ("hand", "Taken out by hand"),
        ],
        readonly=True,
        help="Why an excluded contact is not called.",
    )
    priority = fields.Integer(default=0, help="The higher goes first.")
    next_at = fields.Datetime(
        string="Not Before", required=True, default=lambda self: fields.Datetime.now()
    )
    attempt_count = fields.Integer(string="Attempts", readonly=True)
    attempt_day = fields.Date(
        readonly=True, help="The day of the contact's own time zone that is counted."
    )
    attempt_day_count = fields.Integer(string="Attempts That Day", readonly=True)
    status_attempts = fields.Json(
        default=dict, readonly=True, help="Attempts that ended so, by disposition."
    )
    last_attempt_at = fields.Datetime(readonly=True)
    disposition_id = fields.Many2one(
        "telecom.disposition",
        string="Last Status",
        check_company=True,
        index="btree_not_null",
        readonly=True,
    )
    last_result = fields.Selection(
        ATTEMPT_RESULTS,
        string="Last Call",
        readonly=True,
        help="As the network saw it.",
    )
    qualification_id = fields.Many2one(
        "telecom.qualification", check_company=True, readonly=True
    )
    recycle_count = fields.Integer(
        string="Times Recycled",
        readonly=True,
        help="Put back in line for another round.",
    )
    agent_id = fields.Many2one(
        "telecom.agent",
        string="Own Agent",
        help="Only this agent calls this contact; empty: anybody of the team.",
    )
    attempt_ids = fields.One2many("telecom.campaign.attempt", "contact_id")

    _number_once = models.UniqueIndex(
        "(campaign_id, number)", "This number is in the campaign already."
    )
    # What the dialer asks for, several times a second; see
    # telecom.campaign._due_contacts_query
    _next = models.Index(
        "(campaign_id, COALESCE(file_id, 0), priority DESC,"
        " COALESCE(timezone, ''), next_at, id) WHERE state = 'ready'"
    )
    # What files count
    _file_state = models.Index("(file_id, state) WHERE file_id IS NOT NULL")
    # Who has a number besides the one that is dialed next
    _others = models.Index(
        "USING gin (other_numbers) WHERE other_numbers <> '[]'::jsonb"
    )
    _reserved = models.Index("(campaign_id) WHERE state = 'reserved'")
    _promised = models.Index("(campaign_id) WHERE state = 'callback'")

    @api.depends("number", "company_id")
    def _compute_number_display(self):
        for contact in self:
            contact.number_display = contact.company_id._telecom_format(contact.number)

    @api.depends("name", "number")
    def _compute_display_name(self):
        for contact in self:
            contact.display_name = contact.name or contact.company_id._telecom_format(
                contact.number
            )

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    @api.constrains("timezone")
    def _check_timezone(self):
        for contact in self:
            if contact.timezone and contact.timezone not in pytz.all_timezones_set:
                raise ValidationError(
                    self.env._("“%s” is no time zone.", contact.timezone)
                )

    @api.constrains("number")
    def _check_number(self):
        for contact in self:
            digits = contact.number.removeprefix("+")
            if not (digits.isascii() and digits.isdigit()):
                raise ValidationError(
                    self.env._("“%s” is no telephone number.", contact.number)
                )

    @api.model_create_multi
    def create(self, vals_list):
        Campaign = self.env["telecom.campaign"]
        contacts = super().create(
            [
                self._complete_number(vals, Campaign.browse(vals.get("campaign_id")))
                for vals in vals_list
            ]
        )
        contacts._zones_known()
        contacts._leave_refusals_out()
        return contacts

    def write(self, vals):
        if len(self.campaign_id) == 1:
            vals = self._complete_number(vals, self.campaign_id)
        result = super().write(vals)
        if vals.get("timezone"):
            self._zones_known()
        if vals.get("partner_id"):
            self._leave_refusals_out()
        return result

    def _leave_refusals_out(self):
        """Exclude customers who took back their consent to calls."""
        known = self.filtered(
            lambda contact: contact.partner_id and contact.state in WAITING
        )
        # sudo: telecom.consent - a yes or no, of customers of this operator
        consents = known.partner_id.sudo()._telecom_consents()
        known.filtered(
            lambda contact: consents.get((contact.partner_id.id, "call")) is False
        ).write({"state": "excluded", "exclusion": "opt_out"})

    @api.model
    def _complete_number(self, vals, campaign):
        """Return values with the number in E.164, read in the country called."""
        number = vals.get("number")
        if not number or not campaign:
            return vals
        region = campaign._called_country()
        return {**vals, "number": phone.to_e164(number, region) or number}

    def _zones_known(self):
        zones = defaultdict(set)
        for contact in self:
            if contact.timezone:
                zones[contact.campaign_id.id].add(contact.timezone)
        self.env["telecom.campaign"]._remember_zones(zones)

    # -------------------------------------------------------------------------
    # After a call
    # -------------------------------------------------------------------------

    @api.model
    def _settle(self, rows):
        """Say what becomes of contacts whose calls have ended; the one place for it.

        Several calls at once, with a constant number of queries. A call counts once:
        what was settled by its result is settled again only by the agent's status for
        the same call, which corrects it; anything else is passed over.

        A promise of the agent (``telecom.callback``) is stored before: a contact to be
        called back without one is called again by rule.

        :param list rows: (contact id, attempt id or False, status, ended_at) of each
            call: the status an id of ``telecom.disposition`` when somebody chose it,
            otherwise one of ``ATTEMPT_RESULTS``; ended_at naive UTC. Nothing becomes of
            a call that was ``answered`` until its agent gives a status.
        :return: the states of the contacts settled now, by id
        :rtype: dict
        """
        if not rows:
            return {}
        contacts, attempts = self._settle_locked(rows)
        # sudo: telecom.campaign - rules are the same for whoever called
        campaigns = (
            self.env["telecom.campaign"]
            .sudo()
            .browse({row["campaign_id"] for row in contacts.values()})
        )
        statuses = self._settle_statuses(campaigns)
        promised = self._settle_promised(contacts.values())
        busy_numbers = self._settle_taken_numbers(contacts.values())
        settled, marked, refused = {}, {}, defaultdict(set)
        for contact_id, attempt_id, status, ended_at in sorted(
            rows, key=lambda row: row[3]
        ):
            contact, attempt = contacts.get(contact_id), attempts.get(attempt_id)
            if not contact or (attempt_id and not attempt):
                continue
            by_agent = not isinstance(status, str)
            if attempt and not self._settle_counts(attempt, by_agent):
                continue
            disposition = statuses.get(
                status if by_agent else (contact["campaign_id"], status)
            )
            if by_agent and (
                not disposition or disposition.campaign_id.id != contact["campaign_id"]
            ):
                raise ValueError(f"Status {status} is of another campaign")
            if status == "answered" and not disposition:
                continue
            ended_at = ended_at.replace(microsecond=0)
            values = self._settle_values(
                contact,
                attempt,
                status,
                disposition,
                ended_at,
                campaigns.browse(contact["campaign_id"]),
                promised,
                busy_numbers,
            )
            contact.update(values)
            settled[contact_id] = contact
            if disposition and disposition.do_not_call:
                refused[contact["company_id"]].add(
                    attempt["number"] if attempt else contact["number"]
                )
            if attempt:
                attempt["settled"] = "agent" if by_agent else "system"
                attempt["disposition_id"] = disposition.id if disposition else None
                marked[attempt_id] = attempt
        self._settle_write(settled.values(), marked)
        for company_id, numbers in refused.items():
            company = self.env["res.company"].browse(company_id)
            self.env["telecom.do.not.call"]._refuse(company, numbers)
        return {contact_id: row["state"] for contact_id, row in settled.items()}

    @staticmethod
    def _settle_counts(attempt, by_agent):
        """Tell whether a status of an attempt is news."""
        if not attempt["settled"]:
            return True
        return by_agent and attempt["settled"] == "system" and attempt["latest"]

    @api.model
    def _settle_locked(self, rows):
        """Return contacts and attempts of rows as dicts by id, locked."""
        self.env["telecom.campaign.attempt"].flush_model()
        self.env["telecom.campaign.contact"].flush_model()
        contact_ids = sorted({row[0] for row in rows if row[0]})
        attempt_ids = sorted({row[1] for row in rows if row[1]})
        cr = self.env.cr
        cr.execute(
            SQL(
                """SELECT id, company_id, campaign_id, state, exclusion, next_at,
                          number, other_numbers, timezone, attempt_count, attempt_day,
                          attempt_day_count, status_attempts, last_attempt_at,
                          disposition_id, last_result
                     FROM telecom_campaign_contact WHERE id = ANY(%s)
                 ORDER BY id FOR UPDATE""",
                contact_ids,
            )
        )
        contacts = {row["id"]: row for row in cr.dictfetchall()}
        attempts = {}
        if attempt_ids:
            cr.execute(
                SQL(
                    """SELECT a.id, a.contact_id, a.number, a.settled,
                              a.disposition_id, a.result, NOT EXISTS (
                           SELECT FROM telecom_campaign_attempt later
                            WHERE later.contact_id = a.contact_id AND later.id > a.id
                              AND later.settled IS NOT NULL) AS latest
                         FROM telecom_campaign_attempt a WHERE a.id = ANY(%s)
                     ORDER BY a.id FOR UPDATE""",
                    attempt_ids,
                )
            )
            attempts = {row["id"]: row for row in cr.dictfetchall()}
        return contacts, attempts

    @api.model
    def _settle_statuses(self, campaigns):
        """Return dispositions by id, and by (campaign id, result of the system)."""
        # sudo: telecom.disposition - of campaigns of which calls have ended
        nodes = (
            self.env["telecom.disposition"]
            .sudo()
            .with_context(active_test=False)
            .search([("campaign_id", "in", campaigns.ids)], order="sequence, id")
        )
        found = {}
        for node in nodes:
            found[node.id] = node
            if node.attempt_result and node.active:
                found.setdefault((node.campaign_id.id, node.attempt_result), node)
        return found

    @api.model
    def _settle_promised(self, contacts):
        """Return until when somebody promised to call some contacts back, by id."""
        # sudo: telecom.callback - promises to contacts that have been called
        callbacks = (
            self.env["telecom.callback"]
            .sudo()
            .search_fetch(
                [
                    ("state", "=", "planned"),
                    (
                        "campaign_id",
                        "in",
                        list({row["campaign_id"] for row in contacts}),
                    ),
                    "|",
                    ("contact_id", "in", [row["id"] for row in contacts]),
                    ("number", "in", [row["number"] for row in contacts]),
                ],
                ["campaign_id", "contact_id", "number", "due_at"],
                order="due_at, id",
            )
        )
        by_contact = {row.contact_id.id: row.due_at for row in callbacks}
        by_number = {(row.campaign_id.id, row.number): row.due_at for row in callbacks}
        found = {}
        for row in contacts:
            dues = (
                by_contact.get(row["id"]),
                by_number.get((row["campaign_id"], row["number"])),
            )
            if any(dues):
                found[row["id"]] = max(filter(None, dues))
        return found

    @api.model
    def _settle_taken_numbers(self, contacts):
        """Return (campaign id, number) of other numbers that are not to be dialed.

        Those of another contact of the campaign, and those on the operator's list.
        """
        wanted = defaultdict(set)
        for row in contacts:
            for number in row["other_numbers"] or ():
                wanted[row["campaign_id"], row["company_id"]].add(number)
        taken = set()
        for (campaign_id, company_id), numbers in wanted.items():
            numbers = list(numbers)
            # sudo: telecom.campaign.contact - numbers of one campaign
            others = self.sudo().search_fetch(
                [("campaign_id", "=", campaign_id), ("number", "in", numbers)],
                ["number"],
            )
            blocked = self.env["telecom.do.not.call"]._blocked(
                self.env["res.company"].browse(company_id), numbers
            )
            taken |= {
                (campaign_id, number) for number in (*others.mapped("number"), *blocked)
            }
        return taken

    @api.model
    def _settle_values(
        self, contact, attempt, status, disposition, ended_at, campaign, promised, taken
    ):
        """Return what changes of a contact after a call."""
        zone = pytz.timezone(contact["timezone"] or campaign._calling_zone())
        corrected = bool(attempt and attempt["settled"])
        result = status if isinstance(status, str) else attempt and attempt["result"]
        counts = dict(contact["status_attempts"] or {})
        if corrected:
            before = str(attempt["disposition_id"] or attempt["result"])
            counts[before] = max(0, counts.get(before, 0) - 1)
            ended_at = contact["last_attempt_at"] or ended_at
            attempts, day, day_attempts = (
                contact["attempt_count"] or 0,
                contact["attempt_day"],
                contact["attempt_day_count"] or 0,
            )
        else:
            attempts, day, day_attempts = attempt_rules.count_attempt(
                contact["attempt_count"] or 0,
                contact["attempt_day"],
                contact["attempt_day_count"] or 0,
                result,
                ended_at,
                zone,
            )
        key = str(disposition.id if disposition else status)
        counts[key] = counts.get(key, 0) + 1
        rule = (
            disposition._attempt_rule()
            if disposition
            else attempt_rules.DEFAULT_RULES[status]
        )
        # A promise that was due is the one this very call has kept
        waits = promised.get(contact["id"], ended_at) > ended_at
        if rule.follow_up == attempt_rules.CALLBACK and not waits:
            rule = rule._replace(
                follow_up=attempt_rules.AGAIN, minutes=rule.minutes or WITHOUT_PROMISE
            )
        dialed = attempt["number"] if attempt else contact["number"]
        numbers = [contact["number"], *(contact["other_numbers"] or ())]
        if dialed in numbers:
            place = numbers.index(dialed)
            numbers = numbers[place:] + numbers[:place]
        outcome = attempt_rules.follow_up(
            rule,
            campaign._attempt_limits(),
            attempt_rules.History(attempts, day_attempts, counts[key], numbers),
            ended_at,
            zone,
            campaign._calling_hours(),
            fault=not disposition and result in attempt_rules.UNHEARD,
        )
        numbers = list(outcome.numbers)
        for _turn in numbers:
            # Somebody else's number, or one that must not be called, is passed over
            if (
                numbers[0] == contact["number"]
                or (campaign.id, numbers[0]) not in taken
            ):
                break
            numbers = numbers[1:] + numbers[:1]
        if numbers[0] != contact["number"]:
            taken.add((campaign.id, numbers[0]))
        values = {
            "state": outcome.state,
            "exclusion": outcome.exclusion,
            "next_at": outcome.next_at or contact["next_at"],
            "number": numbers[0],
            "other_numbers": numbers[1:],
            "attempt_count": attempts,
            "attempt_day": day,
            "attempt_day_count": day_attempts,
            "status_attempts": counts,
            "last_attempt_at": ended_at,
            "disposition_id": disposition.id if disposition else None,
            "last_result": result or None,
        }
        if contact["state"] == "excluded" and contact["exclusion"] in TAKEN_OUT:
            del values["state"], values["exclusion"]
        return values

    @api.model
    def _settle_write(self, contacts, attempts):
        """Write what has become of contacts, and that attempts are settled."""
        if contacts:
            self.env.cr.execute_values(
                """UPDATE telecom_campaign_contact c SET
                    state = v.state, exclusion = v.exclusion, next_at = v.next_at,
                    number = v.number, other_numbers = v.other_numbers::jsonb,
                    attempt_count = v.attempt_count, attempt_day = v.attempt_day,
                    attempt_day_count = v.attempt_day_count,
                    status_attempts = v.status_attempts::jsonb,
                    last_attempt_at = v.last_attempt_at,
                    disposition_id = v.disposition_id, last_result = v.last_result,
                    write_date = now() AT TIME ZONE 'UTC'
                FROM (VALUES %s) AS v(id, state, exclusion, next_at, number,
                    other_numbers, attempt_count, attempt_day, attempt_day_count,
                    status_attempts, last_attempt_at, disposition_id, last_result)
                WHERE c.id = v.id""",
                [
                    [self._settle_plain(row[name]) for name in SETTLED]
                    for row in contacts
                ],
                template="(%s, %s, %s, %s::timestamp, %s, %s, %s, %s::date, %s, %s,"
                " %s::timestamp, %s::int4, %s)",
                page_size=1000,
            )
            self.browse(row["id"] for row in contacts).invalidate_recordset()
        if attempts:
            self.env.cr.execute_values(
                """UPDATE telecom_campaign_attempt a SET
                    settled = v.settled, disposition_id = v.disposition_id
                FROM (VALUES %s) AS v(id, settled, disposition_id)
                WHERE a.id = v.id""",
                [
                    (row["id"], row["settled"], row["disposition_id"])
                    for row in attempts.values()
                ],
                template="(%s, %s, %s::int4)",
                page_size=1000,
            )
            self.env["telecom.campaign.attempt"].browse(attempts).invalidate_recordset()

    @staticmethod
    def _settle_plain(value):
        return json.dumps(value) if isinstance(value, list | dict) else value

    def _promise_over(self, state):
        """Let contacts go on that waited for a promise, unless there is another one.

        :param str state: ``ready``: called again now; ``done``: called back by then
        """
        waiting = self.filtered(lambda contact: contact.state == "callback")
        if not waiting:
            return
        promised = self._settle_promised(
            waiting.read(["campaign_id", "number"], load=None)
        )
        over = waiting.filtered(lambda contact: contact.id not in promised)
        over.write({"state": state, "next_at": fields.Datetime.now()})

    def _put_back(self, minutes=0):
        """Give contacts back that were taken and not called; nothing is counted.

        :param int minutes: not before so many minutes from now
        """
        reserved = self.filtered(lambda contact: contact.state == "reserved")
        reserved.write(
            {
                "state": "ready",
                "next_at": fields.Datetime.now() + timedelta(minutes=minutes),
            }
        )

    # -------------------------------------------------------------------------
    # Taken out and put back
    # -------------------------------------------------------------------------

    @api.model
    def _exclude_numbers(self, company, numbers, exclusion):
        """Take numbers out of the operator's campaigns that are not over yet.

        Whoever refuses on one number is not called on another.

        :param res.company company: the operator
        :param numbers: E.164
        :param str exclusion: why
        """
        self.flush_model()
        numbers = list(numbers)
        # Each by its own index
        for theirs in (
            SQL("c.number = ANY(%s)", numbers),
            SQL(
                "c.other_numbers <> '[]'::jsonb AND c.other_numbers ?| %s::text[]",
                numbers,
            ),
        ):
            self.env.cr.execute(
                SQL(
                    """UPDATE telecom_campaign_contact c
                          SET state = 'excluded', exclusion = %(exclusion)s
                         FROM telecom_campaign campaign
                        WHERE campaign.company_id = %(company)s
                          AND c.campaign_id = campaign.id AND %(theirs)s
                          AND c.state IN ('ready', 'reserved', 'callback')""",
                    exclusion=exclusion,
                    company=company.id,
                    theirs=theirs,
                )
            )
        self.invalidate_model(["state", "exclusion"])

    def action_exclude(self):
        """Take contacts out by hand."""
        self.filtered(lambda contact: contact.state in ("ready", "callback")).write(
            {"state": "excluded", "exclusion": "hand"}
        )
        return True

    def action_put_back(self):
        """Put contacts back in line, to be called now."""
        self._recycle(fields.Datetime.now())
        return True
