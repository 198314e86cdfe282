"""The figures of bench.night: their bounds, a page of text, and the growth as a picture."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

SCORING, WARM, MEGABYTES = 0.10, 0.05, 2500.0
GROWTH = {"notices": 1.05, "members": 1.5}
ENCODER = 1.5
NEXT = 0.08
_WIDTH, _HEIGHT, _MARGIN = 420, 320, 56


def slope(points: Sequence[dict[str, float]]) -> float:
    """The exponent b of seconds = a * size ** b, by least squares of the logarithms."""
    xs, ys = [math.log(p["size"]) for p in points], [math.log(p["seconds"]) for p in points]
    return statistics.linear_regression(xs, ys).slope


def slopes(points: Sequence[dict[str, float]]) -> list[float]:
    """The exponent of each repetition: measurements come in rounds of all sizes."""
    sizes = len({p["size"] for p in points})
    return [slope(points[at : at + sizes]) for at in range(0, len(points), sizes)]


def add_bars(found: dict[str, Any]) -> dict[str, Any]:
    """The same with the exponents and a line for each bar."""
    cold, warm = found["cold"]["seconds"], found["warm"]["seconds"]
    scoring = cold["gate"] + cold["judging"]
    again = sum(warm.values())
    whole = sum(seconds for stage, seconds in cold.items() if stage != "keeping")
    bars = [
        _bar("scoring and consortia / encoder", scoring / cold["encoder"], SCORING),
        _bar("warm night / cold night", again / whole, WARM),
        _bar("resident megabytes, the most", max(found[x]["megabytes"] for x in ("cold", "warm")), MEGABYTES),
    ]
    for kind, bound in GROWTH.items():
        each = slopes(found["growth"][kind])
        spread = statistics.stdev(each) if len(each) > 1 else 0.0
        bars.append(_bar(f"growth exponent in {kind}", statistics.mean(each), bound, spread))
    runtimes = found["runtimes"].get("runtimes")
    if runtimes:
        best = min((row["seconds"], name) for name, row in runtimes.items() if row["is_equal"])
        bars.append(
            _bar(f"encoder / best of equal quality ({best[1]})", runtimes["ours"]["seconds"] / best[0], ENCODER)
        )
    return {**found, "bars": bars}


def add_next_bars(found: dict[str, Any]) -> dict[str, Any]:
    """The first and the next night with a line for each bar."""
    first, then = (found[night]["seconds"]["gate"] + found[night]["seconds"]["judging"] for night in ("first", "next"))
    bars = [
        _bar("matching of the next night / of the first", then / first, NEXT),
        _bar("lots that differ from matching all again", found["compared"]["different"], 0),
    ]
    return {**found, "bars": bars}


def page_of_next(found: dict[str, Any]) -> str:
    """The first and the next night as text."""
    first, then = found["first"], found["next"]
    lines = [
        f"{first['notices']} notices, {first['lots']} open lots, {first['members']} members; "
        f"the next night: {then['notices']} more notices, {then['lots']} open lots, {then['new']} of them new",
        "",
        f"{'processor seconds':<18}{'first':>10}{'next':>10}",
        *(f"{name:<18}{first['seconds'][name]:>10.2f}{then['seconds'][name]:>10.2f}" for name in first["seconds"]),
        "",
        f"matching all again: {found['compared']['unequal']} of {found['compared']['lots']} results are not equal to "
        f"the last digit, {found['compared']['different']} differ",
        *_bar_lines(found["bars"]),
    ]
    return "\n".join(lines)


def _bar_lines(bars: Sequence[dict[str, Any]]) -> list[str]:
    lines = ["", f"{'':<52}{'found':>9}{'spread':>9}{'bar':>9}"]
    for bar in bars:
        spread = f"{bar['spread']:>9.3f}" if bar["spread"] is not None else " " * 9
        over = "" if bar["kept"] else "  OVER"
        lines.append(f"{bar['name']:<52}{bar['value']:>9.3f}{spread}{bar['bound']:>9.2f}{over}")
    return lines


def _bar(name: str, value: float, bound: float, spread: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "spread": spread, "bound": bound, "kept": value <= bound}


def page(found: dict[str, Any]) -> str:
    """Everything as text."""
    cold, warm = found["cold"], found["warm"]
    lines = [
        f"{cold['notices']} notices, {cold['lots']} open lots, {cold['members']} members; {cold['texts']} distinct "
        f"texts, {cold['tokens']} tokens; {cold['matches']} matches, {cold['consortia']} consortia",
    ]
    if cold["sampled"] < 1:
        lines.append(
            f"encoded: a sample of {cold['sampled']:.1%} of the tokens; the encoder's seconds are scaled from it"
        )
    lines += ["", f"{'processor seconds':<18}{'cold':>10}{'warm':>10}"]
    for stage in cold["seconds"]:
        lines.append(f"{stage:<18}{cold['seconds'][stage]:>10.2f}{warm['seconds'].get(stage, 0.0):>10.2f}")
    return "\n".join([*lines, *_bar_lines(found["bars"]), *_runtimes(found["runtimes"])])


def _runtimes(comparison: dict[str, Any]) -> list[str]:
    if not comparison:
        return []
    lines = ["", f"{'runtime':<22}{'tokens/s':>9}{'cosine':>9}{'least':>9}{'twins':>7}{'lost':>8}{'SE':>7}"]
    for name, row in sorted(comparison["runtimes"].items(), key=lambda item: item[1]["seconds"]):
        lines.append(
            f"{name:<22}{row['tokens_a_second']:>9.0f}{row['cosine']:>9.5f}{row['cosine_least']:>9.5f}{row['mrr']:>7.3f}"
            f"{row['mrr_lost']:>8.4f}{row['mrr_lost_se']:>7.4f}{'' if row['is_equal'] else '  not equal'}"
        )
    if comparison["not_installed"]:
        lines.append(f"not installed, not compared: {', '.join(comparison['not_installed'])}")
    return lines


def draw_growth(growth: dict[str, Any]) -> str:
    """Two panels of seconds against size, both by logarithm, with the line of the mean exponent and the bar's."""
    panels = [_panel(kind, growth[kind], bound, at * _WIDTH) for at, (kind, bound) in enumerate(GROWTH.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * _WIDTH}" height="{_HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(panels)}</svg>\n'
    )


