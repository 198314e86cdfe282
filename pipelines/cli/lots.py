"""`pib match` and `pib why`: what was concluded of one lot, and the reasons."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from rich.console import Console
from rich.table import Table

from pipelines.cli.export import last_night
from pipelines.config.workspace import House
from warehouse.errors import NotKept
from warehouse.model.match_results import Consortium, Match, Refusal, Verdict
from warehouse.model.notices import OpenLot, in_language

SHOWN = 10


def show_lot(house: House, night: date | None, written: str, *, as_json: bool) -> None:
    """The lot, who fits it, the consortia proposed. Raises NotKept."""
    lot, verdict = _find(house, night, written)
    if as_json:
        sys.stdout.write(json.dumps({"lot": lot.uid, "verdict": asdict(verdict)}, ensure_ascii=False) + "\n")
        return
    console = Console()
    console.print(_head(lot), highlight=False, markup=False)
    table = Table("member", "fit", "why", title="alone")
    for match in verdict.matches[:SHOWN]:
        table.add_row(match.member, f"{match.score:.2f}", _strongest(match))
    console.print(table)
    for consortium in verdict.consortia:
        console.print(_consortium(consortium, verdict))
        for line in _remarks(consortium, verdict):
            console.print(line, highlight=False, markup=False)


def show_why(house: House, night: date | None, member: str, written: str, *, as_json: bool) -> None:
    """Every reason with its points, or the refusal. Raises NotKept."""
    lot, verdict = _find(house, night, written)
    match = next((m for m in verdict.matches if m.member == member), None)
    refusal = next((r for r in verdict.refusals if r.member == member), None)
    if as_json:
        plain = {"match": asdict(match) if match else None, "refusal": asdict(refusal) if refusal else None}
        sys.stdout.write(json.dumps({"lot": lot.uid, "member": member, **plain}, ensure_ascii=False) + "\n")
        return
    console = Console()
    console.print(_head(lot), highlight=False, markup=False)
    if match:
        table = Table("points", "likeness", "the lot says", "the member says", title=f"{member}: {match.score:.3f}")
        for reason in match.reasons:
            table.add_row(f"{reason.points:.3f}", reason.kind, reason.asked, reason.offered)
        console.print(table)
    for line in _answers(member, match, refusal):
        console.print(line, highlight=False, markup=False)


def _find(house: House, night: date | None, written: str) -> tuple[OpenLot, Verdict]:
    with house.reading() as store:
        lot = store.find_lot(written)
        night = night or last_night(store)
        verdicts = store.find_verdicts(night)
    verdict = next((v for v in verdicts if v.lot_uid == lot.uid), None)
    if verdict is None:
        raise NotKept(f"lot {lot.uid} was not judged in the night of {night}: it was not open then")
    return lot, verdict


def _head(lot: OpenLot) -> str:
    title = in_language(lot.notice.titles or lot.lot.titles, *lot.notice.languages)
    deadline = lot.lot.deadline
    closes = f"closes {deadline.at:%Y-%m-%d %H:%M %z}" if deadline else "no deadline stated"
    return f"{lot.uid}\n{title.value if title else '(no title)'}\n{closes}; {lot.publications[0].url or ''}"


def _strongest(match: Match) -> str:
    best = max(match.reasons, key=lambda reason: reason.points)
    return f"{best.asked} = {best.offered}"


def _consortium(consortium: Consortium, verdict: Verdict) -> Table:
    title = f"together: covers {consortium.coverage:.0%} (best alone: {consortium.best_alone_coverage:.0%})"
    table = Table("member", "share", "brings what only it brings", title=title)
    for role in consortium.roles:
        brings = role.only or role.covers
        table.add_row(role.member, f"{role.shapley:.2f}", "; ".join(verdict.facets[i].text for i in brings[:4]))
    return table


def _remarks(consortium: Consortium, verdict: Verdict) -> Iterator[str]:
    if consortium.uncovered:
        yield "  uncovered: " + "; ".join(verdict.facets[i].text for i in consortium.uncovered[:6])
    if consortium.binding:
        yield f"  what binds: {consortium.binding}"
    told = consortium.remarks
    for what, values in (
        (f"{consortium.best_alone} alone is not shown to meet", told.alone_lacks),
        ("nobody here is shown to meet", told.unverified),
        ("turnover not known, counted as nothing", told.silent_turnover),
        ("only one meets", [f"{held.member}: {held.condition}" for held in told.holds]),
        ("stages", told.stages),
        ("across a border", told.countries if told.is_cross_border else ()),
        ("won together before", [" and ".join(joint.members) for joint in told.joint if joint.notice]),
        ("answered together, as they say", [" and ".join(joint.members) for joint in told.joint if not joint.notice]),
        ("caution", consortium.flags),
    ):
        if values:
            yield f"  {what}: {'; '.join(dict.fromkeys(values))}"


def _answers(member: str, match: Match | None, refusal: Refusal | None) -> Iterator[str]:
    if refusal:
        yield f"{member} was not proposed: {refusal.kind.replace('-', ' ')} {refusal.detail}"
    if not match and not refusal:
        yield f"{member} has something in common with this lot, but too little to keep."
