"""Predictive dialing in a simulator: occupancy and abandoned calls of ways of pacing.

See docs/performance.md; run it by ``make bench-dialer``. What was tuned was tuned on
seeds below 1000; these are others. ``BENCH_DIALER_DAYS`` (3) days for 10, 50 and 200
agents, one for 1000; ``BENCH_DIALER_AGENTS`` (10,50,200,1000) says for how many.
"""

import multiprocessing
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _figures import Figures  # noqa: E402
from dialer_simulator import Adaptive, Day, Oracle, Ours, Policy, World  # noqa: E402

AGENTS = [
    int(text)
    for text in os.environ.get("BENCH_DIALER_AGENTS", "10,50,200,1000").split(",")
]
DAYS = int(os.environ.get("BENCH_DIALER_DAYS", "3"))
FIRST_SEED = 1000
#: Occupancy to be reached, with at most 3 % abandoned.
TARGETS = {10: 0.84, 50: 0.93, 200: 0.975, 1000: 0.99}
WORLDS = {
    "steady": {},
    "drift": {"drift": 0.3},
    "turnover": {"turnover": 0.5},
}
POLICIES = {policy.name: policy for policy in (Policy, Ours, Adaptive, Oracle)}


def one_day(job):
    name, agents, world, seed = job
    return job, Day(World(agents, **WORLDS[world]), POLICIES[name](), seed).run()


def jobs():
    for agents in AGENTS:
        days = DAYS if agents < 1000 else 1
        for name in POLICIES:
            worlds = WORLDS if name == Ours.name else ("steady",)
            for world in worlds:
                for seed in range(FIRST_SEED, FIRST_SEED + days):
                    yield name, agents, world, seed


def main():
    with multiprocessing.Pool() as pool:
        days = {}
        for (name, agents, world, _seed), result in pool.imap_unordered(
            one_day, jobs(), chunksize=1
        ):
            days.setdefault((name, agents, world), []).append(result)
    kept = {}
    for key, results in days.items():
        answers = sum(day.answers for day in results)
        kept[key] = (
            sum(day.occupancy for day in results) / len(results),
            sum(day.abandon * day.answers for day in results) / answers,
            max(day.abandon for day in results),
        )
    figures = Figures()
    figures.load("dialer_load")
    for agents in AGENTS:
        report(figures, agents, kept)
    figures.table()
    return 0


def report(figures, agents, kept):
    """Print what became of campaigns with so many agents."""

    def add(name, value, note=""):
        figures.add(f"{name}_{agents}", f"{value:.4f}", note)

    occupancy, abandon, worst = kept[Ours.name, agents, "steady"]
    drifting = kept[Ours.name, agents, "drift"]
    coming = kept[Ours.name, agents, "turnover"]
    progressive = kept[Policy.name, agents, "steady"]
    add("occupancy", occupancy, f"≥ {TARGETS.get(agents, '')}")
    add("abandon", abandon, "≤ 0.03")
    add("worst_day", max(worst, drifting[2], coming[2]), "≤ 0.032, in all worlds")
    add("drift_loss", occupancy - drifting[0], "≤ 0.01")
    add("turnover_loss", occupancy - coming[0])
    add("gain_over_progressive", occupancy - progressive[0], "≥ 0.12")
    for policy in (Adaptive, Oracle):
        other = kept[policy.name, agents, "steady"]
        name = policy.name.replace(" ", "_")
        add(f"{name}_occupancy", other[0])
        add(f"{name}_abandon", other[1])


if __name__ == "__main__":
    sys.exit(main())
