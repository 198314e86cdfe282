"""How an invented notice is specified: only the facts in which notices differ. Rendering adds the rest.

Days are counted from the day the portal plays (`--on`): published = 3 is three days before, closes = 21 is three weeks
after. Texts are by eForms language code ("FRA").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation of the invented world: a buyer, or a firm that won something."""

    names: Texts
    number: str
    country: str
    nuts: str
    city: str
    postcode: str = ""
    legal_type: str = "la"
    activity: str = "gen-pub"
    size: str | None = None
    website: str | None = None


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """A criterion: its eForms code, its weight where it is an award criterion, its words."""

    kind: str
    texts: Texts
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class LotSpec:
    """One lot. `deadline` is "tender", "request" or "interest"; `closes` None leaves the deadline out; `hour` None
    states a day only."""

    title: Texts
    description: Texts
    cpv: tuple[str, ...]
    nuts: tuple[str, ...]
    nature: str = "services"
    closes: int | None = None
    hour: str | None = "11:00:00"
    deadline: str = "tender"
    estimate: str | None = None
    maximum: str | None = None
    selection: tuple[CriterionSpec, ...] = ()
    award: tuple[CriterionSpec, ...] = ()
    languages: tuple[str, ...] = ()
    reserved: str = "none"
    months: int | None = None


@dataclass(frozen=True, slots=True)
class AwardSpec:
    """The result of the lot of that number (1, 2 …). Winners form one tendering party, lead first."""

    lot: int
    outcome: str = "selec-w"
    winners: tuple[Body, ...] = ()
    value: str | None = None
    tenders: int | None = None
    decided: int = 20
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSpec:
    """Which notice (by key) is changed, why (BT-140), in which words; `lots` by number, none for the procedure."""

    of: str
    reason: str
    texts: Texts
    lots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """One notice. Those with the same `procedure` belong to one purchase; those with the same `identity` are
    versions of one notice."""

    key: str
    kind: str
    buyer: str
    titles: Texts
    descriptions: Texts
    cpv: tuple[str, ...]
    lots: tuple[LotSpec, ...]
    published: int
    procedure: str
    identity: str
    version: int = 1
    portals: tuple[str, ...] = ("ted",)
    languages: tuple[str, ...] = ("FRA",)
    nature: str = "services"
    procedure_type: str | None = "open"
    estimate: str | None = None
    maximum: str | None = None
    awards: tuple[AwardSpec, ...] = ()
    change: ChangeSpec | None = None


@dataclass(frozen=True, slots=True)
class NationalSpec:
    """A notice below the European thresholds, at BOAMP only: `family` "FNS" or "MAPA"."""

    key: str
    family: str
    buyer: str
    title: str
    description: str
    cpv: str
    closes: int
    published: int
    department: str
    market: str = "services"
    hour: str = "12:00:00"
    lots: tuple[tuple[str, str], ...] = ()
    estimate: str | None = None
    months: int | None = None
