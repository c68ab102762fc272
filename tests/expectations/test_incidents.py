"""Incidents from outages, and the replay of past days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from expectations.incidents import Incident, incidents, read_incidents, write_incidents
from expectations.outages import Outage
from expectations.replay import backtest
from warehouse.database import LEDGER


def utc(*parts: int) -> datetime:
    """Naive UTC, as DuckDB holds instants."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


PARIS = ZoneInfo("Europe/Paris")
AS_OF = datetime(2025, 6, 1, 0, 30, tzinfo=UTC)
LASTING = Outage(
    office="auch",
    subject="counter:auch-door",
    fault="zeros",
    onset_at=utc(2025, 5, 15, 7),
    detected_at=utc(2025, 5, 15, 10),
    ended_at=None,
    expected_count=1980.4,
    open_hours=126,
    chance=0.0,
)
ENDED = replace(LASTING, ended_at=utc(2025, 5, 20, 8))


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA quality; CREATE SCHEMA ops")
    connection.execute(LEDGER)
    return connection


def the(found: list[Incident]) -> Incident:
    (incident,) = found
    return incident


def test_an_outage_that_lasts_is_an_open_incident_with_its_evidence_in_french() -> None:
    incident = the(incidents([LASTING], "auch", AS_OF))
    assert (incident.rule, incident.status, incident.resolution) == ("counter_silent", "open", None)
    assert incident.evidence.replace("\u202f", " ").replace("\xa0", " ") == (
        "Depuis le 15 mai 2025 09:00 : uniquement des zéros pendant 126 heures d'ouverture, alors qu'environ "
        "1 980 passages étaient attendus. Un compteur en marche n'aurait pas plus d'une chance sur "
        "1 000 000 000 de donner cela."
    )


def test_the_evidence_follows_the_office_s_language_and_zone() -> None:
    evidence = the(incidents([LASTING], "auch", AS_OF, "en", ZoneInfo("Indian/Reunion"))).evidence
    assert evidence.startswith("Since 15 May 2025 11:00: only zeros during 126 open hours") or (
        "11:00" in evidence and "1,980" in evidence
    )


@pytest.mark.parametrize(
    ("fault", "rule", "severity", "told"),
    [
        ("no_data", "counter_silent", "high", "aucune donnée"),
        ("frozen_index", "counter_silent", "high", "l'index n'avance plus"),
        ("stuck", "counter_wrong", "medium", "la même valeur"),
        ("one_direction_dead", "counter_wrong", "medium", "(sorties)"),
        ("half", "counter_wrong", "medium", "990 passages comptés pour environ 1 980 attendus (50 %)"),
        ("doubled", "counter_wrong", "medium", "le double"),
        ("drift", "counter_wrong", "medium", "de jour en jour"),
        ("step", "counter_wrong", "medium", "d'un coup"),
        ("duplicate_delivery", "counter_wrong", "medium", "heure par heure"),
        ("clock_shift", "counter_wrong", "medium", "l'horloge"),
        ("unannounced_closure", "closure_question", "question", "ni ce compteur ni les autres"),
    ],
)
def test_every_fault_has_its_rule_its_severity_and_its_words(
    fault: str, rule: str, severity: str, told: str
) -> None:
    outage = replace(LASTING, fault=fault, expected_count=1980, counted_count=990, direction="out")
    incident = the(incidents([outage], "auch", AS_OF))
    assert (incident.rule, incident.severity) == (rule, severity)
    assert told in incident.evidence.replace("\u202f", " ").replace("\xa0", " ")


def test_counts_that_come_back_resolve_the_incident() -> None:
    incident = the(incidents([ENDED], "auch", AS_OF))
    assert (incident.status, incident.resolution) == ("resolved", "counts_came_back")
    assert incident.resolved_at == ENDED.ended_at
    assert incident.incident_id == the(incidents([LASTING], "auch", AS_OF)).incident_id


def test_a_level_that_is_back_resolves_the_incident_in_other_words() -> None:
    incident = the(incidents([replace(ENDED, fault="half")], "auch", AS_OF))
    assert (incident.status, incident.resolution) == ("resolved", "back_to_normal")


def test_a_level_that_lasts_for_months_has_become_the_usual_one() -> None:
    step = replace(LASTING, fault="step")
    incident = the(incidents([step], "auch", datetime(2025, 9, 20, tzinfo=UTC)))
    assert (incident.status, incident.resolution) == ("resolved", "became_usual")
    assert incident.resolved_at == utc(2025, 9, 12, 10)
    assert the(incidents([step], "auch", datetime(2025, 9, 12, tzinfo=UTC))).status == "open"


