"""E-mails in an operator's name only; no database, no Odoo."""

import re

from lxml import html

VENDOR_LINK = re.compile(r"^https?://(www\.)?odoo\.com(?=[/?#:]|$)", re.IGNORECASE)
#: A line that says no more than whose software it is: "Powered by Odoo"
VENDOR_LINE = 40


def without_vendor(body):
    """Return the HTML of an e-mail without links to the maker of the software.

    The line of a link goes when it says nothing else; within other text the words
    stay and only the link goes.

    :param str body: a fragment or a whole document
    :rtype: str
    """
    if not body or "odoo.com" not in body.lower():
        return body
    whole = "<html" in body.lower()
    root = (
        html.document_fromstring(body)
        if whole
        else html.fragment_fromstring(body, create_parent="div")
    )
    for link in list(root.iter("a")):
        if not VENDOR_LINK.match(link.get("href") or ""):
            continue
        line = link.getparent()
        words = " ".join(line.text_content().split())
        if len(words) <= VENDOR_LINE and words.lower().endswith("odoo"):
            # What follows the line belongs to the text around it
            line.clear(keep_tail=True)
        else:
            link.drop_tag()
    text = html.tostring(root, encoding="unicode")
    return text if whole else text.removeprefix("<div>").removesuffix("</div>")
