"""Announced exports: fetched from allowed hosts alone, loaded, and confirmed only then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.night.ingesting import acknowledge, fetch, read_and_load
from flows.night.preparing import prepare
from flows.night.steps import NightReport, Run, ingest
from sources.tourism_information import announced
from sources.tourism_information.announced import NotAnAnnouncementError, announcement, is_allowed
from tests.sources.tourism_information.apidae_simulator import CONFIRMATION, EXPORTS, ApidaeSimulator
from tests.sources.tourism_information.deliveries import export, fixture, hotel, objects
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.tourism_information import ApidaeNotifications
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home
from warehouse.storage.notifications import keep

SOURCE = "tourism_information"
NOTICED = datetime(2026, 1, 4, 6, 0, tzinfo=UTC)
AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
FIRST, SECOND, THIRD = (f"3367_2026010{day}-0600_aB3dE{day}.zip" for day in (2, 3, 4))


@pytest.fixture
def apidae() -> Iterator[ApidaeSimulator]:
    with ApidaeSimulator([]) as simulator:
        yield simulator


def listening(office: Office, *hosts: str, **more: Any) -> Office:
    """The office that is told of exports, these its allowed hosts."""
    content = office.model_dump(mode="json")
    told = {"project_id": 3367, "allowed_hosts": hosts, "timeout_seconds": 5, **more}
    content["systems"]["tourism_information"] = {"notifications": told}
    return Office.model_validate(content)


def zipped(folder: Path, *object_ids: int) -> bytes:
    """An export of these hotels."""
    members = {"communes.json": fixture("communes"), **objects(*(hotel(id=n) for n in object_ids))}
    return export(folder / "-".join(map(str, object_ids)), members).read_bytes()


def notify(home: Home, office: Office, form: dict[str, str], received_at: datetime = NOTICED) -> None:
    """Keep the notification of a form, as the endpoint does."""
    system = office.systems.tourism_information
    assert system is not None
    assert system.notifications is not None
    keep(home, SOURCE, announcement(form, system.notifications), received_at)


def run(home: Home, office: Office, as_of: datetime = AS_OF) -> dict[str, str]:
    """Fetch, load and confirm as a night does; the failures."""
    report = NightReport(office.code, as_of)
    ingest(home, office, SOURCE, as_of, report, Run(), lambda _: None)
    prepare(home, office, as_of)
    return report.failures


def notifications(home: Home) -> list[dict[str, Any]]:
    with working(home) as connection:
        return rows(connection, "SELECT * FROM quality.notification ORDER BY notification_id")


def statuses(home: Home) -> list[str]:
    return [row["status"] for row in notifications(home)]


def loaded_objects(home: Home) -> set[int]:
    with working(home) as connection:
        return {row["object_id"] for row in rows(connection, "SELECT object_id FROM raw.tourism_objects")}


# --- what a form says ------------------------------------------------------------------------------------

SETTINGS = ApidaeNotifications.model_validate({"project_id": 672})
REAL = {
    "projetId": "672",
    "statut": "SUCCESS",
    "ponctuel": "true",
    "reinitialisation": "false",
    "urlRecuperation": "https://export.apidae-tourisme.com/exports/672_20150106-1344_V4BjvT.zip",
    "urlConfirmation": "https://api.apidae-tourisme.com/api/v002/export/confirmation?hash=672_20150106-1344_V4BjvT",
}


def test_the_documented_form_is_understood() -> None:
    told = announcement(REAL, SETTINGS)
    assert (told.is_success, told.is_occasional, told.is_full) == (True, True, False)
    assert (told.download_url, told.confirmation_url) == (REAL["urlRecuperation"], REAL["urlConfirmation"])


def test_an_error_without_addresses_is_an_announcement() -> None:
    bare = {name: text for name, text in REAL.items() if not name.startswith("url")}
    for form in (bare, {**bare, "urlRecuperation": "", "urlConfirmation": ""}):
        told = announcement({**form, "statut": "ERROR"}, SETTINGS)
        assert (told.is_success, told.download_url, told.confirmation_url) == (False, "", "")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"projetId": "673"}, "projetId"),
        ({"statut": "success"}, "statut"),
        ({"ponctuel": "oui"}, "ponctuel"),
        ({"reinitialisation": ""}, "reinitialisation"),
        ({"urlRecuperation": ""}, "urlRecuperation is empty"),
        ({"urlRecuperation": "https://evil.example/x.zip"}, "urlRecuperation is not on a host"),
        ({"urlConfirmation": "https://evil.example/"}, "urlConfirmation is not on a host"),
    ],
)
def test_a_form_that_is_no_notification_of_ours_is_refused_with_its_field(
    change: dict[str, str], told: str
) -> None:
    with pytest.raises(NotAnAnnouncementError, match=told):
        announcement({**REAL, **change}, SETTINGS)


@pytest.mark.parametrize("name", REAL)
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(NotAnAnnouncementError, match=f"missing: {name}"):
        announcement({key: value for key, value in REAL.items() if key != name}, SETTINGS)


@pytest.mark.parametrize(
    "address",
    [
        "http://export.apidae-tourisme.com/x.zip",
        "https://export.apidae-tourisme.com:8443/x.zip",
        "https://export.apidae-tourisme.com.evil.example/x.zip",
        "https://evil.example/export.apidae-tourisme.com/x.zip",
        "https://export.apidae-tourisme.com@evil.example/x.zip",
        "https://evil.example\\@export.apidae-tourisme.com/x.zip",
        "https://export.apidae-tourisme.com\\@evil.example/x.zip",
        "https://export.apidae-tourisme.com#@evil.example/x.zip",
        "https://export.apidae-tourisme.com /x.zip",
        "https://export.apidae-tourisme.com/x.zip\r\nHost: evil.example",
        "file:///etc/passwd",
        "//export.apidae-tourisme.com/x.zip",
        "https://127.0.0.1/x.zip",
        "https://[::1]/x.zip",
        "https://export.apidae-tourisme.com/" + "x" * 2000,
    ],
)
def test_an_address_elsewhere_is_never_allowed_however_it_is_written(address: str) -> None:
    assert not is_allowed(address, SETTINGS)


def test_an_address_is_allowed_in_the_scheme_and_at_the_port_that_the_office_declares() -> None:
    hosts = ("https://proxy.example.org:8443", "http://127.0.0.1:8080")
    settings = ApidaeNotifications.model_validate({"project_id": 1, "allowed_hosts": hosts})
    assert is_allowed("https://proxy.example.org:8443/x.zip?a=b", settings)
    assert not is_allowed("https://proxy.example.org/x.zip", settings)
    assert is_allowed("http://127.0.0.1:8080/x.zip", settings)
    assert not is_allowed("http://127.0.0.1:8081/x.zip", settings)
    assert is_allowed("https://Export.Apidae-Tourisme.com:443/x.zip", SETTINGS)


# --- from the notification to the confirmation -----------------------------------------------------------


def test_an_announced_export_is_loaded_and_then_confirmed(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1, 2)))
    assert run(home, told) == {}
    assert loaded_objects(home) == {1, 2}
    assert apidae.confirmed == [FIRST.removesuffix(".zip")]
    (row,) = notifications(home)
    as_of = AS_OF.replace(tzinfo=None)
    assert (row["status"], row["integrated_at"], row["confirmed_at"]) == ("integrated", as_of, as_of)
    assert (row["received_at"], row["is_full"]) == (NOTICED.replace(tzinfo=None), False)


def test_rules_can_read_how_often_an_export_is_expected(home: Home, office: Office) -> None:
    run(home, listening(office, expected_every_hours=36))
    with working(home) as connection:
        found = rows(connection, "SELECT source, expected_every_hours FROM settings.notified_source")
    assert found == [{"source": SOURCE, "expected_every_hours": 36}]


def test_a_second_run_asks_and_confirms_nothing_again(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    run(home, told)
    asked = len(apidae.requested)
    assert run(home, told, AS_OF + timedelta(hours=1)) == {}
    assert len(apidae.requested) == asked
    assert notifications(home)[0]["confirmed_at"] == AS_OF.replace(tzinfo=None)


def test_no_address_is_in_a_quality_table(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    del apidae.exports[FIRST]
    run(home, told)
    assert "http" not in str(notifications(home))
    assert FIRST.removesuffix(".zip") not in str(notifications(home))


def test_a_reinitialisation_is_read_as_a_full_export(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1), reinitialisation="true"))
    run(home, told)
    with working(home) as connection:
        (row,) = rows(connection, "SELECT kind, file FROM quality.load")
    assert row["kind"] == "full_export"
    assert row["file"] == FIRST.replace(".zip", "-reinitialisation.zip")


def test_the_oldest_export_is_loaded_first_whatever_came_first(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(SECOND, zipped(tmp_path, 2)))
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    run(home, told)
    with working(home) as connection:
        files = [
            row["file"] for row in rows(connection, "SELECT file FROM quality.load ORDER BY delivery_id")
        ]
    assert files == [FIRST, SECOND]


@pytest.mark.parametrize(("newer_is_full", "status"), [("true", "superseded"), ("false", "lost")])
def test_an_export_announced_after_a_newer_one_is_not_loaded_over_it(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path, newer_is_full: str, status: str
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(SECOND, zipped(tmp_path, 2), reinitialisation=newer_is_full))
    run(home, told)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    assert run(home, told) == {}
    assert statuses(home) == ["integrated", status]
    assert loaded_objects(home) == {2}
    assert apidae.confirmed == [SECOND.removesuffix(".zip")]


def test_an_export_that_is_gone_is_told_with_the_remedy_and_the_next_is_loaded(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    notify(home, told, apidae.announce(SECOND, zipped(tmp_path, 2)))
    del apidae.exports[FIRST]
    assert run(home, told) == {}
    assert statuses(home) == ["lost", "integrated"]
    assert "réinitialisation" in notifications(home)[0]["message"]
    assert apidae.confirmed == [SECOND.removesuffix(".zip")]


def test_an_announced_error_asks_nothing_and_stays_visible(
    apidae: ApidaeSimulator, home: Home, office: Office
) -> None:
    told = listening(office, apidae.url)
    form = apidae.announce(FIRST, b"", statut="ERROR", urlRecuperation="", urlConfirmation="")
    notify(home, told, form)
    assert run(home, told) == {}
    assert statuses(home) == ["error"]
    assert apidae.requested == []


def test_a_notification_from_after_the_nights_instant_is_not_in_its_tables(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)), AS_OF + timedelta(minutes=1))
    run(home, told)
    assert notifications(home) == []


def test_an_export_that_wants_no_confirmation_gets_none(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1), urlConfirmation=""))
    assert run(home, told) == {}
    assert statuses(home) == ["integrated"]
    assert [path for _, path in apidae.requested] == [EXPORTS + FIRST]


# --- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["html_502", "drop", "cut"])
def test_a_download_that_fails_is_tried_again_by_the_next_run(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path, fault: str
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    notify(home, told, apidae.announce(SECOND, zipped(tmp_path, 2)))
    apidae.faults = {1: fault}
    failure = run(home, told)[SOURCE]
    assert "téléchargé" in failure
    assert apidae.url not in failure
    assert statuses(home) == ["waiting", "waiting"]  # what follows builds on it: it waits
    assert run(home, told) == {}
    assert statuses(home) == ["integrated", "integrated"]


def test_a_reinitialisation_does_not_wait_for_an_older_export_that_fails(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    notify(home, told, apidae.announce(SECOND, zipped(tmp_path, 2), reinitialisation="true"))
    apidae.faults = {1: "html_502"}
    assert run(home, told) == {}
    assert statuses(home) == ["waiting", "integrated"]
    assert run(home, told) == {}
    assert statuses(home) == ["superseded", "integrated"]


def test_a_download_that_fails_for_a_week_is_given_up_and_the_next_is_loaded(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    notify(home, told, apidae.announce(SECOND, zipped(tmp_path, 2)))
    apidae.faults = {1: "html_502"}
    assert run(home, told, NOTICED + timedelta(days=8)) == {}
    assert statuses(home) == ["lost", "integrated"]


def test_an_export_that_is_larger_than_allowed_is_not_taken(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    monkeypatch.setattr(announced, "LARGEST_BYTES", 100)
    assert SOURCE in run(home, told)
    assert not any(home.archive.rglob("*.json"))


@pytest.mark.parametrize("path", [EXPORTS + FIRST, CONFIRMATION])
def test_a_redirection_to_another_host_is_never_followed(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path, path: str
) -> None:
    told = listening(office, apidae.url)
    with ApidaeSimulator([]) as foreign:
        apidae.redirections = {path: f"{foreign.url}{EXPORTS}{FIRST}"}
        foreign.exports[FIRST] = zipped(tmp_path, 9)
        notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
        assert "ForeignHostError" in run(home, told)[SOURCE]
        assert foreign.requested == []
    assert path in [asked.partition("?")[0] for _, asked in apidae.requested]


def test_a_redirection_to_an_allowed_host_is_followed(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    apidae.redirections = {EXPORTS + FIRST: f"{EXPORTS}moved.zip"}
    apidae.exports["moved.zip"] = apidae.exports[FIRST]
    assert run(home, told) == {}
    assert loaded_objects(home) == {1}


def test_a_redirection_that_goes_round_is_given_up(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    apidae.redirections = {EXPORTS + FIRST: EXPORTS + FIRST}
    assert "TooManyRedirects" in run(home, told)[SOURCE]
    assert len(apidae.requested) == announced.REDIRECTIONS + 1


def test_a_host_that_the_office_no_longer_allows_is_not_asked(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    notify(home, listening(office, apidae.url), apidae.announce(FIRST, zipped(tmp_path, 1)))
    assert SOURCE in run(home, listening(office, "export.apidae-tourisme.com"))
    assert apidae.requested == []


def test_a_refused_export_is_not_confirmed_until_it_can_be_read(
    apidae: ApidaeSimulator, home: Home, office: Office
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, b"this is no ZIP"))
    run(home, told)
    run(home, told)
    assert apidae.confirmed == []
    (row,) = notifications(home)
    assert (row["status"], row["integrated_at"]) == ("archived", None)
    assert "endommagé" in row["message"]


def test_a_run_killed_between_loading_and_confirming_is_repaired_by_the_next(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    fetch(home, told, SOURCE, AS_OF)
    read_and_load(home, told, SOURCE, AS_OF)
    assert apidae.confirmed == []
    assert run(home, told) == {}
    assert apidae.confirmed == [FIRST.removesuffix(".zip")]
    assert len([path for _, path in apidae.requested if path.startswith(EXPORTS)]) == 1


def test_a_run_killed_before_it_noted_the_archived_file_is_repaired_by_the_next(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    with monkeypatch.context() as dying:
        dying.setattr("warehouse.storage.notifications.update", _die)
        with pytest.raises(KeyboardInterrupt):
            fetch(home, told, SOURCE, AS_OF)
    assert run(home, told) == {}
    with working(home) as connection:
        assert len(rows(connection, "SELECT * FROM quality.load")) == 1
    assert apidae.confirmed == [FIRST.removesuffix(".zip")]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_confirmation_that_fails_is_told_and_made_by_the_next_run(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    apidae.faults = {2: "html_502"}
    assert "confirmé" in run(home, told)[SOURCE]
    assert notifications(home)[0]["confirmed_at"] is None
    assert run(home, told, AS_OF + timedelta(hours=1)) == {}
    assert apidae.confirmed == [FIRST.removesuffix(".zip")]
    assert notifications(home)[0]["integrated_at"] == AS_OF.replace(tzinfo=None)


def test_a_confirmation_that_fails_for_a_week_is_given_up(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path
) -> None:
    told = listening(office, apidae.url)
    notify(home, told, apidae.announce(FIRST, zipped(tmp_path, 1)))
    apidae.faults = {2: "html_502", 3: "html_502"}
    run(home, told)
    assert run(home, told, AS_OF + timedelta(days=8)) == {}
    assert len(apidae.requested) == 2


def test_a_failing_api_does_not_keep_announced_exports_away(
    apidae: ApidaeSimulator, home: Home, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_APIDAE_KEY", "a wrong key")
    content = listening(office, apidae.url).model_dump(mode="json")
    content["systems"]["tourism_information"]["api"] = {
        "url": apidae.url,
        "project_id": 3367,
        "selection_ids": [1],
    }
    both = Office.model_validate(content)
    notify(home, both, apidae.announce(FIRST, zipped(tmp_path, 1)))
    with pytest.raises(UpstreamError, match="VIGIE_APIDAE_KEY"):
        fetch(home, both, SOURCE, AS_OF)
    read_and_load(home, both, SOURCE, AS_OF)
    acknowledge(home, both, SOURCE, AS_OF)
    assert apidae.confirmed == [FIRST.removesuffix(".zip")]
