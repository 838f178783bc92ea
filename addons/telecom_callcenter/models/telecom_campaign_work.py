"""Campaigns of the back office: where their work comes from, and who does it."""

import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools import table
from odoo.addons.telecom_crm.tools.bulk import BulkWriter
from odoo.addons.telecom_crm.tools.once import once

from ..tools import number_file

#: Who does what in a back-office campaign
WORK_MODES = [
    ("pull", "Agents take the next one"),
    ("assigned", "Agents do what was assigned to them"),
]
#: Columns of a work item that a row says, or that follow from what it says
ITEM_COLUMNS = (
    "reference name first_name last_name number email city note priority due_at"
    " partner_id contact_properties row_number"
).split()
#: Of items that are there, what a newer row completes
COMPLETED = (
    "name first_name last_name number email city note priority due_at partner_id"
).split()
COLUMN_TYPES = {"priority": "int4", "due_at": "timestamp", "partner_id": "int4"}
#: Claims that become items in one go
CLAIMS = 500


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    work_mode = fields.Selection(
        WORK_MODES,
        string="Who Does What",
        default="pull",
        required=True,
        help="What is assigned to somebody goes to this person first in either case.",
    )
    work_user_ids = fields.Many2many(
        "res.users",
        "telecom_campaign_work_user_rel",
        string="Team",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Agents and clerks; all agents of the operator when empty.",
    )
    work_due_hours = fields.Integer(
        string="Done Within (h)",
        help="When the file or the claim says nothing; 0 for no time.",
    )
    claim_team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        "telecom_campaign_claim_team_rel",
        string="Claims Of",
        domain="[('company_id', '=', company_id)]",
        help="Open claims of these teams become work items by themselves.",
    )
    work_file_ids = fields.One2many("telecom.work.file", "campaign_id")
    work_item_ids = fields.One2many("telecom.work.item", "campaign_id")
    work_count = fields.Integer(string="Work Items", compute="_compute_work_count")
    work_open_count = fields.Integer(string="To Do", compute="_compute_work_count")

    _work_due_range = models.Constraint(
        "CHECK(work_due_hours BETWEEN 0 AND 8760)",
        "Work is done within a year.",
    )

    def _compute_work_count(self):
        counts = defaultdict(lambda: defaultdict(int))
        for campaign, state, count in self.env["telecom.work.item"]._read_group(
            [("campaign_id", "in", self.ids)], ["campaign_id", "state"], ["__count"]
        ):
            counts[campaign.id][state] += count
        for campaign in self:
            found = counts[campaign._origin.id]
            campaign.work_count = sum(found.values())
            campaign.work_open_count = found["ready"] + found["working"]

    def _configuration_unheard(self):
        return super()._configuration_unheard() | {
            "claim_team_ids",
            "work_due_hours",
            "work_file_ids",
            "work_item_ids",
            "work_mode",
            "work_user_ids",
        }

    def _missing_to_go_live(self):
        missing = super()._missing_to_go_live()
        if self.kind == "back_office" and not self._work_comes():
            missing.append(self.env._("work: a file, or the claims of a team"))
        return missing

    def _work_comes(self):
        """Tell whether there is work, or some will come."""
        self.ensure_one()
        return bool(self.claim_team_ids) or bool(
            self.env["telecom.work.item"].search_count(
                [("campaign_id", "=", self.id)], limit=1
            )
        )

    # -------------------------------------------------------------------------
    # Fields of a campaign's own
    # -------------------------------------------------------------------------

    def _name_properties(self, columns):
        """Say which of the campaign's own fields each column is, by its heading.

        A field with this label that is there already, whoever made it, is the same one.
        """
        # sudo: telecom.campaign - the fields that it has
        known = {
            table.fold(field.get("string")): field["name"]
            for field in reversed(self.sudo().contact_properties_definition or [])
            if field["type"] in number_file.PROPERTY_TYPES
        }
        for column in columns:
            heading = column.heading or self.env._("Column %s", column.position + 1)
            column.property_name = number_file.property_name(heading, known)

    def _define_properties(self, columns):
        """Give the campaign the fields that columns have and Odoo does not know.

        :param columns: records with ``target``, ``heading``, ``position``,
            ``property_name`` and ``property_type``; of fields that are there, their
            type is written to the column
        """
        self.ensure_one()
        # sudo: telecom.campaign - its fields follow from its files
        campaign = self.sudo()
        definition = campaign.contact_properties_definition or []
        known = {field["name"]: field for field in definition}
        fresh = []
        for column in columns.filtered(lambda c: c.target == "property"):
            there = known.get(column.property_name)
            if there:
                # What it is was said by the file before
                column.property_type = there["type"]
                continue
            field = {
                "name": column.property_name,
                "string": column.heading
                or self.env._("Column %s", column.position + 1),
                "type": column.property_type,
            }
            known[column.property_name] = field
            fresh.append(field)
        if fresh:
            campaign.contact_properties_definition = [*definition, *fresh]

    # -------------------------------------------------------------------------
    # Where work comes from
    # -------------------------------------------------------------------------

    def _take_work(self, rows, *, file=None, repeated="refuse"):
        """Write work items, as a set.

        With the rights of the caller's environment.

        :param list rows: of ``tools.work_file.Row``
        :param file: ``telecom.work.file`` they come from
        :param str repeated: what becomes of references that are there: ``refuse``,
            ``complete`` (those still to be done) or ``again`` (finished ones are done
            once more)
        :return: counters, and (row, code, value, text) of what is refused
        """
        self.ensure_one()
        counts, errors, fresh, known = defaultdict(int), [], [], []
        partners = self._work_customers(rows)
        there = self._work_there([row.values.get("reference") for row in rows])
        seen = set()
        for row in rows:
            reference = row.values.get("reference")
            if row.customer and row.customer not in partners[0]:
                errors.append((row.place, "unknown_customer", row.customer, row.text))
            elif reference and reference in seen:
                errors.append((row.place, "twice", reference, row.text))
            elif reference and there.get(reference) is not None:
                seen.add(reference)
                own = bool(file) and there[reference] == file.id
                if repeated == "refuse" and not own:
                    errors.append((row.place, "there", reference, row.text))
                elif repeated == "refuse":
                    # The same file, read once more
                    errors.append((row.place, "twice", reference, row.text))
                else:
                    known.append(row)
            else:
                seen.add(reference)
                fresh.append(row)
        for row in [*fresh, *known]:
            partner_id = partners[0].get(row.customer) or partners[1].get(
                row.values.get("number")
            )
            if partner_id:
                row.values["partner_id"] = partner_id
                counts["known_count"] += 1
        self._insert_work(fresh, file)
        counts["again_count"] = self._complete_work(known, repeated == "again")
        return counts, errors

    def _work_there(self, references):
        """Return {reference: id of its file, or 0} of the campaign's own."""
        wanted = list(filter(None, references))
        if not wanted:
            return {}
        self.env["telecom.work.item"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT reference, COALESCE(file_id, 0) FROM telecom_work_item
                    WHERE campaign_id = %s AND reference = ANY(%s)""",
                self.id,
                wanted,
            )
        )
        return dict(self.env.cr.fetchall())

    def _work_customers(self, rows):
        """Return customers by their number in Odoo, and by their telephone.

        Of several who share a telephone nobody can say who is meant.
        """
        numbers = {row.customer for row in rows if row.customer}
        phones = {row.values["number"] for row in rows if row.values.get("number")}
        if not numbers and not phones:
            return {}, {}
        self.env["res.partner"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT telecom_customer_number, id FROM res_partner
                    WHERE company_id = %s AND telecom_customer_number = ANY(%s)""",
                self.company_id.id,
                list(numbers),
            )
        )
        by_number = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            SQL(
                """SELECT phone_sanitized, min(id) FROM res_partner
                    WHERE company_id = %s AND active AND phone_sanitized = ANY(%s)
                 GROUP BY phone_sanitized HAVING count(*) = 1""",
                self.company_id.id,
                list(phones),
            )
        )
        return by_number, dict(self.env.cr.fetchall())

    def _work_due(self):
        """Return when new work without a time of its own is due, or False."""
        if not self.work_due_hours:
            return False
        return fields.Datetime.now() + timedelta(hours=self.work_due_hours)

    def _insert_work(self, rows, file):
        if not rows:
            return
        due_at = self._work_due()
        values = []
        for row in rows:
            vals = {**row.values, "row_number": row.place}
            if due_at and not vals.get("due_at"):
                vals["due_at"] = fields.Datetime.to_string(due_at)
            values.append(vals)
        BulkWriter(
            self.env["telecom.work.item"],
            ITEM_COLUMNS,
            {
                "campaign_id": self.id,
                "file_id": file.id if file else False,
                "name": "-",
            },
            {"name", "partner_id"},
        ).insert(values)
        self.env["telecom.work.item"].invalidate_model()

    def _complete_work(self, rows, again):
        """Complete items that are there; what a row does not say stays.

        :param bool again: whether finished ones are done once more
        :return: how many there were
        """
        if not rows:
            return 0
        sets = SQL(", ").join(
            SQL(
                "%s = COALESCE(v.%s::%s, i.%s)",
                SQL.identifier(name),
                SQL.identifier(name),
                SQL(COLUMN_TYPES.get(name, "varchar")),
                SQL.identifier(name),
            )
            for name in COMPLETED
        )
        columns = ["reference", "contact_properties", *COMPLETED]
        self.env.cr.execute(
            SQL(
                """UPDATE telecom_work_item i SET %(sets)s,
                       contact_properties = COALESCE(i.contact_properties, '{}')
                           || COALESCE(v.contact_properties::jsonb, '{}'),
                       state = CASE WHEN %(again)s AND i.state = 'done'
                           THEN 'ready' ELSE i.state END,
                       next_at = CASE WHEN %(again)s AND i.state = 'done'
                           THEN NULL ELSE i.next_at END,
                       user_id = CASE WHEN %(again)s AND i.state = 'done'
                           THEN NULL ELSE i.user_id END,
                       done_at = CASE WHEN %(again)s THEN NULL ELSE i.done_at END,
                       done_by_id = CASE WHEN %(again)s
                           THEN NULL ELSE i.done_by_id END,
                       status_counts = CASE WHEN %(again)s AND i.state = 'done'
                           THEN '{}' ELSE i.status_counts END
                  FROM jsonb_to_recordset(%(rows)s::jsonb) AS v(%(types)s)
                 WHERE i.campaign_id = %(campaign)s AND i.reference = v.reference
                   AND (%(again)s OR i.state IN ('ready', 'working'))""",
                sets=sets,
                again=again,
                rows=json.dumps(
                    [{name: row.values.get(name) for name in columns} for row in rows]
                ),
                types=SQL(", ").join(
                    SQL("%s text", SQL.identifier(name)) for name in columns
                ),
                campaign=self.id,
            )
        )
        count = self.env.cr.rowcount
        self.env["telecom.work.item"].invalidate_model()
        return count

    def _take_claims(self, tickets):
        """Make work items of claims; those that are over here are done once more.

        :param tickets: open ``helpdesk.ticket`` of this operator
        :return: the new items
        """
        self.ensure_one()
        Item = self.env["telecom.work.item"]
        known = Item.search(
            [("campaign_id", "=", self.id), ("ticket_id", "in", tickets.ids)]
        )
        known._do_claims_again()
        due_at = self._work_due()
        # The scheduler may take them in at the same moment
        with once(Item, "_ticket_once"):
            return Item.create(
                [
                    {
                        "campaign_id": self.id,
                        "ticket_id": ticket.id,
                        "name": ticket.name,
                        "partner_id": ticket.partner_id.id,
                        "number": ticket.partner_id.phone_sanitized,
                        "email": ticket.partner_id.email,
                        "city": ticket.partner_id.city,
                        # Odoo's “urgent” goes before “low”
                        "priority": int(ticket.priority or 0),
                        "due_at": due_at,
                    }
                    for ticket in tickets - known.ticket_id
                ]
            )

    @api.model
    def _cron_take_claims(self):
        """Make work of open claims, and drop the work of claims closed elsewhere."""
        campaigns = self.search(
            [
                ("kind", "=", "back_office"),
                ("state", "=", "live"),
                ("claim_team_ids", "!=", False),
            ]
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(campaigns))
        for campaign in campaigns:
            if campaign.company_id._telecom_allows("callcenter", "write"):
                campaign._renew_claims()
            if Cron._commit_progress(1) <= 0:
                return

    def _renew_claims(self):
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("team_id", "in", self.claim_team_ids.ids),
                ("closed", "=", False),
                ("telecom_work_item_ids", "not any", [("campaign_id", "=", self.id)]),
            ],
            order="priority desc, id",
            limit=CLAIMS,
        )
        self._take_claims(tickets)
        self.env["telecom.work.item"].search(
            [
                ("campaign_id", "=", self.id),
                ("state", "=", "ready"),
                ("ticket_id.closed", "=", True),
            ]
        ).action_cancel()

    # -------------------------------------------------------------------------
    # Who works here
    # -------------------------------------------------------------------------

    @api.model
    def _work_campaigns(self, user, companies):
        """Return the live back-office campaigns somebody works for, with sudo."""
        agent = user.has_group("telecom_callcenter.group_callcenter_agent")
        team = [("work_user_ids", "in", user.ids)]
        if agent:
            team = ["|", ("work_user_ids", "=", False), *team]
        # sudo: telecom.campaign - of operators the user works for now
        return self.sudo().search(
            [
                ("company_id", "in", companies.ids),
                ("kind", "=", "back_office"),
                ("state", "=", "live"),
                *team,
            ],
            order="name, id",
        )

    def _desk_work_values(self, user):
        """These campaigns as the page “Back Office” lists them."""
        now = fields.Datetime.now()
        Item = self.env["telecom.work.item"]
        due = [
            ("campaign_id", "in", self.ids),
            ("state", "=", "ready"),
            "|",
            ("next_at", "=", False),
            ("next_at", "<=", now),
            "|",
            ("file_id", "=", False),
            ("file_id.paused", "=", False),
        ]
        groups = {
            "waiting": [*due, ("user_id", "=", False)],
            "own": [*due, ("user_id", "=", user.id)],
            "late": [*due, ("user_id", "in", [False, user.id]), ("due_at", "<", now)],
        }
        found = {
            name: dict(Item._read_group(domain, ["campaign_id"], ["__count"]))
            for name, domain in groups.items()
        }
        return [
            {
                "id": campaign.id,
                "name": campaign.name,
                "company_id": campaign.company_id.id,
                "company": campaign.company_id.name,
                "mode": campaign.work_mode,
                "waiting": found["waiting"].get(campaign, 0)
                if campaign.work_mode == "pull"
                else 0,
                "own": found["own"].get(campaign, 0),
                "late": found["late"].get(campaign, 0),
            }
            for campaign in self
        ]

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_add_work_file(self):
        """Choose a file of work items."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Work File"),
            "res_model": "telecom.work.file",
            "view_mode": "form",
            "context": {"default_campaign_id": self.id},
        }

    def action_take_claims(self):
        """Make work of the open claims of this campaign's teams, now.

        :raises UserError: no team was chosen
        """
        self.ensure_one()
        self.env["telecom.work.item"].check_access("create")
        if not self.claim_team_ids:
            raise UserError(self.env._("Choose whose claims become work."))
        self._renew_claims()
        return True

    def action_view_work(self):
        """Show what is to be done, and what was."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "telecom_callcenter.action_telecom_work_item"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"default_campaign_id": self.id},
        }
