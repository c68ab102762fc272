"""The life of an incident, instant by instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from expectations.incidents.episodes import episodes
from expectations.incidents.findings import Finding
from expectations.incidents.life import (
    Case,
    Incident,
    acknowledge,
    advance,
    alerts,
    resolve,
    snooze,
)
from tests.findings import DETECTED, finding, utc
from warehouse.errors import UsageError
from warehouse.office.subjects.alerts import Severity

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BACK = DETECTED + 5 * DAY  # the counts are back


def cadence(_rule: str, severity: Severity) -> Sequence[int]:
    return {"question": (3,), "medium": (7,), "high": (1, 3, 7), "critical": (1,)}[severity]


class Life:
    """The incidents of an office, run by run, and what was told: a letter for each message."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        self.known: dict[str, Incident] = {}
        self.told: list[tuple[datetime, str]] = []
        self.steps: list[tuple[str, str]] = []

    def run(self, *instants: datetime) -> Life:
        for at in instants:
            found = episodes(self.findings, at)
            self.keep(advance("o", list(self.known.values()), found, at, cadence, lambda _: "evidence"))
        return self

    def keep(self, cases: Sequence[Case]) -> None:
        self.known |= {case.incident.incident_id: case.incident for case in cases}
        self.told += [(case.at, alert.what) for case in cases for alert in alerts([case])]
        self.steps += [(step.who, step.what) for case in cases for step in case.transitions]

    @property
    def whats(self) -> list[str]:
        return [what for _, what in self.told]

    @property
    def incident(self) -> Incident:
        (incident,) = self.known.values()
        return incident


def test_a_fault_opens_an_incident_and_is_told_once() -> None:
    life = Life(finding()).run(DETECTED, DETECTED, DETECTED + HOUR)
    assert life.whats == ["opened"]
    assert (life.incident.status, life.incident.severity) == ("open", "high")


def test_at_the_same_instant_nothing_is_left_to_do() -> None:
    life = Life(finding()).run(DETECTED)
    again = advance(
        "o",
        list(life.known.values()),
        episodes(life.findings, DETECTED),
        DETECTED,
        cadence,
        lambda _: "evidence",
    )
    assert again == []


def test_reminders_follow_the_cadence_of_the_severity_until_it_is_resolved() -> None:
    days = [DETECTED + n * DAY for n in range(30)]
    life = Life(finding(ended_at=DETECTED + 20 * DAY)).run(*days)
    assert [(what, (at - DETECTED).days) for at, what in life.told] == [
        ("opened", 0), ("reminder", 1), ("reminder", 4), ("reminder", 11), ("reminder", 18), ("closed", 20),
    ]  # fmt: skip
    assert life.incident.reminders == 4


def test_after_days_without_a_run_one_reminder_makes_up_for_all() -> None:
    life = Life(finding()).run(DETECTED, DETECTED + 15 * DAY, DETECTED + 15 * DAY + HOUR)
    assert life.whats == ["opened", "reminder"]


def test_counts_that_come_back_close_the_incident_with_one_message() -> None:
    life = Life(finding(ended_at=BACK)).run(DETECTED, BACK, BACK + DAY)
    assert life.whats == ["opened", "closed"]
    assert (life.incident.status, life.incident.resolution) == ("resolved", "counts_came_back")
    assert (life.incident.resolved_at, life.incident.resolved_by) == (BACK, "vigie")


def test_what_was_over_a_few_hours_before_it_was_known_is_told_once() -> None:
    life = Life(finding(ended_at=DETECTED + HOUR)).run(DETECTED + 15 * HOUR, DETECTED + 2 * DAY)
    assert life.whats == ["over"]
    assert life.incident.status == "resolved"


def test_what_was_over_long_before_it_was_known_is_recorded_and_not_told() -> None:
    life = Life(finding(ended_at=DETECTED + HOUR)).run(DETECTED + 60 * DAY)
    assert (life.whats, life.steps) == ([], [("vigie", "recorded")])


def test_a_fault_that_comes_back_soon_reopens_the_same_incident() -> None:
    life = Life(finding(ended_at=BACK), finding(onset_at=BACK + 3 * DAY))
    life.run(DETECTED, BACK, BACK + 3 * DAY)
    assert life.whats == ["opened", "closed", "reopened"]
    assert (life.incident.status, life.incident.resolved_at) == ("open", None)


def test_a_loss_that_grows_makes_the_incident_graver_and_says_so_once() -> None:
    grown = DETECTED + 12 * HOUR
    life = Life(finding(lost=[(grown, 2500.0), (grown + HOUR, 2600.0)])).run(DETECTED, grown, grown + HOUR)
    assert life.whats == ["opened", "worsened"]
    assert life.incident.severity == "critical"
    assert life.incident.due_at == grown + DAY


def test_an_acknowledged_incident_is_still_recalled() -> None:
    life = Life(finding()).run(DETECTED)
    life.keep([acknowledge(life.incident, "Anne", DETECTED + HOUR, "j'y vais")])
    life.run(DETECTED + DAY)
    assert life.whats == ["opened", "reminder"]
    assert (life.incident.status, life.incident.acknowledged_by) == ("acknowledged", "Anne")
    assert life.steps[-1] == ("Anne", "acknowledged")


def test_a_snoozed_incident_is_silent_until_its_end_and_then_what_it_was() -> None:
    life = Life(finding()).run(DETECTED)
    life.keep([acknowledge(life.incident, "Anne", DETECTED + HOUR)])
    life.keep([snooze(life.incident, "Anne", DETECTED + 2 * HOUR, DETECTED + 10 * DAY)])
    life.run(*(DETECTED + n * DAY for n in range(1, 11)))
    assert life.told[1:] == [(DETECTED + 10 * DAY, "reminder")]
    assert (life.incident.status, life.incident.snoozed_until) == ("acknowledged", None)
    assert life.steps[-1] == ("vigie", "snooze_ended")


