"""Whether a document somebody shows is one that is known of a customer; no database."""

#: It is one of the customer's
MATCH = "match"
#: Nothing is known of the customer that it could be compared with
UNKNOWN = "unknown"
#: Another one is known
DIFFERENT = "different"
#: It is the customer's, but its last day is over: it proves nothing any more
ENDED = "ended"
#: What stops whoever serves the customer
REFUSED = frozenset({DIFFERENT, ENDED})

PROVEN = ("verified", "expired")


def compare(shown, known):
    """Return what a document that is shown says: one of the constants above.

    Once a document was verified, only such ones count: what was written down since, by
    whomever and looked at by nobody, does not open a customer's line.

    :param tuple shown: (kind, number without what stands between its characters)
    :param known: (kind, number, state) of each document of the customer
    """
    known = [document for document in known if document[2] != "rejected"]
    known = [document for document in known if document[2] in PROVEN] or known
    if not known:
        return UNKNOWN
    states = {state for kind, number, state in known if (kind, number) == shown}
    if not states:
        return DIFFERENT
    return ENDED if states == {"expired"} else MATCH
