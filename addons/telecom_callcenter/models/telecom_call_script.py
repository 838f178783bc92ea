"""A call of a campaign, as its script and its contact see it."""

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.telecom_crm.tools.once import once


class TelecomCall(models.Model):
    _inherit = "telecom.call"

    answer_ids = fields.One2many(
        "telecom.script.answer", "call_id", string="Answers to the Script"
    )

    def _get_card(self):
        """With the contact of the campaign, in calls out."""
        card = super()._get_card()
        # sudo: telecom.call - see super
        outbound = self.sudo().direction == "outbound"
        contact = outbound and self._campaign_attempt().contact_id
        card["contact"] = contact._desk_contact_facts() if contact else False
        return card

    def _callback_hours(self):
        """Return when the person of this call may be called back.

        :return: ``{open, tz}``, see ``telecom.campaign._callback_hours``
        """
        # sudo: telecom.campaign - of this very call
        campaign = self.campaign_id.sudo()
        zone = self._campaign_attempt().contact_id.timezone or campaign._calling_zone()
        return {"open": campaign._callback_hours(zone), "tz": zone}

    def _campaign_attempt(self):
        """The attempt of an outbound campaign that became this call; empty if none.

        With the rights of the superuser.
        """
        self.ensure_one()
        # sudo: telecom.campaign.attempt - of this very call
        Attempt = self.env["telecom.campaign.attempt"].sudo()
        if not self.campaign_id:
            return Attempt
        attempts = Attempt.search(
            [
                ("company_id", "=", self.company_id.id),
                "|",
                ("channel_id", "=", self.uniqueid),
                ("call_id", "=", self.id),
            ],
            order="id desc",
            limit=1,
        )
        return attempts

    def _script_partner(self, contact):
        """The customer the script is about; empty if nobody knows."""
        # sudo: telecom.call.wrapup, res.partner - of this call's own company
        call = self.sudo()
        chosen = call.wrapup_ids.partner_id[:1]
        partner = chosen or contact.partner_id or call.partner_id
        company = call.company_id or contact.company_id
        return partner.filtered(lambda p: p.company_id == company)

    def _desk_script(self, agent, lang=False):
        """The script of this call's campaign with the answers so far.

        :param agent: who reads it
        :param str lang: the language the agent wants; the customer's when empty
        :return: dict, ``script`` False when the campaign has none
        """
        self.ensure_one()
        # sudo: telecom.call and what belongs to it - callers check whose call it is
        call = self.sudo()
        script = call.campaign_id.script_id
        if not script.active:
            return {"script": False}
        contact = call._campaign_attempt().contact_id
        partner = call._script_partner(contact)
        values = script._desk_script(
            call.campaign_id,
            contact,
            partner,
            agent,
            contact.number or call.caller_number,
            langs=[
                lang,
                contact.language,
                call.language,
                partner.telecom_language_id.code,
                self.env.lang,
            ],
        )
        return {
            **values,
            "contact": contact._desk_contact_facts(),
            "answers": call.answer_ids._by_block(),
        }

    def _answer_script(self, agent, block_id, value):
        """Keep an answer, and write it where the question says.

        :param agent: who asked
        :param int block_id: the ``telecom.script.block``
        :param value: see ``telecom.script.block._clean_answer``
        :return: dict ``target``: the label of the field that was written, or False
        :raises UserError: when the question is not of this call's script
        """
        self.ensure_one()
        # sudo: telecom.script.* - agents write answers through the desk only
        block = self.env["telecom.script.block"].sudo().browse(block_id).exists()
        script = self.sudo().campaign_id.script_id
        if block.kind != "question" or block.page_id.script_id != script:
            raise UserError(self.env._("This question is not of this call's script."))
        clean = block._clean_answer(value)
        contact = self._campaign_attempt().contact_id
        partner = self._script_partner(contact)
        vals = {
            "contact_id": contact.id,
            "partner_id": partner.id,
            "agent_id": agent.id,
            "script_id": script.id,
            "question": block.text,
            **block._answer_values(clean),
        }
        Answer = self.env["telecom.script.answer"].sudo()
        answer = Answer.search(
            [("call_id", "=", self.id), ("block_id", "=", block.id)], limit=1
        )
        if answer:
            answer.write(vals)
        else:
            with once(Answer, "_once"):
                Answer.create({**vals, "call_id": self.id, "block_id": block.id})
        return {"target": block._write_answer(clean, contact, partner)}
