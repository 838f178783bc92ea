"""Where agents' devices can be reached, as Asterisk's qualification tells it."""


class Contacts:
    """The contacts of each agent's device, by address.

    A device that registers anew has a new address, and only then is the old one
    removed: what is said of one address says nothing about the other.
    """

    def __init__(self):
        self._by_agent = {}  # agent id -> {address: status}
        self._renewed = {}  # agent id -> epoch of the newest address

    def take(self, agent_id, address, status, at=0.0):
        """Take what a ``ContactStatus`` event says.

        :param str status: ``Created``, ``NonQualified``, ``Reachable``,
            ``Unreachable``, ``Updated``, ``Removed`` or ``Unknown``
        :param float at: when, in seconds of the epoch
        """
        contacts = self._by_agent.setdefault(agent_id, {})
        if status == "Removed":
            contacts.pop(address, None)
            return
        if address not in contacts:
            self._renewed[agent_id] = at
        contacts[address] = status

    def has_left(self, agent_id, since):
        """Tell whether what was rung at that time cannot answer any more.

        A page that is being closed may still say that it rings, and take its last
        word with it: Asterisk rings the address that is gone to the end.

        :param float since: when it began to ring, in seconds of the epoch
        """
        contacts = self._by_agent.get(agent_id)
        if contacts is None:
            return False
        return not contacts or self._renewed[agent_id] > since

    def may_be_reached(self, agent_id):
        """Tell whether nothing is known that speaks against it.

        :return: True for an agent nothing was said about yet
        """
        contacts = self._by_agent.get(agent_id)
        return contacts is None or any(
            status != "Unreachable" for status in contacts.values()
        )

    def clear(self):
        """Asterisk may have begun again: nothing is known any more."""
        self._by_agent.clear()
        self._renewed.clear()
