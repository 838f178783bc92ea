"""Printing: ``name=value`` lines at once, a table at the end."""

import math
import os
import time


def percentile(values, share):
    """The smallest value that ``share`` (0…1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def show(name, value):
    """Print a figure of a script that runs inside Odoo."""
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    print(f"{name}={text}", flush=True)


def timed(function, cases):
    """Call a function with each case.

    :return: the seconds of each call, and what each returned
    :rtype: tuple[list, list]
    """
    seconds, results = [], []
    for case in cases:
        started = time.perf_counter()
        result = function(case)
        seconds.append(time.perf_counter() - started)
        results.append(result)
    return seconds, results


def show_percentiles(prefix, seconds, shares=(50, 95)):
    """Print percentiles of what :func:`timed` measured, in milliseconds."""
    for share in shares:
        show(f"{prefix}_p{share}_ms", 1000 * percentile(seconds, share / 100))


class Figures:
    def __init__(self):
        self.rows = []

    def add(self, name, value, note=""):
        """Print a figure; ``note`` stands beside it in the table."""
        show(name, value)
        text = f"{value:.1f}" if isinstance(value, float) else str(value)
        self.rows.append((name, text, note))

    def load(self, name):
        """How busy the machine is, with others' work: the load average of a minute."""
        self.add(name, f"{os.getloadavg()[0]:.2f}", f"of {os.cpu_count()} cores")

    def percentiles(self, prefix, seconds, note):
        """p50, p95, p99 and the number of samples, in milliseconds."""
        if not seconds:
            self.add(f"{prefix}_samples", 0, note)
            return
        for share in (50, 95, 99):
            value = 1000 * percentile(seconds, share / 100)
            self.add(f"{prefix}_p{share}_ms", value, note)
        self.add(f"{prefix}_samples", len(seconds), note)

    def table(self):
        widths = [max(len(row[i]) for row in self.rows) for i in (0, 1)]
        print(f"\n{time.strftime('%Y-%m-%d %H:%M')} on {os.cpu_count()} cores")
        for name, value, note in self.rows:
            print(f"  {name:{widths[0]}}  {value:>{widths[1]}}  {note}")


class Processor:
    """Seconds of processor time that processes took since this was made.

    :param dict pids: process ids by name
    """

    def __init__(self, pids):
        self.pids = pids
        self._before = {name: self._read(pid) for name, pid in pids.items()}
        self._all = self._machine()
        self._started = time.monotonic()

    @staticmethod
    def _read(pid):
        """Of a process and its children, ended ones included."""
        total = 0
        children = {}
        for path in os.scandir("/proc"):
            if not path.name.isdigit():
                continue
            try:
                with open(f"{path.path}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append((int(path.name), fields))
            if int(path.name) == pid:
                total += sum(map(int, fields[11:15]))
        todo = [pid]
        while todo:
            for child, fields in children.get(todo.pop(), ()):
                total += sum(map(int, fields[11:13]))
                todo.append(child)
        return total / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _machine():
        with open("/proc/stat") as file:
            values = list(map(int, file.readline().split()[1:9]))
        # Without idle and waiting for disks.
        busy = sum(values) - values[3] - values[4]
        return busy / os.sysconf("SC_CLK_TCK")

    def shares(self):
        """Processor use in percent of one core, by name, and of the whole machine."""
        seconds = time.monotonic() - self._started
        result = {
            name: 100 * (self._read(pid) - self._before[name]) / seconds
            for name, pid in self.pids.items()
        }
        result["machine"] = 100 * (self._machine() - self._all) / seconds
        return result
