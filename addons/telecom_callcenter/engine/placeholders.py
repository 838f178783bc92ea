"""Texts with the contact's fields in them: ``Good morning {first_name}``.

Texts are written by people, so this is no ``str.format``: other braces stay as they
were written. Nobody who reads the text sees the name of a field.
"""

import re

#: {first_name}, and the names Odoo gives to fields that people add: {0f3ac2d19b8e7a64};
#: no attributes, no formats
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*|[0-9a-f]{16})\}", re.IGNORECASE)
#: What stays where nothing was filled in: “Dear {first_name}, …”
GAP = re.compile(r" +(?=[ ,.\n]|$)")


def names(text):
    """The names a text uses, in order, each once.

    :param str text: may be empty or False
    :rtype: list
    """
    return list(dict.fromkeys(PLACEHOLDER.findall(text or "")))


def fill(text, values):
    """The text with what is known in it.

    :param str text: may be empty or False
    :param dict values: strings by name; a name that is unknown, or has an empty value,
        disappears with the space before it
    :rtype: str
    """
    text = text or ""
    filled = PLACEHOLDER.sub(lambda m: str(values.get(m.group(1)) or ""), text)
    if all(values.get(name) for name in names(text)):
        return filled
    return GAP.sub("", filled).lstrip(" ")
