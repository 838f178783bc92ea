"""What becomes of an item with a serial number; no database, no Odoo."""

TRANSIT, STOCK, RESERVED, SOLD, ACTIVE = (
    "transit",
    "stock",
    "reserved",
    "sold",
    "active",
)
SWAPPED, RETURNED, REPAIR, LOST = "swapped", "returned", "repair", "lost"
SCRAPPED = "scrapped"

#: By action, the states it is done from
ALLOWED = {
    "sell": {STOCK, RESERVED},
    "activate": {STOCK, RESERVED, SOLD},
    "swap": {SOLD, ACTIVE},
    "return": {SOLD, ACTIVE, SWAPPED},
    "repair": {STOCK, SOLD, ACTIVE, RETURNED},
    "restock": {RETURNED, REPAIR},
    "give_back": {REPAIR},
    "block": {TRANSIT, STOCK, RESERVED, SOLD, ACTIVE, SWAPPED, RETURNED, REPAIR},
    "unblock": {LOST},
}
#: Nobody has it yet
TO_BE_SOLD = (TRANSIT, STOCK, RESERVED)
#: Lost or stolen: nothing is done with it until the block is lifted
BLOCKED = {LOST}
#: In a shop, and yet not offered to anybody by itself
KEPT_BACK = {LOST, RETURNED, REPAIR, SWAPPED, SCRAPPED}
#: Goes with the item from place to place, and is so still when it is found again:
#: used, or looked at by nobody yet
KEPT = {RETURNED, REPAIR, SWAPPED}


def allowed(action, state):
    """Tell whether an action may be done with an item of that state."""
    return state in ALLOWED[action]


def after_move(
    state, source, destination, *, blocked=False, scrapped=False, used=False
):
    """Return the state of an item after it was moved.

    :param str state: before
    :param str source: usage of the location it left, as Odoo names it
    :param str destination: usage of the location it came to
    :param bool blocked: somebody said that it is lost or stolen; a count that finds it
        does not lift that
    :param bool scrapped: it is thrown away, not missing
    :param bool used: a SIM that was in service: wherever it comes to, nobody sells it
    :rtype: str
    """
    if blocked:
        return LOST
    if used and destination in ("internal", "transit"):
        return SWAPPED
    if destination == "internal":
        if source == "customer":
            return RETURNED
        return state if state in KEPT else STOCK
    if destination == "transit":
        return state if state in KEPT else TRANSIT
    if destination == "customer":
        # Put into service before the paper was done
        return state if state in (ACTIVE, SWAPPED) else SOLD
    if destination == "supplier":
        return RETURNED
    if destination == "inventory":
        return SCRAPPED if scrapped else LOST
    return state


def may_move(state, source, destination):
    """Tell whether an item may be moved: a lost one only in and out of the books.

    :param str state: of the item
    :param str source: usage of the location it leaves
    :param str destination: usage of the location it goes to
    """
    return state not in BLOCKED or "inventory" in (source, destination)


def after_block(place, on_line, before=None):
    """Return the state of an item whose block is lifted, or whose repair is done.

    :param str place: usage of the location it is in; empty when it is nowhere
    :param bool on_line: it is in service on a line
    :param str before: what it was before it was blocked, when that is known
    :rtype: str
    """
    if on_line:
        return ACTIVE
    if before in KEPT:
        return before
    return {"internal": STOCK, "customer": SOLD}.get(place, TRANSIT)
