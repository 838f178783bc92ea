"""Contacts of manual campaigns: the agent's list of whom she may call now."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ..tools.clock import epoch

#: How many contacts a list shows at once, and at most
LISTED = 40
MOST_LISTED = 400
#: What is typed before contacts are looked for
SHORTEST_SEARCH = 2
ORDERS = {
    "priority": SQL("c.priority DESC, COALESCE(f.sequence, 1000000), c.next_at, c.id"),
    "waiting": SQL("c.next_at, c.priority DESC, c.id"),
    "name": SQL("lower(c.name), c.id"),
}
FILTERS = {
    "all": SQL("TRUE"),
    "new": SQL("COALESCE(c.attempt_count, 0) = 0"),
    "again": SQL("c.attempt_count > 0"),
    "callback": SQL("FALSE"),
}


class TelecomCampaign(models.Model):
    _inherit = "telecom.campaign"

    def _listed_contacts(
        self, agent, *, text="", kind="all", order="priority", limit=LISTED, ids=None
    ):
        """Return contacts an agent may call now, besides promised callbacks.

        The same contacts as :meth:`_due_contacts` gives one by one, in the order the
        agent wants; nothing is locked. One query, whatever there is.

        :param agent: one ``telecom.agent``
        :param str text: part of a name, town or number
        :param str kind: a key of ``FILTERS``
        :param str order: a key of ``ORDERS``
        :param ids: only these contacts
        :rtype: telecom.campaign.contact
        """
        self.ensure_one()
        Contact = self.env["telecom.campaign.contact"]
        now = fields.Datetime.now()
        zones = self._open_zones(now)
        if not zones or not self._may_dial():
            return Contact
        for model in (Contact, self.env["telecom.campaign.file"]):
            model.flush_model()
        self.env["telecom.do.not.call"].flush_model()
        self.env["telecom.campaign.attempt"].flush_model()
        if (kind, order, ids) == ("all", "priority", None) and not (text or "").strip():
            # What a desk shows when it opens: found by the index, among a million too
            rows = self.env.execute_query(
                self._due_contacts_query(now, zones, limit, agent)
            )
            return Contact.browse(row[0] for row in rows)
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM telecom_campaign_contact c
                LEFT JOIN telecom_campaign_file f ON f.id = c.file_id
                WHERE c.campaign_id = %(campaign)s
                  AND f.paused IS NOT TRUE
                  AND COALESCE(c.timezone, '') = ANY(%(zones)s)
                  AND %(due)s AND %(kind)s AND %(found)s AND %(chosen)s
                ORDER BY %(order)s LIMIT %(limit)s""",
                campaign=self.id,
                zones=zones,
                due=self._due_condition(now, zones, agent),
                kind=FILTERS[kind],
                found=self._listed_search(text),
                chosen=SQL("c.id = ANY(%s)", list(ids))
                if ids is not None
                else SQL("TRUE"),
                order=ORDERS[order],
                limit=limit,
            )
        )
        return Contact.browse(row[0] for row in rows)

    def _listed_search(self, text):
        """Return the condition of contacts that what somebody types finds."""
        text = (text or "").strip()
        if len(text) < SHORTEST_SEARCH:
            return SQL("TRUE")
        unaccent = self.env.registry.unaccent
        pattern = unaccent(SQL("%s", f"%{escape_psql(text)}%"))
        condition = SQL(
            "(%s ILIKE %s OR %s ILIKE %s)",
            unaccent(SQL("c.name")),
            pattern,
            unaccent(SQL("c.city")),
            pattern,
        )
        digits = "".join(sign for sign in text if sign.isdigit())
        if len(digits) >= SHORTEST_SEARCH and not any(map(str.isalpha, text)):
            # As it is read out: with spaces, and without the country's code
            national = digits.lstrip("0") or digits
            condition = SQL("(%s OR c.number LIKE %s)", condition, f"%{national}%")
        return condition


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    @api.model
    def _desk_list(self, agent, campaign, *, text="", kind="all", order="", limit=0):
        """Whom an agent may call now in a manual campaign, as her desk lists it.

        First who was promised a callback by now, her own before the team's.

        :param str kind: ``all``, ``new``, ``again`` or ``callback``
        :param str order: ``priority``, ``waiting`` or ``name``
        :param int limit: at most so many besides callbacks
        :return: dict ``rows``, and ``more``: whether there are others
        """
        kind = kind if kind in FILTERS else "all"
        order = order if order in ORDERS else "priority"
        limit = max(1, min(int(limit or LISTED), MOST_LISTED))
        callbacks = self.env["telecom.callback"]
        if kind != "new":
            callbacks = self._promised(agent, campaign)
        promised = callbacks.contact_id
        if promised and (text or "").strip():
            found = self.env.execute_query(
                SQL(
                    "SELECT c.id FROM telecom_campaign_contact c"
                    " WHERE c.id = ANY(%s) AND %s",
                    promised.ids,
                    campaign._listed_search(text),
                )
            )
            promised &= self.browse(row[0] for row in found)
        listed = campaign._listed_contacts(
            agent, text=text, kind=kind, order=order, limit=limit + len(promised) + 1
        )
        others = listed - promised
        by_contact = {}
        for callback in callbacks:
            by_contact.setdefault(callback.contact_id.id, callback)
        return {
            "rows": (promised + others[:limit])._desk_rows(agent, by_contact),
            "more": len(others) > limit and limit < MOST_LISTED,
        }

    def _desk_rows(self, agent, callbacks):
        """These contacts as the desk lists them, in their order.

        :param dict callbacks: promised ``telecom.callback`` by contact id
        """
        rows = []
        for contact in self:
            callback = callbacks.get(contact.id)
            company = contact.company_id
            rows.append(
                {
                    "id": contact.id,
                    "name": contact.name,
                    "number_display": company._telecom_format(contact.number),
                    "city": contact.city or False,
                    "attempts": contact.attempt_count,
                    "last_attempt_at": epoch(contact.last_attempt_at),
                    "last_status": contact.disposition_id.name or False,
                    "next_at": epoch(contact.next_at),
                    "priority": contact.priority,
                    "own": contact.agent_id == agent,
                    "callback": {
                        "due_at": epoch(callback.due_at),
                        "personal": bool(callback.agent_id),
                        "note": callback.note or False,
                    }
                    if callback
                    else False,
                }
            )
        return rows

    @api.model
    def _show_chosen(self, agent, campaigns, contact_id):
        """Put a contact the agent chose from her list on her desk.

        :param campaigns: ``telecom.campaign`` called by hand, the agent's
        :raises UserError: when it must not be called now, or somebody else is at it
        """
        gone = UserError(
            self.env._("This contact is not to be called now, or a colleague has it.")
        )
        self._release_forgotten(campaigns)
        contact = self.browse(contact_id).exists()
        campaign = contact.campaign_id & campaigns
        if not campaign or campaign.dial_mode != "manual":
            raise gone
        listed = campaign._listed_contacts(agent, ids=contact.ids)
        listed |= contact & self._due_callbacks(agent, campaign)
        if not listed.try_lock_for_update():
            raise gone
        self.search([("preview_agent_id", "=", agent.id)])._release()
        contact._show_to(agent)
        return contact
