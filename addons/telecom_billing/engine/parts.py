"""Records of lines that share nothing are rated in parts; no database, no Odoo."""


def parts(holders, weights, size):
    """Divide numbers so that no line, and nothing lines share, is in two parts.

    Numbers of neighbouring lines stay together: so do their rows in the database.

    :param holders: (number, owner) pairs; a line's id, or anything hashable that is no
        text; what several numbers have in common keeps them together
    :param dict weights: {number: how many records it has}; who has no owner as well
    :param int size: records of a part, or a little more
    :return: of each part, the numbers that belong together
    :rtype: list[list[list]]

    >>> parts([("a", 1), ("b", 2), ("c", 1)], {"a": 1, "b": 1, "c": 1, "d": 1}, 2)
    [[['a', 'c']], [['b'], ['d']]]
    """
    leaders = {}

    def leader(node):
        while (above := leaders.setdefault(node, node)) != node:
            # Half the way for whoever asks next
            leaders[node] = leaders[above]
            node = above
        return node

    for number, owner in holders:
        leaders[leader(number)] = leader(owner)
    groups = {}
    for number in dict.fromkeys([number for number, _owner in holders]):
        groups.setdefault(leader(number), []).append(number)
    for number in weights:
        if number not in leaders:
            groups[number] = [number]
    found, part, weight = [], [], 0
    for numbers in groups.values():
        part.append(numbers)
        weight += sum(weights.get(number, 0) for number in numbers)
        if weight >= size:
            found.append(part)
            part, weight = [], 0
    return [*found, part] if part else found
