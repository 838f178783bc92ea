import random
from datetime import timedelta

from odoo import api, fields, models

#: Statuses of demonstration work, and how often each
ENDINGS = {
    "handled": 10,
    "corrected": 5,
    "missing": 2,
    "duplicate": 1,
    "waiting_customer": 2,
}


class TelecomCallcenterDemo(models.AbstractModel):
    _inherit = "telecom.callcenter.demo"

    @api.model
    def _do_work(self):
        """Read the demonstration's work in, and do half of it."""
        file = self._ref("work_file_benin")
        if file.state != "draft":
            return
        chance = random.Random(20261121)
        file.action_start()
        campaign = file.campaign_id
        statuses = {node.code: node for node in campaign.disposition_ids}
        agents = [self._ref(f"user_agent{number}") for number in (1, 2, 3)]
        items = file.item_ids.sorted("row_number")
        now = fields.Datetime.now()
        for item in items[: len(items) // 2]:
            user = chance.choice(agents)
            begun = (now - timedelta(days=chance.randrange(1, 4))).replace(
                hour=chance.randrange(8, 17), minute=chance.randrange(60)
            )
            item._begin(user)
            session = item.session_ids.filtered(lambda one: not one.ended_at)
            session.started_at = begun
            [code] = chance.choices(list(ENDINGS), list(ENDINGS.values()))
            item._close(session, statuses[code], False)
            # As long as such work takes
            seconds = chance.randrange(120, 900)
            session.write(
                {"ended_at": begun + timedelta(seconds=seconds), "seconds": seconds}
            )
            item.handling_seconds = seconds
        self._ref("campaign_tunisia_claims")._renew_claims()
