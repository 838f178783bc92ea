from odoo import api, fields, models
from odoo.exceptions import UserError

from .telecom_campaign_dialing import AUTOMATIC_MODES

#: Exclusions of contacts who do not want to be called
REFUSALS = ("do_not_call", "opt_out")


class TelecomDesk(models.AbstractModel):
    """Scripts and contacts of campaigns, on the desk."""

    _inherit = "telecom.desk"

    # -------------------------------------------------------------------------
    # Scripts
    # -------------------------------------------------------------------------

    @api.model
    def get_script(self, call_id, lang=False):
        """The script of a call's campaign, with the answers so far.

        :param str lang: code of the language wanted; the customer's when empty
        :return: dict, ``script`` False when there is none
        """
        call = self._call(call_id)
        agent = self._agent(raise_if_none=False) or call.sudo().agent_id
        return call._desk_script(agent, lang)

    @api.model
    def answer_script(self, call_id, block_id, value):
        """Keep the answer to a question of the call's script.

        :return: dict ``target``: whether it was written to a field too
        """
        call = self._call(call_id)
        return call._answer_script(self._call_agent(call), block_id, value)

    @api.model
    def send_script_message(self, call_id, block_id):
        """Send the text message of a script's button to the person in this call.

        :raises UserError: when there is nobody it may be sent to
        """
        call = self._call(call_id)
        # sudo: telecom.script.block, telecom.call - compared with the call's own
        # script; the message leaves as the operator's
        block = self.env["telecom.script.block"].sudo().browse(block_id).exists()
        campaign = call.sudo().campaign_id
        if (
            block.action != "message"
            or not block.message
            or block.page_id.script_id != campaign.script_id
        ):
            raise UserError(self.env._("This message is not of this call's script."))
        contact = call._campaign_attempt().contact_id
        refused = self.env["telecom.campaign.followup"]._send_message(
            call, contact, self._call_agent(call), block, "message"
        )
        if refused:
            raise UserError(refused)
        return True

    # -------------------------------------------------------------------------
    # Contacts of manual and preview campaigns
    # -------------------------------------------------------------------------

    @api.model
    def get_contact_work(self, lang=False):
        """What the agent can call out: campaigns, and the contact shown now.

        :param str lang: of the contact's script; the contact's own when empty
        :return: dict ``campaigns``: list of ``{id, name, company_id, company, mode,
            waiting, why, next_at}`` (why nobody waits, and when somebody is next),
            ``dialed``: the same of campaigns that the dialer calls for, and
            ``contact``: see :meth:`next_contact`, or False
        """
        agent = self._agent()
        # sudo: telecom.campaign.contact - the agent's own
        contact = self.env["telecom.campaign.contact"].sudo()._shown_to(agent)
        by_hand = self._contact_campaigns(agent)
        dialed = self._contact_campaigns(agent, AUTOMATIC_MODES)
        return {
            "campaigns": by_hand._desk_campaign_values(agent),
            "dialed": dialed._desk_campaign_values(agent),
            "contact": contact._desk_contact(agent, lang) if contact else False,
        }

    def _contact_campaigns(self, agent, modes=("manual", "preview")):
        """Live campaigns the agent calls for, by hand unless said, with sudo."""
        companies = self.env.companies & self._operators(agent)
        # sudo: telecom.campaign - of operators the agent works for, in its queues
        return (
            self.env["telecom.campaign"]
            .sudo()
            .search(
                [
                    ("company_id", "in", companies.ids),
                    ("kind", "=", "outbound"),
                    ("state", "=", "live"),
                    ("dial_mode", "in", modes),
                    ("queue_id.member_ids.agent_id", "=", agent.id),
                ],
                order="name, id",
            )
        )

    @api.model
    def next_contact(self, campaign_id=False):
        """Show the agent whom to call next: own callbacks, the team's, the next of
        the files. Asked again, the same contact until it is called or skipped.

        :param int campaign_id: of this campaign only
        :return: dict, see ``telecom.campaign.contact._desk_contact``; False when
            there is nobody to call now
        """
        agent = self._calling_agent()
        campaigns = self._contact_campaigns(agent)
        if campaign_id:
            campaigns = campaigns.filtered(lambda c: c.id == campaign_id)
        # sudo: telecom.campaign.contact - the gateway's and the desk's own work
        Contact = self.env["telecom.campaign.contact"].sudo()
        contact = Contact._shown_to(agent)
        if not contact or (campaign_id and contact.campaign_id != campaigns):
            contact = Contact._show_next(agent, campaigns)
        return contact._desk_contact(agent) if contact else False

    def _calling_agent(self):
        """The user's agent, who may begin a call now."""
        agent = self._agent()
        if agent.presence == "offline":
            raise UserError(self.env._("Log in before you call somebody."))
        if agent._busy_activity() != "idle":
            raise UserError(self.env._("Finish what you are doing before you call."))
        return agent

    @api.model
    def get_contact_list(
        self, campaign_id, search="", kind="all", order="priority", limit=False
    ):
        """Whom the agent may call now in a manual campaign: promised callbacks first.

        :param str search: part of a name, town or number
        :param str kind: ``all``, ``new``, ``again`` or ``callback``
        :param str order: ``priority``, ``waiting`` or ``name``
        :param int limit: at most so many besides callbacks
        :return: dict ``rows``: list of ``{id, name, number_display, city, attempts,
            last_attempt_at, last_status, next_at, priority, own, callback}``, and
            ``more``: whether there are others
        """
        agent = self._agent()
        campaign = self._contact_campaigns(agent).filtered(
            lambda c: c.id == campaign_id and c.dial_mode == "manual"
        )
        if not campaign:
            return {"rows": [], "more": False}
        # sudo: telecom.campaign.contact - of a campaign the agent calls for
        Contact = self.env["telecom.campaign.contact"].sudo()
        return Contact._desk_list(
            agent, campaign, text=search, kind=kind, order=order, limit=limit
        )

    @api.model
    def take_contact(self, contact_id):
        """Show the agent a contact that she chose from her list; it is hers from now.

        :return: dict, see ``telecom.campaign.contact._desk_contact``
        :raises UserError: when it must not be called now, or somebody else has it
        """
        agent = self._calling_agent()
        # sudo: telecom.campaign.contact - checked against the agent's campaigns
        Contact = self.env["telecom.campaign.contact"].sudo()
        contact = Contact._shown_to(agent)
        if contact.id != contact_id:
            campaigns = self._contact_campaigns(agent)
            contact = Contact._show_chosen(agent, campaigns, contact_id)
        return contact._desk_contact(agent)

    @api.model
    def dial_contact(self, contact_id, number=False):
        """Call the contact that is shown.

        The attempt stands in the database before the gateway hears of it.

        :param str number: another number of the same person
        :return: ``{id, channel_id}`` of the command; or ``{refused}``: why this
            person must not be called
        """
        agent = self._agent()
        contact = self._shown_contact(agent, contact_id)
        campaign, company = contact.campaign_id, contact.company_id
        if campaign.dialing_off or not campaign._may_dial():
            raise UserError(
                campaign.dialing_off or self.env._("The campaign is stopped.")
            )
        number = number or contact.number
        if number not in [contact.number, *(contact.other_numbers or [])]:
            raise UserError(self.env._("This is no number of this contact."))
        refused = contact._call_refused(number)
        if refused:
            contact._exclude(refused)
            return {"refused": self.env._("This person does not want to be called.")}
        callback = contact._own_callback(agent)
        promised = callback and callback.due_at <= fields.Datetime.now()
        if not promised and not contact._may_be_called_now():
            raise UserError(
                self.env._("It is too early or too late to call this person.")
            )
        presented = contact._presented_number()
        command = self._dial(
            agent, company, number, campaign, callback, presented=presented
        )
        contact._record_attempt(
            agent, number=number, callback=callback, presented=presented, **command
        )
        return command

    def _dial_promised(self, agent, number, callback):
        """Call a contact back from the list of promises: an attempt as any other, so
        that nobody else calls the same person meanwhile.

        :param callback: a promise that the agent may keep, with a contact
        """
        # sudo: telecom.campaign.contact - of this promise
        contact = callback.sudo().contact_id.with_context(
            allowed_company_ids=callback.company_id.ids
        )
        campaign = contact.campaign_id
        if campaign.dialing_off:
            raise UserError(campaign.dialing_off)
        theirs = contact.state == "reserved" and contact.preview_agent_id != agent
        if theirs or not contact.try_lock_for_update():
            raise UserError(self.env._("This contact is being called already."))
        number = self._clean_number(contact.company_id, number)
        if contact._call_refused(number) or contact.exclusion in REFUSALS:
            raise UserError(self.env._("This person does not want to be called."))
        presented = contact._presented_number()
        command = self._dial(
            agent, contact.company_id, number, campaign, callback, presented=presented
        )
        contact._record_attempt(
            agent, number=number, callback=callback, presented=presented, **command
        )
        contact.state = "reserved"
        return command

    @api.model
    def skip_contact(self, contact_id, reason):
        """Do not call the contact that is shown.

        :param str reason: ``later``, ``unsuitable``, ``duplicate`` or ``other``
        """
        agent = self._agent()
        self._shown_contact(agent, contact_id)._skip(agent, reason)
        return True

    def _shown_contact(self, agent, contact_id):
        # sudo: telecom.campaign.contact - only the one that is shown to this agent
        contact = self.env["telecom.campaign.contact"].sudo()._shown_to(agent)
        if not contact or contact.id != contact_id:
            raise UserError(
                self.env._("This contact is not yours any more: take the next one.")
            )
        if contact.company_id not in self.env.companies:
            raise UserError(self.env._("You do not work for this operator now."))
        return contact.with_context(
            allowed_company_ids=contact.company_id.ids
        ).with_company(contact.company_id)
