"""Calls of field sellers to their customers, through the PBX.

Their own telephone rings first; once they have pressed a key, the customer is called
and sees the operator's number. Each call is an attempt, recorded before it is dialed,
with an id that follows from the press on the button: however often it arrives, it is
made once.
"""

import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.records import SELLER
from ..tools.clock import epoch

#: What a telephone gives as the key of a press
KEY = re.compile(r"[\w-]{8,64}", re.ASCII)
#: A command to dial is not executed later than this (seconds)
DIALED_WITHIN = 5
#: An attempt whose end was lost keeps a seller from calling no longer than this
LONGEST_OPEN = timedelta(minutes=2)


class TelecomCampaignAttempt(models.Model):
    _inherit = "telecom.campaign.attempt"

    # Appointments may be agreed outside campaigns
    campaign_id = fields.Many2one(required=False)
    mode = fields.Selection(
        selection_add=[("seller", "Field Seller")], ondelete={"seller": "cascade"}
    )
    seller_id = fields.Many2one(
        "telecom.field.seller",
        string="Field Seller",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="For whom it was dialed: the own telephone first.",
    )
    appointment_id = fields.Many2one(
        "telecom.appointment",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _of_something = models.Constraint(
        "CHECK(campaign_id IS NOT NULL OR mode = 'seller')",
        "An attempt is of a campaign, or of a field seller.",
    )

    def _called_partner(self):
        return super()._called_partner() or self.appointment_id.partner_id


class TelecomAppointment(models.Model):
    _inherit = "telecom.appointment"

    attempt_ids = fields.One2many(
        "telecom.campaign.attempt", "appointment_id", string="Calls", readonly=True
    )


class TelecomPbx(models.Model):
    _inherit = "telecom.pbx"

    def _seller_caller_id(self, company, campaign):
        """The operator's number a customer sees who is called for a field seller."""
        details = self._gateway_dial(
            {"company_id": company.id, "campaign_id": campaign.id}
        )
        return details["caller_id"]

    def _may_call_for_sellers(self, company):
        """Whether an operator's field sellers can call over this PBX now."""
        return bool(
            self
            and self.trunk_ids.filtered("active")
            and self.status_ids._link()["state"] == "up"
            and not self.dialing_stopped
            and not company.telecom_dialing_stopped
        )

    def _gateway_seller_call(self, payload):
        """What the gateway dials for a field seller.

        :param dict payload: of the command ``dial_seller``
        :return: dict; empty when the attempt has ended already
        """
        attempt = self.env["telecom.campaign.attempt"].browse(
            int(payload["attempt_id"])
        )
        attempt = attempt.exists().filtered(
            lambda one: one.pbx_id == self and one.state == "recorded"
        )
        if not attempt:
            return {}
        self._dialer_dialing(attempt.ids)
        return {
            "attempt_id": attempt.id,
            "channel_id": attempt.channel_id,
            "company_id": attempt.company_id.id,
            "campaign_id": attempt.campaign_id.id or 0,
            "number": attempt.number,
            "seller_number": payload["seller_number"],
            "caller_id": attempt.presented_number,
            "recorded_at": epoch(attempt.recorded_at),
            "trunks": [trunk["id"] for trunk in self._dialer_trunks()],
        }


class TelecomFieldApp(models.AbstractModel):
    _inherit = "telecom.field.app"

    @api.model
    def get_day(self):
        """As before, and ``dials``: whether the PBX can call for the seller."""
        day = super().get_day()
        seller = self.env["telecom.field.seller"]._current()
        return {**day, "dials": bool(seller.phone and self._calling_pbx(seller))}

    def _calling_pbx(self, seller, campaign=None):
        """The PBX that calls for a seller now; empty when there is none."""
        company = seller.company_id
        # sudo: telecom.did, telecom.pbx, res.company - whether the operator's own
        # numbers are on a PBX that can dial; nothing of them is shown
        Did = self.env["telecom.did"].sudo()
        pbx = campaign.sudo().queue_id.pbx_id if campaign else self.env["telecom.pbx"]
        domain = [("company_id", "=", company.id)]
        dids = Did.search([*domain, ("pbx_id", "=", pbx.id)], limit=1) if pbx else Did
        pbx = (dids or Did.search(domain, limit=1)).pbx_id.sudo()
        return pbx if pbx._may_call_for_sellers(company.sudo()) else pbx.browse()

    @api.model
    def call_customer(self, key, appointment_id):
        """Have the PBX call the seller's own telephone, and then the customer.

        Once for each press of the button, however often the telephone asks.

        :param str key: of this press, one of its kind
        :param int appointment_id: one of the seller's own
        :return: dict ``state``: ``calling``; ``phone``: the telephone is to dial
            ``number`` by itself; ``refused``, with a ``reason``
        """
        seller = self.env["telecom.field.seller"]._current()
        company = seller.company_id
        company._telecom_check("callcenter", "write")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            return self._not_called(self.env._("This entry cannot be read."))
        # Two requests of the same press: the second waits, and finds the first
        seller._lock_bookings()
        # sudo: telecom.campaign.attempt - recorded here for the seller's own customer
        Attempt = self.env["telecom.campaign.attempt"].sudo()
        mine = [("seller_id", "=", seller.id)]
        channel_id = f"{SELLER}{seller.id}-{key}"
        if Attempt.search_count([*mine, ("channel_id", "=", channel_id)]):
            return {"state": "calling"}
        # sudo: telecom.field.entry - the seller's own
        Entry = self.env["telecom.field.entry"].sudo()
        known = Entry.search([*mine, ("key", "=", key)])
        try:
            one = self._appointment(seller, {"appointment_id": appointment_id})
            desk = self.env["telecom.desk"]
            number = desk._clean_number(company, one.number)
        except (UserError, TypeError, ValueError) as error:
            return self._not_called(str(error))
        if known:
            # Asked for before, and dialed by the telephone itself
            return {"state": "phone", "number": number}
        since = fields.Datetime.now() - LONGEST_OPEN
        open_ones = [*mine, ("state", "!=", "ended"), ("recorded_at", ">", since)]
        if Attempt.search_count(open_ones):
            return self._not_called(
                self.env._("Your telephone is being called already.")
            )
        # sudo: telecom.campaign - of the seller's own appointment
        campaign = one.sudo().campaign_id
        pbx = self._calling_pbx(seller, campaign)
        own = self._own_number(seller) if pbx else False
        presented = pbx._seller_caller_id(company, campaign) if own else False
        self._take(
            seller,
            key,
            {
                "kind": "call",
                "at": epoch(fields.Datetime.now()),
                "data": {"appointment_id": one.id},
            },
        )
        if not presented:
            return {"state": "phone", "number": number}
        attempt = Attempt.create(
            {
                "company_id": company.id,
                "campaign_id": campaign.id,
                "appointment_id": one.id,
                "seller_id": seller.id,
                "pbx_id": pbx.id,
                "mode": "seller",
                "number": number,
                "presented_number": presented,
                "channel_id": channel_id,
                "recorded_at": fields.Datetime.now(),
            }
        )
        pbx._send_command(
            "dial_seller",
            expires_in=DIALED_WITHIN,
            attempt_id=attempt.id,
            seller_number=own,
        )
        return {"state": "calling"}

    def _not_called(self, reason):
        return {"state": "refused", "reason": reason}

    def _own_number(self, seller):
        """The seller's telephone in E.164; False when the PBX cannot call it."""
        number = seller.company_id._telecom_sanitize(seller.phone or "")
        try:
            desk = self.env["telecom.desk"]
            return number and desk._clean_number(seller.company_id, number)
        except UserError:
            return False
