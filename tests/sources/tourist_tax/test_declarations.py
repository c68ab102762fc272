"""Hosts' declarations, CSV and workbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sources.catalogue import Context
from sources.tourist_tax.source import read
from tests.refusals import refused
from tests.sources.tourist_tax.conftest import GOOD, HEADINGS
from warehouse.office.model import Office
from warehouse.office.subjects.identity import Municipality
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery
from warehouse.words.shapes import plain

Any_ = Callable[..., Any]
TABLE = "tax_declarations"
# The mark of a wrong encoding is refused on purpose.
WRITTEN = st.characters(exclude_characters="\ufffd")


def test_a_good_line_is_loaded_with_codes_dates_and_cents(
    declaration: Any_, write_csv: Any_, read_file: Any_, rows_of: Any_
) -> None:
    reading = read_file(write_csv([declaration()]))
    assert rows_of(
        reading,
        TABLE,
        "period_start, period_end, host_id, lodging_id, municipality_code, nature, category, person_nights,"
        " declared_eur",
    ) == [
        (
            date(2025, 7, 1), date(2025, 7, 31), "L1", "H1", "32013", "furnished", "three_star", 30,
            Decimal("32.2600"),
        )
    ]  # fmt: skip
    assert plain(reading.account.message) == ""


def test_names_and_addresses_of_hosts_are_in_no_column(
    declaration: Any_, write_csv: Any_, read_file: Any_, rows_of: Any_
) -> None:
    bad = declaration({"Référence": "D2", "Nuits": "dix"})
    reading = read_file(write_csv([declaration(), bad]))
    written = str(rows_of(reading, TABLE, "*")) + str(
        [path.read_bytes() for path in reading.account.quarantine]
    )
    assert "Dargelos" not in written
    assert "Fontaine" not in written


BAD = (
    ({"Code INSEE": "32256"}, "Code INSEE", "outside_territory"),
    ({"Nuitées": "31"}, "Nuitées", "person_nights_differ"),
    ({"Montant de la taxe": "-5,00"}, "Montant de la taxe", "negative_without_reason"),
    ({"Montant de la taxe": "-5,00", "Motif": "vu"}, "Montant de la taxe", "negative_without_reason"),
    ({"Montant de la taxe": "1,234"}, "Montant de la taxe", "more_than_two_decimals"),
    ({"Montant de la taxe": "1.234,50"}, "Montant de la taxe", "not_a_number"),
    ({"Montant de la taxe": ""}, "Montant de la taxe", "missing_value"),
    # More persons exempt than there are: what is left is negative (worked example 9).
    (
        {"Nuitées assujetties": "-5", "Nuitées exonérées": "35"},
        "Nuitées assujetties",
        "negative_without_reason",
    ),
    ({"Nuits": "-1"}, "Nuits", "negative"),
    ({"Catégorie": "Sans classement"}, "Prix de la nuit HT", "price_missing"),
    ({"Fin de période": "30/06/2025"}, "Fin de période", "period_ends_before_start"),
    ({"Fin de période": "31/07/2052"}, "Fin de période", "period_too_long"),
    ({"Début de période": "01/01/1970"}, "Début de période", "date_too_early"),
    ({"Début de période": "01/07/2027"}, "Début de période", "date_in_the_future"),
    ({"Début de période": "07/31/2025"}, "Début de période", "not_a_date"),
    ({"Identifiant hébergement": ""}, "Identifiant hébergement", "missing_value"),
)


def test_every_bad_line_is_quarantined_with_its_line_column_and_rule(
    declaration: Any_, write_csv: Any_, read_file: Any_, reasons_of: Any_
) -> None:
    bad = [declaration({"Référence": f"B{rank}", **changes}) for rank, (changes, _, _) in enumerate(BAD)]
    reading = read_file(write_csv([declaration(), *bad]))
    assert reasons_of(reading) == [(rank, column, rule) for rank, (_, column, rule) in enumerate(BAD, 3)]
    assert reading.account.rows_loaded == 1


def test_a_refund_and_a_correction_may_be_negative(
    declaration: Any_, write_csv: Any_, read_file: Any_, rows_of: Any_
) -> None:
    back = {
        "Nuitées assujetties": "-4",
        "Nuitées exonérées": "0",
        "Nuitées": "-4",
        "Montant de la taxe": "-6,45",
    }
    reading = read_file(
        write_csv(
            [
                declaration({**back, "Motif": "Remboursement après réclamation"}),
                declaration({**back, "Référence": "D2", "Motif": "Correction"}),
            ]
        )
    )
    assert rows_of(reading, TABLE, "declaration_reference, adjustment, declared_eur") == [
        ("D1", "refund", Decimal("-6.4500")),
        ("D2", "correction", Decimal("-6.4500")),
    ]


def test_an_unknown_category_is_loaded_as_other_and_its_text_reported_once(
    declaration: Any_, write_csv: Any_, read_file: Any_, rows_of: Any_
) -> None:
    yurts = [declaration({"Référence": f"D{n}", "Catégorie": "Yourte"}) for n in range(3)]
    reading = read_file(write_csv(yurts))
    assert rows_of(reading, TABLE, "DISTINCT category") == [("other",)]
    assert plain(reading.account.message).count("« Yourte »") == 1
    assert "(3)" in plain(reading.account.message)


def test_an_unknown_column_is_reported_and_the_rest_is_loaded(
    tmp_path: Path, declaration: Any_, read_file: Any_
) -> None:
    path = tmp_path / "declarations-2025-T3.csv"
    path.write_text(f"{';'.join(HEADINGS)};Piscine\n{declaration()};oui\n", encoding="utf-8")
    account = read_file(path).account
    assert account.rows_loaded == 1
    assert "« Piscine »" in plain(account.message)


def test_an_odd_registration_number_is_a_notice_without_the_number(
    declaration: Any_, write_csv: Any_, read_file: Any_
) -> None:
    lines = [
        declaration({"N° d'enregistrement": "32307000018A9"}),
        declaration({"Référence": "D2", "N° d'enregistrement": "pas encore"}),
        declaration({"Référence": "D3", "N° d'enregistrement": "32013 000018 A9"}),
        declaration({"Référence": "D4", "N° d'enregistrement": ""}),
    ]
    account = read_file(write_csv(lines)).account
    assert account.rows_loaded == 4
    assert plain(account.message).endswith(": 2")
    assert "32307000018A9" not in plain(account.message)


def test_a_missing_column_is_named_and_the_file_refused_whole(
    tmp_path: Path, declaration: Any_, read_file: Any_
) -> None:
    path = tmp_path / "declarations-2025-T3.csv"
    heading = ";".join(HEADINGS).replace("Montant de la taxe", "Taxe collectée")
    path.write_text(f"{heading}\n{declaration()}\n", encoding="utf-8")
    with refused("« Montant de la taxe »"):
        read_file(path)


def test_another_encoding_is_refused_by_name(declaration: Any_, write_csv: Any_, read_file: Any_) -> None:
    with refused("utf-8"):
        read_file(write_csv([declaration()], encoding="cp1252"))


def test_an_empty_file_is_refused(tmp_path: Path, read_file: Any_) -> None:
    path = tmp_path / "declarations-2025-T3.csv"
    path.touch()
    with refused("est vide"):
        read_file(path)


def test_a_file_of_no_known_name_is_refused(tmp_path: Path, read_file: Any_) -> None:
    path = tmp_path / "holiday.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with refused(r"holiday\.csv"):
        read_file(path)


def test_the_heading_may_follow_a_title(tmp_path: Path, declaration: Any_, read_file: Any_) -> None:
    path = tmp_path / "declarations-2025-T3.csv"
    path.write_text(f"Registre;2025\n\n{';'.join(HEADINGS)}\n{declaration()}\n", encoding="utf-8-sig")
    assert read_file(path).account.rows_loaded == 1


def test_the_same_line_twice_is_a_duplicate_and_its_reference_with_other_values_a_conflict(
    declaration: Any_, write_csv: Any_, read_file: Any_, reasons_of: Any_
) -> None:
    lines = [declaration(), declaration(), declaration({"Montant de la taxe": "33,00"})]
    reading = read_file(write_csv(lines))
    assert (reading.account.rows_loaded, reading.account.rows_duplicate) == (1, 1)
    assert [(line, rule) for line, _, rule in reasons_of(reading)] == [(4, "conflicting_key")]


def _workbook(path: Path, *rows: dict[str, object]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Registre du trimestre"])
    sheet.merge_cells("A1:H1")
    sheet.append(list(HEADINGS))
    for row in rows:
        sheet.append([{**GOOD, **row}[heading] for heading in HEADINGS])
    book.save(path)
    return path


def test_a_workbook_with_a_merged_title_is_read_like_its_csv(
    tmp_path: Path, declaration: Any_, write_csv: Any_, read_file: Any_, rows_of: Any_
) -> None:
    cells: dict[str, object] = {
        "Début de période": date(2025, 7, 1), "Nuits": 10, "Nuitées assujetties": 20.0,
        "Montant de la taxe": 32.26, "Fin de période": date(2025, 7, 31),
    }  # fmt: skip
    from_sheet = rows_of(read_file(_workbook(tmp_path / "declarations-2025-T3.xlsx", cells)), TABLE, "*")
    assert from_sheet == rows_of(read_file(write_csv([declaration()])), TABLE, "*")


def test_the_total_line_of_a_workbook_is_filtered_by_name(tmp_path: Path, read_file: Any_) -> None:
    empty: dict[str, object] = dict.fromkeys(HEADINGS, None)
    total = {**empty, "Référence": "Total", "Montant de la taxe": 32.26}
    account = read_file(_workbook(tmp_path / "declarations-2025-T3.xlsx", {}, total)).account
    assert (account.rows_loaded, account.rows_filtered) == (1, 1)
    assert "total_line 1" in plain(account.message)


def test_numbers_and_texts_of_one_column_of_a_workbook_are_read_each_as_it_is(
    tmp_path: Path, read_file: Any_, rows_of: Any_, reasons_of: Any_
) -> None:
    amounts: list[object] = [32.26, "12,50", 7, "1 234,5", 0.1 + 0.2, "12.50", "1,234", True, "#N/A", None]
    lines = [{"Référence": f"D{n:02}", "Montant de la taxe": cell} for n, cell in enumerate(amounts)]
    reading = read_file(_workbook(tmp_path / "declarations-2025-T3.xlsx", *lines))
    assert [row[1] for row in rows_of(reading, TABLE, "declaration_reference, declared_eur")] == [
        Decimal(n) for n in ("32.26", "12.50", "7", "1234.5", "0.30")
    ]
    # A decimal point where the other texts have commas; thousands or thousandths; true; an error; nothing.
    assert [(line, rule) for line, _, rule in reasons_of(reading)] == [
        (8, "not_a_number"), (9, "more_than_two_decimals"), (10, "not_a_number"), (11, "unread_cell"),
        (12, "missing_value"),
    ]  # fmt: skip


def test_the_price_of_a_workbook_needs_no_decimal_sign_either(
    tmp_path: Path, read_file: Any_, rows_of: Any_
) -> None:
    lines: list[dict[str, object]] = [
        {"Référence": "D1", "Prix de la nuit HT": 85.5, "Montant de la taxe": "12,50"},
        {"Référence": "D2", "Prix de la nuit HT": "85,5", "Nuitées": "30", "Nuits": 10.0},
    ]
    reading = read_file(_workbook(tmp_path / "declarations-2025-T3.xlsx", *lines))
    assert rows_of(reading, TABLE, "DISTINCT night_price_eur, nights_count") == [(Decimal("85.5"), 10)]


def test_dates_typed_as_text_stand_beside_date_cells(tmp_path: Path, read_file: Any_, rows_of: Any_) -> None:
    lines: list[dict[str, object]] = [
        {"Référence": "D1", "Début de période": date(2025, 7, 1)},
        {"Référence": "D2", "Début de période": "01/07/2025"},
        {"Référence": "D3", "Début de période": "2025-07-01"},
    ]
    reading = read_file(_workbook(tmp_path / "declarations-2025-T3.xlsx", *lines))
    assert rows_of(reading, TABLE, "period_start") == [(date(2025, 7, 1),)] * 3


@pytest.mark.parametrize(
    ("cell", "becomes"),
    [(32013, "32013"), ("32013", "32013"), (1053, "01053"), ("1053", None), (1054, None), ("32 013", None)],
)
def test_the_zero_that_a_workbook_took_off_a_commune_is_put_back_where_it_is_certain(
    tmp_path: Path, office: Office, as_of: datetime, cell: object, becomes: str | None
) -> None:
    ours = office.model_copy(
        update={"municipalities": (*office.municipalities, Municipality(code="01053", name="Bourg"))}
    )
    path = _workbook(tmp_path / "declarations-2025-T3.xlsx", {"Code INSEE": cell})
    delivery = Delivery(7, office.code, "tourist_tax", path.name, "0" * 64, as_of, path)
    reading = read(delivery, Context(ours, lambda name: "key", tmp_path, as_of, Home(tmp_path)))
    found = duckdb.execute("SELECT municipality_code FROM read_parquet(?)", [str(reading.tables[TABLE])])
    assert found.fetchall() == ([(becomes,)] if becomes else [])


def test_an_identifier_is_never_a_damaged_number(tmp_path: Path, read_file: Any_, reasons_of: Any_) -> None:
    cell: dict[str, object] = {"Identifiant hébergement": "1,22158E+17"}
    reading = read_file(_workbook(tmp_path / "declarations-2025-T3.xlsx", cell))
    assert reasons_of(reading) == [(3, "Identifiant hébergement", "spoilt_identifier")]


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook_is_refused(kept: float, tmp_path: Path, read_file: Any_) -> None:
    path = _workbook(tmp_path / "declarations-2025-T3.xlsx", {})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with refused("endommagé"):
        read_file(path)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(WRITTEN, max_size=12), min_size=1, max_size=len(HEADINGS)))
def test_whatever_a_line_holds_the_account_balances(
    cells: list[str], declaration: Any_, write_csv: Any_, read_file: Any_
) -> None:
    wild = ";".join(cells).encode("utf-8", "ignore").decode()
    assert read_file(write_csv([declaration(), wild])).account.balances


OTHER_VENDOR = """tool: Nuitéa
table: tax_declarations
columns:
  declaration_reference: {heading: N° de ligne}
  period_start: {heading: Du}
  period_end: {heading: Au}
  lodging_id: {heading: N° logement}
  municipality_code: {heading: INSEE}
  nature: {heading: Type, values: {furnished: Gîte}}
  category: {heading: Classement, values: {three_star: "***"}}
  nights_count: {heading: Nuits louées}
  taxable_person_nights: {heading: "Nuitées +18 ans"}
  exempt_person_nights: {heading: "Nuitées -18 ans"}
  person_nights: {heading: Total nuitées}
  declared_eur: {heading: Taxe due, decimal: cents}
