"""Similar claims: which words to ask for, and in which order to show what comes back.

Pure functions: the claims themselves are found by PostgreSQL's full text search.
"""

import math

#: Enough candidates to choose from
ENOUGH = 12
#: How many questions are asked at most, each wider than the one before
MOST_TIERS = 4
#: How likely a word is in a claim when PostgreSQL has no statistics of it
RARE = 0.0


def quote(lexeme):
    """Return a lexeme as it stands in a text search query."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def term(lexemes, prefix=None):
    """Return the query for one word: any of its forms, or what it may become.

    :param lexemes: normal forms of the word, and words that look like it
    :param prefix: the word as far as it is typed, or None
    """
    forms = [quote(lexeme) for lexeme in dict.fromkeys(lexemes)]
    if prefix:
        forms.append(f"{quote(prefix)}:*")
    return f"({' | '.join(forms)})"


def tiers(terms):
    """Return queries from the closest to the widest.

    All words first; then without the commonest, which say least; any word at last.

    :param terms: pairs (query of one word, its frequency 0…1)
    """
    ordered = [query for query, _often in sorted(terms, key=lambda one: one[1])]
    if not ordered:
        return []
    result = [
        " & ".join(ordered[:count])
        for count in range(len(ordered), max(len(ordered) // 2, 1) - 1, -1)
    ]
    # Any of the rarest: words that are in every other claim would find nothing new
    result.append(" | ".join(ordered[: max(2, math.ceil(len(ordered) / 2))]))
    result = list(dict.fromkeys(result))
    if len(result) > MOST_TIERS:
        result = [*result[: MOST_TIERS - 1], result[-1]]
    return result


def success(used, worked):
    """Return how likely a solution works, 0…1, careful with few claims."""
    return (worked + 1) / (used + 2)


def closeness(row, best_rank):
    """Return how close a claim is, 0…1.

    :param dict row: ``rank`` of PostgreSQL and trigram ``similarity`` 0…1
    :param best_rank: the highest rank of all
    """
    rank = row["rank"] / best_rank if best_rank else 0
    return 0.6 * rank + 0.4 * row["similarity"]


def choose(rows, counts, limit):
    """Return the best solutions for a subject, each with its closest claim.

    :param rows: dicts with ``solution_id``, ``rank`` and ``similarity``
    :param counts: ``{solution id: (used, worked)}``
    :param limit: how many
    :return: the rows of the closest claims, with ``score``, ``used`` and ``worked``
    """
    best_rank = max((row["rank"] for row in rows), default=0)
    groups = {}
    for row in rows:
        groups.setdefault(row["solution_id"], []).append(
            (closeness(row, best_rank), row)
        )
    chosen = []
    for solution, claims in groups.items():
        close, row = max(claims, key=lambda one: one[0])
        used, worked = counts.get(solution, (0, 0))
        # Several claims like it say more than one; a solution that fails says less
        many = 1 + 0.1 * math.log1p(len(claims))
        score = close * many * (0.5 + 0.5 * success(used, worked))
        chosen.append({**row, "score": score, "used": used, "worked": worked})
    chosen.sort(key=lambda row: -row["score"])
    return chosen[:limit]
