"""The national file of deliberations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from demo.auch.tourist_tax import generate
from sources.staged import prove
from sources.tourist_tax.source import SPEC
from tests.refusals import refused
from warehouse.errors import RefusedDeliveryError
from warehouse.words.shapes import plain

Any_ = Callable[..., Any]


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demonstration's file: the national structure with one deliberation."""
    folder = tmp_path_factory.mktemp("inbox")
    generate(folder, 1)
    return (folder / "tourist_tax" / "deliberations-2024.xml").read_text(encoding="utf-8")


@pytest.fixture
def read_xml(tmp_path: Path, read_file: Any_) -> Any_:
    def run(content: str) -> Any:
        path = tmp_path / "deliberations.xml"
        path.write_text(content, encoding="utf-8")
        return read_file(path)

    return run


def test_a_deliberation_is_loaded_with_its_tariffs_regimes_communes_and_scale(
    national: str, read_xml: Any_, rows_of: Any_
) -> None:
    reading = read_xml(national)
    assert rows_of(
        reading,
        "tax_deliberations",
        "authority_siren, authority_name, deliberated_on, entered_on, has_rail_tax",
    ) == [("200066926", "C A GRAND AUCH COEUR DE GASCOGNE", date(2023, 6, 29), date(2023, 12, 28), True)]
    assert rows_of(reading, "tax_tariffs", "tariff, category, is_percent")[-1] == (
        Decimal("4.0000"), "unclassified", True,
    )  # fmt: skip
    assert rows_of(reading, "tax_tariffs", "DISTINCT first_month_day, last_month_day") == [(101, 1231)]
    assert rows_of(reading, "tax_deliberation_communes", "count(*)") == [(34,)]
    assert rows_of(reading, "tax_regimes", "DISTINCT regime") == [("actual",)]
    assert rows_of(reading, "tax_legal_scale", "DISTINCT year, scale_year") == [(2024, 2019)]


def test_a_bad_deliberation_is_quarantined_whole_and_the_others_are_loaded(
    national: str, read_xml: Any_, rows_of: Any_, reasons_of: Any_
) -> None:
    start, end = national.index("<deliberation>"), national.index("</deliberations>")
    one = national[start:end]
    bad = one.replace(">2.05<", ">deux<").replace("200066926", "200000001")
    reading = read_xml(national[:end] + bad + national[end:])
    assert reasons_of(reading) == [(2, "200000001/tarif", "not_a_number")]
    assert rows_of(reading, "tax_tariffs", "DISTINCT authority_siren") == [("200066926",)]


def test_a_deliberation_twice_is_a_duplicate_and_one_that_differs_a_conflict(
    national: str, read_xml: Any_, reasons_of: Any_
) -> None:
    start, end = national.index("<deliberation>"), national.index("</deliberations>")
    one = national[start:end]
    reading = read_xml(national[:end] + one + one.replace(">2.05<", ">2.06<") + national[end:])
    assert (reading.account.rows_loaded, reading.account.rows_duplicate) == (1, 1)
    assert [(line, rule) for line, _, rule in reasons_of(reading)] == [(3, "conflicting_key")]


def test_an_unknown_category_number_is_loaded_and_reported_once(
    national: str, read_xml: Any_, rows_of: Any_
) -> None:
    reading = read_xml(national.replace('<tarif categorieId="2">', '<tarif categorieId="42">'))
    assert ("42",) in rows_of(reading, "tax_tariffs", "category")
    assert plain(reading.account.message).count("« 42 »") == 1


def test_the_number_of_2019_for_unclassified_lodgings_is_known(
    national: str, read_xml: Any_, rows_of: Any_
) -> None:
    reading = read_xml(national.replace('categorieId="9"', 'categorieId="19"'))
    assert rows_of(reading, "tax_tariffs", "tariff, category, is_percent")[-1][1:] == ("unclassified", True)


@pytest.mark.parametrize("kept", [0.2, 0.99])
def test_a_truncated_file_is_refused(kept: float, national: str, read_xml: Any_) -> None:
    with refused("endommagé"):
        read_xml(national[: int(len(national) * kept)])


def test_an_xml_bomb_is_refused(read_xml: Any_) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with refused("entités XML"):
        read_xml(f'<!DOCTYPE delta [<!ENTITY e0 "ha">{entities}]><delta><date>&e9;</date></delta>')


def test_another_xml_is_refused(read_xml: Any_) -> None:
    with refused("ne correspond"):
        read_xml("<rss><channel/></rss>")


def test_an_empty_file_is_refused(read_xml: Any_) -> None:
    with refused("est vide"):
        read_xml("")


@pytest.mark.real
def test_the_real_excerpt_gives_five_deliberations_auch_among_them(
    shared_data: Path, read_file: Any_, rows_of: Any_
) -> None:
    reading = read_file(shared_data / "tourist-tax" / "deliberations-excerpt.xml")
    assert (reading.account.rows_read, reading.account.rows_loaded, reading.account.message) == (
        5,
        5,
        "",
    )
    tariffs = rows_of(
        reading, "tax_tariffs", "tariff, authority_siren, first_month_day, last_month_day, is_highest"
    )
    auch = [row for row in tariffs if row[1] == "200066926"]
    assert [float(row[0]) for row in auch] == [0.20, 0.45, 0.78, 0.90, 1.12, 1.57, 2.05, 2.50, 4.00]
    assert [float(row[0]) for row in auch if row[4]] == [2.50]
    assert len(rows_of(reading, "tax_legal_scale", "category")) == 9
    assert rows_of(reading, "tax_legal_scale", "DISTINCT year") == [(2026,)]


@pytest.mark.parametrize("value", [None, "", "1E+30", "²"])
def test_whatever_a_part_of_the_file_lacks_or_holds_ends_in_an_account_or_a_refusal(
    national: str, read_xml: Any_, value: str | None
) -> None:
    """Every attribute and every element once: taken out, or with a value that it cannot have."""
    tree = ElementTree.fromstring(national)
    seen: set[tuple[str, str]] = set()
    for parent in tree.iter():
        for rank, element in enumerate(list(parent)):
            for name in [*element.attrib, ""]:
                if (element.tag, name) in seen:
                    continue
                seen.add((element.tag, name))
                kept = dict(element.attrib), element.text
                if name and value is None:
                    del element.attrib[name]
                elif name:
                    element.set(name, value or "")
                elif value is None:
                    parent.remove(element)
                else:
                    element.text = value
                with suppress(RefusedDeliveryError):
                    reading = read_xml(ElementTree.tostring(tree, encoding="unicode"))
                    for table, path in reading.tables.items():
                        prove(SPEC.table(table), path)
                if not name and value is None:
                    parent.insert(rank, element)
                element.attrib.clear()
                element.attrib.update(kept[0])
                element.text = kept[1]
    assert len(seen) > 40


def test_a_tariff_that_cannot_be_one_quarantines_its_deliberation(
    national: str, read_xml: Any_, reasons_of: Any_
) -> None:
    reading = read_xml(national.replace(">2.05<", ">1E+30<"))
    assert reasons_of(reading) == [(1, "200066926/tarif", "not_a_number")]


@pytest.mark.parametrize("encoding", ["utf-7", "utf-32", "big5", "idna", "rot13", "no-such"])
def test_an_encoding_that_the_parser_has_not_is_refused_as_that(
    national: str, read_xml: Any_, encoding: str
) -> None:
    body = national.partition("?>")[2] or national
    with refused("encodage que Vigie ne lit pas"):
        read_xml(f'<?xml version="1.0" encoding="{encoding}"?>{body}')
