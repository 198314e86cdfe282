"""Blocking keys: names by which two portals can only mean the same purchase, and keys under which likely duplicates are
compared.

Certain keys come from addresses of procurement documents: a publication workspace of BOSA, a consultation of an Atexo
portal (PLACE, Luxembourg, regions). Whether two notices that share any other key are of one purchase is decided in
scoring.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from warehouse.codes.company_numbers import read_company_number
from warehouse.linkage.title_comparison import read_title
from warehouse.model.notices import Notice

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

_WORKSPACE = re.compile(
    r"publicprocurement\.be/(?:[^?#]*/)?publication-workspaces/(" + UUID.pattern + r")", re.IGNORECASE
)
_CONSULTATION = re.compile(r"/(?:entreprise/)?consultation/(\d+)", re.IGNORECASE)
_ATEXO_PAGE = "entreprise.entrepriseadvancedsearch"
_ATEXO_HOSTS = re.compile(
    r"(^|\.)(marches-publics\.gouv\.fr|pmp\.b2g\.etat\.lu|maximilien\.fr|megalisbretagne\.org|alsacemarchespublics\.eu"
    r"|ternum-bfc\.fr|demat-ampa\.fr|marchespublics-(?:ple|aura|martinique)\.[a-z]+)$"
)
"""Portals that run Atexo's software, whose consultation numbers are unique within a portal. Other hosts are left out:
an address of the same shape elsewhere may name a list."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a notice. `kind` is "workspace" or "consultation" for certain ones, "buyer", "name", "codes" or
    "words" for those that only select pairs to compare."""

    kind: str
    key: str


CERTAIN = ("workspace", "consultation")


def is_identifier(procedure: str | None) -> bool:
    """Whether a stated procedure is an identifier of eForms (BT-04): national forms put a notice's number there."""
    return bool(procedure and UUID.fullmatch(procedure))


def blocking_keys_of(notice: Notice) -> tuple[Key, ...]:
    """Every key of a notice, each once."""
    addresses = [address for lot in notice.lots for address in lot.documents]
    if notice.publication.url:
        addresses.append(notice.publication.url)
    return tuple(dict.fromkeys((*_read_addresses(addresses), *_looking_for(notice))))


def _read_addresses(addresses: Iterable[str]) -> Iterator[Key]:
    for address in addresses:
        workspace = _WORKSPACE.search(address)
        if workspace:
            yield Key("workspace", workspace[1].lower())
        elif consultation := read_consultation(address):
            yield Key("consultation", consultation)


def read_consultation(address: str) -> str | None:
    """ "<portal>/<number>" of a consultation, in either form of its address:
    /entreprise/consultation/2886751?orgAcronyme=x and /?page=Entreprise.EntrepriseAdvancedSearch&AllCons&id=2886751
    (BOAMP 26-79592 and 26-79714)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    if not _ATEXO_HOSTS.search(host):
        return None
    parameters = {name.lower(): values for name, values in parse_qs(parts.query).items()}
    named = _CONSULTATION.search(parts.path)
    if named:
        return f"{host}/{named[1]}"
    page, number = (
        parameters.get("page", [""])[0].lower(),
        parameters.get("id", parameters.get("refconsultation", [""]))[0],
    )
    is_search = page.startswith(_ATEXO_PAGE) or page.endswith("detailconsultation")
    return f"{host}/{number}" if is_search and number.isdigit() else None


def _looking_for(notice: Notice) -> Iterator[Key]:
    """Blocking keys that only select pairs to compare: the same buyer, by number or by the first words of its name; the
    same country, division of CPV and week of deadline; the same first or longest words of a title."""
    for buyer in notice.buyers:
        number = read_company_number(buyer.organisation.company_number, buyer.organisation.country)
        if number:
            yield Key("buyer", number)
        for name in buyer.organisation.names:
            yield Key("name", " ".join(sorted(read_title(name.value).words[:3])))
    yield from (key for text in notice.titles for key in _title_keys(text.value))


def _title_keys(written: str) -> Iterator[Key]:
    words = read_title(written).words
    if len(words) >= 3:
        yield Key("words", "first " + " ".join(sorted(words[:4])))
        longest = sorted(set(words[:12]), key=lambda word: (-len(word), word))[:3]
        yield Key("words", "long " + " ".join(sorted(longest)))
