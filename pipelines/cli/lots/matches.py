"""`pib match` and `pib why`: the match result of one lot, and the reasons."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from rich.console import Console
from rich.table import Table

from pipelines.cli.export import last_night
from pipelines.config.workspace import Workspace
from warehouse.errors import NotInWarehouse
from warehouse.model.match_results import Consortium, Match, MatchResult, Refusal
from warehouse.model.notices import OpenLot, in_language

SHOWN = 10


def show_lot(workspace: Workspace, night: date | None, written: str, *, as_json: bool) -> None:
    """Prints the lot, the members that fit it and the proposed consortia, as JSON with `as_json`.

    `workspace` is the data folder; `night` is the date, None for the newest; `written` is the lot, or the beginning of
    its name or publication number. Raises NotInWarehouse.
    """
    lot, match_result = _find(workspace, night, written)
    if as_json:
        sys.stdout.write(json.dumps({"lot": lot.uid, "verdict": asdict(match_result)}, ensure_ascii=False) + "\n")
        return
    console = Console()
    console.print(_head(lot), highlight=False, markup=False)
    table = Table("member", "fit", "why", title="alone")
    for match in match_result.matches[:SHOWN]:
        table.add_row(match.member, f"{match.score:.2f}", _strongest(match))
    console.print(table)
    for consortium in match_result.consortia:
        console.print(_consortium(consortium, match_result))
        for line in _remarks(consortium, match_result):
            console.print(line, highlight=False, markup=False)
    for line in _past_groups(match_result):
        console.print(line, highlight=False, markup=False)


def show_why(workspace: Workspace, night: date | None, member: str, written: str, *, as_json: bool) -> None:
    """Prints every reason of a `member` (its id) with its points, or the refusal, as JSON with `as_json`.

    `workspace` is the data folder; `night` is the date, None for the newest; `written` is the lot, or the beginning of
    its name or publication number. Raises NotInWarehouse.
    """
    lot, match_result = _find(workspace, night, written)
    match = next((m for m in match_result.matches if m.member == member), None)
    refusal = next((r for r in match_result.refusals if r.member == member), None)
    if as_json:
        plain = {"match": asdict(match) if match else None, "refusal": asdict(refusal) if refusal else None}
        sys.stdout.write(json.dumps({"lot": lot.uid, "member": member, **plain}, ensure_ascii=False) + "\n")
        return
    console = Console()
    console.print(_head(lot), highlight=False, markup=False)
    if match:
        table = Table(
            "points", "similarity", "the lot's text", "the member's text", title=f"{member}: {match.score:.3f}"
        )
        for reason in match.reasons:
            table.add_row(f"{reason.points:.3f}", reason.kind, reason.asked, reason.offered)
        console.print(table)
    for line in _answers(member, match, refusal):
        console.print(line, highlight=False, markup=False)


def _find(workspace: Workspace, night: date | None, written: str) -> tuple[OpenLot, MatchResult]:
    with workspace.reading() as store:
        lot = store.load_lot(written)
        night = night or last_night(store)
        match_result = store.load_match_result(night, lot.uid, workspace.archive)
    if match_result is None:
        raise NotInWarehouse(
            f"lot {lot.uid} was not matched in the night of {night}: it was not open, or is no longer kept"
        )
    return lot, match_result


def _head(lot: OpenLot) -> str:
    title = in_language(lot.notice.titles or lot.lot.titles, *lot.notice.languages)
    deadline = lot.lot.deadline
    closes = f"closes {deadline.at:%Y-%m-%d %H:%M %z}" if deadline else "no deadline stated"
    return f"{lot.uid}\n{title.value if title else '(no title)'}\n{closes}; {lot.publications[0].url or ''}"


def _strongest(match: Match) -> str:
    best = max(match.reasons, key=lambda reason: reason.points)
    return f"{best.asked} = {best.offered}"


def _consortium(consortium: Consortium, match_result: MatchResult) -> Table:
    title = f"together: covers {consortium.coverage:.0%} (best alone: {consortium.best_alone_coverage:.0%})"
    table = Table("member", "share", "brings what only it brings", title=title)
    for role in consortium.roles:
        brings = role.only or role.covers
        table.add_row(role.member, f"{role.shapley:.2f}", "; ".join(match_result.facets[i].text for i in brings[:4]))
    return table


def _remarks(consortium: Consortium, match_result: MatchResult) -> Iterator[str]:
    if consortium.uncovered:
        yield "  uncovered: " + "; ".join(match_result.facets[i].text for i in consortium.uncovered[:6])
    if consortium.binding:
        yield f"  what binds: {consortium.binding}"
    notes = consortium.remarks
    for what, values in (
        (f"{consortium.best_alone} alone is not shown to meet", notes.alone_lacks),
        ("no member of the group is shown to meet", notes.unverified),
        ("turnover not known, counted as nothing", notes.silent_turnover),
        ("only one meets", [f"{sole_holder.member}: {sole_holder.condition}" for sole_holder in notes.holds]),
        ("stages", notes.stages),
        ("across a border", notes.countries if notes.is_cross_border else ()),
        ("won together before", [" and ".join(joint.members) for joint in notes.joint if joint.notice]),
        (
            "answered together, as they state",
            [" and ".join(joint.members) for joint in notes.joint if not joint.notice],
        ),
        ("caution", consortium.flags),
    ):
        if values:
            yield f"  {what}: {'; '.join(dict.fromkeys(values))}"


def _past_groups(match_result: MatchResult) -> Iterator[str]:
    if match_result.past_groups:
        yield "won together before, such purchases:"
    for group in match_result.past_groups:
        yield f"  {', '.join(group.members)}: {group.title or '(no title)'} ({group.notice})"
        add_declared = [f"{group.purchases} together"]
        add_declared += [f"{group.others} more firms in that party"] if group.others else []
        add_declared += ["the same buyer"] if group.is_same_buyer else []
        add_declared += [f"as partner only: {', '.join(group.partner_only)}"] if group.partner_only else []
        yield f"    {'; '.join(add_declared)}"


def _answers(member: str, match: Match | None, refusal: Refusal | None) -> Iterator[str]:
    if refusal:
        yield f"{member} was not proposed: {refusal.kind.replace('-', ' ')} {refusal.detail}"
    if not match and not refusal:
        yield f"{member} has something in common with this lot, but too little to keep."
