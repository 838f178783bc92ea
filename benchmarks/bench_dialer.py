"""Predictive dialing in a simulator: occupancy and abandoned calls of ways of pacing.

See docs/performance.md; run it by ``make bench-dialer``. What was tuned was tuned on
seeds below 1000; these are others. ``BENCH_DIALER_DAYS`` (3) days for 10, 50 and 200
agents, one for 1000; ``BENCH_DIALER_AGENTS`` (10,50,200,1000) says for how many.
``BENCH_DIALER_CURVE`` names the picture (SVG) of occupancy over abandoned calls.
"""

import collections
import multiprocessing
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from _dialer_simulator import (  # noqa: E402
    Adaptive,
    Careful,
    Day,
    Oracle,
    Ours,
    Policy,
    World,
)
from _figures import Figures  # noqa: E402
from reportlab.graphics import renderSVG  # noqa: E402
from reportlab.graphics.charts.legends import Legend  # noqa: E402
from reportlab.graphics.charts.lineplots import ScatterPlot  # noqa: E402
from reportlab.graphics.shapes import Drawing, String  # noqa: E402
from reportlab.lib import colors  # noqa: E402

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
POLICIES = {policy.name: policy for policy in (Policy, Ours, Careful, Adaptive, Oracle)}
#: Of the answered calls, what may be abandoned: points of the curve
SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08)
CURVE_AGENTS = [agents for agents in AGENTS if agents < 1000]
CURVE = os.environ.get(
    "BENCH_DIALER_CURVE", str(HERE.parent / "docs/images/dialer-curve.svg")
)


def one_day(job):
    name, agents, world, seed = job
    policy = POLICIES[name]()
    result = Day(World(agents, **WORLDS[world]), policy, seed).run()
    return job, result, getattr(policy, "stopped", 0.0)


def one_point(job):
    name, agents, share = job
    policy = POLICIES[name](share)
    day = Day(World(agents), policy, FIRST_SEED).run()
    return name, agents, 100 * day.abandon, 100 * day.occupancy


def draw(points):
    """Draw occupancy over abandoned calls, a line for each policy and crew.

    :param points: (policy, agents, abandoned, occupancy), both in percent
    """
    lines = {}
    for name, agents, abandoned, occupancy in sorted(points):
        lines.setdefault((name, agents), []).append((abandoned, occupancy))
    shades = [colors.HexColor(code) for code in ("#b5179e", "#0a7d4f", "#1d4e89")]
    drawing = Drawing(640, 400)
    plot = ScatterPlot()
    plot.x, plot.y, plot.width, plot.height = 50, 50, 440, 310
    plot.data = list(lines.values())
    plot.joinedLines = 1
    plot.xLabel = plot.yLabel = ""
    plot.xValueAxis.labels.fontSize = plot.yValueAxis.labels.fontSize = 9
    plot.xValueAxis.labelTextFormat = plot.yValueAxis.labelTextFormat = "%d %%"
    plot.lineLabelFormat = None
    plot.outerBorderOn = 0
    plot.xValueAxis.valueMin, plot.xValueAxis.valueMax = 0, 9
    plot.yValueAxis.valueMin, plot.yValueAxis.valueMax = 75, 100
    plot.yValueAxis.visibleGrid = 1
    plot.yValueAxis.gridStrokeColor = colors.HexColor("#dddddd")
    names = [
        (shade, f"{agents} agents")
        for shade, agents in zip(shades, CURVE_AGENTS, strict=False)
    ]
    for number, (name, agents) in enumerate(lines):
        line = plot.lines[number]
        line.strokeColor = shades[CURVE_AGENTS.index(agents)]
        line.strokeWidth = 2 if name == Ours.name else 1
        line.strokeDashArray = None if name == Ours.name else (4, 3)
        line.symbol = None
    drawing.add(plot)
    legend = Legend()
    legend.x, legend.y = 505, 340
    legend.columnMaximum = len(names)
    legend.alignment = "right"
    legend.colorNamePairs = names
    drawing.add(legend)
    title = "Occupancy over abandoned calls (simulated; dashed: knows the future)"
    drawing.add(String(50, 380, title, fontSize=11))
    renderSVG.drawToFile(drawing, CURVE)


def jobs():
    for agents in AGENTS:
        days = DAYS if agents < 1000 else 1
        for name in POLICIES:
            worlds = WORLDS if name in (Ours.name, Careful.name) else ("steady",)
            for world in worlds:
                for seed in range(FIRST_SEED, FIRST_SEED + days):
                    yield name, agents, world, seed


def main():
    with multiprocessing.Pool() as pool:
        days, stopped = {}, collections.Counter()
        for (name, agents, world, _seed), result, seconds in pool.imap_unordered(
            one_day, jobs(), chunksize=1
        ):
            days.setdefault((name, agents, world), []).append(result)
            stopped[agents] += seconds
        points = pool.map(
            one_point,
            [
                (name, agents, share)
                for name in (Ours.name, Oracle.name)
                for agents in CURVE_AGENTS
                for share in SHARES
            ],
            chunksize=1,
        )
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
        report(figures, agents, kept, stopped[agents])
    if points:
        draw(points)
    figures.table()
    return 0


def report(figures, agents, kept, stopped):
    """Print what became of campaigns with so many agents.

    :param float stopped: seconds for which those who stop at the share did not dial
    """

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
    careful = [kept[Careful.name, agents, world] for world in WORLDS]
    add("stopping_occupancy", careful[0][0], "where dialing stops at the share")
    add("stopping_abandon", careful[0][1])
    add("stopping_worst_day", max(day[2] for day in careful), "in all worlds")
    add("stopping_seconds", stopped, "without dialing, all days together")
    for policy in (Adaptive, Oracle):
        other = kept[policy.name, agents, "steady"]
        name = policy.name.replace(" ", "_")
        add(f"{name}_occupancy", other[0])
        add(f"{name}_abandon", other[1])


if __name__ == "__main__":
    sys.exit(main())
