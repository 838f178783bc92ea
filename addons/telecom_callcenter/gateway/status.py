"""Agents in Asterisk's queues: what Odoo says, made true by AMI actions."""

import asyncio
import logging
import time

from .ami import AmiClosed, AmiError
from .render import PENALTY_BASE, RETURN_PENALTY

_logger = logging.getLogger(__name__)

#: Asterisk pauses an agent with this reason when it connects a call.
ON_CALL = "call"
IN_CALL = {"ringing", "talking", "hold", "consulting", "manual"}


def wanted(agent, activity):
    """The membership an agent should have.

    :param dict agent: as ``telecom.pbx._gateway_agents`` returns it
    :param str activity: what her telephone does
    :return: ``(penalties by queue, pause reason or None, keep)``; with ``keep`` a pause
        that Asterisk has set stays as it is
    """
    if agent["presence"] == "offline":
        return {}, None, False
    queues = {name: PENALTY_BASE + p for name, p in agent["queues"].items()}
    if agent["presence"] != "ready":
        return queues, agent["reason"] or "pause", False
    if activity in IN_CALL and activity != "ringing":
        return queues, ON_CALL, True
    if agent["wrapup"]:
        return queues, "wrapup", False
    return queues, None, activity == "ringing"


def actions(agent, activity, members):
    """AMI actions that make Asterisk agree.

    :param dict members: ``(penalty, paused, reason)`` by queue name, as Asterisk has it
    :return: list of ``(action, fields)``
    :rtype: list[tuple[str, dict]]
    """
    queues, reason, keep = wanted(agent, activity)
    interface = f"PJSIP/agent{agent['id']}"
    result = []
    for name in members.keys() - queues.keys():
        result.append(("QueueRemove", {"Queue": name, "Interface": interface}))
    for name in sorted(queues.keys() - members.keys()):
        result.append(
            (
                "QueueAdd",
                {
                    "Queue": name,
                    "Interface": interface,
                    "MemberName": f"agent{agent['id']}",
                    "Penalty": queues[name],
                    "Paused": "true" if reason else "false",
                    **({"Reason": reason} if reason else {}),
                },
            )
        )
    for name in sorted(queues.keys() & members.keys()):
        penalty, paused, known = members[name]
        # The dialplan keeps an agent for the caller she lost until her next pause.
        returning = penalty == RETURN_PENALTY and reason is None
        if penalty != queues[name] and not returning:
            result.append(
                (
                    "QueuePenalty",
                    {"Queue": name, "Interface": interface, "Penalty": queues[name]},
                )
            )
        if keep and (paused or reason is None):
            continue
        if paused != bool(reason) or (reason and known != reason):
            result.append(
                (
                    "QueuePause",
                    {
                        "Queue": name,
                        "Interface": interface,
                        "Paused": "true" if reason else "false",
                        "Reason": reason or "",
                    },
                )
            )
    return result


class Statuses:
    """Makes Asterisk agree with Odoo, about some agents or all.

    One after the other: what is read later is applied later. Two at once, and what the
    older one read would undo what the newer one did.

    :param link: the gateway, with ``client``, ``synchronised``, ``live``,
        ``handle_effects`` and ``doubt``
    :param read: coroutine function of agents' ids, None for all, that returns what
        ``telecom.pbx._gateway_agents`` does
    """

    def __init__(self, link, read):
        self._link = link
        self._read = read
        self._lock = asyncio.Lock()
        self._asked = set()  # agents whom nobody has begun to apply
        self._unwritten = set()  # agents whose wrap-up is not in the database yet
        self._ended = {}  # agent id -> conversations that ended

    def conversation_ended(self, agent_id):
        self._unwritten.add(agent_id)
        self._ended[agent_id] = self._ended.get(agent_id, 0) + 1

    def conversations_written(self, agent_ids):
        """These agents' wrap-ups are in the database."""
        self._unwritten.difference_update(agent_ids)

    async def apply(self, agent_ids=()):
        """Make Asterisk agree about agents, and about those asked for before.

        Without a link that is up they are remembered.
        """
        self._asked.update(agent_ids)
        async with self._lock:
            if not self._asked or not self._link.client or not self._link.synchronised:
                # What was asked for while somebody else applied has been done by one
                # who came before.
                return
            asked, self._asked = self._asked, set()
            try:
                _agents, refused = await self._agree(list(asked))
            except AmiClosed:
                self._asked |= asked
            except BaseException:
                self._asked |= asked
                raise
            else:
                if refused:
                    # What is known of Asterisk is not what is.
                    self._link.doubt()

    async def apply_all(self):
        """Make Asterisk agree about every agent of the PBX.

        :return: what was read of them, and the number of actions that were refused
        :raises AmiClosed: the link is gone
        """
        async with self._lock:
            return await self._agree(None)

    async def _agree(self, agent_ids):
        link, before = self._link, dict(self._ended)
        client = link.client
        if not client:
            raise AmiClosed("not connected")

        def settled(agent):
            """She is not between two states.

            An agent whose conversation has just ended has a wrap-up that may not be in
            the database yet; she must not be freed by what was read before it was. She
            is read again once it is.
            """
            agent_id = agent["id"]
            ended = self._ended.get(agent_id)
            return agent_id not in self._unwritten and ended == before.get(agent_id)

        agents = [agent for agent in await self._read(agent_ids) if settled(agent)]
        now = time.time()
        for agent in agents:
            link.handle_effects(link.live.set_wrapup(agent["id"], agent["wrapup"], now))
        refused = 0
        for agent in agents:
            # Others have been told meanwhile: much may have happened.
            if settled(agent):
                refused += await apply(client, link.live, agent)
        return agents, refused


async def apply(client, live, agent):
    """Make Asterisk agree about an agent.

    :param dict agent: as ``telecom.pbx._gateway_agents`` returns it
    :return: number of actions that were refused
    :raises AmiClosed: the link is gone
    """
    refused = 0
    members = {
        queue: values
        for (queue, agent_id), values in live.members.items()
        if agent_id == agent["id"]
    }
    for name, fields in actions(agent, live.agent(agent["id"]).activity, members):
        try:
            await client.action(name, **fields)
        except AmiClosed:
            raise
        except AmiError as error:
            refused += 1
            _logger.warning("%s %s: %s", name, fields, error)
        else:
            _remember(live, agent["id"], name, fields)
    return refused


def _remember(live, agent_id, name, fields):
    """What the event will say, known before it comes."""
    key = (fields["Queue"], agent_id)
    penalty, paused, reason = live.members.get(key, (0, False, ""))
    if name == "QueueRemove":
        live.members.pop(key, None)
        return
    if "Penalty" in fields:
        penalty = int(fields["Penalty"])
    if "Paused" in fields:
        paused = fields["Paused"] == "true"
        reason = fields.get("Reason", "") if paused else ""
    live.members[key] = (penalty, paused, reason)