def _panel(kind: str, points: Sequence[dict[str, float]], bound: float, left: int) -> str:
    sizes = sorted({p["size"] for p in points})
    means = [statistics.mean(p["seconds"] for p in points if p["size"] == size) for size in sizes]
    exponent = statistics.mean(slopes(points))
    at_bar = means[0] * (sizes[-1] / sizes[0]) ** bound
    low, high = min(p["seconds"] for p in points) / 1.5, max(at_bar, *(p["seconds"] for p in points)) * 1.2

    def x(size: float) -> float:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return left + _MARGIN + share * (_WIDTH - 2 * _MARGIN)

    def y(seconds: float) -> float:
        return _HEIGHT - _MARGIN - math.log(seconds / low) / math.log(high / low) * (_HEIGHT - 2 * _MARGIN)

    def line(power: float, style: str) -> str:
        ends = [(x(s), y(means[0] * (s / sizes[0]) ** power)) for s in (sizes[0], sizes[-1])]
        return f'<path d="M{ends[0][0]:.1f} {ends[0][1]:.1f}L{ends[1][0]:.1f} {ends[1][1]:.1f}" {style}/>'

    axis = f"M{x(sizes[0]):.1f} {y(high):.1f}V{y(low):.1f}H{x(sizes[-1]):.1f}"
    return "".join(
        [
            f'<path d="{axis}" fill="none" stroke="#444"/>',
            line(bound, 'stroke="#b33" stroke-dasharray="4 4"'),
            line(exponent, 'stroke="#26a"'),
            *(f'<circle cx="{x(p["size"]):.1f}" cy="{y(p["seconds"]):.1f}" r="3" fill="#26a"/>' for p in points),
            *(
                f'<text x="{x(size):.1f}" y="{y(low) + 18:.1f}" text-anchor="middle">{size:.0f}</text>'
                f'<text x="{x(size) + 6:.1f}" y="{y(mean) + 16:.1f}" fill="#555">{mean:.2g} s</text>'
                for size, mean in zip(sizes, means, strict=True)
            ),
            f'<text x="{left + _MARGIN}" y="24" font-size="14">seconds by {kind}: exponent {exponent:.2f}, '
            f"bar {bound} (dashed)</text>",
            f'<text x="{x(sizes[-1]):.1f}" y="{_HEIGHT - 14}" text-anchor="end">{kind}</text>',
        ]
    )