def test_a_graver_incident_breaks_its_snooze() -> None:
    life = Life(finding(lost=[(DETECTED + 3 * DAY, 2500.0)])).run(DETECTED)
    life.keep([snooze(life.incident, "Anne", DETECTED + HOUR, DETECTED + 10 * DAY)])
    life.run(DETECTED + 2 * DAY, DETECTED + 3 * DAY)
    assert life.whats == ["opened", "worsened"]
    assert (life.incident.status, life.incident.snoozed_until) == ("open", None)


def test_a_snoozed_incident_closes_with_its_message_when_the_data_are_right() -> None:
    life = Life(finding(ended_at=BACK)).run(DETECTED)
    life.keep([snooze(life.incident, "Anne", DETECTED + HOUR, DETECTED + 20 * DAY)])
    life.run(BACK, DETECTED + 21 * DAY)
    assert life.whats == ["opened", "closed"]


@pytest.mark.parametrize("days", [-1, 0, 32])
def test_a_snooze_without_an_end_that_comes_is_refused(days: int) -> None:
    life = Life(finding()).run(DETECTED)
    with pytest.raises(UsageError, match="31 jours"):
        snooze(life.incident, "Anne", DETECTED, DETECTED + days * DAY)


@pytest.mark.parametrize("reason", ["false_alarm", "accepted"])
def test_what_a_person_settled_stays_settled_while_the_same_fault_lasts(reason: str) -> None:
    life = Life(finding()).run(DETECTED)
    life.keep([resolve(life.incident, "Anne", DETECTED + HOUR, reason, cadence)])
    life.run(*(DETECTED + n * DAY for n in range(1, 30)))
    assert life.whats == ["opened", "closed"]
    assert life.incident.resolved_by == "Anne"


def test_something_new_reopens_what_a_person_settled() -> None:
    life = Life(finding(), finding(fault="no_data", onset_at=DETECTED + 4 * DAY)).run(DETECTED)
    life.keep([resolve(life.incident, "Anne", DETECTED + HOUR, "false_alarm", cadence)])
    life.run(DETECTED + 4 * DAY)
    assert life.whats == ["opened", "closed", "reopened"]


def test_what_is_said_to_be_repaired_and_is_not_opens_again_after_two_days() -> None:
    life = Life(finding()).run(DETECTED)
    life.keep([resolve(life.incident, "Anne", DETECTED + HOUR, "repaired", cadence)])
    life.run(DETECTED + DAY, DETECTED + 2 * DAY + HOUR, DETECTED + 2 * DAY + 2 * HOUR)
    assert life.whats == ["opened", "closed", "reopened"]


def test_what_is_resolved_cannot_be_acknowledged_snoozed_or_resolved_again() -> None:
    life = Life(finding(ended_at=BACK)).run(DETECTED, BACK)
    with pytest.raises(UsageError, match="déjà clos"):
        acknowledge(life.incident, "Anne", BACK)
    with pytest.raises(UsageError, match="déjà clos"):
        snooze(life.incident, "Anne", BACK, BACK + DAY)
    with pytest.raises(UsageError, match="déjà clos"):
        resolve(life.incident, "Anne", BACK, "repaired", cadence)


def test_a_reason_must_be_one_of_the_list_and_other_needs_a_comment() -> None:
    life = Life(finding()).run(DETECTED)
    with pytest.raises(UsageError, match="repaired, false_alarm"):
        resolve(life.incident, "Anne", DETECTED, "because", cadence)
    with pytest.raises(UsageError, match="--comment"):
        resolve(life.incident, "Anne", DETECTED, "other", cadence)


def test_late_data_that_explain_a_fault_away_close_it_as_history_revised() -> None:
    life = Life(finding()).run(DETECTED)
    life.findings = ()
    life.run(DETECTED + 2 * DAY, DETECTED + 3 * DAY)
    assert life.whats == ["opened", "closed"]
    assert (life.incident.resolution, life.incident.resolved_at) == ("history_revised", DETECTED + 2 * DAY)


def test_a_fault_long_after_a_revised_one_is_another_incident() -> None:
    life = Life(finding()).run(DETECTED)
    life.findings = ()
    life.run(DETECTED + 2 * DAY)
    life.findings = (finding(onset_at=DETECTED + 60 * DAY),)
    life.run(DETECTED + 60 * DAY)
    assert len(life.known) == 2


def test_an_onset_that_late_data_move_keeps_the_identifier() -> None:
    life = Life(finding()).run(DETECTED)
    life.findings = (finding(onset_at=utc(2025, 5, 12, 7), detected_at=utc(2025, 5, 12, 12)),)
    life.run(DETECTED + HOUR)
    assert life.whats == ["opened"]
    assert life.incident.onset_at == utc(2025, 5, 12, 7)


def test_runs_that_are_missed_or_doubled_end_with_the_same_incident() -> None:
    grown = finding(ended_at=BACK, lost=[(DETECTED + 2 * DAY, 2500.0)])
    hourly = Life(grown).run(*(DETECTED + n * HOUR for n in range(200)))
    seldom = Life(grown).run(DETECTED + DAY, BACK + HOUR, BACK + HOUR)
    facts = ("incident_id", "status", "resolved_at", "resolution", "onset_at", "ended_at", "lost_visitors")
    assert [getattr(hourly.incident, f) for f in facts] == [getattr(seldom.incident, f) for f in facts]
