"""A table of open calls names its columns in the reader's language and says what the notices say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from presentation.call_tables import TableCall, best_firms, tabulate_calls
from presentation.i18n import Phrases
from tests.support.letters.digest_examples import NIGHT, make_lot

LATER = make_lot("1", closes=NIGHT + timedelta(days=9))
SOONER = make_lot("2", "Réseau du port", closes=NIGHT + timedelta(days=3), hour_stated=False)
OPEN = make_lot("3", closes=None)


@pytest.mark.parametrize(
    ("language", "columns"),
    [
        ("fr", ("Clôture (heure de Bruxelles)", "Intitulé", "Numéro et intitulé du lot", "Acheteur")),
        ("nl", ("Sluit (Brusselse tijd)", "Titel", "Nummer en titel van het perceel", "Aanbesteder")),
        ("en", ("Closes (Brussels time)", "Title", "Number and title of the lot", "Buyer")),
        ("de", ("Schließt (Brüsseler Zeit)", "Titel", "Nummer und Titel des Loses", "Auftraggeber")),
    ],
)
def test_columns_are_words_of_the_readers_language(language: str, columns: tuple[str, ...]) -> None:
    assert tabulate_calls([TableCall(LATER)], Phrases(language)).columns[:4] == columns


def test_calls_come_nearest_deadline_first_and_one_without_an_hour_is_a_day() -> None:
    table = tabulate_calls([TableCall(call) for call in (OPEN, LATER, SOONER)], Phrases("en"))
    assert SOONER.lot.deadline
    assert LATER.lot.deadline
    assert [row[0] for row in table.rows] == [SOONER.lot.deadline.at.date(), LATER.lot.deadline.at, None]
    assert table.rows[0][1] == "Réseau du port"
    assert table.rows[0][table.columns.index("Value")] == Decimal(1_250_000)


def test_a_column_that_is_empty_everywhere_is_left_out() -> None:
    bare = tabulate_calls([TableCall(LATER)], Phrases("en"))
    assert not {"Fit (0 to 100)", "Firms that fit best", "Page of the call"} & set(bare.columns)
    firms = best_firms({"a": 0.9, "b": 0.2, "c": 0.4}, {"a": "A SRL", "b": "B SA", "c": "C SC"}, least=0.3)
    full = tabulate_calls([TableCall(LATER, 0.9, firms, "https://portal.cluster.example/lots/x")], Phrases("en"))
    assert full.rows[0][full.columns.index("Firms that fit best")] == "A SRL; C SC"
    assert full.rows[0][full.columns.index("Fit (0 to 100)")] == 90
