"""What members answered, with the lots they answered about: what nights and training hear."""

from matching.fit_offsets import Told
from warehouse.errors import NotKept
from warehouse.store import Store


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
