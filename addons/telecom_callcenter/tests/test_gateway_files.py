import os
import tempfile
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..gateway.files import Follower


@tagged("post_install", "-at_install", "telecom")
class TestFollower(BaseCase):
    """Files as Asterisk, logrotate and full disks leave them."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "cel.json"

    def write(self, text, path=None):
        with open(path or self.path, "a") as file:
            file.write(text)

    def read(self, follower):
        return [line.decode() for _position, line in follower.lines()]

    def test_follows_what_is_appended(self):
        follower = Follower(self.path)
        self.assertEqual(self.read(follower), [])
        self.write("a\nb\n")
        self.assertEqual(self.read(follower), ["a", "b"])
        self.assertEqual(self.read(follower), [])
        self.write("c\n")
        self.assertEqual(self.read(follower), ["c"])

    def test_half_a_line_waits_for_its_end(self):
        self.write("a\nb")
        follower = Follower(self.path)
        self.assertEqual(self.read(follower), ["a"])
        position = follower.position
        self.write("c\nd\n")
        self.assertEqual(
            follower.lines(), [(position, b"bc"), ((position[0], 5), b"d")]
        )

    def test_goes_on_where_it_stood(self):
        self.write("a\nb\nc\n")
        follower = Follower(self.path)
        (_a, (second, _b), _c) = follower.lines()
        again = Follower(self.path, follower.state(second))
        self.assertEqual(self.read(again), ["b", "c"])

    def test_rotation_by_rename(self):
        self.write("a\n")
        follower = Follower(self.path)
        self.assertEqual(self.read(follower), ["a"])
        old = self.path.with_suffix(".json.1")
        self.path.rename(old)
        # Asterisk writes to the old file until it is told to reload.
        self.write("b\n", old)
        self.assertEqual(self.read(follower), ["b"])
        self.write("c\n")
        self.assertEqual(self.read(follower), ["c"])
        self.write("d\n")
        self.assertEqual(self.read(follower), ["d"])

    def test_rotation_while_away(self):
        self.write("a\nb\n")
        follower = Follower(self.path)
        (_a, (second, _b)) = follower.lines()
        state = follower.state(second)
        self.path.rename(self.path.with_suffix(".json.2"))
        self.write("c\n")
        self.path.rename(self.path.with_suffix(".json.1"))
        self.write("d\n")
        os.utime(self.path.with_suffix(".json.2"), (1, 1))
        os.utime(self.path.with_suffix(".json.1"), (2, 2))
        self.assertEqual(self.read(Follower(self.path, state)), ["b", "c", "d"])

    def test_truncation(self):
        self.write("a\nb\nc\n")
        follower = Follower(self.path)
        self.assertEqual(len(self.read(follower)), 3)
        os.truncate(self.path, 0)
        self.write("d\n")
        self.assertEqual(self.read(follower), ["d"])
        self.assertEqual(follower.truncated, 1)

    def test_truncation_while_away(self):
        self.write("a\nb\nc\n")
        follower = Follower(self.path)
        follower.lines()
        state = follower.state(follower.position)
        os.truncate(self.path, 0)
        self.write("d\n")
        self.assertEqual(self.read(Follower(self.path, state)), ["d"])

    def test_positions_grow_across_files(self):
        self.write("a\nb\n")
        follower = Follower(self.path)
        positions = [position for position, _line in follower.lines()]
        self.path.rename(self.path.with_suffix(".json.1"))
        self.write("c\n")
        positions += [position for position, _line in follower.lines()]
        self.assertEqual(positions, sorted(positions))
        self.assertEqual(len(positions), 3)

    def test_a_line_without_end_is_skipped(self):
        self.write("x" * 300_000)
        follower = Follower(self.path)
        follower.lines()
        self.write("\nb\n")
        self.assertEqual(self.read(follower)[-1], "b")

    def test_lag(self):
        self.write("a\n")
        follower = Follower(self.path)
        self.assertEqual(follower.lag_bytes(), 2)
        follower.lines()
        self.assertEqual(follower.lag_bytes(), 0)
