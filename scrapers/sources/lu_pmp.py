"""Portail des marchés publics: calls of Luxembourg's public buyers, those below the European thresholds too.

Publisher: Ministère de la Mobilité et des Travaux publics, https://pmp.b2g.etat.lu

Access: the portal's public search page, GET of /espace-entreprise/search?keyWord=WORD, one page for each of our words
(software Atexo MPE); robots.txt forbids nothing. No API and no feed are published.

Licence: none is published.

Caveats: no answer was recorded, the places on the page are those that one public client of 2026 reads; only the first
page of each word is read, the others follow a form with a state of its own; the date on a card is read as the day
by which tenders must arrive, as on other portals of this software, while that client takes it for the day of
publication; documents vanish at the deadline. Off unless pib.toml names it in more_sources.

Check: what the date on a card means, and every place on it; the terms of use; whether an API is planned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scrapers.errors import SourceError
from scrapers.feeds.keyword_pages import KeywordPages
from scrapers.readers.neighbours.atexo import read_cards
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="Portail des marchés publics",
    publisher="Ministère de la Mobilité et des Travaux publics",
    licence="None published",
    countries=("LUX",),
    base_url="https://pmp.b2g.etat.lu",
    cron="20 9 * * *",
    overlap_days=1,
    expected=(1, 300),
    request_delay=2.0,
    patience=60.0,
    is_optional=True,
)

FEED = KeywordPages(
    path="/espace-entreprise/search",
    parameter="keyWord",
    keywords=("informatique", "logiciel", "numérique", "données", "serveur", "réseau", "cybersécurité", "télécom"),
    link=re.compile(rb"/entreprise/consultation/(\d+)"),
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The calls on one page of the search. Raises SourceChanged."""
    del kind, number
    yield from read_cards(SOURCE.name, body, page=f"{SOURCE.base_url}/entreprise/consultation/{{number}}?orgAcronyme=")
