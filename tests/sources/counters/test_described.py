"""A counter's file that a layout of the office's own describes, beside those that office.yml declares."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.refusals import refused
from tests.sources.conftest import ReadSource
from tests.sources.counters.reading import Result, read_file, read_text, with_counters
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.words.shapes import plain

WIDE = """
tool: Portique
table: counter_counts
columns:
  start_at: {heading: Jour, time: Heure, slot: {minutes: 60}}
  counter: {constant: door}
across:
  heading: [Entrées, Sorties]
  becomes: direction
  values: {in: Entrées, out: Sorties}
  value: passage_count
"""
LONG = """
tool: Bornes
table: counter_counts
columns:
  start_at: {heading: Quand, clock: winter, slot: {minutes: 15, time_is: end}}
  counter: {heading: Borne, values: {door: Porte 1}}
  passage_count: {heading: Nb}
"""
DAY = [
    ["Jour", "Heure", "Entrées", "Sorties"],
    ["13/07/2025", "24:00", "5", "4"],
    ["14/07/2025", "10:00", "12", "11"],
]


@pytest.fixture
def door(office: Office) -> Office:
    return with_counters(office, [{"code": "door", "format": "layout", "most_per_hour": 50}])


def describe(work: Path, layout: str) -> Path:
    """The folder to read in, whose home has this layout."""
    folder = work / "work" / "layouts" / "counters"
    folder.mkdir(parents=True)
    (folder / "own.yml").write_text(layout, encoding="utf-8")
    return work


def told(result: Result) -> list[tuple[object, ...]]:
    return sorted(
        (f"{row['start_at']:%m-%d %H:%M}", f"{row['end_at']:%H:%M}", row["counter"], row["channel_id"],
         row["direction"], row["passage_count"])
        for row in result.rows
    )  # fmt: skip


def test_hours_1_to_24_of_an_own_layout_are_ends_in_a_csv_and_in_a_workbook(
    door: Office, tmp_path: Path
) -> None:
    describe(tmp_path, WIDE)
    book = openpyxl.Workbook()
    for row in DAY:
        book.active.append(row)
    book.save(tmp_path / "porte.xlsx")
    text = "\n".join(";".join(row) for row in DAY) + "\n"
    (tmp_path / "porte.csv").write_text(text, encoding="utf-8")
    for name in ("porte.csv", "porte.xlsx"):
        result = read_file(tmp_path / name, door, tmp_path / "work")
        assert result.account.kind == "described"
        assert told(result) == [
            ("07-13 21:00", "22:00", "door", "Entrées", "in", 5),
            ("07-13 21:00", "22:00", "door", "Sorties", "out", 4),
            ("07-14 07:00", "08:00", "door", "Entrées", "in", 12),
            ("07-14 07:00", "08:00", "door", "Sorties", "out", 11),
        ]  # fmt: skip


def test_an_own_layout_has_a_clock_a_column_of_counters_and_the_most_of_each(
    door: Office, tmp_path: Path
) -> None:
    describe(tmp_path, LONG)
    text = "Quand;Borne;Nb\n14/07/2025 10:15;Porte 1;12\n14/07/2025 10:30;Porte 1;13\n"
    result = read_text(text, door, tmp_path, "x.csv")
    assert told(result) == [("07-14 09:00", "09:15", "door", "Porte 1", "unknown", 12)]
    assert result.quarantined == [(3, "Nb", "more_than_possible")]


def test_an_index_of_an_own_layout_is_refused_as_counts(door: Office, tmp_path: Path) -> None:
    describe(tmp_path, LONG)
    lines = "".join(f"14/07/2025 {hour:02}:00;Porte 1;{9000 + hour * 3}\n" for hour in range(24))
    with refused("ne baisse jamais"):
        read_text("Quand;Borne;Nb\n" + lines, door, tmp_path, "x.csv")


def test_a_file_that_fits_no_own_layout_is_of_the_national_schema(door: Office, tmp_path: Path) -> None:
    describe(tmp_path, WIDE)
    text = "channel_id,start_datetime,count\n7,2025-07-14T10:00:00+02:00,3\n"
    assert read_text(text, door, tmp_path, "x.csv").account.kind == "measures"


def test_a_layout_of_a_counter_that_the_office_has_not_is_refused(door: Office, tmp_path: Path) -> None:
    describe(tmp_path, WIDE.replace("constant: door", "constant: dor"))
    with pytest.raises(Exception, match="dor"):
        read_text("Jour;Heure;Entrées;Sorties\n", door, tmp_path, "x.csv")


# --- what a refusal says to change, and where ------------------------------------------------------------

TIMED = """
tool: Bornes
table: counter_counts
columns:
  start_at: {{heading: Quand{more}, slot: {{minutes: 60{slot}}}}}
  counter: {{constant: door}}
  passage_count: {{heading: Nb}}
"""
OFFSETS = "2025-07-13T10:00:00+02:00;4\n2025-07-13T11:00:00+02:00;5\n"
HOURS = "13/07/2025 {first}:00;4\n13/07/2025 24:00;5\n"
RISES = "".join(f"{13 + n // 24}/07/2025 {n % 24:02}:00;{1000 + 3 * n}\n" for n in range(120))


@pytest.mark.parametrize(
    ("more", "slot", "lines", "says"),
    [
        (', date: "%Y-%m-%dT%H:%M:%S"', "", OFFSETS, '`date: "%Y-%m-%dT%H:%M:%S%z"`'),
        ("", "", HOURS.format(first="00"), "`slot: {time_is: end}`"),
        ("", ", time_is: start", HOURS.format(first="01"), "`slot: {time_is: end}`"),
        ("", "", RISES, "`index_reading` à la place de `passage_count`, et `slot: {minutes: 0}`"),
    ],
)
def test_a_refusal_names_the_layout_of_the_home_and_the_line_to_write_there(
    door: Office, tmp_path: Path, more: str, slot: str, lines: str, says: str
) -> None:
    describe(tmp_path, TIMED.format(more=more, slot=slot))
    with pytest.raises(RefusedDeliveryError) as refusal:
        read_text("Quand;Nb\n" + lines, door, tmp_path)
    said = plain(str(refusal.value))
    assert says in said
    assert "layouts/counters/own.yml du dossier de l'office" in said
    assert "office.yml" not in said


def test_a_notice_of_an_hour_24_names_the_layout_too(door: Office, tmp_path: Path) -> None:
    describe(tmp_path, TIMED.format(more="", slot=""))
    message = plain(read_text("Quand;Nb\n" + HOURS.format(first="01"), door, tmp_path).account.message)
    assert "`slot: {time_is: end}` dans layouts/counters/own.yml" in message


def test_a_date_of_a_shipped_layout_that_reads_in_two_ways_is_said_in_a_layout_of_the_office(
    read_source: ReadSource,
) -> None:
    lines = "Date;Code;Mouvement;Quantité;Partenaire\n02/06/2025;MAG;réception;8;\n"
    with pytest.raises(RefusedDeliveryError) as refusal:
        read_source("documentation", lines, "mouvements.csv")
    assert "layouts/documentation/" in plain(str(refusal.value))
    assert '`date: "%d/%m/%Y"`' in plain(str(refusal.value))
