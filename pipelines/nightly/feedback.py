"""Members' feedback with the lots it is about, as nights and training use it."""

from matching.fit.member_offsets import FeedbackExample
from portal.member_choices import Choices, LotFeedback, Opinion
from warehouse.model.feedback import Answer, Feedback
from warehouse.store import Store


def save_portal_feedback(store: Store, choices: Choices) -> int:
    """Saves the members' feedback at the portal since the last night; returns how many answers were new."""
    return store.save_feedback(*(_as_feedback(choice) for choice in choices.load_feedback()))


def _as_feedback(choice: LotFeedback) -> Feedback:
    return Feedback(choice.member, choice.lot_uid, _answer_of(choice), choice.at, via="portal")


def _answer_of(choice: LotFeedback) -> Answer:
    if choice.objection:
        return Answer(choice.objection.value.replace("_", "-"))
    # "Later" is neither yes nor no, and takes back the answer before it.
    return {
        Opinion.RELEVANT: Answer.RELEVANT,
        Opinion.NOT_RELEVANT: Answer.NOT_RELEVANT,
        Opinion.LATER: Answer.WITHDRAWN,
    }[choice.opinion]


def load_feedback_examples(store: Store) -> tuple[FeedbackExample, ...]:
    """Every current answer whose lot is still stored, by member and lot. An answer about a lot that is not (its notice
    was never landed here) is no example; it stays stored."""
    feedback = store.load_feedback()
    lots = {lot.uid: lot for lot in store.load_lots(sorted({answer.lot_uid for answer in feedback}))}
    return tuple(
        FeedbackExample(answer.member, lots[answer.lot_uid], answer.answer)
        for answer in feedback
        if answer.lot_uid in lots
    )
