"""The scales of relevance for another encoder, learned from lots with grades: the work of `pib train --model`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from matching.encoder.embedding import Model, digest_of, load_model
from matching.errors import GradesUnreadable
from matching.graded.folder import read_folder
from matching.graded.quality import FIGURES, PRECISION, Quality, learn_whole, measure_quality
from matching.graded.scoring import Collection, texts_of_folder
from matching.relevance.background import format_background
from matching.relevance.lot_text import LotText, read_lot_text
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import writes
from pipelines.nightly.embeddings import encode_missing
from scrapers.read import read_path
from warehouse.atomic_files import write_whole
from warehouse.model.members import Preferences
from warehouse.model.notices import Notice, OpenLot, Text
from warehouse.store import Store

Encode = Callable[[Sequence[Text]], Mapping[str, bytes]]
"""Vectors of texts as the warehouse keeps them: float32, little-endian, by digest."""


@dataclass(frozen=True, slots=True)
class Refit:
    """A refit: both encoders on the same lots, and the file that was written."""

    before: Quality
    after: Quality
    path: Path

    @property
    def is_other_model(self) -> bool:
        """Whether nights use another model than the one that was learned for."""
        return self.before.model != self.after.model


@writes("pib train --model")
def refit(workspace: Workspace, name: str, data: Path, notices: Path, today: date) -> Refit:
    """Learns the scales and log-odds of relevance for the model of that `name` (as the setting `model`) from the judged
    lots of the folder `data`, whose files lie in `notices`, and writes them for the next nights of the `workspace`;
    `today` dates them. The cluster's store keeps the vectors. Raises GradesUnreadable, ModelUnusable."""
    used, wanted = (load_model(given, workspace.models) for given in (workspace.settings.model, name))
    with workspace.open_cluster() as store:
        collections = {
            model.id: read_collection(
                data, notices, partial(_encode, workspace, store, model), model.id, with_others=True
            )
            for model in (used, wanted)
        }
    after, before = measure_quality(collections[wanted.id]), measure_quality(collections[used.id])
    learned = learn_whole(collections[wanted.id], f"{today}: {data.name}")
    write_whole(workspace.background, format_background(learned).encode())
    return Refit(before, after, workspace.background)


def _encode(workspace: Workspace, store: Store, model: Model, texts: Sequence[Text]) -> Mapping[str, bytes]:
    """The vectors of these texts by digest, those that are missing encoded and saved as a night does."""
    workspace.progress.begin(f"encoding texts by {model.id}, by tokens")
    by_digest = {digest_of(text): text for text in texts}
    encode_missing(workspace, store, model, tuple(by_digest.values()))
    return store.load_vectors(model.id, by_digest)


def read_collection(data: Path, notices: Path, encode: Encode, model: str, *, with_others: bool) -> Collection:
    """The folder `data` with grades, whose files lie in `notices`, its vectors by `encode`, of the model of that id,
    and all other lots of `notices` with `with_others` (a minute). Raises GradesUnreadable."""
    folder = read_folder(data, partial(load_notice, notices))
    wholes = tuple(read_lot_text(lot) for lot in folder.lots)
    graded = {str(notices / file) for file in folder.notices}
    others = tuple(_other_lots(notices, graded)) if with_others else ()
    return Collection(folder, wholes, encode(texts_of_folder(folder)), model, others)


def load_notice(notices: Path, file: str) -> Notice:
    """The first notice in a file of that name below `notices`. Raises GradesUnreadable with the reason."""
    reading = next(iter(read_path(notices / file)), None)
    if reading is None or reading.notice is None:
        raise GradesUnreadable(f"{notices / file}: {reading.reason if reading else 'holds no notice'}")
    return reading.notice


def _other_lots(notices: Path, graded: set[str]) -> Iterator[LotText]:
    """Lots of notices without grades, at most five of one: the hundredth lot of a framework adds nothing new."""
    for reading in read_path(notices):
        if reading.notice is not None and str(reading.path) not in graded:
            whole = replace(reading.notice, lots=(), awards=())
            for lot in reading.notice.lots[:5]:
                yield read_lot_text(OpenLot(lot.id, lot, whole, ()))


def refit_summary(done: Refit, name: str) -> str:
    """What changed, in lines of text; `name` is the model's as it was given."""
    width = max(map(len, FIGURES))
    rows = [f"{'cross-validated':<{width}}   before    now"]
    for key in FIGURES:
        now, error = _shown(done.after.figures[key]), done.after.errors[key]
        rows.append(f"{key:<{width}}  {_shown(done.before.figures[key])}  {now}  (standard error {error:.3f})")
    lines = [
        f"{done.after.model}: vectors of {done.after.dimension} numbers; before: {done.before.model}",
        *rows,
        f"precision reaches {PRECISION} from a threshold of {done.after.threshold:.2f} on "
        f"(before: {done.before.threshold:.2f}; members who chose none have {Preferences().threshold:.2f})",
        f"the next night uses {done.path}",
    ]
    if done.is_other_model:
        lines.append(f'nights encode by {done.before.model}: these scales count once pib.toml has model = "{name}"')
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "     -" if value is None else f"{value:6.3f}"


def refit_values(done: Refit) -> dict[str, object]:
    """The same for JSON."""
    return {"before": asdict(done.before), "after": asdict(done.after), "path": str(done.path)}
