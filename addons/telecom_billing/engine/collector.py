"""Python's collector of cyclic garbage, while hundreds of thousands of rows are made.

It looks at all of them again and again, for half of the time that rating takes, though
rows of texts and numbers make no cycles.
"""

import gc
import threading
from contextlib import contextmanager

_lock = threading.Lock()
_state = {"pauses": 0, "was_on": False}


@contextmanager
def paused():
    """Keep the collector from running; several threads may do so at a time."""
    with _lock:
        if not _state["pauses"]:
            _state["was_on"] = gc.isenabled()
            gc.disable()
        _state["pauses"] += 1
    try:
        yield
    finally:
        with _lock:
            _state["pauses"] -= 1
            if not _state["pauses"] and _state["was_on"]:
                gc.enable()


def sweep():
    """Collect once what became garbage during a pause: others work here as well."""
    gc.collect(1)