"""


def test_the_headings_of_another_vendor_are_declared_in_the_home(
    tmp_path: Path, office: Office, as_of: datetime, rows_of: Any_, reasons_of: Any_
) -> None:
    """All rules hold for them; a host that the file does not name is the lodging."""
    layout = tmp_path / "layouts" / "tourist_tax" / "nuitea.yml"
    layout.parent.mkdir(parents=True)
    layout.write_text(OTHER_VENDOR, encoding="utf-8")
    path = tmp_path / "export.csv"
    heading = (
        "N° de ligne,Du,Au,N° logement,INSEE,Type,Classement,Nuits louées,"
        "Nuitées +18 ans,Nuitées -18 ans,Total nuitées,Taxe due"
    )
    line = "1,2025-07-01,2025-07-31,G12,32013,Gîte,***,10,20,10,30,32.26"
    wrong = line.replace("1,2025", "2,2025", 1).replace("30,32.26", "31,32.26")
    path.write_text("\n".join([heading, line, wrong, ""]), encoding="cp1252")
    delivery = Delivery(7, office.code, "tourist_tax", path.name, "0" * 64, as_of, path)
    reading = read(delivery, Context(office, lambda name: "key", tmp_path, as_of, Home(tmp_path)))
    columns = "host_id, municipality_code, nature, category, person_nights, declared_eur"
    assert rows_of(reading, TABLE, columns) == [
        ("G12", "32013", "furnished", "three_star", 30, Decimal("32.26"))
    ]
    assert reasons_of(reading) == [(3, "Total nuitées", "person_nights_differ")]
