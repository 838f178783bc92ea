"""Odoo's shell, loaded once: each script runs in a process of its own, forked from it.

Loading the registry takes seconds and is no part of what the tests are about. What runs
is a process like any other: it has its own connections to the database, is killed by
SIGKILL, and has a status.
"""

import os
import select
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

LOOP = Path(__file__).parent / "scripts/shells.py"
#: Seconds until Odoo is loaded, or another script begins
PATIENCE = 120


class Script:
    """A script that runs, as :class:`subprocess.Popen` shows a process.

    :param socket.socket replies: tells the process's id, then its status
    """

    def __init__(self, replies):
        self._replies = replies
        self.returncode = None
        self.pid = self._reply(PATIENCE)
        if self.pid is None:
            raise RuntimeError(f"no script began within {PATIENCE} s")

    def _reply(self, timeout):
        """The next number that is told, or None when there is none in time."""
        if not select.select([self._replies], [], [], timeout)[0]:
            return None
        told = self._replies.recv(64)
        if not told:
            raise RuntimeError("Odoo's shell is gone")
        return int(told)

    def poll(self):
        """The status, negative for a signal; None while the process runs."""
        if self.returncode is None:
            self.returncode = self._reply(0)
            if self.returncode is not None:
                self._replies.close()
        return self.returncode

    def wait(self, timeout=None):
        """The status, once the process has ended.

        :raises subprocess.TimeoutExpired: it still runs
        """
        if self.returncode is None:
            self.returncode = self._reply(timeout)
            if self.returncode is None:
                raise subprocess.TimeoutExpired(f"script {self.pid}", timeout)
            self._replies.close()
        return self.returncode

    def kill(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Shells:
    """The one shell of which all scripts are forks.

    :param start: starts it; called with the file it reads, and a descriptor to keep
    """

    def __init__(self, start):
        self._start = start
        self._process = self._orders = None

    def run(self, script, output, errors):
        """Start a script.

        :param output: file for what it prints
        :param errors: file for its log and its traceback
        :rtype: Script
        """
        if self._process is None or self._process.poll() is not None:
            self._load()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile("w+") as source:
            source.write(script)
            source.flush()
            files = [file.fileno() for file in (source, theirs, output, errors)]
            socket.send_fds(self._orders, [b"run"], files)
        return Script(ours)

    def _load(self):
        self.close()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile("w+") as source:
            source.write(f"ORDERS = {theirs.fileno()}\n{LOOP.read_text()}")
            source.seek(0)
            self._process = self._start(source, theirs.fileno())

    def close(self):
        """The shell ends with its orders; scripts that run go on."""
        if self._process is None:
            return
        self._orders.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process = None
