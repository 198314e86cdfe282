"""One BOAMP record as its API gives it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scrapers.readers.boamp.json_tree import Node
from warehouse.model.notices import Form, Text


@dataclass(frozen=True, slots=True)
class Record:
    """The values of a record outside `donnees`. `corrects` and `cancels` come from nature and etat; `linked` are the
    numbers of the notices it follows; `index` is gestion's INDEXATION; `labels` are the words of BOAMP's own vocabulary
    (descripteurs)."""

    number: str
    day: date
    url: str | None
    form: Form
    corrects: bool
    cancels: bool
    buyer: str | None
    summary: str
    departements: tuple[str, ...]
    natures: tuple[str, ...]
    procedure_type: str | None
    linked: tuple[str, ...]
    winners: tuple[str, ...]
    folder: str | None
    index: Node
    content: Node | None
    labels: tuple[str, ...] = ()

    @property
    def keywords(self) -> tuple[Text, ...]:
        """The descripteurs as one text: what a national notice without CPV is about."""
        return (Text(", ".join(dict.fromkeys(self.labels)), "FRA"),) if self.labels else ()
