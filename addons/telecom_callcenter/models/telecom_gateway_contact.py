"""Calls of campaigns that nobody answered, or to which nobody gives a status."""

from odoo import models


class TelecomPbx(models.Model):
    _inherit = "telecom.pbx"

    def _gateway_facts(self, calls, agents, conversations, missed):
        result = super()._gateway_facts(calls, agents, conversations, missed)
        self._gateway_unanswered(calls)
        return result

    def _gateway_wrapups(self, conversations):
        conversations = list(conversations)
        agents = super()._gateway_wrapups(conversations)
        self._gateway_without_status(call for call, _agent, _end in conversations)
        return agents

    def _gateway_without_status(self, calls):
        """Finish contacts of calls whose agents will not say any more how they ended.

        An agent who has logged off when her call ends gets no wrap-up to fill in.

        :param calls: ``telecom.call`` records whose conversations are over
        """
        ids = [call.id for call in calls if call.direction == "outbound"]
        if not ids:
            return
        closed = self.env["telecom.call.wrapup"].search(
            [
                ("call_id", "in", ids),
                ("state", "=", "done"),
                ("disposition_id", "=", False),
                ("call_id.campaign_id", "!=", False),
            ]
        )
        for wrapup in closed:
            wrapup._settle_contact()

    def _gateway_unanswered(self, calls):
        """Ask agents for the status of their campaigns' calls nobody answered.

        In progressive and predictive campaigns the system knows it; here the agent
        heard the ringing, the announcement or the machine.

        :param list calls: values of live calls
        """
        ended = {
            values["uniqueid"]: values["ended_at"]
            for values in calls
            if values["direction"] == "outbound"
            and values["campaign_id"]
            and values["ended_at"]
        }
        if not ended:
            return
        attempts = self.env["telecom.campaign.attempt"].search(
            [
                ("pbx_id", "=", self.id),
                ("channel_id", "in", list(ended)),
                ("mode", "in", ["manual", "preview"]),
                ("state", "!=", "ended"),
                ("agent_id", "!=", False),
            ]
        )
        if not attempts:
            return
        records = {
            call.uniqueid: call
            for call in self.env["telecom.call"].search(
                [
                    ("pbx_id", "=", self.id),
                    ("uniqueid", "in", attempts.mapped("channel_id")),
                ]
            )
        }
        waiting = self._gateway_wrapups(
            (
                records[attempt.channel_id],
                attempt.agent_id.id,
                ended[attempt.channel_id],
            )
            for attempt in attempts
            if attempt.channel_id in records
            and attempt.agent_id
            not in records[attempt.channel_id]
            .wrapup_ids.filtered(lambda wrapup: wrapup.state != "draft")
            .agent_id
        )
        if waiting:
            # The gateway keeps the queues from ringing meanwhile
            waiting._presence_changed()
