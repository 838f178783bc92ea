from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.telecom_crm.tools.once import once


class TelecomWorkDesk(models.AbstractModel):
    """What the page “Back Office” asks for and tells.

    People who may only read work items change them here, one at a time: the one they
    have taken.
    """

    _name = "telecom.work.desk"
    _description = "Back-Office Desk"

    # -------------------------------------------------------------------------
    # Who
    # -------------------------------------------------------------------------

    @api.model
    def _campaigns(self):
        """Campaigns the user works for, with sudo.

        :raises AccessError: for whoever is neither an agent nor a clerk
        """
        user = self.env.user
        if not user.has_group("telecom_crm.group_telecom_clerk"):
            raise AccessError(self.env._("You do no back-office work."))
        companies = self.env.companies.filtered(
            lambda company: company._telecom_allows("callcenter", "read")
        )
        return self.env["telecom.campaign"]._work_campaigns(user, companies)

    @api.model
    def _session(self):
        """The open session of the user, with sudo; empty if there is none."""
        # sudo: telecom.work.session - the user's own
        return (
            self.env["telecom.work.session"]
            .sudo()
            .search([("user_id", "=", self.env.uid), ("ended_at", "=", False)], limit=1)
        )

    @api.model
    def _own(self, item_id):
        """The session of an item that the user has taken, in the item's operator.

        :raises UserError: when it is not his, or not of an operator that is active
        """
        session = self._session()
        if session.item_id.id != item_id:
            raise UserError(
                self.env._("This item is not yours any more: take the next one.")
            )
        company = session.company_id
        if company not in self.env.companies:
            raise UserError(self.env._("You do not work for this operator now."))
        company._telecom_check("callcenter", "write")
        return session.with_context(allowed_company_ids=company.ids).with_company(
            company
        )

    @api.model
    def _resumed(self, item_id):
        """As :meth:`_own`, of somebody who works on it: a long silence is left out."""
        return self._own(item_id)._sign()

    # -------------------------------------------------------------------------
    # Taking
    # -------------------------------------------------------------------------

    @api.model
    def get_work(self, lang=False):
        """What there is to do, and the item on the user's desk.

        :param str lang: of the item's script
        :return: dict ``campaigns``, and ``item`` or False
        """
        campaigns = self._campaigns()
        session = self._session()
        if session.company_id not in self.env.companies:
            session = session.browse()
        session = session and session._sign()
        return {
            "campaigns": campaigns._desk_work_values(self.env.user),
            "item": session.item_id._desk_values(session, lang) if session else False,
        }

    @api.model
    def next_item(self, campaign_id=False):
        """Take the next item; asked again, the same one until it has a status.

        :param int campaign_id: of this campaign only
        :return: the item; False when there is nothing to do
        """
        campaigns = self._campaigns()
        if campaign_id:
            campaigns = campaigns.filtered(lambda c: c.id == campaign_id)
        session = self._session()
        if session and session.company_id in self.env.companies:
            return session.item_id._desk_values(session._sign())
        self._put_back(session)
        campaigns = campaigns.filtered(
            lambda c: c.company_id._telecom_allows("callcenter", "write")
        )
        # sudo: telecom.work.item - of campaigns the user works for
        Item = self.env["telecom.work.item"].sudo()
        Item._release_forgotten(campaigns)
        item = Item._take_next(campaigns, self.env.user)
        return item._desk_values(self._session()) if item else False

    @api.model
    def open_item(self, item_id):
        """Take a certain item: one's own, or one that is nobody's.

        What was on the desk goes back.

        :raises UserError: somebody else has it, or it is not to be done now
        """
        campaigns = self._campaigns()
        session = self._session()
        if session.item_id.id == item_id:
            session = self._resumed(item_id)
            return session.item_id._desk_values(session)
        # sudo: telecom.work.item - checked right below
        item = self.env["telecom.work.item"].sudo().browse(item_id).exists()
        if not item or item.campaign_id not in campaigns:
            raise UserError(self.env._("This item is of no campaign of yours."))
        item.company_id._telecom_check("callcenter", "write")
        locked = item.try_lock_for_update()
        if not locked or item.state != "ready":
            raise UserError(self.env._("Somebody else does this item, or it is done."))
        assigned = item.campaign_id.work_mode == "assigned"
        if item.user_id and item.user_id != self.env.user:
            raise UserError(self.env._("This item is assigned to somebody else."))
        if assigned and not item.user_id:
            raise UserError(self.env._("This item is not assigned to you."))
        self._put_back(session)
        item._begin(self.env.user)
        return item._desk_values(self._session())

    @api.model
    def _put_back(self, session):
        if session:
            session.item_id._leave(session, session._counted_until())

    # -------------------------------------------------------------------------
    # Working
    # -------------------------------------------------------------------------

    @api.model
    def keep_alive(self, item_id):
        """Say that the item is still being worked on.

        :return: since when, as in the item; False when it is not the user's any more
        """
        session = self._session()
        if session.item_id.id != item_id:
            return False
        return fields.Datetime.to_string(session._sign().started_at)

    @api.model
    def answer(self, item_id, block_id, value):
        """Keep the answer to a question of the script.

        :param value: see ``telecom.script.block._clean_answer``
        :return: dict ``target``: whether it was written to a field too, and
            ``values``: what the script's texts carry now
        """
        session = self._resumed(item_id)
        item = session.item_id
        block = self._block(item, block_id, "question")
        clean = block._clean_answer(value)
        partner = item._script_partner()
        vals = {
            "partner_id": partner.id,
            "user_id": self.env.uid,
            "script_id": item.campaign_id.script_id.id,
            "question": block.text,
            **block._answer_values(clean),
        }
        # sudo: telecom.script.answer - written by the desk only
        Answer = self.env["telecom.script.answer"].sudo()
        answer = Answer.search(
            [("item_id", "=", item.id), ("block_id", "=", block.id)], limit=1
        )
        if answer:
            answer.write(vals)
        else:
            with once(Answer, "_once_item"):
                Answer.create({**vals, "item_id": item.id, "block_id": block.id})
        written = block._write_answer(clean, item, partner)
        return {"target": written, "values": self._text_values(item)}

    @api.model
    def _block(self, item, block_id, kind):
        """A block of the item's script.

        :raises UserError: it is of another script, or of another kind
        """
        # sudo: telecom.script.block - compared with the item's own script
        block = self.env["telecom.script.block"].sudo().browse(block_id).exists()
        script = item.campaign_id.script_id
        if not block or block.kind != kind or block.page_id.script_id != script:
            raise UserError(self.env._("This is not of this item's script."))
        return block.with_context(item.env.context)

    @api.model
    def _text_values(self, item):
        return self.env["telecom.script"]._text_values(
            item.campaign_id, item, item._script_partner(), self.env.user, item.number
        )

    @api.model
    def close_item(self, item_id, disposition_id, note=False):
        """Give the item its status.

        :param str note: what was done
        :return: the state of the item afterwards
        :raises UserError: the status says that the work is done, and a required
            question of the script has no answer
        """
        session = self._resumed(item_id)
        item = session.item_id
        # sudo: telecom.disposition - compared with the item's own campaign
        disposition = self.env["telecom.disposition"].sudo().browse(disposition_id)
        item._check_script(disposition.exists())
        item._close(session, disposition.exists(), (note or "").strip()[:5000])
        return item.state

    @api.model
    def leave_item(self, item_id):
        """Give the item back without a status."""
        self._put_back(self._own(item_id))
        return True
