"""Colours that stay readable, whatever brand is chosen; no database, no Odoo.

Contrast as the Web Content Accessibility Guidelines (WCAG 2.2) define it: from 1 (the
same colour) to 21 (black on white). Text needs 4.5.
"""

import re

READABLE = 4.5
# What is no text, as the edge of a button, needs less
VISIBLE = 3
BLACK = "#000000"
WHITE = "#ffffff"
# How much darker a button becomes under the pointer, and how light a tint is
SHADE = 0.15
TINT = 0.12


def is_color(text):
    """Tell whether a text is a colour written as ``#rrggbb``."""
    return bool(text) and bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))


def channels(color):
    """Return red, green and blue of ``#rrggbb``, each from 0 to 255."""
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


def mix(color, other, share):
    """Return a colour with a share (0 to 1) of another in it."""
    return "#" + "".join(
        f"{round(one + (two - one) * share):02x}"
        for one, two in zip(channels(color), channels(other), strict=True)
    )


def luminance(color):
    """Return the relative luminance of a colour, 0 (black) to 1 (white)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color, other):
    """Return the contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(color), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(background):
    """Return the colour of text on a background: white if readable, else black.

    One of the two always is: the worse background for both gives 4.58.
    """
    return WHITE if contrast(WHITE, background) >= READABLE else BLACK


def readable(color, background=WHITE, least=READABLE):
    """Return the colour, changed as little as needed to be read on a background.

    It is mixed with black or white in steps of a twentieth.

    :param str color: ``#rrggbb``
    :param str background: ``#rrggbb``
    :param float least: the contrast wanted
    """
    target = text_on(background)
    for step in range(21):
        mixed = mix(color, target, step / 20)
        if contrast(mixed, background) >= least:
            return mixed
    return target


def palette(primary, secondary=None):
    """Return the colours pages need, from those of a brand.

    :param str primary: ``#rrggbb``: bars, primary buttons
    :param str secondary: ``#rrggbb``: accents; the primary one when there is none
    :return: ``brand`` and ``brand_text`` on it, ``hover`` and ``hover_text``, ``tint``
        and ``tint_text`` (a light ground), ``link`` on white, ``edge`` (what
        shows a button or a bar on white), ``accent`` and ``accent_text``
    :rtype: dict
    """
    text = text_on(primary)
    # Away from its text, so that it only becomes more readable.
    hover = mix(primary, BLACK if text == WHITE else WHITE, SHADE)
    tint = mix(WHITE, primary, TINT)
    accent = secondary or primary
    return {
        "brand": primary.lower(),
        "brand_text": text,
        "hover": hover,
        "hover_text": text_on(hover),
        "tint": tint,
        "tint_text": readable(primary, tint),
        "link": readable(primary),
        "edge": readable(primary, WHITE, VISIBLE),
        "accent": accent.lower(),
        "accent_text": text_on(accent),
    }
