"""Which answers a script still needs before its work counts as done. No ORM.

A script is what ``telecom.script._script_values()`` gives; the desk reads it the same
way (``script_model.js``).
"""


def has_answer(block, answers):
    """Tell whether a question has an answer; "no" and 0 are answers.

    :param dict block: with ``key`` and ``answer_type``
    :param dict answers: values by key of block
    """
    value = answers.get(block["key"])
    if block["answer_type"] == "boolean":
        return isinstance(value, bool)
    return value is not None and value is not False and value != ""


def missing(page, answers):
    """Return the required questions of a page that have no answer.

    :return: list of blocks
    """
    return [
        block
        for block in page["blocks"]
        if block["kind"] == "question"
        and block["required"]
        and not has_answer(block, answers)
    ]


def following(pages, index, answers):
    """Return the index of the page after another, None at the end.

    The first chosen answer that says where it leads, then what the page says, then the
    page below.
    """
    page = pages[index]
    link = page["next"]
    for block in page["blocks"]:
        chosen = answers.get(block["key"])
        goto = chosen and next(
            (choice["goto"] for choice in block["choices"] if choice["key"] == chosen),
            "",
        )
        if goto:
            link = goto
            break
    if link == "end":
        return None
    known = {each["key"]: number for number, each in enumerate(pages)}
    if link in known:
        return known[link]
    return index + 1 if index + 1 < len(pages) else None


def _jumps(pages, page):
    known = {each["key"]: number for number, each in enumerate(pages)}
    return [
        known[block["goto"]]
        for block in page["blocks"]
        if block["kind"] == "action"
        and block["action"] == "page"
        and block["goto"] in known
    ]


def open_questions(pages, answers):
    """Return the required questions that keep a script from having come to its end.

    A script is answered when there is a way through it, by its pages' order, its
    answers and its buttons that lead to pages, on which nothing required is missing.

    :param list pages: of ``_script_values()``
    :param dict answers: values by key of block
    :return: blocks of the usual way, in order; empty when the script is answered
    """
    todo, seen = [0] if pages else [], set()
    while todo:
        index = todo.pop()
        if index in seen or missing(pages[index], answers):
            continue
        seen.add(index)
        after = following(pages, index, answers)
        if after is None:
            return []
        todo += [*_jumps(pages, pages[index]), after]
    result, index, passed = [], 0 if pages else None, set()
    while index is not None and index not in passed:
        passed.add(index)
        result += missing(pages[index], answers)
        index = following(pages, index, answers)
    return result
