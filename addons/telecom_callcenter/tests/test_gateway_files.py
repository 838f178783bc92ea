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

    def append(self, text, path=None):
        with open(path or self.path, "a") as file:
            file.write(text)

    def follow(self, follower):
        return [line.decode() for _position, line in follower.lines()]

    def test_follows_what_is_appended(self):
        follower = Follower(self.path)
        self.assertEqual(self.follow(follower), [])
        self.append("a\nb\n")
        self.assertEqual(self.follow(follower), ["a", "b"])
        self.assertEqual(self.follow(follower), [])
        self.append("c\n")
        self.assertEqual(self.follow(follower), ["c"])

    def test_half_a_line_waits_for_its_end(self):
        self.append("a\nb")
        follower = Follower(self.path)
        self.assertEqual(self.follow(follower), ["a"])
        position = follower.position
        self.append("c\nd\n")
        self.assertEqual(
            follower.lines(), [(position, b"bc"), ((position[0], 5), b"d")]
        )

    def test_goes_on_where_it_stood(self):
        self.append("a\nb\nc\n")
        follower = Follower(self.path)
        (_a, (second, _b), _c) = follower.lines()
        again = Follower(self.path, follower.state(second))
        self.assertEqual(self.follow(again), ["b", "c"])

    def test_rotation_by_rename(self):
        self.append("a\n")
        follower = Follower(self.path)
        self.assertEqual(self.follow(follower), ["a"])
        old = self.path.with_suffix(".json.1")
        self.path.rename(old)
        # Asterisk writes to the old file until it is told to reload.
        self.append("b\n", old)
        self.assertEqual(self.follow(follower), ["b"])
        self.append("c\n")
        self.assertEqual(self.follow(follower), ["c"])
        self.append("d\n")
        self.assertEqual(self.follow(follower), ["d"])

    def test_rotation_while_away(self):
        self.append("a\nb\n")
        follower = Follower(self.path)
        (_a, (second, _b)) = follower.lines()
        state = follower.state(second)
        self.path.rename(self.path.with_suffix(".json.2"))
        self.append("c\n")
        self.path.rename(self.path.with_suffix(".json.1"))
        self.append("d\n")
        os.utime(self.path.with_suffix(".json.2"), (1, 1))
        os.utime(self.path.with_suffix(".json.1"), (2, 2))
        self.assertEqual(self.follow(Follower(self.path, state)), ["b", "c", "d"])

    def test_truncation(self):
        self.append("a\nb\nc\n")
        follower = Follower(self.path)
        self.assertEqual(len(self.follow(follower)), 3)
        os.truncate(self.path, 0)
        self.append("d\n")
        self.assertEqual(self.follow(follower), ["d"])
        self.assertEqual(follower.truncated, 1)

    def test_truncation_while_away(self):
        self.append("a\nb\nc\n")
        follower = Follower(self.path)
        follower.lines()
        state = follower.state(follower.position)
        os.truncate(self.path, 0)
        self.append("d\n")
        self.assertEqual(self.follow(Follower(self.path, state)), ["d"])

    def test_positions_grow_across_files(self):
        self.append("a\nb\n")
        follower = Follower(self.path)
        positions = [position for position, _line in follower.lines()]
        self.path.rename(self.path.with_suffix(".json.1"))
        self.append("c\n")
        positions += [position for position, _line in follower.lines()]
        self.assertEqual(positions, sorted(positions))
        self.assertEqual(len(positions), 3)

    def test_a_line_without_end_is_skipped(self):
        self.append("x" * 300_000)
        follower = Follower(self.path)
        with self.assertLogs("odoo.addons.telecom_callcenter.gateway.files", "WARNING"):
            follower.lines()
        self.append("\nb\n")
        self.assertEqual(self.follow(follower)[-1], "b")

    def test_lag(self):
        self.append("a\n")
        follower = Follower(self.path)
        self.assertEqual(follower.lag_bytes(), 2)
        follower.lines()
        self.assertEqual(follower.lag_bytes(), 0)
