"""What may become of a line; no database, no Odoo."""

AVAILABLE, RESERVED, ACTIVE = "available", "reserved", "active"
SUSPENDED, BARRED, TERMINATED = "suspended", "barred", "terminated"

#: From each state, the states a line may go to.
TRANSITIONS = {
    AVAILABLE: {RESERVED, ACTIVE, TERMINATED},
    RESERVED: {AVAILABLE, ACTIVE, TERMINATED},
    ACTIVE: {SUSPENDED, BARRED, TERMINATED},
    SUSPENDED: {ACTIVE, BARRED, TERMINATED},
    BARRED: {ACTIVE, SUSPENDED, TERMINATED},
    TERMINATED: set(),
}
#: A line of such a state belongs to somebody who may use, or get back, its number.
HELD = (RESERVED, ACTIVE, SUSPENDED, BARRED)
#: A line in service, or about to be again: a new SIM takes it from whoever has the old
LIVE = (ACTIVE, SUSPENDED, BARRED)


def allowed(before, after):
    """Tell whether a line may go from one state to another; staying is allowed."""
    return before == after or after in TRANSITIONS.get(before, ())
