from odoo import api, models


class TelecomWorkDesk(models.AbstractModel):
    _inherit = "telecom.work.desk"

    @api.model
    def run_script_query(self, item_id, block_id, request):
        """Run the query of a button of the item's script.

        :param str request: names this very click: sent again, it is done once
        :return: see ``telecom.script.block._run_query``, with ``values`` and ``held``
            of ``telecom.script._desk_script`` as they are now
        """
        item = self._own(item_id).item_id
        block = self._block(item, block_id, "action")
        answer = block._run_query(
            item.campaign_id, item, item._script_partner(), item.number, request
        )
        held = item.campaign_id.script_id._held_answers(item, item._script_partner())
        return {**answer, "values": self._text_values(item), "held": held}
