"""Asterisk's own account of the calls, read without the gateway's reader."""

import datetime
import json
from dataclasses import dataclass, field


@dataclass
class CelCall:
    """One conversation as CEL tells it: channels joined by any linkedid they shared."""

    uniqueid: str
    number: str = ""
    called: str = ""
    account: str = ""
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    agent_answer: datetime.datetime | None = None
    channels: set = field(default_factory=set)
    outcomes: list = field(default_factory=list)


def _time(text):
    return datetime.datetime.fromtimestamp(float(text), datetime.UTC)


def _extra(row):
    """What the dialplan wrote into its own event."""
    return json.loads(row["eventextra"])["extra"]


class Ledger:
    """What is in CEL since this object was made.

    :param stack: the instance
    """

    def __init__(self, stack):
        self.stack = stack
        self._offset = self._size()

    def _size(self):
        try:
            return self.stack.cel.stat().st_size
        except FileNotFoundError:
            return 0

    def rows(self):
        """CEL's rows since then; a torn line, left by a kill, is left out."""
        if not self.stack.cel.exists():
            return []
        with self.stack.cel.open("rb") as file:
            file.seek(self._offset)
            lines = file.read().split(b"\n")
        rows = []
        for line in lines:
            try:
                row = json.loads(line.decode(errors="replace"))
            except ValueError:
                continue
            rows.append({name.lower(): value for name, value in row.items()})
        return rows

    def calls(self):
        """Calls that came in over a trunk, by the first channel's uniqueid.

        :rtype: dict[str, CelCall]
        """
        root, groups = {}, {}

        def find(key):
            while root.setdefault(key, key) != key:
                root[key] = root[root[key]]
                key = root[key]
            return key

        rows = self.rows()
        for row in rows:
            one, other = find(row["uniqueid"]), find(row["linkedid"])
            root[one] = other
        for row in rows:
            groups.setdefault(find(row["uniqueid"]), []).append(row)
        calls = {}
        for members in groups.values():
            first = next(
                (
                    row
                    for row in members
                    if row["eventtype"] == "CHAN_START"
                    and row["channame"].startswith("PJSIP/trunk")
                    and row["uniqueid"] == row["linkedid"]
                ),
                None,
            )
            if first:
                calls[first["uniqueid"]] = self._call(first, members)
        return calls

    def _call(self, first, members):
        call = CelCall(first["uniqueid"])
        call.start = _time(first["eventtime"])
        for row in members:
            kind, at = row["eventtype"], _time(row["eventtime"])
            call.channels.add(row["uniqueid"])
            own = row["uniqueid"] == call.uniqueid
            if own and kind == "TELECOM_CALL":
                call.called, call.number, *_name = _extra(row).split("|")
                call.account = row["accountcode"]
            if own and kind == "CHAN_END":
                call.end = at
            if (
                kind == "ANSWER"
                and row["channame"].startswith("PJSIP/agent")
                and not call.agent_answer
            ):
                call.agent_answer = at
            if kind == "TELECOM_OUTCOME":
                call.outcomes.append(_extra(row))
        return call

    def answered(self):
        """How many calls an agent has answered."""
        return sum(call.agent_answer is not None for call in self.calls().values())

    def by_number(self, number):
        digits = "".join(filter(str.isdigit, number))
        return [
            call
            for call in self.calls().values()
            if digits in "".join(filter(str.isdigit, call.number))
        ]
