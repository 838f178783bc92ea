"""Records of a measurement, made in ``odoo shell`` by ``scripts/``."""

import json
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"


def made(stack, name, **config):
    """Run a script, with ``_people.py`` in front.

    :return: what it printed after ``RESULT``
    :rtype: dict
    """
    parts = [f"CONFIG = {config!r}"]
    parts += [(SCRIPTS / f"{part}.py").read_text() for part in ("_people", name)]
    output = stack.shell("\n".join(parts), timeout=600)
    return json.loads(output.split("RESULT ", 1)[1].splitlines()[0])
