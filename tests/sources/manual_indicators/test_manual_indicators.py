"""The register of what only a person knows: numbers, and words of a closed list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.sources.conftest import ReadSource

FIXTURE = Path(__file__).parent / "fixtures" / "indicateurs-manuels.csv"


def test_a_value_is_a_number_or_a_known_word_and_a_remark_is_never_part_of_it(
    read_source: ReadSource,
) -> None:
    read = read_source("manual_indicators", FIXTURE)
    assert read.rows("indicator_label", "period", "value", "entered_date") == [
        ("Réunions du conseil", "2020", "1", date(2021, 1, 12)),
        ("Jours d’ouverture", "2020", "115,5", date(2021, 1, 12)),
        ("Guides distribués", "2020", "not_distributed", None),
        ("Entretiens", "2020-12", "done", None),
        ("Satisfaits", "2020", "88,4 %", None),
        ("Visiteurs", "2020", "12\xa0500", None),
    ]
    assert [(line, column) for line, column, _ in read.faults()] == [(6, "Valeur"), (9, "Période")]
