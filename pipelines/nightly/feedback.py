"""What members answered, with the lots they answered about: what nights and training hear."""

from matching.fit.member_offsets import FeedbackExample
from portal.member_choices import Choices, LotFeedback, Opinion
from warehouse.errors import NotInWarehouse
from warehouse.model.feedback import Answer, Feedback
from warehouse.store import Store


def save_portal_feedback(store: Store, choices: Choices) -> int:
    """Keeps what members said at the portal since the last night; returns how many answers were new."""
    return store.save_feedback(*(_as_feedback(choice) for choice in choices.load_feedback()))


def _as_feedback(choice: LotFeedback) -> Feedback:
    return Feedback(choice.member, choice.lot_uid, _answer_of(choice), choice.at, via="portal")


def _answer_of(choice: LotFeedback) -> Answer:
    if choice.objection:
        return Answer(choice.objection.value.replace("_", "-"))
    # "Later" says neither yes nor no, and takes back what was said before it.
    return {
        Opinion.RELEVANT: Answer.RELEVANT,
        Opinion.NOT_RELEVANT: Answer.NOT_RELEVANT,
        Opinion.LATER: Answer.WITHDRAWN,
    }[choice.opinion]


def load_feedback_examples(store: Store) -> tuple[FeedbackExample, ...]:
    """Every answer that counts today of which the lot is still kept, by member and lot. A lot that is not (its notice
    was never landed here) teaches nothing; the answer stays kept."""
    examples: list[FeedbackExample] = []
    for choice in store.load_feedback():
        try:
            examples.append(FeedbackExample(choice.member, store.load_lot(choice.lot_uid), choice.answer))
        except NotInWarehouse:
            continue
    return tuple(examples)
