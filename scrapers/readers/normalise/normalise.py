"""What is done to every notice after its reader, whatever its publisher: undeclared languages named, groups of winners
taken apart, languages of tenders compared with the official list, impossible deadlines left out. A notice that needs
none of it comes back as it is.
"""

from __future__ import annotations

from dataclasses import replace

from scrapers.readers.normalise.deadlines import begin_of
from scrapers.readers.normalise.language_detection import name_language
from scrapers.readers.normalise.winner_groups import split_group
from warehouse.model.notices import Award, Form, Lot, Notice, Text


def finish(notice: Notice) -> Notice:
    """The notice with every text's language named and every winner an organisation of its own."""
    if _is_silent(notice):
        notice = _complete_languages(notice)
    if notice.awards:
        awards = tuple(_name_winners(award) for award in notice.awards)
        if awards != notice.awards:
            notice = replace(notice, awards=awards)
    return _without_impossible_deadlines(_without_unknown_languages(notice))


TENDER_LANGUAGES = frozenset(
    "BUL CES DAN DEU ELL ENG EST FIN FRA GLE HRV HUN ITA LAV LIT MLT NLD POL POR RON SLK SLV SPA SWE".split()  # noqa: SIM905
)
"""The official languages of the Union, the publishers' list "language_eu-official-language" of November 2026."""


def _without_unknown_languages(notice: Notice) -> Notice:
    """Languages in which no tender can be required ("RAR", "0D0") are left out: unknown, which refuses no member."""
    unknown = sorted({code for lot in notice.lots for code in lot.tender_languages} - TENDER_LANGUAGES)
    if not unknown:
        return notice
    doubt = f"tenders in {', '.join(unknown)}, no official language of the Union: left out, and refuses no member"
    return replace(
        notice,
        lots=tuple(
            replace(lot, tender_languages=tuple(code for code in lot.tender_languages if code in TENDER_LANGUAGES))
            for lot in notice.lots
        ),
        doubts=(*notice.doubts, doubt),
    )


def _without_impossible_deadlines(notice: Notice) -> Notice:
    """A call's deadlines before its dispatch or publication are left out; a change may restate one that is over."""
    starts = [at for at in (notice.issued_at, begin_of(notice.publication.day, None)) if at]
    if notice.form is not Form.COMPETITION or notice.changes or notice.version > 1 or not starts:
        return notice
    since = max(starts)
    early = sorted({lot.deadline.at for lot in notice.lots if lot.deadline and lot.deadline.at < since})
    if not early:
        return notice
    shown = ", ".join(at.isoformat() for at in early)
    doubt = f"a deadline before dispatch or publication was left out ({shown}); look at the notice"
    possible = (replace(lot, deadline=None) if lot.deadline and lot.deadline.at < since else lot for lot in notice.lots)
    return replace(notice, lots=tuple(possible), doubts=(*notice.doubts, doubt))


def _name_winners(award: Award) -> Award:
    winners = tuple(split_group(party) for party in award.winners)
    return award if winners == award.winners else replace(award, winners=winners)


def _is_silent(notice: Notice) -> bool:
    """Whether any text declares no language. Nearly all declare theirs, so this is all that most notices cost."""
    for texts in (notice.titles, notice.descriptions, *(change.texts for change in notice.changes)):
        for text in texts:
            if text.language is None:
                return True
    for lot in notice.lots:
        for texts in (lot.titles, lot.descriptions, *[criterion.texts for criterion in lot.criteria]):
            for text in texts:
                if text.language is None:
                    return True
    return False


def _complete_languages(notice: Notice) -> Notice:
    return replace(
        notice,
        titles=_named(notice.titles),
        descriptions=_named(notice.descriptions),
        lots=tuple(_complete_lot_languages(lot) for lot in notice.lots),
        changes=tuple(replace(change, texts=_named(change.texts)) for change in notice.changes),
    )


def _complete_lot_languages(lot: Lot) -> Lot:
    return replace(
        lot,
        titles=_named(lot.titles),
        descriptions=_named(lot.descriptions),
        criteria=tuple(replace(criterion, texts=_named(criterion.texts)) for criterion in lot.criteria),
    )


def _named(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple(name_language(text) for text in texts)
