from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.telecom_crm.tools.once import once

from ..tools.clock import epoch, from_epoch
from .telecom_campaign_contact import WITHOUT_PROMISE

#: What a supervisor may put right afterwards; the rest is what happened
CORRECTED_FIELDS = {"partner_id", "disposition_id", "qualification_id", "note"}
#: Results of calls with which no promise to call back is kept
UNREACHED = {"busy", "machine", "network", "no_answer", "not_dialed", "refused"}


class TelecomCallWrapup(models.Model):
    """What an agent adds to a call: notes, disposition, qualification, survey."""

    _name = "telecom.call.wrapup"
    _description = "Call Wrap-up"
    _inherit = ["rating.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "call_id"

    call_id = fields.Many2one(
        "telecom.call", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="call_id.company_id", store=True, index=True, precompute=True
    )
    campaign_id = fields.Many2one(
        related="call_id.campaign_id", store=True, precompute=True
    )
    agent_id = fields.Many2one("telecom.agent", required=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", index="btree_not_null", check_company=True
    )
    state = fields.Selection(
        [("draft", "During the call"), ("open", "Open"), ("done", "Done")],
        default="open",
        required=True,
        help="Notes begin while the caller is still there; the conversation's end "
        "opens the wrap-up, and the next call waits until it is done.",
    )
    disposition_id = fields.Many2one(
        "telecom.disposition", check_company=True, ondelete="restrict"
    )
    qualification_id = fields.Many2one(
        "telecom.qualification", check_company=True, ondelete="restrict"
    )
    note = fields.Text()
    draft_callback = fields.Json(
        help="A callback the agent is preparing: {due_at, personal, note}."
    )
    callback_id = fields.Many2one("telecom.callback", check_company=True)
    started_at = fields.Datetime(help="When the conversation ended.")
    done_at = fields.Datetime()
    wrapup_seconds = fields.Float()
    survey_state = fields.Selection(
        [("none", "None"), ("queued", "Queued"), ("answered", "Answered")],
        default="none",
    )

    _call_agent_unique = models.Constraint(
        "UNIQUE(call_id, agent_id)", "One wrap-up per agent and call."
    )
    _open_agent = models.Index("(agent_id) WHERE state != 'done'")

    # -------------------------------------------------------------------------
    # ORM
    # -------------------------------------------------------------------------

    def write(self, vals):
        if not self.env.su and not vals.keys() <= CORRECTED_FIELDS:
            raise AccessError(
                self.env._("Of a wrap-up, only what the agent chose is corrected.")
            )
        return super().write(vals)

    # -------------------------------------------------------------------------
    # Life of a wrap-up
    # -------------------------------------------------------------------------

    @api.model
    def _for_call(self, call, agent):
        """The wrap-up of an agent and a call; begun as a draft when there is none.

        :param call: one ``telecom.call``
        :param agent: one ``telecom.agent``
        :raises ConcurrencyError: it is begun at this moment; Odoo tries again
        """
        # sudo: telecom.call.wrapup - agents write what the desk lets them, not rows
        wrapup = self.sudo().search(
            [("call_id", "=", call.id), ("agent_id", "=", agent.id)], limit=1
        )
        if wrapup:
            return wrapup
        quick = self.sudo().with_context(tracking_disable=True)
        # The desk asks for the form while the agent says who calls
        with once(quick, "_call_agent_unique"):
            created = quick.create(
                {"call_id": call.id, "agent_id": agent.id, "state": "draft"}
            )
        return created.with_env(self.sudo().env)

    @api.autovacuum
    def _gc_drafts(self):
        """Drafts of agents whose telephone only rang: nothing was written there."""
        limit = fields.Datetime.now() - timedelta(days=1)
        # sudo: telecom.call.wrapup - runs as the system
        self.sudo().search(
            [
                ("state", "=", "draft"),
                ("create_date", "<", limit),
                ("note", "=", False),
                ("partner_id", "=", False),
                ("disposition_id", "=", False),
                ("qualification_id", "=", False),
                ("call_id.state", "=", "ended"),
            ],
            limit=10000,
        ).unlink()

    def _desk_values(self):
        """This wrap-up as the desk shows it."""
        self.ensure_one()
        return {
            "id": self.id,
            "call_id": self.call_id.id,
            "company_id": self.company_id.id,
            "state": self.state,
            "partner_id": self.partner_id.id,
            "disposition_id": self.disposition_id.id,
            "qualification_id": self.qualification_id.id,
            "note": self.note or "",
            "callback": self.draft_callback or False,
            "started_at": epoch(self.started_at),
            "limit_seconds": self.campaign_id.wrapup_limit_seconds,
            "caller_number": self.call_id.caller_number or False,
            "queue": self.call_id.queue_id.name or False,
            "campaign": self.campaign_id.name or False,
        }

    def _save(self, vals):
        """Keep what the agent has chosen and typed so far.

        :param dict vals: any of ``note, disposition_id, qualification_id, callback``
        :raises UserError: when the wrap-up is done already
        """
        self.ensure_one()
        if self.state == "done":
            raise UserError(self.env._("This wrap-up is done already."))
        values = {}
        if "note" in vals:
            values["note"] = vals["note"] or False
        for name in ("disposition_id", "qualification_id"):
            if name in vals:
                values[name] = self._chosen_leaf(name, vals[name]).id
        if "callback" in vals:
            values["draft_callback"] = self._clean_callback(vals["callback"])
        self.write(values)

    def _chosen_leaf(self, name, node_id):
        """The node of the campaign's tree an agent chose."""
        node = self.env[self._fields[name].comodel_name].browse(node_id or ())
        if not node:
            return node
        # sudo: telecom.disposition, telecom.qualification - compared with the call's
        # own campaign
        known = node.sudo().exists()
        if known.campaign_id != self.campaign_id or not known.active:
            raise ValidationError(
                self.env._("This choice does not belong to the call's campaign.")
            )
        if not known.is_leaf:
            raise ValidationError(
                self.env._("“%s” has details: choose one of them.", known.name)
            )
        if name == "disposition_id" and not known._offered():
            raise ValidationError(
                self.env._("“%s” is set by the system: choose another one.", known.name)
            )
        return node

    def _clean_callback(self, callback):
        """What is kept of a callback being prepared; False for none."""
        if not callback:
            return False
        due_at = callback.get("due_at")
        if not isinstance(due_at, int | float):
            raise ValidationError(self.env._("Say when to call back."))
        return {
            "due_at": float(due_at),
            "personal": bool(callback.get("personal")),
            "note": str(callback.get("note") or "")[:2000],
        }

    def _finish(self, vals):
        """Close the wrap-up: the agent is free again.

        :param dict vals: as for :meth:`_save`
        :raises UserError: with all that is missing
        """
        self.ensure_one()
        self._save(vals)
        live = self.agent_id.live_ids
        if live.call_id == self.call_id and self.call_id.state != "ended":
            raise UserError(self.env._("The conversation is still going on."))
        missing = self._missing()
        if missing:
            raise UserError(self.env._("Still to choose: %s.", ", ".join(missing)))
        callback = self._create_callback(fields.Datetime.now())
        self._close(callback_id=callback.id, draft_callback=False)
        self._close_callbacks()
        self._settle_contact()
        self._queue_followups()
        self._queue_survey()
        self.env["telecom.agent.event"]._log(
            "wrapup",
            self.agent_id,
            call=self.call_id,
            detail=" · ".join(
                filter(None, [self.disposition_id.name, self.qualification_id.name])
            ),
        )
        if not self.agent_id._settle_presence():
            self.agent_id._presence_changed()

    def _close(self, **values):
        """The wrap-up is done, with whatever is in it."""
        now = fields.Datetime.now()
        started_at = self.started_at or now
        self.write(
            {
                "state": "done",
                "done_at": now,
                "wrapup_seconds": max((now - started_at).total_seconds(), 0),
                "started_at": started_at,
                **values,
            }
        )

    def _missing(self):
        """What the campaign asks for and nobody chose."""
        campaign = self.campaign_id
        missing = []
        if campaign.disposition_ids and not self.disposition_id:
            missing.append(self.env._("how the call ended"))
        if campaign.qualification_ids and not self.qualification_id:
            missing.append(self.env._("why the customer was in contact"))
        return missing

    def _create_callback(self, now):
        """Create the callback the agent promised, if any."""
        draft = self.draft_callback
        Callback = self.env["telecom.callback"]
        if not draft:
            return Callback
        due_at = from_epoch(draft["due_at"])
        if due_at <= now:
            raise UserError(self.env._("A callback is promised for a time to come."))
        if not self.call_id.caller_number:
            raise UserError(
                self.env._("The caller hides the number: there is none to call back.")
            )
        return Callback.create(
            {
                "company_id": self.company_id.id,
                "campaign_id": self.campaign_id.id,
                "call_id": self.call_id.id,
                "contact_id": self.call_id._campaign_attempt().contact_id.id,
                "partner_id": (self.partner_id or self.call_id.partner_id).id,
                "number": self.call_id.caller_number,
                "due_at": due_at,
                "agent_id": self.agent_id.id if draft["personal"] else False,
                "note": draft["note"] or self.note,
            }
        )

    def _close_callbacks(self):
        """Promises this very call has kept; who was not reached is called again."""
        callbacks = self.env["telecom.callback"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "planned"),
                ("channel_id", "=", self.call_id.uniqueid),
            ]
        )
        again = callbacks.browse()
        if self.disposition_id.attempt_result in UNREACHED:
            # Contacts are called again by their campaign's rules; of others, this
            # promise is all there is
            again = callbacks.filtered(lambda callback: not callback.contact_id)
        again.due_at = fields.Datetime.now() + timedelta(
            minutes=self.disposition_id.retry_minutes or WITHOUT_PROMISE
        )
        (callbacks - again).write({"state": "done", "done_call_id": self.call_id.id})
