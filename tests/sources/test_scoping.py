"""A corrected export replaces what it was asked for, not only the rows that it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from flows.night.ingesting import put_in_inbox, read_and_load, receive
from sources.layouts import LayoutError, Replaces, load
from sources.loading import empty_scopes, latest_rows
from sources.motorhome.source import SPEC
from sources.reading.scoping import days_in, scope_of
from tests.described import PROCESSING
from warehouse.office.model import Office
from warehouse.spec import SourceSpec
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

AS_OF = datetime(2025, 9, 1, 1, 30, tzinfo=UTC)
COLUMNS = [
    {"name": name, "type": kind, "description": "x"}
    for name, kind in (
        ("site", "text"),
        ("event", "text"),
        ("local_date", "date"),
        ("bikes_count", "integer"),
    )
]
TABLE = SourceSpec.model_validate(
    {
        "name": "bikes", "label_fr": "V", "label_en": "B", "description": "x", "publisher": "x",
        "obtain": "x", "processing": PROCESSING, "deliveries": [],
        "tables": [
            {"name": "rentals", "description": "x", "grain": "x", "columns": COLUMNS,
             "replaces": ["office", "site", "local_date"]},
        ],
    }
).table("rentals")  # fmt: skip
DAYS = Replaces(days="local_date", file_name=r"(\d\d-\d\d-\d{4})_au_(\d\d-\d\d-\d{4})", date=("%d-%m-%Y",))
Rental = tuple[str, str | None, str, int]
STANDING: Sequence[Rental] = (
    ("auch", "jazz", "2025-06-30", 1),
    ("auch", "jazz", "2025-07-01", 2),
    ("auch", "foire", "2025-07-02", 3),
    ("tresor", "jazz", "2025-07-02", 4),
    ("auch", "foire", "2024-07-02", 5),
)


def staged(folder: Path, delivery: int, rentals: Sequence[Rental]) -> Path:
    path = folder / f"{delivery}.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            """CREATE TABLE rentals (office VARCHAR, delivery_id BIGINT, site VARCHAR, event VARCHAR,
                                     local_date DATE, bikes_count BIGINT)"""
        )
        for rental in rentals:
            connection.execute("INSERT INTO rentals VALUES ('o', ?, ?, ?, ?, ?)", [delivery, *rental])
        connection.execute(f"COPY rentals TO '{path}' (FORMAT parquet)")
    return path


def left(
    folder: Path,
    declared: Replaces,
    arriving: Sequence[Rental],
    name: str = "x.csv",
    *,
    lacks_rows: bool = False,
    **constants: str,
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """What stays of the standing rows when a file arrives, and what is told of those that went.

    Two files of one night come to the same.
    """
    before, path = staged(folder, 1, STANDING), staged(folder, 2, arriving)
    scope = scope_of(declared, TABLE, path, name, {"office": "o", **constants}, lacks_rows=lacks_rows)
    assert scope is not None
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA raw; CREATE TABLE raw.rentals AS FROM read_parquet('{before}')")
        told = empty_scopes(connection, TABLE, path, {2: scope})
        query = "SELECT bikes_count FROM {} WHERE delivery_id = 1 ORDER BY 1"
        stay = [count for (count,) in connection.execute(query.format("raw.rentals")).fetchall()]
        target = latest_rows(connection, TABLE, [before, path], folder / "night.parquet", {2: scope})
        together = connection.execute(query.format(f"read_parquet('{target}')")).fetchall()
        assert [count for (count,) in together] == stay
    return stay, told


def test_the_days_asked_for_are_replaced_also_where_the_file_has_no_row_of_them(tmp_path: Path) -> None:
    asked = "export_01-07-2025_au_31-07-2025.csv"
    assert left(tmp_path, DAYS, [("auch", None, "2025-07-01", 9)], asked) == ([1, 4, 5], [(2, 1, 1)])
    # Without a single row the site is known where it is that of the whole file.
    assert left(tmp_path, DAYS, [], asked)[0] == [1, 2, 3, 4, 5]
    assert left(tmp_path, DAYS, [], asked, site="auch") == ([1, 4, 5], [(2, 1, 2)])


def test_an_event_a_year_or_the_whole_table_of_a_site_is_replaced(tmp_path: Path) -> None:
    jazz = [("auch", "jazz", "2025-07-09", 9)]
    assert left(tmp_path, Replaces(same=("event",)), jazz)[0] == [3, 4, 5]
    assert left(tmp_path, Replaces(year="local_date"), jazz)[0] == [4, 5]
    assert left(tmp_path, Replaces(whole=True, same=("site",)), jazz)[0] == [4]


@pytest.mark.parametrize(
    ("declared", "arriving", "stay"),
    [
        pytest.param(DAYS, [("auch", None, "2025-07-01", 9)], [1, 3, 4, 5], id="another day"),
        pytest.param(DAYS, [], [1, 2, 3, 4, 5], id="no day"),
        pytest.param(Replaces(whole=True), [], [1, 2, 3, 4, 5], id="the whole"),
        pytest.param(Replaces(same=("event",)), [], [1, 2, 3, 4, 5], id="an event"),
        pytest.param(Replaces(year="local_date"), [], [1, 2, 3, 4, 5], id="a year"),
    ],
)
def test_what_lost_all_its_rows_to_the_quarantine_keeps_those_of_before(
    tmp_path: Path, declared: Replaces, arriving: Sequence[Rental], stay: list[int]
) -> None:
    asked = "export_01-07-2025_au_31-07-2025.csv"
    constants = {"site": "auch", "event": "jazz"}
    assert left(tmp_path, declared, arriving, asked, lacks_rows=True, **constants)[0] == stay


@pytest.mark.parametrize(
    ("name", "pattern", "form", "days"),
    [
        ("q_01-07-2025_au_05-07-2025.xlsx", DAYS.file_name, "%d-%m-%Y", ("2025-07-01", "2025-07-05")),
        ("ventes-2024-02 (1).csv", r"(\d{4}-\d\d)", "%Y-%m", ("2024-02-01", "2024-02-29")),
        ("avis2025.xlsx", r"(\d{4})", "%Y", ("2025-01-01", "2025-12-31")),
        ("q_05-07-2025_au_01-07-2025.xlsx", DAYS.file_name, "%d-%m-%Y", None),
        ("q_01-13-2025_au_05-13-2025.xlsx", DAYS.file_name, "%d-%m-%Y", None),
        ("export.csv", r"(\d{4})", "%Y", None),
    ],
)
def test_the_name_of_a_file_tells_the_days_asked_for(
    name: str, pattern: str, form: str, days: tuple[str, str] | None
) -> None:
    expected = days and tuple(map(date.fromisoformat, days))
    assert days_in(name, pattern, (form,)) == expected


def test_a_scope_agrees_with_source_yml(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    base = "tool: T\ntable: motorhome_payments\ncolumns: {payment_number: {heading: N}}\nreplaces: "
    for scope, told in (
        ("{year: paid_at}", "“paid_at” is no column of a day by which source.yml replaces (local_date)"),
        ("{same: evnt}", "“evnt” is no column"),
        ("{year: local_date, whole: true}", "say one scope"),
        ("{days: local_date}", "say one scope"),
    ):
        path.write_text(base + scope)
        with pytest.raises(LayoutError) as wrong:
            load(path, SPEC, "en")
        assert told in str(wrong.value)


LAYOUT = r"""tool: Parking Exemple
table: motorhome_payments
columns:
  site: {constant: ile-saint-martin}
  payment_number: {heading: N°}
  local_date: {heading: Date}
  paid_at: {heading: Date}
  amount_eur: {heading: Montant}
  tourist_tax_eur: {heading: Taxe}
  payment_kind: {heading: Type, values: {sale: Vente}}
