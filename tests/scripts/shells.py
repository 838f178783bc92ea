"""Runs what it is told, in ``odoo shell``: each script in a fork of this process.

An order comes over the socket ``ORDERS``, which stands in front, with four descriptors:
the script, a socket to answer on, its output, its errors. The answers are the process's
id and, once it has ended, its status. Without orders to come, this process ends.
"""

# ruff: noqa: F821
import gc
import os
import signal
import socket
import sys
import traceback

import odoo.sql_db
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

DATABASE = env.cr.dbname


def run(script):
    """As the shell runs what it reads, with what others changed since it was loaded."""
    with Registry(DATABASE).check_signaling().cursor() as cr:
        context = Environment(cr, SUPERUSER_ID, {})["res.users"].context_get()
        env = Environment(cr, SUPERUSER_ID, context)
        names = {"__name__": "__main__", "odoo": odoo, "env": env, "self": env.user}
        cr.rollback()
        exec(compile(script, "script", "exec"), names)
        cr.rollback()


def work(source, output, errors):
    """Run a script in this process, and end it."""
    status = 1
    try:
        os.dup2(output, 1)
        os.dup2(errors, 2)
        with open(source) as file:
            file.seek(0)
            run(file.read())
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def attend(replies, source, output, errors):
    """Run a script in a process of its own, tell of it, and end with it."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        process = os.fork()
        if not process:
            replies.close()
            work(source, output, errors)
        replies.send(str(process).encode())
        _process, status = os.waitpid(process, 0)
        replies.send(str(os.waitstatus_to_exitcode(status)).encode())
    except ConnectionError:
        pass  # nobody waits for it any more
    finally:
        os._exit(0)


# What a fork inherits is no connection to the database.
env.cr.close()
odoo.sql_db.close_all()
gc.collect()
gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
orders = socket.socket(fileno=ORDERS)
while True:
    told, files, *_rest = socket.recv_fds(orders, 16, 4)
    if not told:
        break
    source, answers, output, errors = files
    if not os.fork():
        orders.close()
        attend(socket.socket(fileno=answers), source, output, errors)
    for file in files:
        os.close(file)
os._exit(0)
