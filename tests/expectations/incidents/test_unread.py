"""Files that came and could not be read: how much of them, what they tell of, what is told."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from expectations.incidents.episodes import episodes
from expectations.incidents.evidence import evidence
from expectations.incidents.findings import Finding, read_findings
from expectations.incidents.rules import rules
from expectations.incidents.unread import write_unread_files
from tests.described import KEPT, PROCESSING
from tests.expectations.incidents.test_rules import MARTS, add
from tests.findings import utc
from warehouse.office.model import Office
from warehouse.spec import DeliverySpec, Processing, Retention, Rows, SourceSpec
from warehouse.storage.database import make_tables
from warehouse.storage.ledger import latest
from warehouse.words.shapes import plain, shown

NOW = datetime(2025, 5, 20, 12, tzinfo=UTC)
OFFICE = Office.model_validate({"code": "o", "name": "O", "siren": "123456789"})


def kind(name: str, fewest: int = 1) -> DeliverySpec:
    rows = Rows(fewest=fewest, most=1000, reason="a test")
    return DeliverySpec(
        kind=name, description="", format="", files=(), tables=(), rows=rows, sample="",
        retention=Retention.model_validate(KEPT),
    )  # fmt: skip


SPEC = SourceSpec(
    name="counters", label_fr="", label_en="", description="", publisher="", obtain="", tables=(),
    processing=Processing.model_validate(PROCESSING),
    deliveries=(kind("declared"), kind("messages", fewest=0)),
)  # fmt: skip


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    make_tables(connection)
    connection.execute(MARTS)
    return connection


def deliver(
    warehouse: duckdb.DuckDBPyConnection,
    number: int,
    read: int,
    bad: int,
    *,
    day: int = 17,
    file: str = "porte-{}.csv",
    kind: str = "declared",
    status: str = "loaded",
) -> None:
    """A file of 02:30, of whose rows so many are bad: all of them by the column Date, line by line."""
    at = utc(2025, 5, day, 2, 30)
    add(
        warehouse, "quality.load",
        [{
            "source": "counters", "delivery_id": number, "kind": kind if status == "loaded" else None,
            "file": file.format(number), "sha256": str(number), "size_bytes": 1, "received_at": at,
            "modified_at": at, "rows_read": read, "rows_loaded": read - bad, "rows_quarantined": bad,
            "rows_duplicate": 0, "rows_filtered": 0, "status": status,
            "message": "colonne absente" if status == "refused" else "", "fingerprint": "",
        }],
    )  # fmt: skip
    add(
        warehouse, "quality.quarantined_row",
        (
            {
                "source": "counters", "sha256": str(number), "delivery_id": number, "line": line + 2,
                "column": "Date", "rule": "not_a_date", "reason": f"« 31/02/{line} » n'est pas une date",
            }
            for line in range(bad)
        ),
    )  # fmt: skip


def write(warehouse: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    write_unread_files(warehouse, "o", [SPEC], lambda source, file: ["counter:door"])
    return warehouse.execute(
        "SELECT delivery_id, extent, is_told FROM quality.unread_file ORDER BY delivery_id"
    ).fetchall()


def found(warehouse: duckdb.DuckDBPyConnection, rule: str) -> list[Finding]:
    return [one for one in read_findings(warehouse, "o", NOW) if one.rule == rule]


@pytest.mark.parametrize(
    ("read", "bad", "extent"),
    [
        (744, 744, "wholly"), (744, 743, "mostly"), (744, 372, "partly"), (744, 75, "partly"),
        (744, 74, None), (20, 5, None), (20, 6, "partly"), (5, 3, "mostly"), (1, 1, "wholly"),
    ],
)  # fmt: skip
def test_a_handful_of_bad_rows_is_ordinary_and_most_of_a_file_is_not(
    warehouse: duckdb.DuckDBPyConnection, read: int, bad: int, extent: str | None
) -> None:
    deliver(warehouse, 1, read, bad)
    assert write(warehouse) == ([(1, extent, True)] if extent else [])


def test_a_handful_of_unread_messages_makes_no_incident_and_a_refused_file_has_its_own(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, 1, 2, 2, kind="messages")
    deliver(warehouse, 2, 0, 0, status="refused")
    assert write(warehouse) == [(1, "wholly", False), (2, "refused", False)]
    assert found(warehouse, "file_unread") == []


def test_an_unread_file_names_its_column_example_and_counts_until_a_good_one_follows(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, 1, 744, 700, day=17)
    deliver(warehouse, 2, 24, 0, day=17, file="garage-{}.csv")
    write(warehouse)
    (one,) = found(warehouse, "file_unread")
    assert (one.subject, one.fault, one.ended_at) == ("source:counters/porte", "mostly", None)
    (episode,) = episodes([one], utc(2025, 5, 17, 3))
    told = plain(evidence(episode, "fr", OFFICE.zone))
    for part in ("porte-1.csv", "700 lignes sur 744", "« Date »", "ligne 2", "« 31/02/0 »"):
        assert part in told
    assert "returned/" not in told
    deliver(warehouse, 3, 24, 1, day=18)
    write(warehouse)
    (one,) = found(warehouse, "file_unread")
    assert one.ended_at == utc(2025, 5, 18, 2, 30)


def test_the_message_about_a_file_says_where_its_marked_copy_lies(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, 1, 744, 700)
    copy = {"source": "counters", "delivery_id": 1, "file": "porte-1.marked.xlsx"}
    add(warehouse, "quality.returned_copy", [copy])
    write(warehouse)
    (episode,) = episodes(found(warehouse, "file_unread"), utc(2025, 5, 17, 3))
    told = evidence(episode, "fr", OFFICE.zone)
    assert plain(told).endswith("est dans le dossier de l'office : returned/counters/porte-1.marked.xlsx.")
    assert "returned/counters/porte-1.marked.xlsx" in shown(told, "fr", {"porte", "marked"})


def test_most_of_a_file_is_graver_than_a_part_of_it() -> None:
    rule = rules()["file_unread"]
    assert [rule.severity_of(None, None, fault) for fault in ("wholly", "mostly", "partly")] == [
        "high", "high", "medium",
    ]  # fmt: skip


def test_the_deliveries_that_are_checked_are_those_of_the_last_run_of_each_kind(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    deliver(warehouse, 1, 24, 0, day=16)
    deliver(warehouse, 2, 24, 24, day=17)
    deliver(warehouse, 3, 24, 0, day=17)  # of the same series: it mends the one before
    deliver(warehouse, 4, 24, 24, day=17, file="garage-{}.csv")
    deliver(warehouse, 5, 1, 0, day=10, kind="messages", file="m-{}.jsonl")
    assert latest(warehouse) == {"counters": [3, 4, 5]}


def silence(warehouse: duckdb.DuckDBPyConnection, fault: str = "no_data") -> None:
    """The door is silent since 16 May, 9:00, known at 13:00, with its course day by day."""
    outage = {
        "subject": "counter:door", "fault": fault, "onset_at": utc(2025, 5, 16, 7),
        "detected_at": utc(2025, 5, 16, 11),
    }  # fmt: skip
    numbers = {"expected_count": 300.0, "open_hours": 20.0, "counted_count": 0.0}
    add(warehouse, "quality.outage", [outage | numbers | {"chance": 1e-9}])
    for hours, known in enumerate((utc(2025, 5, 16, 11), utc(2025, 5, 16, 18), utc(2025, 5, 17, 18)), 1):
        course = outage | numbers | {"open_days": 2.0, "known_at": known, "lost_visitors": 100.0 * hours}
        add(warehouse, "quality.outage_course", [course])


@pytest.mark.parametrize("fault", ["no_data", "unannounced_closure", "closed_or_dead"])
@pytest.mark.parametrize("status", ["loaded", "refused"])
def test_a_counter_whose_file_came_and_was_not_read_is_not_said_to_be_without_power(
    warehouse: duckdb.DuckDBPyConnection, fault: str, status: str
) -> None:
    silence(warehouse, fault)
    deliver(warehouse, 1, 24 * (status == "loaded"), 24 * (status == "loaded"), status=status)
    write(warehouse)
    assert found(warehouse, "closure_question") == []
    at = utc(2025, 5, 17, 2, 30)
    (episode,) = episodes(found(warehouse, "counter_silent"), at)
    assert (episode.current.fault, episode.onset_at) == ("unread", utc(2025, 5, 16, 7))
    assert episode.lost_visitors == 200  # once, not for both faults
    told = plain(evidence(episode, "fr", OFFICE.zone))
    assert "un fichier est arrivé le 17 mai 2025 à 04:30, porte-1.csv" in told
    assert ("« 31/02/0 » n'est pas une date" if status == "loaded" else "colonne absente") in told
    todo = rules()["counter_silent"].faults["unread"].todo
    assert todo is not None and "alimentation" not in todo.fr


def test_before_the_file_came_the_silence_was_one_without_data(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    silence(warehouse)
    deliver(warehouse, 1, 24, 24)
    write(warehouse)
    (before,) = episodes(found(warehouse, "counter_silent"), utc(2025, 5, 17, 2))
    assert (before.current.fault, before.ended_at, before.lost_visitors) == ("no_data", None, 200)
    (after,) = episodes(found(warehouse, "counter_silent"), utc(2025, 5, 18))
    assert (after.current.fault, after.ended_at, after.lost_visitors) == ("unread", None, 300)


def test_a_counter_that_stays_silent_after_a_good_file_is_silent(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    silence(warehouse)
    deliver(warehouse, 1, 24, 24, day=17)
    deliver(warehouse, 2, 24, 0, day=18)
    write(warehouse)
    assert [one.fault for one in found(warehouse, "counter_silent")] == ["no_data"]
