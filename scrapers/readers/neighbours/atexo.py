"""Cards of calls on a search page of Atexo's software (MPE) become summaries: who buys what, by when, and where.

A card is the element around a link to /entreprise/consultation/<number>; its parts are found by their classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from scrapers.errors import SourceChanged, SourceError, Unreadable
from scrapers.readers.normalise.deadlines import read_deadline
from scrapers.readers.normalise.text import read_line, read_paragraphs
from scrapers.readers.records import as_set_aside
from scrapers.safe_formats.html import has_class, parse_html
from scrapers.safe_formats.xml import Element
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Buyer,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Notice,
    Organisation,
    Publication,
    Text,
)

_LINK = re.compile(r"/entreprise/consultation/(\d+)(?:\?(?:[^#]*&)?orgAcronyme=(\w+))?")
_MONTHS = {
    "janv": 1, "févr": 2, "mars": 3, "avri": 4, "mai": 5, "juin": 6,
    "juil": 7, "août": 8, "sept": 9, "oct": 10, "nov": 11, "déc": 12,
}  # fmt: skip
"""The first four letters of months as cards shorten them ("Janv.", "Août", "Déc.")."""
_NATURES = {"services": "services", "travaux": "works", "fournitures": "supplies"}
_OBJECT = re.compile(r"^objet\s*:\s*", re.IGNORECASE)


def read_cards(source: str, body: bytes, *, page: str) -> Iterator[tuple[str, Notice | SourceError]]:
    """A summary of each card, by its number. `page` ({number}, without the organisation) is the call's own. Raises
    SourceChanged for a page that lists calls without a card around any."""
    root = parse_html(body)
    links = [(found, link) for link in root.iter("a") if (found := _LINK.search(link.get("href") or ""))]
    cards = {found[1]: (found, card) for found, link in links if (card := _card(link)) is not None}
    if links and not cards:
        raise SourceChanged(f"{source}: {len(links)} links to calls and no card around one; look at the page")
    for number, (found, card) in cards.items():
        try:
            yield number, _read_card(source, card, number, page.format(number=number) + (found[2] or ""))
        except (SourceError, BadFact) as wrong:
            yield number, as_set_aside(source, number, wrong)


def _card(link: Element) -> Element | None:
    """The innermost element around a link that holds a category."""
    around = link.getparent()
    while around is not None:
        if _first(around, "cons_categorie") is not None:
            return around
        around = around.getparent()
    return None


def _read_card(source: str, card: Element, number: str, url: str) -> Notice:
    title = _words(_first(card, "objet-line"), "truncate")
    if not title:
        raise Unreadable("the card has no title, so that it cannot be described")
    titles = (Text(read_line(title), None),)
    summary = _OBJECT.sub("", _words(card, "truncate-700", under="panelBlocObjet") or "")
    descriptions = (Text(read_paragraphs(summary), None),) if summary else ()
    nature = _NATURES.get((_words(card, "cons_categorie") or "").casefold())
    lot = Lot("LOT-0001", titles, descriptions, nature, countries=("LUX",), deadline=_deadline(card), documents=(url,))
    return Notice(
        id=f"{source}-{number}",
        version=1,
        form=Form.COMPETITION,
        publication=Publication(source, number, None, url),
        schema="atexo",
        titles=titles,
        descriptions=descriptions,
        nature=nature,
        buyers=_buyers(card),
        lots=(lot,),
        is_summary=True,
    )


def _buyers(card: Element) -> tuple[Buyer, ...]:
    name = _words(card, "truncate-700", under="panelBlocDenomination")
    return (Buyer(Organisation("BUYER-0001", (Text(read_line(name), None),), country="LUX")),) if name else ()


def _deadline(card: Element) -> Deadline | None:
    """The date of the card, at the end of its day in Luxembourg. Raises Unreadable for a date that is none."""
    box = _first(card, "date-min")
    if box is None:
        return None
    parts = [_words(box, name) or "" for name in ("day", "month", "year")]
    day, month, year = parts
    number = _MONTHS.get(month.casefold().rstrip(".")[:4])
    if number is None or not day.isdecimal() or not year.isdecimal():
        raise Unreadable(f"the date of the card is {' '.join(parts)!r}; teach _MONTHS this month")
    try:
        closes = date(int(year), number, int(day))
    except ValueError as error:
        raise Unreadable(f"the date of the card is {' '.join(parts)!r}, which is no day") from error
    return read_deadline(closes.isoformat(), None, DeadlineKind.TENDER, zone="Europe/Luxembourg")


def _first(around: Element, name: str) -> Element | None:
    return next((element for element in around.iter() if has_class(element, name)), None)


def _words(around: Element | None, name: str, *, under: str | None = None) -> str | None:
    """The words of the first element of a class: its title, which is not cut, else its text. With `under`, only inside
    an element whose id contains that word."""
    frames = [] if around is None else [around]
    if under is not None:
        frames = [element for frame in frames for element in frame.iter() if under in (element.get("id") or "")]
    for frame in frames:
        found = _first(frame, name)
        if found is not None:
            titled = next(
                (titled_element.get("title") for titled_element in found.iter() if titled_element.get("title")), None
            )
            words = " ".join((titled or "".join(found.itertext())).split())
            if words:
                return words
    return None
