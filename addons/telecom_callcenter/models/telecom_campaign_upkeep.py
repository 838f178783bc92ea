"""Contacts with whom nobody is busy any more, whatever was killed or forgotten."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .telecom_campaign_dialing import AUTOMATIC_MODES

#: Looked at and committed together
BATCH = 500
#: Nobody is busy with a contact of which nothing was heard for so long
FORGOTTEN_AFTER = timedelta(hours=1)


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    callback_ids = fields.One2many("telecom.callback", "contact_id", string="Callbacks")

    @api.model
    def _cron_free(self):
        """Let contacts of live campaigns go on that somebody left lying."""
        for contacts in self._left_lying(self._forgotten_domain()):
            contacts._free()
        for contacts in self._left_lying(self._unpromised_domain()):
            contacts._promise_over("ready")
        self._hand_promises_on()

    @api.model
    def _hand_promises_on(self):
        """Have the team keep promises whose agents are not there to keep them.

        After so many minutes as each campaign says; a break counts as not being there.
        """
        now = fields.Datetime.now()
        absent = Domain("agent_id.active", "=", False) | Domain(
            "agent_id.presence", "in", ("offline", "not_ready")
        )
        overdue = self.env["telecom.callback"].search(
            Domain(
                [
                    ("state", "=", "planned"),
                    ("due_at", "<", now),
                    ("campaign_id.state", "=", "live"),
                    ("campaign_id.queue_id", "!=", False),
                    ("campaign_id.promise_minutes", ">", 0),
                    ("agent_id", "!=", False),
                ]
            )
            & absent,
            order="due_at, id",
            limit=BATCH,
        )
        overdue.filtered(
            lambda promise: (
                promise.due_at
                < now - timedelta(minutes=promise.campaign_id.promise_minutes)
            )
        ).write({"agent_id": False})

    @api.model
    def _left_lying(self, domain):
        """Yield contacts of live campaigns, locked, and commit what becomes of them."""
        domain &= Domain("campaign_id.state", "=", "live")
        last, seconds = 0, 1
        while seconds > 0 and (
            contacts := self.search(
                domain & Domain("id", ">", last), order="id", limit=BATCH
            )
        ):
            last = contacts[-1].id
            yield contacts.try_lock_for_update()
            seconds = self.env["ir.cron"]._commit_progress(len(contacts))

    @api.model
    def _forgotten_domain(self):
        """Contacts being called for long, without a call that goes on."""
        before = fields.Datetime.now() - FORGOTTEN_AFTER
        return Domain(
            [
                ("state", "=", "reserved"),
                ("write_date", "<", before),
                # What became of the dialer's attempts the ledger says
                (
                    "attempt_ids",
                    "not any",
                    Domain("recorded_at", ">=", before)
                    | Domain("ended_at", ">=", before)
                    | Domain(
                        [("state", "!=", "ended"), ("mode", "in", AUTOMATIC_MODES)]
                    ),
                ),
            ]
        )

    def _free(self):
        """Say what becomes of contacts that stayed reserved."""
        self._close_unheard()
        for contact in self.filtered(lambda contact: contact.state == "reserved"):
            last = contact.attempt_ids.sorted("id")[-1:]
            wrapups = last and last._find_call().wrapup_ids
            if (last and last.state != "ended") or "open" in wrapups.mapped("state"):
                continue
            contact._release()
            if last.result == "answered" and not last.settled:
                # Somebody spoke, and nobody will say how it ended: not called again
                contact.state = "done"

    @api.model
    def _unpromised_domain(self):
        """Contacts who wait for a call that nobody has promised."""
        return Domain("state", "=", "callback") & Domain(
            "callback_ids", "not any", [("state", "=", "planned")]
        )
