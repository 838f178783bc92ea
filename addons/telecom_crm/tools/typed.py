"""What people typed into public forms."""


def typed(value, longest):
    """Return a text that somebody typed, as it can be stored.

    PostgreSQL stores no NUL: with one in it, a request would end in an error.

    :param value: what the browser sent; None is an empty text
    :param int longest: characters that are kept
    :rtype: str
    """
    return str(value or "").replace("\0", "").strip()[:longest]
