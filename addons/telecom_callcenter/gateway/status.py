"""Agents in Asterisk's queues: what Odoo says, made true by AMI actions."""

import logging

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


async def apply(client, live, agents):
    """Make Asterisk agree about several agents.

    :param list agents: as ``telecom.pbx._gateway_agents`` returns them
    :return: number of actions that were refused
    """
    refused = 0
    for agent in agents:
        members = {
            queue: values
            for (queue, agent_id), values in live.members.items()
            if agent_id == agent["id"]
        }
        activity = live.agent(agent["id"]).activity
        for name, fields in actions(agent, activity, members):
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
