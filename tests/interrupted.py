"""Background work that is killed at any moment and started again."""

import random
import signal
import time

#: Processes that may be needed beyond those that are killed
MORE = 3


def until_done(start, reached, done, kills, within):
    """Kill a work's process again and again, and let it end.

    :param start: starts a process that works until the work is done
    :param reached: how far the work is, a number that grows
    :param done: whether the work is done
    :param int kills: how often it is killed, at most
    :param float within: seconds after a step in which it is killed
    :raises AssertionError: it was over before it was killed twice, or never ended
    """
    draw = random.Random(7)
    killed = 0
    for _attempt in range(kills + MORE):
        before = reached()
        process = start()
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if killed < kills and reached() > before:
                # Somewhere in the step after
                time.sleep(draw.random() * within)
                process.kill()
                killed += process.wait() == -signal.SIGKILL
                break
            time.sleep(0.005)
        if done():
            break
    assert killed >= 2, "It was over before it could be killed"
    assert done()
