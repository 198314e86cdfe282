"""The page that `pib train --report` writes: calibration of the probabilities, and what each part of the fit adds.

How figures are drawn. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from matching.fit.cross_validation import Figure, Study
from matching.fit.features import NAMES
from matching.fit.metrics import Calibration
from matching.fit.model import Fit

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b2733}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #dde3e8}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto;font:13px system-ui,sans-serif}
.note{color:#51606d}
"""
_INK, _BLUE, _GREY, _LINE = "#1b2733", "#1f6f9f", "#9aa8b4", "#dde3e8"


def write_page(path: Path, study: Study, fit: Fit) -> None:
    """Writes the page, whole, with its pictures inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(_page(study, fit)), encoding="utf-8")


def _page(study: Study, fit: Fit) -> Iterator[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(fit.id)}</title><style>{_STYLE}</style>'
    yield f"<h1>The fit {escape(fit.id)}</h1><p>{escape(fit.trained)}.</p>"
    yield (
        f"<p>{study.purchases} purchases were queried; {study.winners} of {study.pairs} pairs of a purchase and a "
        f"firm are awards, and {study.passed:.0%} of the winners pass the prefilter. Every figure below is measured "
        "on folds of purchases whose winners taught no weight; whole consultations stay in one fold.</p>"
    )
    yield "<h2>Ranking</h2>" + _table(
        ("", "mean", "standard error"),
        [_row("nDCG@10", study.ndcg), _row("recall@10", study.recall), _row("mean reciprocal rank", study.rank)],
    )
    yield "<h2>Calibration of the probabilities</h2>" + _describe_calibration(study.calibration)
    yield draw_reliability(study.calibration)
    yield "<h2>What each part adds</h2>"
    yield '<p class="note">How much nDCG@10 falls when the part is taken away and all else is learned again; bars are '
    yield "twice the standard error.</p>"
    yield draw_bars([(name, part.lost) for name, part in study.parts.items()])
    rows = [
        (n, *(f"{f.mean:.4f} ± {f.error:.4f}" for f in (p.alone, p.lost, p.surprise))) for n, p in study.parts.items()
    ]
    yield _table(("part", "nDCG@10 alone", "nDCG@10 lost without it", "surprise without it (nats)"), rows)
    yield '<h2>Weights</h2><p class="note">Log-odds that each measure adds at its full value.</p>'
    yield draw_bars([(name, Figure(w, 0.0)) for name, w in zip(NAMES, fit.weights.tolist(), strict=True)])
    yield f'<p class="note">Base: {fit.base:.2f}. Learned likenesses of {len(fit.codes.rows)} groups of codes.</p>'
    yield "</html>"


def _row(name: str, figure: Figure) -> tuple[str, ...]:
    return name, f"{figure.mean:.4f}", f"{figure.error:.4f}"


def _describe_calibration(found: Calibration) -> str:
    return (
        f"<p>Expected calibration error {found.ece:.3f} ± {found.ece_error:.3f}, Brier score {found.brier:.4f} ± "
        f"{found.brier_error:.4f}, surprise {found.surprise:.4f} ± {found.surprise_error:.4f} nats. Probabilities are "
        "at even odds: among pairs that pass the prefilter, awards and others count the same.</p>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{cells}</table>"


def draw_reliability(found: Calibration) -> str:
    """What was found against what was expected, with twice the standard error; the diagonal is perfect calibration."""
    size, left, top = 360, 60, 20

    def at(x: float, y: float) -> tuple[float, float]:
        return left + size * x, top + size * (1 - min(1.0, max(0.0, y)))

    marks = [f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="none" stroke="{_LINE}"/>']
    marks.append(_line(at(0, 0), at(1, 1), _GREY, dashed=True))
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = at(tick, tick)
        marks.append(_text(x, top + size + 18, f"{tick:g}", "middle") + _text(left - 8, y + 4, f"{tick:g}", "end"))
    most = max(bin_.pairs for bin_ in found.bins)
    for bin_ in found.bins:
        x, y = at(bin_.expected, bin_.found)
        low, high = at(bin_.expected, bin_.found - 2 * bin_.error), at(bin_.expected, bin_.found + 2 * bin_.error)
        radius = 3 + 5 * (bin_.pairs / most) ** 0.5
        marks.append(_line(low, high, _BLUE))
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_BLUE}"/>')
        marks.append(_text(x + radius + 4, y + 14, str(bin_.pairs), "start", _GREY))
    marks.append(_text(left + size / 2, top + size + 40, "probability stated", "middle"))
    marks.append(_text(left, top - 6, "share found (numbers: pairs)", "start"))
    width, height = left + size + 60, top + size + 56
    label = "Reliability: share found against probability stated"
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{label}">{"".join(marks)}</svg>'


def draw_bars(figures: Sequence[tuple[str, Figure]]) -> str:
    """A bar for each figure, with twice its standard error."""
    left, width, height = 130, 440, 24
    low = min(0.0, *(f.mean - 2 * f.error for _, f in figures))
    high = max(1e-9, *(f.mean + 2 * f.error for _, f in figures))

    def at(value: float) -> float:
        return left + width * (value - low) / (high - low)

    marks: list[str] = []
    for row, (name, figure) in enumerate(figures):
        y = 8 + row * height
        start, end = sorted((at(0), at(figure.mean)))
        marks.append(_text(left - 10, y + 14, name, "end"))
        marks.append(f'<rect x="{start:.1f}" y="{y + 2}" width="{end - start:.1f}" height="16" fill="{_BLUE}"/>')
        if figure.error:
            ends = [(at(figure.mean + sign * 2 * figure.error), y + 10.0) for sign in (-1, 1)]
            marks.append(_line(ends[0], ends[1], _INK))
        shown = max(at(figure.mean + 2 * figure.error), at(0)) + 8
        marks.append(_text(shown, y + 14, f"{figure.mean:.3f}", "start", _GREY))
    bottom = 8 + len(figures) * height
    marks.append(_line((at(0), 4), (at(0), bottom), _GREY))
    whole = left + width + 70
    named = escape(", ".join(name for name, _ in figures))
    svg = f'<svg viewBox="0 0 {whole} {bottom + 6}" width="{whole}" role="img" aria-label="{named}">'
    return svg + "".join(marks) + "</svg>"


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="{colour}" '
        f'stroke-width="1.5"{dash}/>'
    )


def _text(x: float, y: float, words: str, anchor: str, colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
