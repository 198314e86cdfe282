"""Weights for the next nights, from awards and from what members answered: what `pib train` does."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from matching.encoder.embedding import Model, digest_of, load_model
from matching.engine import texts_to_encode
from matching.fit.award_dataset import TEST, Bought, past_of_notices, read_past
from matching.fit.code_embeddings import CodeVectors
from matching.fit.cross_validation import Study, study_fit
from matching.fit.estimator import Examples
from matching.fit.feedback_examples import examples_of
from matching.fit.model import Fit
from matching.fit.training_set import Asked, ask_lessons, learn_past_codes, texts_of
from matching.fit.weights import name_fit, write_fit
from pipelines.config.workspace import House
from pipelines.nightly.embeddings import encode_missing
from pipelines.nightly.feedback import find_told
from warehouse.model.notices import Text
from warehouse.store import Store

WAREHOUSE = "warehouse"


def learn(house: House, awards: str, today: date) -> tuple[Study, Fit]:
    """Learns and writes the data folder's weights. Raises AwardsUnreadable, TooFewAwards."""
    with Store.open(house.warehouse) as store:
        past = past_of_notices(store.find_notices()) if awards == WAREHOUSE else read_past(Path(awards))
        past = tuple(bought for bought in past if bought.fold != TEST)
        model = load_model(house.settings.model, house.models)
        vectors = _encode(house, store, model, texts_of(past))
        codes = learn_past_codes(past)
        answered = _answered(house, store, model, codes)
    study = study_fit(_ask(house, past, vectors), answered)
    heard = f" and {len(answered.won)} answers of members" if answered else ""
    source = "the warehouse" if awards == WAREHOUSE else Path(awards).name
    trained = f"{today}: {study.winners} awards of {source}, {study.purchases} purchases{heard}; meaning by {model.id}"
    fit = name_fit(study.fit(codes, trained), today)
    write_fit(fit, house.weights)
    return study, fit


def _encode(house: House, store: Store, model: Model, texts: Sequence[Text]) -> dict[str, bytes]:
    """The vectors of these texts, those that are missing encoded and kept as the nights' are."""
    house.progress.begin("encoding texts, by tokens")
    by_digest = {digest_of(text): text for text in texts}
    encode_missing(house, store, model, tuple(by_digest.values()))
    return store.find_vectors(model.id, by_digest)


def _ask(house: House, past: Sequence[Bought], vectors: Mapping[str, bytes]) -> dict[str, list[Asked]]:
    """Every purchase asked about with the other folds as the past."""
    house.progress.begin("asking about the past")
    asked: dict[str, list[Asked]] = {}
    for fold in (folds := sorted({bought.fold for bought in past})):
        others, mine = ([b for b in past if (b.fold == fold) is same] for same in (False, True))
        asked[fold] = list(ask_lessons(others, mine, vectors))
        house.progress.advance(len(asked), len(folds))
    return asked


def _answered(house: House, store: Store, model: Model, codes: CodeVectors) -> Examples | None:
    """What members answered, as examples; None when nobody did."""
    members, told = store.find_members(), find_told(store)
    if not told:
        return None
    references = store.find_references(member.company_number for member in members)
    vectors = _encode(house, store, model, texts_to_encode((), members, references, told))
    return examples_of(told, members, references, vectors, codes)


def say_study(house: House, study: Study, fit: Fit, page: Path | None) -> str:
    """What was learned, in a few lines."""
    found = study.calibration
    lines = [
        f"{fit.id}: {fit.trained}",
        f"on folds not trained on: nDCG@10 {study.ndcg.mean:.3f} ± {study.ndcg.error:.3f}, recall@10 "
        f"{study.recall.mean:.3f}, calibration error {found.ece:.3f} ± {found.ece_error:.3f}, Brier {found.brier:.3f}",
        f"the next night uses it: {house.weights}",
        *([f"report: {page}"] if page else []),
    ]
    return "\n".join(lines)


def plain_study(house: House, study: Study, fit: Fit, page: Path | None) -> dict[str, object]:
    """The same for a machine, with every figure."""
    told: dict[str, object] = {
        "weights": str(house.weights),
        "id": fit.id,
        "trained": fit.trained,
        "page": str(page) if page else None,
    }
    return told | {name: value for name, value in asdict(study).items() if name not in {"base", "weights"}}
