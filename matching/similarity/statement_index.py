"""The members as the night's lots are compared with them: their statements as words, codes and vectors, prepared once.

The arrays that do not depend on a lot, and the similarity of every facet of one lot to every statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.encoder.embedding import digest_of
from matching.errors import VectorsRefused
from matching.requirements.facets import reweighed
from matching.similarity.label_similarity import Uncoded
from matching.similarity.scales import CodeTable, meaning_similarity
from matching.similarity.statements import Statement, statements_of
from matching.text.bm25 import Words
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import shipped_labels
from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.members import Member
from warehouse.model.notices import Reference, Text

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """One lot compared with all statements, each float32 of shape (facets, statements) in [0, 1]: shared words, shared
    CPV (rows of CPV facets only, 0 elsewhere) and shared meaning (all 0 until vectors are given)."""

    facets: tuple[Facet, ...]
    words: Floats
    cpv: Floats
    meaning: Floats


def narrow(like: Similarities, kept: NDArray[np.bool_]) -> Similarities:
    """The same similarities of some facets only, weighted anew; `kept` is bool of shape (facets,)."""
    if kept.all():
        return like
    facets = reweighed([facet for facet, is_kept in zip(like.facets, kept.tolist(), strict=True) if is_kept])
    return Similarities(facets, like.words[kept], like.cpv[kept], like.meaning[kept])


class StatementPool:
    """Every statement of every member, in the order of their ids. `members` are sorted by id; statement `i` belongs to
    member `owner[i]`, those of member j lie in `span(j)`."""

    def __init__(self, members: Sequence[Member], references: Sequence[Reference] = ()) -> None:
        self.members = tuple(sorted(members, key=lambda m: m.id))
        self.references = tuple(references)
        self.statements: tuple[Statement, ...] = statements_of(self.members, references)
        place = {member.id: j for j, member in enumerate(self.members)}
        self.owner = np.array([place[s.member] for s in self.statements], dtype=np.int64)
        self._starts = np.searchsorted(self.owner, np.arange(len(self.members) + 1))
        self._speaking = np.flatnonzero(np.diff(self._starts))
        background = [(row.text(x), x) for row in shipped_labels().values() for x in ("fr", "nl", "en", "de")]
        self._words = Words([(s.text.value, language_of(s.text)) for s in self.statements], background)
        self._codes = tuple(sorted({code for s in self.statements for code in s.cpv}))
        at = {code: i for i, code in enumerate(self._codes)}
        # The last column is a code no statement has, so that one without codes still has a column for its maximum.
        groups = [[*(at[code] for code in s.cpv), len(self._codes)] for s in self.statements]
        self._flat_codes = np.array([i for group in groups for i in group], dtype=np.int64)
        self._code_starts = np.cumsum([0, *(len(group) for group in groups)])[:-1]
        self._table = CodeTable(self._codes)
        self._by_code: dict[Cpv, Floats] = {}
        self.uncoded = Uncoded(self.statements)

    def span(self, member: int) -> slice:
        """The positions of that member's statements."""
        return slice(int(self._starts[member]), int(self._starts[member + 1]))

    def states_something(self, member: int) -> bool:
        """Whether that member has a statement."""
        return bool(self._starts[member] < self._starts[member + 1])

    def texts(self) -> tuple[Text, ...]:
        """The words of every statement."""
        return tuple(statement.text for statement in self.statements)

    def compute_similarities(self, facets: tuple[Facet, ...]) -> Similarities:
        """Words and codes of a lot compared with every statement; no vector is needed."""
        shape = (len(facets), len(self.statements))
        words = np.zeros(shape, dtype=np.float32)
        cpv = np.zeros(shape, dtype=np.float32)
        for i, facet in enumerate(facets if self.statements else ()):
            words[i] = self.word_similarities(facet)
            if facet.kind is FacetKind.CPV and facet.code:
                cpv[i] = self.code_similarities(Cpv(facet.code))
        return Similarities(facets, words, cpv, np.zeros(shape, dtype=np.float32))

    def word_similarities(self, facet: Facet) -> Floats:
        """The words of one facet compared with every statement, float32 of shape (statements,)."""
        return self._words.similarity(facet.text, facet.language or "")

    def code_similarities(self, required: Cpv) -> Floats:
        """One code compared with every statement, float32 of shape (statements,). Cached: a night needs some hundred
        codes some thousand times."""
        if required not in self._by_code:
            values = np.append(self._table.similarity(required), np.float32(0))
            self._by_code[required] = np.maximum.reduceat(values[self._flat_codes], self._code_starts)
        return self._by_code[required]

    def by_member(self, values: Floats) -> Floats:
        """The highest value among each member's statements: shape (facets, statements) to (facets, members), 0 for
        none."""
        speaking = self._speaking
        if len(speaking) == len(self.members) and len(values) and len(speaking):
            return np.maximum.reduceat(values, self._starts[:-1], axis=1).astype(np.float32, copy=False)
        out = np.zeros((len(values), len(self.members)), dtype=np.float32)
        if len(speaking) and len(values):
            out[:, speaking] = np.maximum.reduceat(values, self._starts[speaking], axis=1)
        return out

    def first_by_member(self, values: Floats, best: Floats) -> NDArray[np.int64]:
        """The position of each member's first statement with its highest value, shape (facets, statements) with the
        result of `by_member` to (facets, members); past the last statement for members without any."""
        count = values.shape[1]
        out = np.full(best.shape, count, dtype=np.int64)
        speaking = self._speaking
        if len(speaking) and len(values):
            places = np.where(values == best[:, self.owner], np.arange(count, dtype=np.int32), np.int32(count))
            out[:, speaking] = np.minimum.reduceat(places, self._starts[speaking], axis=1)
        return out

    def mean_by_member(self, values: Floats) -> Floats:
        """The mean over each member's statements: shape (statements,) to (members,), 0 for none."""
        count = np.diff(self._starts)
        total = np.bincount(self.owner, values, minlength=len(self.members))
        return (total / np.maximum(count, 1)).astype(np.float32)


