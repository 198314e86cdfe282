"""Small members, lots and vectors for the tests of matching: data written out, nothing of the project replaced."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from matching.encoder.embedding import digest_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.members import Competence, Member
from warehouse.model.notices import (
    Criterion,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    OpenLot,
    Publication,
    Reference,
    Text,
)

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def member(name: str = "atelier", *competences: Competence, **changes: object) -> Member:
    """A firm in Charleroi that writes French and English and works everywhere."""
    usual: dict[str, object] = {
        "id": name,
        "company_number": f"BE0{int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**9:09d}",
        "name": name.title(),
        "email": f"{name}@firm.example",
        "languages": ("fr", "en"),
        "nuts": Nuts("BE32B"),
        "headcount": 5,
        "turnover": None,
        "certificates": (),
        "grappes": (),
        "competences": competences,
    }
    return Member(**{**usual, **changes})  # pyright: ignore[reportArgumentType]


def competence(text: str, *cpv: str, language: str = "fr") -> Competence:
    """One thing a firm can do."""
    return Competence(text, language, tuple(map(Cpv, cpv)))


def lot(
    title: str = "",
    description: str = "",
    *,
    cpv: Iterable[str] = (),
    nuts: Iterable[str] = (),
    language: str = "FRA",
    closes: datetime | None = None,
    criteria: Iterable[str] = (),
    tender_languages: tuple[str, ...] = (),
    reserved: bool | None = None,
    uid: str = "p:LOT-0001",
    notice_title: str = "",
) -> OpenLot:
    """An open lot of a notice without other facts."""
    part = Lot(
        id="LOT-0001",
        titles=(Text(title, language),) if title else (),
        descriptions=(Text(description, language),) if description else (),
        cpv=tuple(map(Cpv, cpv)),
        nuts=tuple(map(Nuts, nuts)),
        deadline=Deadline(closes, DeadlineKind.TENDER, "UTC") if closes else None,
        criteria=tuple(Criterion("selection", "ef-stand", (Text(text, language),)) for text in criteria),
        tender_languages=tender_languages,
        reserved=reserved,
    )
    publication = Publication("eu_ted", "1-2026", None)
    titles = (Text(notice_title, language),) if notice_title else ()
    notice = Notice(id="p", version=1, form=Form.COMPETITION, publication=publication, titles=titles)
    return OpenLot(uid, part, notice, (publication,))


def award(number: str, title: str, *cpv: str, notice: str = "n-01") -> Reference:
    """An award won under that company number."""
    texts = (Text(title, "FRA"),)
    return Reference(
        number, notice, "LOT-0001", texts, tuple(map(Cpv, cpv)), (), None, Money(Decimal(90000), "EUR"), ()
    )


def vectors_of(texts: Iterable[Text], dimension: int = 256) -> dict[str, bytes]:
    """A vector per text, the same each time: the sum of one fixed direction per word, so that texts that share words
    point alike."""
    kept: dict[str, bytes] = {}
    for text in texts:
        total = np.zeros(dimension)
        for word in re.findall(r"\w{4,}", text.value.lower()):
            seed = int(hashlib.sha256(word.encode()).hexdigest()[:8], 16)
            total += np.random.default_rng(seed).normal(size=dimension)
        kept[digest_of(text)] = (total / max(float(np.linalg.norm(total)), 1e-9)).astype("<f4").tobytes()
    return kept
