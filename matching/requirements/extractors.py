"""What one sentence requires: a turnover, certificates, references, languages, staff. One function a kind.

How a kind is recognised. Which sentences are a lot's, and how the findings are merged, is in clauses.py and
extraction.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from matching.requirements.certificates import buys_certifying, certificates_in, may_name_certificates
from matching.requirements.clauses import Clause
from matching.requirements.number_parsing import amounts, least_counts, says_least
from matching.requirements.passages import Passage, PassagePlace
from matching.requirements.patterns import demands
from warehouse.model.notices import Money
from warehouse.model.requirements import Requirement, RequirementKind, RequirementSource, Rule

_NEAR = 60
_DEMANDED = re.compile(
    r"\b(?:doi(?:t|vent)|devr\w+|supérieur|inférieur|atteindre|élev\w+|exig\w+|requi\w+|bedraa?g\w*|moet(?:en)?|vereist|"
    r"betr[aä]g\w*|müssen|muss|erforderlich|must|shall|required|exceed\w*)\b|[≥>]",
    re.IGNORECASE,
)
_YEARS = re.compile(
    r"\b(\d|deux|trois|drie|twee|drei|zwei|three|two|cinq|vijf|fünf|five)\b(?:\s?\(\d+\))?(?:\s\w+){0,2}\s"
    r"(?:ans|années|exercices|jaar|jaren|boekjaren|jahre\w?|geschäftsjahre\w?|years)",
    re.IGNORECASE,
)
_YEAR_WORDS = {"deux": 2, "twee": 2, "zwei": 2, "two": 2, "cinq": 5, "vijf": 5, "fünf": 5, "five": 5}
_CERTIFIED = re.compile(r"certifi|zertifiz", re.IGNORECASE)
_LEVEL = re.compile(r"\b([ABC][12])\b")


@dataclass(frozen=True, slots=True)
class ClauseContext:
    """A clause and its place; `language` is its two letters."""

    clause: Clause
    place: PassagePlace
    language: str | None

    @property
    def is_described(self) -> bool:
        """Whether it is in a description, where the same words mostly concern what is bought."""
        return self.place == PassagePlace.DESCRIPTION


@lru_cache(maxsize=64)  # each finder calls it for the same clause
def _speaks_of_crew(text: str) -> bool:
    """Whether it is about those who do the work."""
    return demands().crew.is_in(text)


def may_require(passage: Passage) -> bool:
    """Whether any sentence of a passage can state a requirement: of bench.night's, 93 of 100 descriptions and 60 of 100
    criteria have none of the words that any finder needs."""
    words, text = demands(), " ".join(passage.text.value.split())
    if passage.place is PassagePlace.DESCRIPTION:
        return words.crew.is_in(text) or _CERTIFIED.search(text) is not None or words.described.is_in(text)
    kinds = (words.turnover, words.reference, words.staff, words.language)
    return says_least(text) or any(kind.words.is_in(text) for kind in kinds) or may_name_certificates(text)


Finder = Callable[[ClauseContext], Iterator[Requirement]]


def find_turnover(context: ClauseContext) -> Iterator[Requirement]:
    """A turnover to be declared or reached. The amount is the one nearest to the word; the value of the contract, which
    is often beside it, is not."""
    words = demands()
    text = context.clause.text
    if context.is_described and not (says_least(text) and _speaks_of_crew(text)):
        return
    if not words.turnover.words.is_in(text):
        if not (words.turnover.words.is_in(context.clause.heading) and amounts(text)):
            return
        text = f"{context.clause.heading} {text}"
    if words.turnover.not_words.is_in(text):
        return
    money = _turnover_amount(text)
    if context.is_described and money is None:
        return
    summed = money and words.cumulated.is_in(text) and not words.averaged.is_in(text)
    yield _requirement(context, RequirementKind.TURNOVER, text, money=money, years=_years(text) if summed else 1)


def _turnover_amount(text: str) -> Money | None:
    words = demands()
    if not (says_least(text) or _DEMANDED.search(text)):
        return None
    places = [(hit.start(), hit.end()) for hit in words.turnover.words.finditer(text)]
    best: tuple[int, Money] | None = None
    for start, end, money in amounts(text):
        before = text[max(0, start - 28) : start]
        if words.relative.is_in(before) or re.search(r"\bmax\w*\.?\s*$|bis zu\s*$", before, re.IGNORECASE):
            continue
        after = [start - word_end for _, word_end in places if word_end <= start]
        ahead = [word_start - end + 40 for word_start, _ in places if 0 <= word_start - end <= 25]
        distance = min([*after, *ahead], default=999)
        if distance < 400 and (best is None or distance < best[0]):
            best = (distance, money)
    return best[1] if best else None


def _years(text: str) -> int:
    years_match = _YEARS.search(text)
    if years_match is None:
        return 3  # the law names the last three years (2014/24/EU, Annex XII)
    return int(years_match[1]) if years_match[1].isdigit() else _YEAR_WORDS.get(years_match[1].lower(), 3)


def find_certificates(context: ClauseContext) -> Iterator[Requirement]:
    """Certificates, each by its name. In a description only a named one that those who perform must have."""
    text = context.clause.text
    if context.is_described and (not (_CERTIFIED.search(text) or _speaks_of_crew(text)) or buys_certifying(text)):
        return
    for name in certificates_in(text):
        if name or not context.is_described:
            yield _requirement(context, RequirementKind.CERTIFICATE, text, name=name)


def find_references(context: ClauseContext) -> Iterator[Requirement]:
    """Earlier work to be shown, with the least number where one is stated."""
    words = demands().reference
    text = context.clause.text
    if context.is_described and not (says_least(text) and _speaks_of_crew(text)):
        return
    is_stated = words.words.is_in(text)
    if not is_stated and not words.words.is_in(context.clause.heading):
        return
    counted = least_counts(text, words.nouns, least_only=context.is_described)
    if words.not_words.is_in(text) or not (counted or (is_stated and not context.is_described)):
        return
    for number in counted or [None]:
        yield _requirement(context, RequirementKind.REFERENCE, text, number=number)


def find_staff(context: ClauseContext) -> Iterator[Requirement]:
    """People to be shown, with the least number where one is stated."""
    words = demands()
    text = context.clause.text
    if context.is_described and not (says_least(text) and _speaks_of_crew(text)):
        return
    is_stated = words.staff.words.is_in(text)
    counts = says_least(text) and not words.reference.words.is_in(text)
    counted = least_counts(text, words.staff.nouns, least_only=True) if counts else []
    if words.staff.not_words.is_in(text) or not (counted or (is_stated and not context.is_described)):
        return
    for number in counted or [None]:
        yield _requirement(context, RequirementKind.STAFF, text, number=number)


def find_languages(context: ClauseContext) -> Iterator[Requirement]:
    """Languages of documents or of people. A language that is taught or translated is what is bought, no
    requirement."""
    words = demands()
    text = context.clause.text
    cues = [*(words.described if context.is_described else words.language.words).finditer(text)]
    if not cues or words.language.not_words.is_in(text):
        return
    for code, names in words.tongues:
        hit = next((hit for hit in names.finditer(text) if any(_is_near(hit, cue) for cue in cues)), None)
        if hit:
            level = _LEVEL.search(text, hit.start(), hit.end() + 40)
            yield _requirement(context, RequirementKind.LANGUAGE, text, name=code, level=level[1] if level else None)


def _is_near(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() - other.end() < _NEAR and other.start() - one.end() < _NEAR


def _requirement(context: ClauseContext, kind: RequirementKind, text: str, **value: object) -> Requirement:
    """With the rule and the hardness of the sentence."""
    rules = demands().rules
    rule = Rule.SUM if kind == RequirementKind.TURNOVER else Rule.ANY
    if rules["one"].is_in(text):
        rule = Rule.ANY
    elif kind != RequirementKind.TURNOVER and rules["all"].is_in(text):
        rule = Rule.ALL
    elif kind != RequirementKind.TURNOVER and rules["performer"].is_in(text):
        rule = Rule.PERFORMER
    return Requirement(
        kind,
        rule,
        text,
        RequirementSource.DESCRIPTION if context.is_described else RequirementSource.SELECTION,
        is_hard=not rules["soft"].is_in(text),
        language=context.language,
        **value,  # pyright: ignore[reportArgumentType]
    )


FINDERS: tuple[Finder, ...] = (find_turnover, find_certificates, find_references, find_languages, find_staff)
"""Every kind, in the order of output."""