replaces: {days: local_date, file_name: "(\\d{4}-\\d\\d)", date: "%Y-%m"}
"""


def test_a_corrected_export_empties_a_day_that_it_no_longer_holds(home: Home, office: Office) -> None:
    folder = home.root / "layouts" / "motorhome"
    folder.mkdir(parents=True)
    (folder / "parking.yml").write_text(LAYOUT, encoding="utf-8")

    def night(name: str, *days: str) -> str:
        path = home.root / name
        lines = [f"A{day};{day} 10:00;10,00;1,00;Vente" for day in days]
        path.write_text("\n".join(["N°;Date;Montant;Taxe;Type", *lines, ""]), encoding="utf-8")
        put_in_inbox(home, "motorhome", path)
        receive(home, office, "motorhome", AS_OF)
        assert read_and_load(home, office, "motorhome", AS_OF).new == [name]
        with working(home) as connection:
            found = rows(connection, "SELECT local_date FROM raw.motorhome_payments ORDER BY 1")
            (load, *_) = rows(connection, "SELECT message FROM quality.load ORDER BY delivery_id DESC")
        assert [str(row["local_date"]) for row in found] == ["2025-06-30", *days[days[0] < "2025-07" :]]
        return str(load["message"])

    night("parking-juin-juillet.csv", "2025-06-30", "2025-07-01", "2025-07-14")
    told = plain(night("parking-2025-07.csv", "2025-07-14"))
    assert told == "remplace 2 lignes de parking-juin-juillet.csv"
