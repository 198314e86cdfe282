"""What a TED_EXPORT notice changes or follows: corrigenda (F14), modifications of contracts (F20), earlier notices."""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.readers.normalise.text import read_line
from scrapers.readers.ted.export_lots import Original
from scrapers.readers.ted.export_tree import joined, number_of, paragraphs, part, parts, words_of
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Change, Text

FOLLOWS = "follows"
"""The reason of a Change that only names the notice before this one (a result and its call)."""


def read_changes(originals: list[Original], noted: Element | None, *, corrects: bool) -> tuple[Change, ...]:
    """The notice that this one corrects, modifies or follows; `noted` is NOTICE_DATA."""
    main = originals[0].form
    before = words_of(part(noted, "REF_NOTICE"), "NO_DOC_OJS") or words_of(
        main, "COMPLEMENTARY_INFO", "NOTICE_NUMBER_OJ"
    )
    notice = number_of(before or words_of(main, "PROCEDURE", "NOTICE_NUMBER_OJ"))
    modified = part(main, "MODIFICATIONS_CONTRACT", "INFO_MODIFICATIONS")
    if corrects:
        texts = joined(_corrections(o) for o in originals)
        return (Change(notice or "", None, texts),)
    if modified is not None:
        reason = "add-wss" if part(modified, "ADDITIONAL_NEED") is not None else "mod-cir"
        found = ((part(o.form, "MODIFICATIONS_CONTRACT", "INFO_MODIFICATIONS"), o.language) for o in originals)
        return (Change(notice or "", reason, joined(paragraphs(part(form, "SHORT_DESCR"), lg) for form, lg in found)),)
    return (Change(notice, FOLLOWS),) if notice else ()


def _corrections(original: Original) -> tuple[Text, ...]:
    """VII.1.2, a line each: where, the old text, the new text; and VII.2 in words."""
    frame = part(original.form, "CHANGES")
    corrections = [Text(_correction(change), original.language) for change in parts(frame, "CHANGE")]
    return (*corrections, *paragraphs(part(frame, "INFO_ADD"), original.language))


def _correction(change: Element) -> str:
    """ "IV.2.2) Date limite: 2021-01-14 12:00 -> 2021-01-22 12:00"."""
    where = " ".join(_words(part(change, "WHERE")))
    old = " ".join(_words(part(change, "OLD_VALUE"))) or "-"
    new = " ".join(_words(part(change, "NEW_VALUE"))) or "-"
    return read_line(f"{where}: {old} -> {new}")


def _words(node: Element | None) -> Iterator[str]:
    """All words in an element, codes included."""
    for element in () if node is None else node.iter():
        code = element.get("CODE")
        if code:
            yield code
        if element.text and element.text.strip():
            yield element.text.strip()
        if element.tail and element.tail.strip():
            yield element.tail.strip()