def text_of(facet: Facet) -> Text:
    """A facet's words with their language, as they are encoded."""
    return Text(facet.text, facet.language)


class Vectors:
    """The night's vectors by digest, checked as they are read: all of one length, all finite."""

    def __init__(self, kept: Mapping[str, bytes]) -> None:
        self._kept = kept
        self._dimension: int | None = None

    def stack(self, texts: Sequence[Text]) -> Floats:
        """The vectors of these texts, float32 of shape (texts, dimension). Raises VectorsRefused."""
        digests = [digest_of(text) for text in texts]
        blobs = [self._kept.get(digest, b"") for digest in digests]
        if blobs and len(blobs[0]) and len(blobs[0]) % 4 == 0 and len(set(map(len, blobs))) == 1:
            found = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1).astype(np.float32)
            if self._dimension in {None, found.shape[1]} and np.isfinite(found).all():
                self._dimension = found.shape[1]
                return found
        rows = [self._vector(text, digest) for text, digest in zip(texts, digests, strict=True)]  # one raises
        return np.stack(rows) if rows else np.zeros((0, self._dimension or 0), dtype=np.float32)

    def take(self, kept: Mapping[str, bytes]) -> None:
        """Replaces the vectors by others, of the same length."""
        self._kept = kept

    def _vector(self, text: Text, digest: str) -> Floats:
        blob = self._kept.get(digest)
        if blob is None:
            raise VectorsRefused(
                f"no vector for {text.value[:60]!r} ({digest[:12]}); encode all of texts_to_encode first"
            )
        if len(blob) % 4 or not blob:
            raise VectorsRefused(
                f"vector {digest[:12]} has {len(blob)} bytes, not a number of float32; encode it again"
            )
        vector = np.frombuffer(blob, dtype="<f4").astype(np.float32)
        if self._dimension is None:
            self._dimension = len(vector)
        if len(vector) != self._dimension:
            raise VectorsRefused(
                f"vector {digest[:12]} has {len(vector)} numbers, the others {self._dimension}: two models are mixed; "
                "give the vectors of one model id only"
            )
        if not np.isfinite(vector).all():
            raise VectorsRefused(f"vector {digest[:12]} holds numbers that are not finite; encode it again")
        return vector


def add_meaning(like: Similarities, statements: Floats, vectors: Vectors) -> Similarities:
    """The same similarities with meaning: `statements` are the pool's vectors, float32 of shape (statements,
    dimension)."""
    return add_meanings([like], statements, vectors)[0]


def add_meanings(many: Sequence[Similarities], statements: Floats, vectors: Vectors) -> list[Similarities]:
    """add_meaning of several lots at once, which takes a quarter of the time and gives the same.

    `statements` are the pool's vectors, float32 of shape (statements, dimension); `vectors` holds those of the facets.
    """
    facets = vectors.stack([text_of(facet) for like in many for facet in like.facets])
    if not len(facets) or not len(statements):
        return list(many)
    meaning = np.split(meaning_similarity(facets, statements), np.cumsum([len(like.facets) for like in many])[:-1])
    return [Similarities(like.facets, like.words, like.cpv, rows) for like, rows in zip(many, meaning, strict=True)]
