"""Calls by their legs: merged, issued again, hidden, and nothing of who called."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from tests.refusals import refused
from tests.sources.conftest import ReadSource
from warehouse.office.model import Office
from warehouse.office.subjects.requests import CDR_FIELDS, Requests
from warehouse.words.shapes import plain

FIXTURES = Path(__file__).parent / "fixtures"
CALL = ("local_date", "called_at", "is_answered")


def ovh(**more: Any) -> dict[str, Any]:
    call = {
        "creationDatetime": "2025-07-02T10:27:28+02:00",
        "calling": "0033600000001",
        "called": "0033500000000",
    }
    return {**call, "duration": 0, "wayType": "incoming", **more}


def test_legs_of_a_cdr_are_one_call_that_the_answered_one_decides(read_source: ReadSource) -> None:
    read = read_source("requests", FIXTURES / "cdr-2025-07.log")
    assert read.rows(*CALL) == [
        (date(2025, 7, 2), datetime(2025, 7, 2, 8, 27, 28), True),  # noqa: DTZ001
        # 22:15 UTC is the next day in Paris; nobody took the first leg, somebody the second.
        (date(2025, 7, 3), datetime(2025, 7, 2, 22, 15, 2), True),  # noqa: DTZ001
        # A queue took it, and nobody of the office.
        (date(2025, 7, 3), datetime(2025, 7, 3, 9, 0), False),  # noqa: DTZ001
    ]
    account = read.reading.account
    assert (account.rows_read, account.rows_duplicate, account.rows_filtered) == (5, 1, 1)
    assert "not_incoming 1" in plain(account.message)


def test_records_of_ovh_are_one_call_when_issued_again_or_rung_on_two_lines(read_source: ReadSource) -> None:
    read = read_source("requests", FIXTURES / "ovh-2025-07.json")
    assert read.rows(*CALL) == [
        (date(2025, 7, 2), datetime(2025, 7, 2, 8, 27, 28), True),  # noqa: DTZ001
        (date(2025, 7, 3), datetime(2025, 7, 2, 22, 10), False),  # noqa: DTZ001
    ]
    account = read.reading.account
    assert (account.rows_read, account.rows_duplicate, account.rows_filtered) == (6, 2, 2)


@pytest.mark.parametrize("file", ["cdr-2025-07.log", "ovh-2025-07.json"])
def test_nothing_of_who_called_is_kept(read_source: ReadSource, file: str) -> None:
    (path,) = read_source("requests", FIXTURES / file).reading.tables.values()
    kept = str(duckdb.execute("FROM read_parquet(?)", [str(path)]).fetchall())
    assert "60000000" not in kept
    assert "Jeanne" not in kept


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ([{}, {"creationDatetime": "2025-07-02T10:28:00+02:00"}], 2),  # the next minute
        ([{}, {"called": "0033500000001"}], 2),  # another service
        ([{}, {"creationDatetime": "2025-07-02T08:27:59Z"}], 1),
        ([{}, {"creationDatetime": "2025-07-02T10:27:59"}], 1),  # without an offset, the office's clock
        # Two that hide their number are not known to be one.
        ([{"calling": "anonymous"}, {"calling": "", "creationDatetime": "2025-07-02T10:27:40+02:00"}], 2),
    ],
)
def test_what_makes_two_records_one_call(
    read_source: ReadSource, changes: list[dict[str, Any]], calls: int
) -> None:
    content = json.dumps([ovh(**change) for change in changes])
    assert len(read_source("requests", content, "ovh-2025.json").rows("called_at")) == calls


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"wayType": "conference"}, ("wayType", "unknown_status")),
        ({"duration": None}, ("duration", "missing_value")),
        ({"duration": "12 s"}, ("duration", "not_a_number")),
        ({"duration": -1}, ("duration", "not_a_number")),
        ({"creationDatetime": "hier"}, ("creationDatetime", "not_a_date")),
        ({"creationDatetime": "2099-07-02T10:27:28+02:00"}, ("start", "date_in_the_future")),
        ({"creationDatetime": "1815-07-02T10:27:28+02:00"}, ("start", "date_too_early")),
    ],
)
def test_a_record_that_says_no_call_is_quarantined(
    read_source: ReadSource, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    content = json.dumps([ovh(), ovh(**change)])
    read = read_source("requests", content, "ovh-2025.json")
    assert read.faults() == [(2, *fault)]
    assert len(read.rows("called_at")) == 1


def test_a_line_of_a_cdr_with_other_fields_is_quarantined(read_source: ReadSource) -> None:
    lines = (FIXTURES / "cdr-2025-07.log").read_text(encoding="utf-8").splitlines()
    content = "\n".join(
        [lines[0], lines[1].rpartition(",")[0], lines[1].replace("2025/07/02 22:15:02", "2 juillet")]
    )
    faults = read_source("requests", content, "cdr.log").faults()
    assert faults == [(2, "*", "wrong_number_of_cells"), (3, "time-start", "not_a_date")]


def test_the_order_of_the_fields_is_the_offices(read_source: ReadSource, office: Office) -> None:
    fields = ("historyid", "from-type", "to-type", "from-no", "time-start", "time-answered")
    systems = office.systems.model_copy(update={"requests": Requests(cdr_fields=fields)})
    other = office.model_copy(update={"systems": systems})
    content = "Call 1,Line,Extension,0600000001,2025/07/02 08:27:28,\n"
    assert read_source("requests", content, "cdr.log", office=other).rows("is_answered") == [(False,)]


def test_an_order_that_lacks_what_is_read_is_refused() -> None:
    with pytest.raises(ValidationError, match="time-answered"):
        Requests(cdr_fields=tuple(name for name in CDR_FIELDS if name != "time-answered"))


@pytest.mark.parametrize(
    ("content", "told"),
    [("[1, 2]", "wayType"), ('[{"creationDatetime": 1}]', "wayType"), ('[{"wayType": "inco', "JSON")],
)
def test_another_list_or_half_a_one_is_refused(read_source: ReadSource, content: str, told: str) -> None:
    with refused(told):
        read_source("requests", content, "ovh-2025.json")
