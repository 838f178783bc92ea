import re

from odoo import models

QUEUE_CHANNEL = re.compile(r"telecom\.queue_(\d{1,9})")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let people follow the queues they may read, by ``telecom.queue_<id>``."""
        ids = set()
        others = []
        for channel in channels:
            match = isinstance(channel, str) and QUEUE_CHANNEL.fullmatch(channel)
            if match:
                ids.add(int(match[1]))
            else:
                others.append(channel)
        if ids and self.env.user._is_internal():
            Queue = self.env["telecom.queue"]
            if Queue.has_access("read"):
                # A socket has no active companies: all of the user's count. The rule
                # is still that of the reader
                companies = self.env.user.company_ids.ids
                others.extend(
                    Queue.with_context(allowed_company_ids=companies).search(
                        [("id", "in", list(ids))]
                    )
                )
        return super()._build_bus_channel_list(others)
