from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.telecom_crm.tools.once import once

from ..engine import script_path

#: Minutes after which work of which nothing is heard is given to others
FORGOTTEN = 15
OPEN_STATES = ("ready", "working")


class TelecomWorkItem(models.Model):
    """Something to be done in a back-office campaign, without a call.

    From a file, a claim or a client's system. Agents pull the next one or do those
    that were assigned to them, on the page “Back Office” (``telecom.work.desk``).
    """

    _name = "telecom.work.item"
    _description = "Work Item"
    _inherit = ["telecom.owned.mixin", "telecom.campaign.properties"]
    _check_company_auto = True
    _order = "campaign_id, priority desc, due_at, id"

    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    # Its operator is the item's: checked against it, a new item could choose none
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        domain="[('kind', '=', 'back_office')]",
        ondelete="cascade",
    )
    file_id = fields.Many2one(
        "telecom.work.file",
        string="Work File",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
    )
    row_number = fields.Integer(readonly=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Claim",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
    )

    # What it is about
    reference = fields.Char(help="In the system it comes from; once in a campaign.")
    name = fields.Char(string="Subject", required=True)
    first_name = fields.Char()
    last_name = fields.Char()
    number = fields.Char(help="Telephone, E.164.")
    email = fields.Char(string="E-mail")
    city = fields.Char(string="Town")
    note = fields.Text()
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", check_company=True
    )
    contact_properties = fields.Properties(
        "Fields of the Campaign", definition="campaign_id.contact_properties_definition"
    )

    # Whose turn
    state = fields.Selection(
        [
            ("ready", "To Do"),
            ("working", "Being Done"),
            ("done", "Finished"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="ready",
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Assigned To",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Only this person gets it; empty: anybody of the team.",
    )
    priority = fields.Integer(default=0, help="The higher goes first.")
    due_at = fields.Datetime(string="Due")
    next_at = fields.Datetime(
        string="Not Before", help="Put off until then.", readonly=True
    )
    late = fields.Boolean(compute="_compute_late", search="_search_late")

    # What came of it
    disposition_id = fields.Many2one(
        "telecom.disposition",
        check_company=True,
        index="btree_not_null",
        readonly=True,
    )
    result_note = fields.Text(string="What Was Done", readonly=True)
    status_counts = fields.Json(
        default=dict, readonly=True, help="How often it ended so, by status."
    )
    done_at = fields.Datetime(string="Finished On", readonly=True)
    done_by_id = fields.Many2one("res.users", string="Finished By", readonly=True)
    session_ids = fields.One2many("telecom.work.session", "item_id")
    session_count = fields.Integer(string="Times Opened", readonly=True)
    handling_seconds = fields.Integer(
        string="Handling Time (s)", readonly=True, help="Of all who worked on it."
    )
    answer_ids = fields.One2many("telecom.script.answer", "item_id", string="Answers")

    _reference_once = models.UniqueIndex(
        "(campaign_id, reference) WHERE reference IS NOT NULL",
        "This reference is in the campaign already.",
    )
    _ticket_once = models.UniqueIndex(
        "(campaign_id, ticket_id) WHERE ticket_id IS NOT NULL",
        "This claim is in the campaign already.",
    )
    # What “Next” asks for
    _next = models.Index(
        "(campaign_id, priority DESC, due_at, id) WHERE state = 'ready'"
    )
    _own = models.Index("(user_id) WHERE state IN ('ready', 'working')")
    _file_state = models.Index("(file_id, state) WHERE file_id IS NOT NULL")

    @api.depends("reference", "name")
    def _compute_display_name(self):
        for item in self:
            known = item.reference and item.reference != item.name
            item.display_name = (
                f"{item.reference} · {item.name}" if known else item.name or ""
            )

    @api.constrains("user_id", "campaign_id")
    def _check_user(self):
        for item in self.filtered("user_id"):
            # sudo: res.users - which operators somebody works for
            if item.company_id not in item.user_id.sudo().company_ids:
                raise ValidationError(
                    self.env._("%s does not work for this operator.", item.user_id.name)
                )

    @api.depends("due_at", "state")
    def _compute_late(self):
        now = fields.Datetime.now()
        for item in self:
            item.late = bool(
                item.due_at and item.due_at < now and item.state in OPEN_STATES
            )

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [
            ("due_at", "<", fields.Datetime.now()),
            ("state", "in", OPEN_STATES),
        ]
        wanted = set(value)
        if wanted == {True}:
            return late
        if wanted == {False}:
            return ["!", "&", *late]
        return [] if wanted else [(0, "=", 1)]

    # -------------------------------------------------------------------------
    # Whose turn it is
    # -------------------------------------------------------------------------

    @api.model
    def _take_next(self, campaigns, user):
        """Give somebody the next item of some campaigns.

        Own ones first, then by priority, due time and age, over all campaigns; none
        of a paused file, none put off until later, none that another transaction has
        just taken.

        :param campaigns: ``telecom.campaign`` the user works for
        :param user: ``res.users``
        :return: the item, locked and begun; empty when there is nothing to do
        """
        self.env["telecom.work.item"].flush_model()
        self.env["telecom.work.file"].flush_model()
        for campaign_id, own in self._queues(campaigns, user):
            # Whatever others hold, the next one that is free
            self.env.cr.execute(
                SQL(
                    """%s LIMIT 1 FOR UPDATE OF i SKIP LOCKED""",
                    self._next_query(campaign_id, user, own),
                )
            )
            found = self.env.cr.fetchone()
            if found:
                item = self.browse(found[0])
                item._begin(user)
                return item
        return self.browse()

    def _queues(self, campaigns, user):
        """Return (campaign id, whether own items) in the order of their first item."""
        heads = []
        for campaign in campaigns:
            for own in (True, False):
                if not own and campaign.work_mode == "assigned":
                    continue
                self.env.cr.execute(
                    SQL(
                        """SELECT priority, due_at, id FROM (%s LIMIT 1) head""",
                        self._next_query(campaign.id, user, own),
                    )
                )
                head = self.env.cr.fetchone()
                if head:
                    priority, due_at, item_id = head
                    key = (
                        not own,
                        -priority,
                        due_at is None,
                        due_at or fields.Datetime.now(),
                        item_id,
                    )
                    heads.append((key, (campaign.id, own)))
        return [queue for _key, queue in sorted(heads)]

    @api.model
    def _next_query(self, campaign_id, user, own):
        """Return the query of a campaign's items that may be done now, in order."""
        return SQL(
            """SELECT i.id, i.priority, i.due_at FROM telecom_work_item i
                WHERE i.campaign_id = %(campaign)s AND i.state = 'ready'
                  AND %(whose)s
                  AND (i.next_at IS NULL OR i.next_at <= %(now)s)
                  AND NOT EXISTS (SELECT FROM telecom_work_file f
                                   WHERE f.id = i.file_id AND f.paused)
             ORDER BY i.priority DESC, i.due_at, i.id""",
            campaign=campaign_id,
            whose=SQL("i.user_id = %s", user.id) if own else SQL("i.user_id IS NULL"),
            now=fields.Datetime.now(),
        )

    def _begin(self, user):
        """Have somebody work on this item from now on."""
        self.ensure_one()
        Session = self.env["telecom.work.session"]
        # “Next item” in two tabs at once: the second shows what the first has taken
        with once(Session, "_one_open"):
            Session.create({"item_id": self.id, "user_id": user.id})
        self.write(
            {
                "state": "working",
                "user_id": user.id,
                "session_count": self.session_count + 1,
            }
        )

    @api.model
    def _release_forgotten(self, campaigns):
        """Give items back on which nobody works any more: a closed browser."""
        before = fields.Datetime.now() - timedelta(minutes=FORGOTTEN)
        sessions = (
            self.env["telecom.work.session"]
            .search(
                [
                    ("campaign_id", "in", campaigns.ids),
                    ("ended_at", "=", False),
                    ("seen_at", "<", before),
                ],
                limit=100,
            )
            .try_lock_for_update()
        )
        for session in sessions:
            session.item_id._leave(session, session.seen_at)

    def _leave(self, session, ended_at):
        """Take an item off somebody's desk without a status."""
        self.ensure_one()
        session._end("left", ended_at)
        assigned = self.campaign_id.work_mode == "assigned"
        self.write(
            {
                "state": "ready",
                "user_id": self.user_id.id if assigned else False,
                "handling_seconds": self.handling_seconds + session.seconds,
            }
        )

    # -------------------------------------------------------------------------
    # Closing
    # -------------------------------------------------------------------------

    def _close(self, session, disposition, note):
        """Give this item its status, and say what becomes of it.

        :param session: the open ``telecom.work.session``
        :param disposition: a leaf of the campaign's statuses
        :param str note: what was done
        :raises UserError: the status is of another campaign, or no leaf
        """
        self.ensure_one()
        if disposition.campaign_id != self.campaign_id or not disposition.is_leaf:
            raise UserError(self.env._("Choose a status of this campaign."))
        now = fields.Datetime.now()
        session._end("status", now, disposition)
        counts = dict(self.status_counts or {})
        key = str(disposition.id)
        counts[key] = counts.get(key, 0) + 1
        vals = {
            "disposition_id": disposition.id,
            "result_note": note or False,
            "status_counts": counts,
            "handling_seconds": self.handling_seconds + session.seconds,
        }
        again = disposition.follow_up in ("again", "callback")
        if again and counts[key] <= disposition.retry_limit:
            keep = (
                disposition.follow_up == "callback"
                or self.campaign_id.work_mode == "assigned"
            )
            vals |= {
                "state": "ready",
                "next_at": now + timedelta(minutes=disposition.retry_minutes),
                "user_id": self.user_id.id if keep else False,
            }
        else:
            vals |= {"state": "done", "done_at": now, "done_by_id": session.user_id.id}
        self.write(vals)
        self._tell_claim(session.user_id, disposition, note)

    def _tell_claim(self, user, disposition, note):
        """Write what was done into the claim's own history."""
        if not self.ticket_id:
            return
        body = self.env._(
            "Back office: %(status)s (%(campaign)s)",
            status=disposition.display_name,
            campaign=self.campaign_id.name,
        )
        # sudo: helpdesk.ticket - a note in the history of the very claim
        self.ticket_id.sudo().message_post(
            body=f"{body}\n{note}" if note else body,
            author_id=user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    # -------------------------------------------------------------------------
    # What the desk shows
    # -------------------------------------------------------------------------

    def _script_partner(self):
        """The customer it is about; empty if nobody knows."""
        return self.partner_id or self.ticket_id.partner_id

    def _check_script(self, disposition):
        """Have the script answered before the work counts as done.

        :raises UserError: which questions are open
        """
        self.ensure_one()
        script = self.campaign_id.script_id.filtered("active")
        put_off = disposition.follow_up in ("again", "callback")
        if not script or put_off or disposition.without_script:
            return
        missing = script_path.open_questions(
            script._script_values()["pages"], self.answer_ids._by_block()
        )
        if missing:
            raise UserError(
                self.env._(
                    "The script needs an answer first: %s",
                    ", ".join(f"“{block['text'] or ''}”" for block in missing),
                )
            )

    def _desk_values(self, session, lang=False):
        """This item on somebody's desk, with its script and the answers so far.

        :return: dict, see docs/back-office.md
        """
        self.ensure_one()
        campaign, company = self.campaign_id, self.company_id
        partner = self._script_partner()
        script = campaign.script_id.filtered("active")
        values = False
        if script:
            values = script._desk_script(
                campaign,
                self,
                partner,
                session.user_id,
                self.number,
                langs=[lang, self.env.lang],
            )
        nodes = campaign.disposition_ids.filtered("active")
        return {
            "id": self.id,
            "name": self.name,
            "reference": self.reference or False,
            "number": self.number or False,
            "number_display": company._telecom_format(self.number)
            if self.number
            else False,
            "email": self.email or False,
            "city": self.city or False,
            "note": self.note or False,
            "priority": self.priority,
            "due_at": fields.Datetime.to_string(self.due_at) or False,
            "late": self.late,
            "company_id": company.id,
            "company": company.name,
            "campaign_id": campaign.id,
            "campaign": campaign.name,
            "partner_id": partner.id,
            "partner": partner.name or False,
            "ticket_id": self.ticket_id.id,
            "ticket": self.ticket_id.display_name or False,
            "properties": self._property_values(),
            "started_at": fields.Datetime.to_string(session.started_at),
            "seconds_before": self.handling_seconds,
            "last_status": self.disposition_id.display_name or False,
            "last_note": self.result_note or False,
            "dispositions": nodes._offered()._tree_values(),
            "script": values,
            "answers": self.answer_ids._by_block(),
        }

    # -------------------------------------------------------------------------
    # Actions of supervisors
    # -------------------------------------------------------------------------

    def action_work(self):
        """Open this very item on one's own desk."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "telecom_callcenter.work_desk",
            "params": {"item_id": self.id},
        }

    def action_cancel(self):
        """Nobody needs to do these any more; what is being done is finished first."""
        self.filtered(lambda item: item.state == "ready").write({"state": "cancelled"})
        return True

    def _do_claims_again(self):
        """Have claims that are open again done once more, in new time."""
        over = self.filtered(lambda item: item.state in ("done", "cancelled"))
        over.action_reopen()
        for campaign, items in over.grouped("campaign_id").items():
            items.due_at = campaign._work_due()

    def action_reopen(self):
        """Have these done once more."""
        self.filtered(lambda item: item.state in ("done", "cancelled")).write(
            {
                "state": "ready",
                "next_at": False,
                "user_id": False,
                "done_at": False,
                "done_by_id": False,
                "status_counts": {},
            }
        )
        return True
