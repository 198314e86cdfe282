"""What members answered, with the lots they answered about: what nights and training hear."""

from matching.fit.member_offsets import Told
from portal.member_choices import Choices, Opinion
from portal.member_choices import Feedback as Said
from warehouse.errors import NotKept
from warehouse.model.feedback import Answer, Feedback
from warehouse.store import Store


def keep_said(store: Store, choices: Choices) -> int:
    """Keeps what members said at the portal since the last night; returns how many answers were new."""
    return store.keep_feedback(*(_as_feedback(said) for said in choices.find_feedback()))


def _as_feedback(said: Said) -> Feedback:
    return Feedback(said.member, said.lot_uid, _answer_of(said), said.at, via="portal")


def _answer_of(said: Said) -> Answer:
    if said.objection:
        return Answer(said.objection.value.replace("_", "-"))
    # "Later" says neither yes nor no, and takes back what was said before it.
    return {
        Opinion.RELEVANT: Answer.RELEVANT,
        Opinion.NOT_RELEVANT: Answer.NOT_RELEVANT,
        Opinion.LATER: Answer.WITHDRAWN,
    }[said.opinion]


def find_told(store: Store) -> tuple[Told, ...]:
    """Every answer that counts today of which the lot is still kept, by member and lot. A lot that is not (its notice
    was never landed here) teaches nothing; the answer stays kept."""
    told: list[Told] = []
    for said in store.find_feedback():
        try:
            told.append(Told(said.member, store.find_lot(said.lot_uid), said.answer))
        except NotKept:
            continue
    return tuple(told)
