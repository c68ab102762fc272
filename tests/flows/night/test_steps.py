"""The night as a whole, on one door counter: plain functions, without Prefect."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from expectations.checks.checking import CheckResult
from flows.night.steps import night, rows_of, what_to_hold
from tests.flows.conftest import Content, Life
from transforms.dictionary.entries import indicators, sources_behind
from warehouse.errors import VigieError
from warehouse.office.model import load_office
from warehouse.publishing.versions import Holds
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock

AS_OF = datetime(2025, 5, 17, 0, 30, tzinfo=UTC)


def of_the_door(published: Content) -> dict[str, object]:
    """The incident of the door."""
    (incident,) = [row for row in published["quality.incident"] if row["subject"] == "counter:door"]
    return incident


def test_a_mail_that_no_server_took_is_sent_by_the_next_night_that_can(life: Life) -> None:
    assert list(life.mail_down.report.failures) == ["alerts"]
    assert "staff" in life.mail_down.report.failures["alerts"]
    assert life.mail_down.report.exit_status == 3
    assert life.mail_down.mails == ()
    assert life.again.report.exit_status == 0, (life.again.report.failures, life.again.report.failed_checks)
    assert len(life.again.mails) == 1


def test_a_dead_counter_is_mailed_with_its_picture(life: Life) -> None:
    (mail,) = life.again.mails
    assert mail["subject"] == "Vigie : Porte de l'accueil ne compte plus"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "15 mai 2025" in text.get_content()
    (picture,) = mail.iter_attachments()
    assert picture.get_content()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_counter_that_is_still_dead_is_recalled_a_day_later(life: Life) -> None:
    assert of_the_door(life.poisoned.published)["status"] == "open"
    assert [mail["subject"] for mail in life.poisoned.mails if "Porte" in mail["subject"]] == [
        "Vigie, rappel 1 : Porte de l'accueil ne compte plus"
    ]


def test_the_mails_of_an_incident_are_one_thread_each_with_its_number(life: Life) -> None:
    all_mails = [*life.again.mails, *life.poisoned.mails, *life.by_hand.mails]
    mails = [mail for mail in all_mails if "Porte" in mail["subject"]]
    incident = of_the_door(life.by_hand.published)
    assert {mail["References"] for mail in mails} == {f"<{incident['incident_id']}@vigie>"}
    assert len({mail["X-Vigie-Message"] for mail in mails}) == len(mails) == 3


def test_an_incident_closes_by_itself_when_counts_come_back(life: Life) -> None:
    incident = of_the_door(life.by_hand.published)
    assert (incident["status"], incident["resolution"]) == ("resolved", "counts_came_back")
    assert "Vigie, clos : Porte de l'accueil ne compte plus" in [
        mail["subject"] for mail in life.by_hand.mails
    ]


def test_a_file_that_is_refused_set_aside_or_left_is_told_once_with_its_cause(life: Life) -> None:
    told = {mail["subject"]: mail.get_body(("plain",)) for mail in life.poisoned.mails}
    bodies = {subject: body.get_content() for subject, body in told.items() if body is not None}
    assert bodies.keys() > {
        "Vigie : Source motorhome/passages-[texte de 1 caractère] : un fichier est refusé",
        "Vigie : Source tourist_tax/declarations : un fichier est mis de côté",
        "Vigie : Source tourist_tax : un fichier reste dans la boîte de dépôt",
    }, bodies.keys()
    set_aside = bodies["Vigie : Source tourist_tax/declarations : un fichier est mis de côté"]
    assert "declarations-2024.xlsx : sa lecture a dû être arrêtée deux fois" in set_aside
    assert "declarations-2025.xlsx : sa lecture a échoué" in set_aside
    # None of them is read or told again; what lies in the inbox no more is closed.
    assert [mail["subject"] for mail in life.by_hand.mails if "fichier" in mail["subject"]] == [
        "Vigie, clos : Source tourist_tax : un fichier reste dans la boîte de dépôt"
    ]


def test_a_lost_working_database_is_made_again_from_the_archive(life: Life) -> None:
    assert life.mail_down.report.files_new == life.database_lost.report.files_new == 3
    assert life.database_lost.published == life.mail_down.published


def test_the_same_night_again_publishes_the_same_tables_and_reads_nothing(life: Life) -> None:
    assert (life.again.report.files_new, life.again.report.files_known) == (0, 1)
    again, before = dict(life.again.published), dict(life.mail_down.published)
    *loads, known = again.pop("quality.load")
    assert loads == before.pop("quality.load")
    assert (known["file"], known["status"]) == ("porte-[texte de 5 caractères].csv", "known")
    assert again == before


def test_bad_files_do_not_stop_the_others_of_their_source_nor_other_sources(life: Life) -> None:
    report = life.poisoned.report
    assert list(report.failures) == ["tourist_tax"]
    assert "declarations-2024.xlsx" in report.failures["tourist_tax"]
    assert "declarations-2025.xlsx" in report.failures["tourist_tax"]
    assert report.exit_status == 1
    assert report.files_new == 2
    fates = {
        row["file"]: (row["status"], row["fault"])
        for row in life.poisoned.published["quality.load"]
        if row["source"] != "counters"
    }
    assert fates == {
        "passages-[texte de 1 caractère]-2025-05.csv": ("refused", "refused"),
        "deliberations-2024.xml": ("loaded", None),
        "declarations-2024.xlsx": ("refused", "reader_killed"),
        "declarations-2025.xlsx": ("refused", "reader_failed"),
    }
    days = [
        max(
            str(hour["local_date"])
            for hour in marts["marts.counter_hour"]
            if hour["delivered_passage_count"] is not None
        )
        for marts in (life.again.published, life.poisoned.published)
    ]
    assert days == ["2025-05-16", "2025-05-17"]


def test_two_refreshes_of_one_home_are_kept_apart(door_home: Home) -> None:
    office = load_office(door_home.office_file)
    with refresh_lock(door_home), pytest.raises(VigieError, match="Une autre actualisation est en cours"):
        night(door_home, office, AS_OF)


def failing(table: str, level: Literal["fail", "warn"] = "fail") -> CheckResult:
    return CheckResult(
        office="x",
        as_of=datetime(2025, 1, 1),  # noqa: DTZ001 - naive UTC, as in the table
        table=table,
        check="c",
        column=None,
        level=level,
        success=False,
        observed=None,
        message=None,
    )


BEHIND = {
    "counter_hour": frozenset({"counter_counts"}),
    "motorhome_stay_day": frozenset({"motorhome_passages"}),
    "indicator_value": frozenset({"counter_counts", "motorhome_passages"}),
}


def test_a_failing_raw_table_holds_its_marts_and_its_source() -> None:
    holds = what_to_hold([failing("raw.counter_counts")], BEHIND)
    assert holds.tables == {"counter_hour"}
    assert holds.rows == rows_of({"counters"})


def test_a_failing_mart_holds_its_source_and_not_the_others() -> None:
    holds = what_to_hold([failing("marts.motorhome_stay_day")], BEHIND)
    assert holds.tables == {"motorhome_stay_day"}
    assert holds.rows == rows_of({"motorhome"})


def test_a_model_that_does_not_build_holds_the_source_to_blame_and_not_the_others() -> None:
    shared = replace(failing("staging.indicator_period"), check="builds:motorhome")
    holds = what_to_hold([shared], BEHIND)
    assert holds == Holds(frozenset({"motorhome_stay_day"}), rows_of({"motorhome"}))


def test_a_failing_shared_mart_is_held_alone() -> None:
    holds = what_to_hold([failing("marts.indicator_value")], BEHIND)
    assert holds == Holds(tables=frozenset({"indicator_value"}))


def test_a_warning_holds_nothing() -> None:
    holds = what_to_hold([failing("raw.counter_counts", level="warn")], BEHIND)
    assert holds == Holds()


def test_a_figure_is_held_with_each_source_that_it_is_computed_from() -> None:
    for code in indicators():
        for source in sources_behind(code):
            assert f"'{code}'" in rows_of({source})["indicator_value"]
