"""From the TOML files of this folder to specifications; every key is taken out and what is left over is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, cast

from scrapers.sandbox.embedded.spec import (
    AwardSpec,
    Body,
    ChangeSpec,
    CriterionSpec,
    LotSpec,
    NationalSpec,
    NoticeSpec,
    Texts,
)

FILES = ("wallonia", "datacentre", "transport", "health", "results", "flanders", "east", "europe", "france")

Table = dict[str, Any]


BELGIAN = ("belgium",)
"""Notices below the European thresholds, at BOSA only."""


class SpecError(ValueError):
    """A specification with an error: which notice, which key."""


def read_buyers() -> dict[str, Body]:
    """Every buyer by its key."""
    return {key: _read_body(table, f"buyer {key}") for key, table in _load("buyers").items()}


def read_notices(files: Sequence[str] = FILES) -> tuple[NoticeSpec, ...]:
    """Every notice, in the order of the files. Raises SpecError."""
    found = [_read_notice(table) for name in files for table in cast("list[Table]", _load(name)["notice"])]
    keys = [spec.key for spec in found]
    if len(set(keys)) < len(keys):
        raise SpecError(f"a key is used twice: {sorted(key for key in keys if keys.count(key) > 1)[0]}")
    return tuple(found)


def read_nationals() -> tuple[NationalSpec, ...]:
    """Every national notice of BOAMP, in the order of the file."""
    return tuple(_read_national(table) for table in cast("list[Table]", _load("national")["notice"]))


def read_contracts() -> tuple[Table, ...]:
    """Every French contract without a notice, as in the file: keys are the data set's, `published` and `decided` count
    days, `winners` are pairs of number and kind."""
    return tuple(cast("list[Table]", _load("contracts")["contract"]))


def read_projects() -> tuple[Table, ...]:
    """Every project of a French purchase: keys are the data set's, `planned` and `target` count days ahead."""
    return tuple(cast("list[Table]", _load("projects")["project"]))


def _load(name: str) -> Table:
    return tomllib.loads((files(__package__ or "") / f"{name}.toml").read_text(encoding="utf-8"))


def _all_taken(table: Mapping[str, object], where: str) -> None:
    if table:
        raise SpecError(f"{where}: unknown key {next(iter(table))!r}")


def _some(table: Table, *keys: str) -> Table:
    """The given keys that are there, taken out; lists become tuples."""
    taken = {key: table.pop(key) for key in keys if key in table}
    return {key: tuple(cast("list[str]", v)) if isinstance(v, list) else v for key, v in taken.items()}


def _tables(table: Table, key: str) -> Sequence[Table]:
    return cast("list[Table]", table.pop(key, []))


def _read_body(table: Table, where: str) -> Body:
    names = cast("Texts", table.pop("names"))
    optional = _some(table, "postcode", "legal_type", "activity", "size", "website")
    needed = {key: table.pop(key) for key in ("number", "country", "nuts", "city")}
    _all_taken(table, where)
    return Body(names=names, **needed, **optional)


def _read_demand(table: Table) -> CriterionSpec:
    kind, weight = table.pop("kind"), table.pop("weight", None)
    return CriterionSpec(kind, cast("Texts", table), weight)


def _read_notice(table: Table) -> NoticeSpec:
    key = str(table.pop("key"))
    plain = ("kind", "buyer", "published")
    optional = ("version", "portals", "languages", "nature", "procedure_type", "estimate", "maximum")
    needed = {name: table.pop(name) for name in plain}
    titles, descriptions = cast("Texts", table.pop("title")), cast("Texts", table.pop("description"))
    cpv = tuple(cast("list[str]", table.pop("cpv")))
    nuts = tuple(cast("list[str]", table.pop("nuts")))
    shared = {"closes": table.pop("closes", None), "months": table.pop("months", None)}
    nature = str(table.get("nature", "services"))
    whole = LotSpec(titles, descriptions, cpv, nuts, nature, **shared)
    lots = tuple(_read_lot(lot, whole, key) for lot in _tables(table, "lot")) or (whole,)
    change = table.pop("change", None)
    spec = NoticeSpec(
        key=key,
        titles=titles,
        descriptions=descriptions,
        cpv=cpv,
        lots=lots,
        procedure=str(table.pop("procedure", key)),
        identity=str(table.pop("identity", key)),
        awards=tuple(_read_award(award, key) for award in _tables(table, "award")),
        change=_read_change(cast("Table", change), key) if change else None,
        **needed,
        **_some(table, *optional),
    )
    _all_taken(table, f"notice {key}")
    return spec


def _read_lot(table: Table, whole: LotSpec, key: str) -> LotSpec:
    """A lot takes from its notice what it does not state itself."""
    taken = _some(table, "cpv", "nuts", "nature", "closes", "hour", "deadline", "estimate", "maximum")
    taken |= _some(table, "languages", "reserved", "months")
    if taken.get("hour") == "":
        taken["hour"] = None
    lot: Table = {
        "title": cast("Texts", table.pop("title", whole.title)),
        "description": cast("Texts", table.pop("description", whole.description)),
        "cpv": whole.cpv,
        "nuts": whole.nuts,
        "nature": whole.nature,
        "closes": whole.closes,
        "months": whole.months,
        "selection": tuple(_read_demand(demand) for demand in _tables(table, "selection")),
        "award": tuple(_read_demand(demand) for demand in _tables(table, "criterion")),
        **taken,
    }
    _all_taken(table, f"notice {key}, a lot")
    return LotSpec(**lot)


def _read_award(table: Table, key: str) -> AwardSpec:
    winners = tuple(_read_body(winner, f"notice {key}, a winner") for winner in _tables(table, "winner"))
    taken = _some(table, "lot", "outcome", "value", "tenders", "decided", "reason")
    _all_taken(table, f"notice {key}, an award")
    with_lot: Table = {"lot": 1, **taken}
    return AwardSpec(**with_lot, winners=winners)


def _read_change(table: Table, key: str) -> ChangeSpec:
    of, reason, texts = table.pop("of"), table.pop("reason"), cast("Texts", table.pop("texts"))
    lots = tuple(cast("list[int]", table.pop("lots", [])))
    _all_taken(table, f"notice {key}, its change")
    return ChangeSpec(str(of), str(reason), texts, lots)


def _read_national(table: Table) -> NationalSpec:
    needed = ("key", "family", "buyer", "title", "description", "cpv", "closes", "published", "department")
    taken = {name: table.pop(name) for name in needed}
    optional = _some(table, "market", "hour", "estimate", "months")
    lots = tuple((str(lot["title"]), str(lot["cpv"])) for lot in _tables(table, "lot"))
    _all_taken(table, f"national notice {taken['key']}")
    return NationalSpec(**taken, **optional, lots=lots)
