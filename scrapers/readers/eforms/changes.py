"""The changes a notice declares: an earlier notice (BT-758), why (BT-140), in which words (BT-141), in which lots.

A contract modification (form cont-modif) points at the award it modifies in the same way (BT-1501, BT-200, BT-202).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrapers.readers.eforms.tree import CBC, EFAC, EFBC, child, once, paragraphs, word, words
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Change

_CHANGED_NOTICE_IDENTIFIER = EFBC + "ChangedNoticeIdentifier"
_CHANGE_REASON = EFAC + "ChangeReason"
_REASON_CODE = CBC + "ReasonCode"
_CHANGE_DESCRIPTION = EFBC + "ChangeDescription"
_REASON_DESCRIPTION = EFBC + "ReasonDescription"
_CHANGED_SECTION = EFAC + "ChangedSection"
_CHANGE = EFAC + "Change"
_SECTION = EFBC + "ChangedSectionIdentifier"
_LOTS = ("LOT-", "PAR-", "GLO-")


def read_changes(declared: Iterable[Element]) -> tuple[Change, ...]:
    """Every change the notice declares (efac:Changes, efac:ContractModification); an empty frame that a form left
    behind declares none."""
    return tuple(change for node in declared if (change := _read_change(node)) is not None)


def _read_change(declared: Element) -> Change | None:
    """One declared change; None where it names no notice and has no words."""
    notice = word(declared, _CHANGED_NOTICE_IDENTIFIER)
    why = child(declared, _CHANGE_REASON)
    reason = None if why is None else word(why, _REASON_CODE)
    parts = list(declared.iterchildren(_CHANGE))
    texts = [text for part in parts for text in paragraphs(part.iterchildren(_CHANGE_DESCRIPTION))]
    if why is not None:
        texts.extend(paragraphs(why.iterchildren(_REASON_DESCRIPTION)))
    if notice is None and reason is None and not texts:
        return None
    sections = once([section for part in parts for section in _sections(part)])
    return Change(
        notice=(notice or "").lower(),
        reason=reason,
        texts=tuple(dict.fromkeys(texts)),
        lots=tuple(section for section in sections if section.startswith(_LOTS)),
        sections=tuple(section for section in sections if not section.startswith(_LOTS)),
    )


def _sections(part: Element) -> Iterator[str | None]:
    """What a change touches: in a frame of its own, or bare in the oldest SDKs."""
    yield from (words(bare) for bare in part.iterchildren(_SECTION))
    for framed in part.iterchildren(_CHANGED_SECTION):
        yield from (words(section) for section in framed.iterchildren(_SECTION))
