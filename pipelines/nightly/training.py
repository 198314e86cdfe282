"""Weights for the next nights, from awards and from members' feedback: the work of `pib train`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from matching.encoder.embedding import Model, digest_of, load_model
from matching.engine import texts_to_encode
from matching.fit.awards.award_dataset import TEST, Bought, past_of_notices, read_past
from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.cross_validation import Study, study_fit
from matching.fit.estimator import Examples
from matching.fit.feedback_examples import examples_of
from matching.fit.model import Fit
from matching.fit.training_set import MeasuredLot, learn_past_codes, measure_lessons, texts_of
from matching.fit.weights import name_fit, write_fit
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import writes
from pipelines.nightly.embeddings import encode_missing
from pipelines.nightly.feedback import load_feedback_examples
from warehouse.model.notices import Text
from warehouse.store import Store

WAREHOUSE = "warehouse"


@writes("pib train")
def learn(workspace: Workspace, awards: str, today: date) -> tuple[Study, Fit]:
    """Learns and writes the data folder's weights. Raises AwardsUnreadable, TooFewAwards."""
    with workspace.open_cluster() as store:
        past = past_of_notices(store.load_notices()) if awards == WAREHOUSE else read_past(Path(awards))
        past = tuple(bought for bought in past if bought.fold != TEST)
        model = load_model(workspace.settings.model, workspace.models)
        vectors = _encode(workspace, store, model, texts_of(past))
        codes = learn_past_codes(past)
        answered = _answered(workspace, store, model, codes)
    study = study_fit(_build_lessons(workspace, past, vectors), answered)
    answers_note = f" and {len(answered.won)} answers of members" if answered else ""
    source = "the warehouse" if awards == WAREHOUSE else Path(awards).name
    trained = (
        f"{today}: {study.winners} awards of {source}, {study.purchases} purchases{answers_note}; meaning by {model.id}"
    )
    fit = name_fit(study.fit(codes, trained), today)
    write_fit(fit, workspace.weights)
    return study, fit


def _encode(workspace: Workspace, store: Store, model: Model, texts: Sequence[Text]) -> dict[str, bytes]:
    """The vectors of these texts, those that are missing encoded and saved as a night does."""
    workspace.progress.begin("encoding texts, by tokens")
    by_digest = {digest_of(text): text for text in texts}
    encode_missing(workspace, store, model, tuple(by_digest.values()))
    return store.load_vectors(model.id, by_digest)


def _build_lessons(
    workspace: Workspace, past: Sequence[Bought], vectors: Mapping[str, bytes]
) -> dict[str, list[MeasuredLot]]:
    """Every purchase as examples, with the other folds as the past."""
    workspace.progress.begin("asking about the past")
    lessons: dict[str, list[MeasuredLot]] = {}
    for fold in (folds := sorted({bought.fold for bought in past})):
        others, mine = ([b for b in past if (b.fold == fold) is same] for same in (False, True))
        lessons[fold] = list(measure_lessons(others, mine, vectors))
        workspace.progress.advance(len(lessons), len(folds))
    return lessons


def _answered(workspace: Workspace, store: Store, model: Model, codes: CodeVectors) -> Examples | None:
    """Members' feedback as examples; None when there is none."""
    members, examples = store.load_members(), load_feedback_examples(store)
    if not examples:
        return None
    references = store.load_references(member.company_number for member in members)
    vectors = _encode(workspace, store, model, texts_to_encode((), members, references, examples))
    return examples_of(examples, members, references, vectors, codes)


def study_summary(workspace: Workspace, study: Study, fit: Fit, page: Path | None) -> str:
    """The result of training in a few lines.

    `study` are the measures and `fit` the learned weights, written in `workspace`; `page` is the report's file, None
    for none.
    """
    found = study.calibration
    lines = [
        f"{fit.id}: {fit.trained}",
        f"on folds not trained on: nDCG@10 {study.ndcg.mean:.3f} ± {study.ndcg.error:.3f}, recall@10 "
        f"{study.recall.mean:.3f}, calibration error {found.ece:.3f} ± {found.ece_error:.3f}, Brier {found.brier:.3f}",
        f"the next night uses it: {workspace.weights}",
        *([f"report: {page}"] if page else []),
    ]
    return "\n".join(lines)


def study_values(workspace: Workspace, study: Study, fit: Fit, page: Path | None) -> dict[str, object]:
    """The result of training for JSON, with every figure.

    `study` are the measures and `fit` the learned weights, written in `workspace`; `page` is the report's file, None
    for none.
    """
    examples: dict[str, object] = {
        "weights": str(workspace.weights),
        "id": fit.id,
        "trained": fit.trained,
        "page": str(page) if page else None,
    }
    return examples | {name: value for name, value in asdict(study).items() if name not in {"base", "weights"}}
