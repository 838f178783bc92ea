from odoo import api, models
from odoo.exceptions import UserError


class TelecomDesk(models.AbstractModel):
    _inherit = "telecom.desk"

    @api.model
    def run_script_query(self, call_id, block_id, request):
        """Run the query of a button of the call's script.

        :param str request: names this very click: sent again, it is done once
        :return: see ``telecom.script.block._run_query``, with ``values`` and ``held``
            of ``telecom.script._desk_script`` as they are now
        """
        call = self._call(call_id)
        agent = self._call_agent(call)
        # sudo: telecom.script.block - compared with the call's own script
        block = self.env["telecom.script.block"].sudo().browse(block_id).exists()
        campaign = call.sudo().campaign_id
        if not block or block.page_id.script_id != campaign.script_id:
            raise UserError(self.env._("This is not of this call's script."))
        contact = call._campaign_attempt().contact_id
        partner = call._script_partner(contact)
        number = contact.number or call.sudo().caller_number
        answer = block.with_context(call.env.context)._run_query(
            campaign, contact, partner, number, request
        )
        values = self.env["telecom.script"]._text_values(
            campaign, contact, partner, agent, number
        )
        held = campaign.script_id._held_answers(contact, partner)
        return {**answer, "values": values, "held": held}
