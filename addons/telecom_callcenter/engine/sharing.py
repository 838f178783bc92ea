"""Agents who work for several campaigns, and callers who go before them.

Pure: plain values in, plain values out.
"""


def shares(agents):
    """For which campaign each agent counts.

    Whoever works for several is counted for one only: the one that has fewest so far,
    those with the least choice first. The same agents always give the same shares.

    :param dict agents: agents' ids by campaign
    :return: sets of agents' ids by campaign
    :rtype: dict[int, set[int]]
    """
    campaigns = {}
    for campaign, ids in agents.items():
        for agent in ids:
            campaigns.setdefault(agent, []).append(campaign)
    result = {campaign: set() for campaign in agents}
    for agent in sorted(campaigns, key=lambda agent: (len(campaigns[agent]), agent)):
        chosen = min(campaigns[agent], key=lambda c: (len(result[c]), c))
        result[chosen].add(agent)
    return result


def asked_for(idle, waiting, members):
    """How many of the free agents other queues' waiting callers will take.

    Inbound goes first: an agent for whom a caller waits is not free for the dialer.

    :param idle: ids of free agents
    :param dict waiting: callers by queue
    :param members: ``(queue, agent id)`` of all memberships
    """
    left = set(idle)
    for queue in sorted(waiting):
        able = sorted(agent for agent in left if (queue, agent) in members)
        left.difference_update(able[: waiting[queue]])
    return len(set(idle)) - len(left)
