"""TED's own XML before eForms (TED_EXPORT R2.0.8 and R2.0.9, forms F01 to F25, 2015 to 2023) becomes the same facts.

A notice of that time has no identifier but its publication number and one version; its procedure has none at all, so
the notice it follows is kept as a Change. Translations made by the Publications Office are not read.
"""

from __future__ import annotations

from dataclasses import replace

from scrapers.errors import Unknown, Unreadable
from scrapers.readers.eforms.tree import once
from scrapers.readers.normalise.deadlines import zone_of
from scrapers.readers.ted.export_awards import read_awards
from scrapers.readers.ted.export_changes import read_changes
from scrapers.readers.ted.export_codes import COUNTRIES, FORMS, LANGUAGES
from scrapers.readers.ted.export_lots import Original, read_lots, read_procedure
from scrapers.readers.ted.export_tree import (
    amount,
    codes,
    compact_day,
    every,
    first,
    joined,
    line,
    number_of,
    organisation,
    paragraphs,
    part,
    parts,
    places,
    value,
    words_of,
)
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Buyer, Form, Notice, Publication, Text

_BUYERS = ("ADDRESS_CONTRACTING_BODY", "ADDRESS_CONTRACTING_BODY_ADDITIONAL", "CA_CE_CONCESSIONAIRE_PROFILE")
_PAGE = "https://ted.europa.eu/en/notice/-/detail/{number}"
_CORRIGENDUM = "2"


def read_ted_export(root: Element) -> Notice:
    """The notice in a TED_EXPORT document, parsed with its white space.

    Raises Unreadable, and Unknown for an unknown document type.
    """
    if not root.tag.endswith("}TED_EXPORT"):
        raise Unreadable(f"the document is a {root.tag!r}, not a TED_EXPORT")
    coded = _section(root, "CODED_DATA_SECTION")
    noted = part(coded, "NOTICE_DATA")
    number = number_of(words_of(noted, "NO_DOC_OJS"))
    if number is None:
        raise Unreadable("the notice has no number in the Official Journal (NO_DOC_OJS)")
    originals = _originals(_section(root, "FORM_SECTION"))
    main = originals[0].form
    code = value(coded, "CODIF_DATA", "TD_DOCUMENT_TYPE", key="CODE")
    kind = _form(code)
    buyers = _buyers(originals)
    country = COUNTRIES.get(value(noted, "ISO_COUNTRY") or "")
    zone = zone_of(country, next((b.organisation.nuts.code for b in buyers if b.organisation.nuts), None))
    lots = read_lots(originals, kind, coded, zone=zone)
    contract = part(main, "OBJECT_CONTRACT")
    return Notice(
        id=number,
        version=1,
        form=kind,
        publication=Publication(
            "eu_ted", number, compact_day(words_of(coded, "REF_OJS", "DATE_PUB")), _PAGE.format(number=number)
        ),
        notice_type=main.get("FORM"),
        schema=f"TED_EXPORT {root.get('VERSION') or main.get('VERSION') or ''}".strip(),
        procedure_type=read_procedure(main),
        languages=_languages(noted),
        titles=joined(_title(o) for o in originals),
        descriptions=joined(_description(o) for o in originals),
        nature=(value(contract, "TYPE_CONTRACT", key="CTYPE") or "").lower() or None,
        cpv=codes(parts(noted, "ORIGINAL_CPV")),
        nuts=places(parts(noted, "PERFORMANCE_NUTS") or parts(noted, "ORIGINAL_NUTS")),
        estimate=amount(part(contract, "VAL_ESTIMATED_TOTAL")),
        buyers=buyers,
        lots=lots,
        awards=read_awards(main, lots, originals[0].language),
        changes=read_changes(originals, noted, corrects=code == _CORRIGENDUM),
    )


def _section(root: Element, name: str) -> Element:
    """A section without which there is no notice."""
    found = part(root, name)
    if found is None:
        raise Unreadable(f"the notice has no {name}")
    return found


def _languages(noted: Element | None) -> tuple[str, ...]:
    """The languages the buyer wrote in; R2.0.8 puts several in one element, "FR NL" (TED 308849-2021)."""
    written = [code for element in parts(noted, "LG_ORIG") for code in (element.text or "").split()]
    return once([LANGUAGES.get(code, code) for code in written])


def _form(code: str | None) -> Form:
    """The form, from the document type. A corrigendum (F14) does not state what it corrects; nearly all correct a call,
    and it is read as one, without lots, so that it opens nothing."""
    if code is None:
        raise Unreadable("the notice states no document type (TD_DOCUMENT_TYPE)")
    if code not in FORMS:
        raise Unknown(f"the document type {code!r} (TD_DOCUMENT_TYPE) is unknown; teach FORMS its form")
    return FORMS[code]


def _originals(section: Element) -> list[Original]:
    """The forms the buyer wrote, in each of its languages; a NOTICE_UUID may come before them (TED 290129-2021)."""
    forms = [form for form in section.iterchildren() if form.get("CATEGORY")]
    written = [form for form in forms if form.get("CATEGORY") == "ORIGINAL"] or forms[:1]
    if not written:
        raise Unreadable("the notice has no form in its FORM_SECTION")
    return [Original(form, LANGUAGES.get(form.get("LG") or "", form.get("LG"))) for form in written]


def _buyers(originals: list[Original]) -> tuple[Buyer, ...]:
    """The buyers, named in each original language."""
    body = part(originals[0].form, "CONTRACTING_BODY")
    legal = value(body, "CA_TYPE")
    activity = value(body, "CA_ACTIVITY") or value(body, "CE_ACTIVITY")
    rows = [every(original.form, *_BUYERS) for original in originals]
    buyers: list[Buyer] = []
    for place, address in enumerate(rows[0]):
        organisation_read = organisation(address, f"ORG-{place + 1:04d}", originals[0].language)
        addresses = ((row[place], o.language) for row, o in zip(rows, originals, strict=True) if place < len(row))
        organisation_read = replace(
            organisation_read,
            names=joined(line(first(address_node, "OFFICIALNAME"), language) for address_node, language in addresses),
        )
        buyers.append(Buyer(organisation_read, legal, activity) if place == 0 else Buyer(organisation_read))
    return tuple(buyers)


def _title(original: Original) -> tuple[Text, ...]:
    """II.1.1."""
    contract = part(original.form, "OBJECT_CONTRACT")
    return line(part(contract, "TITLE"), original.language) or line(
        first(original.form, "TITLE_CONTRACT"), original.language
    )


def _description(original: Original) -> tuple[Text, ...]:
    """II.1.4."""
    contract = part(original.form, "OBJECT_CONTRACT")
    return paragraphs(part(contract, "SHORT_DESCR"), original.language) or paragraphs(
        first(original.form, "SHORT_CONTRACT_DESCRIPTION"), original.language
    )
