"""Reading files that grow, are renamed, cut short or torn, from a stored position."""

import logging
import os

_logger = logging.getLogger(__name__)

CHUNK = 1 << 20
#: A line longer than this is no row of ours.
LONGEST_LINE = 1 << 16


class Follower:
    """Yields the complete lines of a growing file, each with its position.

    A position is ``(generation, offset)``: it grows with every line, also across
    renames. ``state`` turns one into what is stored: the file's inode and the offset
    in it.

    :param Path path: the file's present name; renamed ones are looked for beside it
    :param dict stored: what ``state`` returned before, or None to begin at the start
    """

    def __init__(self, path, stored=None):
        self.path = path
        self._file = None
        self._inode = 0
        self._offset = 0
        self._rest = b""
        self._generation = 0
        self._inodes = {}
        self._stored = stored or {}
        self.truncated = 0
        # From now on there is a position, if there is a file.
        self._open()

    # -- positions -----------------------------------------------------------------

    @property
    def position(self):
        """Where the next line begins."""
        return (self._generation, self._offset - len(self._rest))

    def state(self, position):
        generation, offset = position
        inode = self._inodes.get(generation, 0)
        return {"inode": inode, "offset": offset}

    def lag_bytes(self):
        """Bytes that are written and not read yet."""
        try:
            status = os.stat(self.path)
        except OSError:
            return 0
        if status.st_ino != self._inode:
            return status.st_size
        return max(0, status.st_size - self._offset)

    # -- reading ---------------------------------------------------------------------

    def lines(self, limit=20_000):
        """Read what is there: a list of ``(position, line)``, at most ``limit``."""
        result = []
        while len(result) < limit:
            if self._file is None and not self._open():
                break
            data = os.pread(self._file.fileno(), CHUNK, self._offset)
            if data:
                self._take(data, result)
                continue
            if not self._next():
                break
        return result

    def _take(self, data, result):
        start = self._offset - len(self._rest)
        self._offset += len(data)
        parts = (self._rest + data).split(b"\n")
        self._rest = parts.pop()
        for part in parts:
            result.append(((self._generation, start), part))
            start += len(part) + 1
        if len(self._rest) > LONGEST_LINE:
            _logger.warning("%s: a line without end is skipped", self.path)
            self._rest = b""

    def _open(self):
        """Open the file to read now: the one stored, or the present one."""
        stored, self._stored = self._stored, {}
        if stored.get("inode"):
            path = self._find(stored["inode"])
            if path and self._start(path, stored["offset"]):
                return True
            _logger.warning(
                "%s: the file read last is gone; beginning with the oldest after it",
                self.path,
            )
        return self._start(self.path, 0)

    def _start(self, path, offset):
        try:
            file = open(path, "rb", buffering=0)
        except OSError:
            return False
        status = os.fstat(file.fileno())
        if self._file:
            self._file.close()
        self._file = file
        self._generation += 1
        self._inode = status.st_ino
        self._inodes[self._generation] = status.st_ino
        if len(self._inodes) > 20:
            del self._inodes[min(self._inodes)]
        self._rest = b""
        if offset > status.st_size:
            self.truncated += 1
            offset = 0
        self._offset = offset
        return True

    def _next(self):
        """At the end of a file: go on to the next one, when there is one."""
        if os.fstat(self._file.fileno()).st_size < self._offset:
            # Cut short in place: what is in it now is new.
            self.truncated += 1
            return self._start(self.path, 0)
        try:
            current = os.stat(self.path).st_ino
        except OSError:
            return False
        if current == self._inode:
            return False
        # Renamed. Asterisk may write to the old name's inode until it reloads, so the
        # old file is left only when the new one has something.
        following = self._following()
        if following is None or os.stat(following).st_size == 0:
            return False
        if os.pread(self._file.fileno(), 1, self._offset):
            return True
        return self._start(following, 0)

    def _siblings(self):
        """The file and its renamed forms, oldest first."""
        found = []
        for path in self.path.parent.glob(f"{self.path.name}*"):
            try:
                status = path.stat()
            except OSError:
                continue
            if path.suffix not in (".gz", ".xz", ".bz2", ".zst"):
                newest = path == self.path
                found.append((newest, status.st_mtime_ns, status.st_ino, path))
        return sorted(found)

    def _find(self, inode):
        for _newest, _mtime, ino, path in self._siblings():
            if ino == inode:
                return path
        return None

    def _following(self):
        """The file after the one being read: several rotations may have passed."""
        siblings = self._siblings()
        for index, (_newest, _mtime, ino, _path) in enumerate(siblings):
            if ino == self._inode:
                after = siblings[index + 1 :]
                return after[0][3] if after else None
        return self.path