def test_a_silence_is_open_as_long_as_it_lasts() -> None:
    assert the(incidents([LASTING], "auch", datetime(2027, 1, 1, tzinfo=UTC))).status == "open"


def test_what_happens_after_the_instant_is_not_known() -> None:
    assert incidents([ENDED], "auch", datetime(2025, 5, 15, 9, 59, tzinfo=UTC)) == []
    assert the(incidents([ENDED], "auch", datetime(2025, 5, 19, tzinfo=UTC))).status == "open"


def test_another_office_or_an_unwatched_kind_opens_nothing() -> None:
    assert incidents([LASTING], "other", AS_OF) == []
    assert incidents([replace(LASTING, subject="weather:auch")], "auch", AS_OF) == []


def test_two_outages_of_one_day_are_one_incident() -> None:
    morning = replace(LASTING, ended_at=utc(2025, 5, 15, 11), expected_count=30, open_hours=4, chance=1e-7)
    evening = replace(LASTING, onset_at=utc(2025, 5, 15, 12), detected_at=utc(2025, 5, 15, 15))
    incident = the(incidents([evening, morning], "auch", AS_OF))
    assert (incident.onset_at, incident.status) == (morning.onset_at, "open")
    assert "130 heures" in incident.evidence


def test_writing_twice_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    found = incidents([LASTING], "auch", AS_OF)
    for _ in range(2):
        write_incidents(connection, "auch", found, AS_OF)
        assert read_incidents(connection, "auch") == found


def test_reminders_of_a_known_incident_stay(connection: duckdb.DuckDBPyConnection) -> None:
    write_incidents(connection, "auch", incidents([LASTING], "auch", AS_OF), AS_OF)
    connection.execute("UPDATE quality.incident SET reminders = 3")
    write_incidents(connection, "auch", incidents([ENDED], "auch", AS_OF), AS_OF)
    incident = the(read_incidents(connection, "auch"))
    assert (incident.reminders, incident.status) == (3, "resolved")


def test_an_incident_that_a_back_fill_explains_away_is_kept_as_revised(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    write_incidents(connection, "auch", incidents([LASTING], "auch", AS_OF), AS_OF)
    later = datetime(2025, 6, 2, 0, 30, tzinfo=UTC)
    write_incidents(connection, "auch", [], later)
    write_incidents(connection, "auch", [], datetime(2025, 6, 3, 0, 30, tzinfo=UTC))
    incident = the(read_incidents(connection, "auch"))
    assert (incident.status, incident.resolution) == ("resolved", "history_revised")
    assert incident.resolved_at == utc(2025, 6, 2, 0, 30)


def test_an_incident_that_the_data_show_again_is_open_again(connection: duckdb.DuckDBPyConnection) -> None:
    found = incidents([LASTING], "auch", AS_OF)
    for rows in (found, [], found):
        write_incidents(connection, "auch", rows, AS_OF)
    assert read_incidents(connection, "auch") == found


def test_incidents_of_another_office_are_left_alone(connection: duckdb.DuckDBPyConnection) -> None:
    other = incidents([replace(LASTING, office="other")], "other", AS_OF)
    write_incidents(connection, "other", other, AS_OF)
    write_incidents(connection, "auch", [], AS_OF)
    assert read_incidents(connection, "other") == other


def test_a_replay_tells_the_alert_and_the_closing_in_local_time() -> None:
    told = backtest([ENDED], date(2025, 5, 1), date(2025, 8, 31), PARIS)
    assert [(event.what, event.instant.isoformat()) for event in told] == [
        ("alert", "2025-05-15T12:00:00+02:00"),
        ("closed", "2025-05-20T10:00:00+02:00"),
    ]


def test_a_replay_goes_by_local_days_both_included() -> None:
    midnight = replace(LASTING, detected_at=utc(2025, 5, 14, 22))  # 15 May, 00:00 in Paris
    assert [e.what for e in backtest([midnight], date(2025, 5, 15), date(2025, 5, 15), PARIS)] == ["alert"]
    assert backtest([midnight], date(2025, 5, 14), date(2025, 5, 14), PARIS) == []


def test_a_closing_is_told_when_the_alert_came_before_the_first_day() -> None:
    assert [e.what for e in backtest([ENDED], date(2025, 5, 16), date(2025, 5, 31), PARIS)] == ["closed"]
