"""`pib why MEMBER`: the lots that a member was nearly notified of, and what in its profile would have raised them."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from rich.console import Console

from matching.encoder.embedding import load_model
from matching.engine import match_lots
from matching.fit.weights import find_fit
from matching.near_misses import NearMiss, find_near_miss, nearest_below, replaced
from pipelines.cli.export import last_night
from pipelines.config.workspace import Workspace, as_of
from pipelines.nightly.feedback import load_feedback_examples
from portal.member_choices import Choices
from warehouse.errors import NotInWarehouse
from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, in_language
from warehouse.store import Store

SHOWN = 5
Matcher = Callable[[Sequence[OpenLot], Sequence[Member]], Iterable[MatchResult]]
"""Matches lots with members."""


def show_near_misses(workspace: Workspace, night: date | None, name: str, *, as_json: bool) -> None:
    """The nearest lots below the threshold of the member of that `name` (its id) in a `night` (None: the last) of the
    workspace, each with what would have raised it; one JSON object where `as_json`. Raises NotInWarehouse for a member
    that is not there."""
    with workspace.reading() as store:
        night = night or last_night(store)
        members = store.load_members()
        member = _choose(workspace, members, name)
        matches = nearest_below(
            store.load_match_results(night, without_refusals=True), name, member.preferences.threshold, show=SHOWN
        )
        rematch = partial(_score, _matcher_of(workspace, store, night, members), members)
        found = [find_near_miss(store.load_lot(match.lot_uid), match, member, rematch) for match in matches]
    if as_json:
        sys.stdout.write(
            json.dumps({"member": name, "lots": [_plain(miss) for miss in found]}, ensure_ascii=False) + "\n"
        )
    else:
        _print(member, found)


def _choose(workspace: Workspace, members: Sequence[Member], name: str) -> Member:
    """The member with the threshold it chose."""
    found = next((member for member in members if member.id == name), None)
    if found is None:
        raise NotInWarehouse(f"the warehouse knows no member {name!r}; `pib members list` names them")
    chosen = Choices(workspace.choices).load_preferences()
    return replace(found, preferences=chosen.get(found.id, found.preferences))


def _matcher_of(workspace: Workspace, store: Store, night: date, members: Sequence[Member]) -> Matcher:
    """Matching with the weights, answers, awards and vectors of a night."""
    model = load_model(workspace.settings.model, workspace.models)
    return partial(
        match_lots,
        references=store.load_references(member.company_number for member in members),
        vectors=partial(store.load_vectors, model.id),
        as_of=as_of(night),
        fit=find_fit(workspace.weights, workspace.background, model.id),
        feedback=load_feedback_examples(store),
        model=model.id,
    )


def _score(match: Matcher, members: Sequence[Member], lot: OpenLot, changed: Member) -> float:
    """The score of one lot for a member as it would be."""
    (result,) = match([lot], replaced(members, changed))
    return next((found.score for found in result.matches if found.member == changed.id), 0.0)


def _plain(miss: NearMiss) -> dict[str, object]:
    return {
        "lot": miss.lot.uid,
        "score": miss.match.score,
        "additions": [{"cpv": a.code.code, "text": a.text, "score": a.score} for a in miss.additions],
    }


def _print(member: Member, found: Sequence[NearMiss]) -> None:
    console, threshold = Console(), member.preferences.threshold
    show = partial(console.print, highlight=False, markup=False, no_wrap=True, overflow="ellipsis")
    if not found:
        show(f"Nothing lay below the threshold of {member.id}: no lot came near its profile.")
        return
    show(f"The lots nearest below {threshold:.2f}, the threshold of {member.id}:")
    for miss in found:
        title = in_language(miss.lot.lot.titles or miss.lot.notice.titles, *member.languages)
        show(f"{miss.match.score:.2f}  {title.value if title else '(no title)'}")
        show(f"      {miss.lot.uid}")
        for addition in miss.additions:
            above = "above it" if addition.score >= threshold else f"{addition.score:.2f}"
            show(f"      {above} with {addition.code.code} {addition.text}")
    show("What a profile states is shown to partners: state only what the firm does.")
