"""The quality manual of Orthe et Arrigans, 2018 to 2020, comes out of its register as it is printed."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.catalogue import Context, find
from transforms.compiled import compiled
from transforms.materializing import materialize
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.office.subjects import quality, scheme
from warehouse.office.tables import Period
from warehouse.storage.layout import DATABASE_NAME, Home
from warehouse.storage.ledger import Delivery

PRINTED = Path(__file__).with_name("quality-manual-orthe-arrigans.csv")
YEARS = (2018, 2019, 2020)
WORDS = {"done in December": "fait", "not distributed": "non distribué", "no account": "pas de compte"}
SAID = {"done in December": "done", "not distributed": "not_distributed", "no account": "no_account"}
NUMBERS = {"3 per year": (3, "year"), "1 per month": (1, "month"), "+10%": ("+10%", "year")}
HEADINGS = "Indicateur;Famille;Période;Objectif;Valeur;Unité;Source;Saisi le;Remarque"


def manual() -> list[dict[str, str]]:
    with PRINTED.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def register() -> bytes:
    """The register that a person would keep of it: French words, decimal commas, remarks in their column."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(HEADINGS.split(";"))
    for line in manual():
        for year in YEARS:
            if value := line[f"y{year}"]:
                told = WORDS.get(value, value.replace(".", ","))
                writer.writerow(
                    [
                        line["indicator"],
                        line["family"],
                        year,
                        line["objective"],
                        told,
                        "",
                        "",
                        "",
                        line["note"],
                    ]
                )
    return out.getvalue().encode("cp1252")


def declared(line: dict[str, str]) -> dict[str, Any]:
    """A line of the manual as office.yml declares it; what is no number, month or change is a text."""
    told = line["objective"]
    value, frequency = NUMBERS.get(told, (float(told) if told.isdigit() else told or None, "year"))
    return {
        "label": line["indicator"], "family": line["family"], "objective": value, "frequency": frequency,
        "manual": f"line_{manual().index(line)}",
    }  # fmt: skip


@pytest.fixture
def told(
    home: Home, tmp_path: Path, office: Office, as_of: datetime
) -> dict[tuple[str, int], dict[str, Any]]:
    """marts.quality_objective, by line and year."""
    office = office.model_validate(
        office.model_dump() | {"quality_objectives": [declared(line) for line in manual()], "scheme": None}
    )
    path = tmp_path / "archived"
    path.write_bytes(register())
    delivery = Delivery(
        1, office.code, "manual_indicators", "indicateurs.csv", "0" * 64, naive_utc(as_of), path
    )
    context = Context(office, lambda _: "a key of tests", tmp_path, as_of, Home(tmp_path))
    reading = find("manual_indicators").read(delivery, context)
    assert (reading.account.rows_loaded, reading.account.balances) == (112, True)
    (rows,) = reading.tables.values()
    with duckdb.connect(str(tmp_path / DATABASE_NAME)) as connection:
        for schema in ("raw", "settings", "staging", "marts"):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"CREATE TABLE raw.manual_indicators AS SELECT * FROM read_parquet('{rows}')")
        period = Period(as_of, date(2021, 2, 1), [])
        for table in (*quality.TABLES, *scheme.TABLES):
            connection.register("given", table.content(office, period))
            connection.execute(f"CREATE TABLE settings.{table.name} AS SELECT * FROM given")
        connection.execute(
            """CREATE TABLE settings.office AS SELECT 'auch' AS office, DATE '2021-02-01' AS as_of_date;
               CREATE TABLE marts.indicator_value (
                   office VARCHAR, indicator VARCHAR, site VARCHAR, dimension VARCHAR, period_kind VARCHAR,
                   period_start DATE, value DECIMAL(18, 4), unit VARCHAR, change_percent DECIMAL(18, 2),
                   comparable BOOLEAN)"""
        )
        built = ("manual_indicator", "followed_year", "quality_objective")
        assert materialize(connection, compiled(home), built) == {}
        found = connection.execute("SELECT * FROM marts.quality_objective")
        names = [column[0] for column in found.description or []]
        rows_ = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["label"], row["year"]): row for row in rows_}


def test_every_line_has_its_three_years_as_they_are_printed(
    told: dict[tuple[str, int], dict[str, Any]],
) -> None:
    assert len(manual()) == 39
    for line in manual():
        row = told[line["indicator"], 2020]
        for year, name in zip(YEARS, ("two_before", "before", None), strict=True):
            printed = line[f"y{year}"]
            value = row[f"value_{name}" if name else "value"]
            word = row[f"word_{name}" if name else "value_word"]
            number = Decimal(printed) if printed and printed not in SAID else None
            assert (value, word) == (number, SAID.get(printed, "number" if printed else None)), line
        assert (row["family"], row["given_by"]) == (line["family"], "person")


def test_what_is_a_number_or_a_change_is_judged_and_a_text_is_not(
    told: dict[tuple[str, int], dict[str, Any]],
) -> None:
    by_line = {label: row for (label, year), row in told.items() if year == 2020}
    assert by_line["operating council meetings"]["status"] == "not_reached"  # 1 of 3
    assert by_line["team meetings"]["status"] == "reached"  # 17, one a month is 12
    assert by_line["sales (number)"]["status"] == "not_reached"  # 266 after 346, where +10% is wanted
    assert told["sales (number)", 2019]["status"] == "reached"
    assert by_line["sales (number)"]["change_percent"] == Decimal("-23.12")
    assert by_line["opening days"]["status"] == "not_judged"  # "120 minimum" is a text
    assert by_line["individual appraisals"]["status"] == "not_judged"
    assert by_line["project support"]["status"] == "no_data"
