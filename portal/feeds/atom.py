"""Open calls as an Atom feed (RFC 4287). The same calls give the same bytes, whenever the feed is requested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from hashlib import sha256
from xml.sax.saxutils import escape, quoteattr

from portal.pages.lot_view import title_of
from portal.web.i18n import PagePhrases
from presentation.languages import choose_text, shorten_language
from presentation.sanitize import clip_text
from warehouse.model.notices import OpenLot


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """A feed: its name (permanent), its title, its address and that of the page it corresponds to."""

    name: str
    title: str
    url: str
    page: str


def write_feed(
    feed: AtomFeed, lots: Iterable[tuple[OpenLot, str]], phrases: PagePhrases, as_of: datetime, domain: str
) -> bytes:
    """The feed as Atom in UTF-8.

    `feed` is its head; `lots` are its entries, each with the address of its page; `phrases` translates; `as_of` is the
    night's zone-aware moment; `domain` is part of the entries' names (RFC 4151).
    """
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{phrases.language}">',
        f"<id>{_tag(domain, 'feed', feed.name)}</id>",
        f"<title>{escape(feed.title)}</title>",
        f"<updated>{_stamp(as_of)}</updated>",
        "<author><name>PIB</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(feed.url)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(feed.page)}/>',
    ]
    for lot, url in lots:
        lines += _write_entry(lot, url, phrases, as_of, domain)
    return "\n".join([*lines, "</feed>", ""]).encode()


def _write_entry(lot: OpenLot, url: str, phrases: PagePhrases, as_of: datetime, domain: str) -> list[str]:
    title, language = title_of(lot, phrases.language)
    language_attribute = f' xml:lang="{language}"' if language else ""
    return [
        "<entry>",
        f"<id>{_tag(domain, 'lot', lot.uid)}</id>",
        f"<title{language_attribute}>{escape(title or phrases.translate('Untitled notice'))}</title>",
        f"<updated>{_stamp(_published(lot) or as_of)}</updated>",
        f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>',
        f'<summary type="text">{escape(_summarise(lot, phrases))}</summary>',
        "</entry>",
    ]


def _summarise(lot: OpenLot, phrases: PagePhrases) -> str:
    deadline = lot.lot.deadline
    parts = [phrases.format_deadline(deadline) if deadline else phrases.translate("no deadline stated")]
    names = [choose_text(buyer.organisation.names, phrases.language) for buyer in lot.notice.buyers[:1]]
    parts += [clip_text(name.value, 120) for name in names if name]
    text = choose_text(lot.lot.descriptions or lot.notice.descriptions, phrases.language)
    if text and shorten_language(text.language) in (None, phrases.language):
        parts.append(clip_text(text.value, 400))
    return " · ".join(part for part in parts if part)


def _published(lot: OpenLot) -> datetime | None:
    """The day of the newest publication: an entry is updated when the notice has a new version."""
    days = [publication.day for publication in lot.publications if publication.day]
    return datetime.combine(max(days), time(), tzinfo=UTC) if days else None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tag(domain: str, kind: str, name: str) -> str:
    """A name that stays the same when addresses change (RFC 4151)."""
    return f"tag:{domain},2026:{kind}:{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
