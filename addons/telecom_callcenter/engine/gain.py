"""What automatic dialing gains over an agent who dials by hand.

An agent who dials by hand looks for the next number, dials it and listens to every ring
and busy tone, alone; the same persons are reached, and conversations and wrap-ups take
the same time. What is counted of the automatic calls therefore tells what they would
have cost by hand. Answering machines would cost an agent more time than counted here:
the gain told is rather too small.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Dialed:
    """What was seen of a campaign while it dialed.

    :param int attempts: calls dialed
    :param int reached: persons who spoke with an agent
    :param float ringing_seconds: until the answer or the end, all attempts together
    :param float agent_seconds: of agents logged in to the campaign, all together
    :param float busy_seconds: of these, in conversations and wrap-ups
    """

    attempts: int = 0
    reached: int = 0
    ringing_seconds: float = 0.0
    agent_seconds: float = 0.0
    busy_seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class Gain:
    """Automatic dialing beside dialing by hand.

    :param float reached_per_hour: persons an agent spoke with in an hour
    :param float by_hand_per_hour: the same, had she dialed by hand
    :param float occupancy: share of an agent's time in conversations and wrap-ups
    :param float by_hand_occupancy: the same, had she dialed by hand
    :param float gain: how many more persons are reached, as a share
    """

    reached_per_hour: float = 0.0
    by_hand_per_hour: float = 0.0
    occupancy: float = 0.0
    by_hand_occupancy: float = 0.0
    gain: float = 0.0


def compare(dialed, seconds_by_hand):
    """Set what a campaign reached beside what it would have reached by hand.

    :param Dialed dialed: what was seen
    :param float seconds_by_hand: to look for a number and dial it
    :rtype: Gain
    :return: zeros while nothing can be said: nobody was reached, no agent was there
    """
    by_hand = (
        dialed.busy_seconds + dialed.ringing_seconds + dialed.attempts * seconds_by_hand
    )
    if not dialed.reached or dialed.agent_seconds <= 0 or by_hand <= 0:
        return Gain()
    reached_per_hour = 3600 * dialed.reached / dialed.agent_seconds
    by_hand_per_hour = 3600 * dialed.reached / by_hand
    return Gain(
        reached_per_hour=reached_per_hour,
        by_hand_per_hour=by_hand_per_hour,
        occupancy=min(dialed.busy_seconds / dialed.agent_seconds, 1.0),
        by_hand_occupancy=dialed.busy_seconds / by_hand,
        gain=reached_per_hour / by_hand_per_hour - 1,
    )
