"""What a lot requires, in short: the needs among its facets, each once, without requirements and codes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.notices import Text


def needs_in(facets: Sequence[Facet]) -> tuple[Text, ...]:
    """The needs of a lot with their languages, in the order of its text; the title only where no sentence is more
    precise. A need whose words another one contains is left out."""
    sentences = [facet for facet in facets if facet.kind is FacetKind.SENTENCE and facet.need]
    shown = sentences or [facet for facet in facets if facet.kind is FacetKind.TITLE and facet.need]
    words = [_words(facet.need or "") for facet in shown]
    return tuple(
        Text(facet.need or "", facet.language)
        for at, facet in enumerate(shown)
        if not any(
            words[at] in other and (len(words[at]) < len(other) or place < at)
            for place, other in enumerate(words)
            if place != at
        )
    )


def _words(need: str) -> str:
    """The words between single blanks, in lower case, with a blank before and after."""
    words = re.sub(r"\W+", " ", need).strip().lower()
    return f" {words} "
