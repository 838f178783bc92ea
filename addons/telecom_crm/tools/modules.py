"""What an operator may use of the modules: decisions without a database."""

#: From nothing to everything; a module is never more open than what it depends on
LEVELS = ("off", "readonly", "on")


def required(code, dependencies):
    """Return the modules a module cannot work without, itself excluded.

    :param str code: a module
    :param dict dependencies: {module: the modules it depends on directly}
    :rtype: set
    """
    found = set()
    pending = list(dependencies.get(code, ()))
    while pending:
        other = pending.pop()
        if other != code and other not in found:
            found.add(other)
            pending.extend(dependencies.get(other, ()))
    return found


def effective(states, dependencies):
    """Return how far each module is open, what it depends on considered.

    :param dict states: {module: ``on``, ``readonly`` or ``off``} as decided for one
        operator; a module that is not named is on
    :param dict dependencies: {module: the modules it depends on directly}
    :rtype: dict
    """
    return {
        code: min(
            (states.get(name, "on") for name in (code, *required(code, dependencies))),
            key=LEVELS.index,
        )
        for code in {*states, *dependencies}
    }


def raised(code, state, states, dependencies):
    """Return what else must be opened for a module to be as open as wanted.

    :return: {module: state} of the modules it depends on that are less open
    """
    return {
        name: state
        for name in sorted(required(code, dependencies))
        if LEVELS.index(states.get(name, "on")) < LEVELS.index(state)
    }


def allows(state, operation):
    """Tell whether a module in a state lets an operation through.

    :param str operation: ``read``, ``write``, ``create`` or ``unlink``
    """
    return state == "on" or (state == "readonly" and operation == "read")
