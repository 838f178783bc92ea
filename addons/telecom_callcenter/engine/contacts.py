"""Where agents' devices can be reached, as Asterisk's qualification tells it."""


class Contacts:
    """The contacts of each agent's device, by address.

    A device that registers anew has a new address, and only then is the old one
    removed: what is said of one address says nothing about the other.
    """

    def __init__(self):
        self._by_agent = {}  # agent id -> {address: status}

    def take(self, agent_id, address, status):
        """Take what a ``ContactStatus`` event says.

        :param str status: ``Created``, ``NonQualified``, ``Reachable``,
            ``Unreachable``, ``Updated``, ``Removed`` or ``Unknown``
        """
        contacts = self._by_agent.setdefault(agent_id, {})
        if status == "Removed":
            contacts.pop(address, None)
        else:
            contacts[address] = status

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
