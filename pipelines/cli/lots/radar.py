"""`pib radar`: the calls that no member could take alone but a consortium could, nearest deadline first.

For single lots the stored match results of the night are used; whole procedures are matched on request.
"""

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from matching.consortium.procedures import form_for_procedures
from matching.encoder.embedding import digest_of, load_model
from matching.engine import texts_to_encode
from pipelines.cli.export import last_night
from pipelines.config.workspace import ZONE, Workspace, as_of
from warehouse.model.match_results import Consortium, Facet
from warehouse.model.notices import OpenLot, in_language
from warehouse.store import Store

WIDTH = 80
MOST_CONDITIONS = 3


@dataclass(frozen=True, slots=True)
class ConsortiumCall:
    """A lot, or several of one procedure, its facets, and the best consortium for it; `others` are as many more."""

    lots: tuple[OpenLot, ...]
    facets: tuple[Facet, ...]
    consortium: Consortium
    others: int


def show_radar(workspace: Workspace, night: date | None, *, whole: bool, as_json: bool) -> None:
    """Prints the calls by lot, or by procedure with `whole`, as JSON with `as_json`.

    `workspace` is the data folder; `night` is the date, None for the newest. Raises NotInWarehouse before the first
    night, NothingKept without a folder.
    """
    with workspace.reading() as store:
        day = night or last_night(store)
        calls = sorted(_wholes(workspace, store, day) if whole else _lots(store, day), key=_order)
        refused = {
            v.lot_uid: v.no_consortium for v in store.load_match_results(day, without_refusals=True) if v.no_consortium
        }
    if as_json:
        plain = [_plain(call) for call in calls]
        sys.stdout.write(json.dumps({"night": day.isoformat(), "calls": plain, "none_allowed": refused}) + "\n")
        return
    for line in _page(calls, refused, day, whole=whole):
        sys.stdout.write(line + "\n")


def _lots(store: Store, night: date) -> Iterator[ConsortiumCall]:
    store_lots = {lot.uid: lot for lot in store.load_open_lots()}
    for match_result in store.load_match_results(night, without_refusals=True):
        if match_result.consortia and match_result.lot_uid in store_lots:
            best, *others = match_result.consortia
            yield ConsortiumCall((store_lots[match_result.lot_uid],), match_result.facets, best, len(others))


def _wholes(workspace: Workspace, store: Store, night: date) -> Iterator[ConsortiumCall]:
    lots, members = store.load_open_lots(), store.load_members()
    references = store.load_references(member.company_number for member in members)
    texts = map(digest_of, texts_to_encode(lots, members, references))
    vectors = store.load_vectors(load_model(workspace.settings.model, workspace.models).id, texts)
    match_results = store.load_match_results(night, without_refusals=True)
    for found in form_for_procedures(lots, match_results, members, references, vectors, as_of=as_of(night)):
        if found.consortia:
            yield ConsortiumCall(found.lots, found.facets, found.consortia[0], len(found.consortia) - 1)


def _order(call: ConsortiumCall) -> tuple[float, str]:
    deadlines = [lot.lot.deadline.at.timestamp() for lot in call.lots if lot.lot.deadline]
    return min(deadlines, default=float("inf")), call.lots[0].uid


def _page(calls: list[ConsortiumCall], refused: Mapping[str, str], night: date, *, whole: bool) -> Iterator[str]:
    unit = "whole procedures" if whole else "lots"
    yield f"Calls that no member could take alone but a consortium could ({night})"
    yield f"{unit}: {len(calls)}"
    for number, call in enumerate(calls, start=1):
        yield ""
        yield from _block(number, call)
    for lot, reason in sorted(refused.items()) if not whole else ():
        yield ""
        yield from _fold(f"No consortium is allowed for {lot}: {reason}.", "")


def _block(number: int, call: ConsortiumCall) -> Iterator[str]:
    proposed, remarks = call.consortium, call.consortium.remarks
    lead = call.lots[0]
    yield from _fold(f"{number}. {_title(lead)}", "   ", first="")
    yield from _fold(f"{_closes(lead)}; {', '.join(lot.uid for lot in call.lots)}", "   ")
    yield from _fold(
        f"together {proposed.coverage:.0%}; best alone {proposed.best_alone_coverage:.0%} ({proposed.best_alone})",
        "   ",
    )
    for role in proposed.roles:
        content = [call.facets[at].text for at in (role.only or role.covers)][:2]
        yield from _fold(
            f"{role.member}: {'; '.join(textwrap.shorten(text, 60) for text in content)}", "       ", first="   + "
        )
    if remarks.alone_lacks:
        yield from _fold(f"alone it lacks: {'; '.join(remarks.alone_lacks[:MOST_CONDITIONS])}", "   ")
    if remarks.unverified:
        yield from _fold(f"to be verified: {'; '.join(remarks.unverified[:MOST_CONDITIONS])}", "   ")
    if proposed.uncovered:
        yield from _fold(f"{len(proposed.uncovered)} of {len(call.facets)} requirements stay uncovered", "   ")
    circumstances = [", ".join(remarks.stages), "across a border: " + ", ".join(remarks.countries)]
    yield from _fold("; ".join(circumstances if remarks.is_cross_border else circumstances[:1]), "   ")
    for flag in proposed.flags:
        yield from _fold(f"! {flag}", "     ", first="   ")
    if call.others:
        yield f"   {call.others} more in `pib match`" if len(call.lots) == 1 else f"   {call.others} more with --json"


def _title(lot: OpenLot) -> str:
    titles = lot.notice.titles or lot.lot.titles
    found = in_language(titles, *lot.notice.languages) if titles else None
    return found.value if found else "(no title)"


def _closes(lot: OpenLot) -> str:
    deadline = lot.lot.deadline
    return f"closes {deadline.at.astimezone(ZONE):%Y-%m-%d %H:%M}" if deadline else "no deadline stated"


def _fold(text: str, indent: str, *, first: str | None = None) -> list[str]:
    """Lines of 80 columns at most; a name longer than a line is cut over two."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent)


def _plain(call: ConsortiumCall) -> dict[str, object]:
    deadline = call.lots[0].lot.deadline
    return {
        "lots": [lot.uid for lot in call.lots],
        "title": _title(call.lots[0]),
        "deadline": deadline.at.isoformat() if deadline else None,
        "consortium": asdict(call.consortium),
        "others": call.others,
    }
