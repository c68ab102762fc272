"""The digest of a week: what it says, and that it goes out once, on Monday morning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.alerts import outbox
from flows.alerts.digest import write_digest
from flows.alerts.outbox import Message
from flows.alerts.telling import SCHEMA, enter, tell, write_quality
from tests.findings import finding
from tests.flows.alerts.test_channels import channel
from tests.flows.conftest import Mailbox
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import Alerts
from warehouse.storage.database import working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

MONDAY = datetime(2025, 5, 19, 0, 30, tzinfo=UTC)  # 02:30 in Paris


def office(*, digest: bool = True, **more: object) -> Office:
    mail = channel("mail", address_secret="VIGIE_ALERT_STAFF", **more)
    sms = channel("sms", address_secret="VIGIE_ALERT_STAFF", least_severity="high")
    alerts = Alerts(channels=(mail, sms), digest=digest)
    return Office.model_validate({"code": "o", "name": "O", "siren": "123456789", "alerts": alerts})


@pytest.fixture
def published(home: Home) -> Home:
    """A home whose version has the passages of a week and of the same one a year before."""
    version = home.published / "versions" / "20250519T003000Z"
    version.mkdir(parents=True)
    home.current.symlink_to(Path("versions") / version.name)
    with duckdb.connect(str(home.published_database)) as connection:
        connection.execute(
            """CREATE SCHEMA marts;
               CREATE TABLE marts.indicator AS
               SELECT 'welcome' AS section, 'counters' AS source_system, 'slots' AS comparison,
                      unnest(['counter_passages', 'share']) AS indicator,
                      'Passages' AS label_fr, 'Passages' AS label_en, 'persons' AS unit, 0 AS decimals,
                      unnest(['sum', 'share']) AS kind, NULL AS of_indicator, NULL AS by_indicator;
               CREATE TABLE marts.site AS SELECT 'o' AS office, 'auch' AS site, 'Bureau d''Auch' AS site_name;
               CREATE TABLE marts.figure_note (code VARCHAR, label_fr VARCHAR, label_en VARCHAR);
               CREATE TABLE marts.method_break (
                   indicator VARCHAR, site VARCHAR, break_date DATE, reason VARCHAR);
               CREATE TABLE marts.indicator_gap (
                   office VARCHAR, indicator VARCHAR, site VARCHAR, dimension VARCHAR, period_kind VARCHAR,
                   period_start DATE, reason_code VARCHAR);
               CREATE TABLE marts.indicator_value AS
               SELECT 'o' AS office, indicator, 'auch' AS site, '' AS dimension, 'week' AS period_kind,
                      DATE '2025-05-12' AS period_start, 1234::DECIMAL(18,4) AS value,
                      1034::DECIMAL(18,4) AS measured_value, 200::DECIMAL(18,4) AS estimated_value,
                      1100::DECIMAL(18,4) AS low, 1300::DECIMAL(18,4) AS high,
                      1355::DECIMAL(18,4) AS previous_value, -8.9::DECIMAL(18,2) AS change_percent,
                      NULL AS change_low, NULL AS change_high, true AS comparable,
                      ['estimated_values'] AS warnings, 'persons' AS unit
               FROM marts.indicator;
               CREATE TABLE marts.indicator_comparison AS
               SELECT * EXCLUDE (value), 0.72::DOUBLE AS compared_share, []::VARCHAR[] AS reasons
               FROM marts.indicator_value;"""
        )
    return home


def digests(home: Home) -> list[Message]:
    with journal(home, SCHEMA) as kept:
        return [one for one in outbox.read_messages(kept, "o") if one.what == "digest"]


def test_the_week_stands_beside_that_of_a_year_ago_with_what_is_open_and_what_was_late(
    published: Home,
) -> None:
    late = finding("source_late", "late", subject="source:counters/porte", onset_at=datetime(2025, 5, 15, 8),  # noqa: DTZ001
                   last_file="porte.csv", last_date=datetime(2025, 5, 8), usual_days=1)  # noqa: DTZ001  # fmt: skip
    enter(published, office(), [finding(), late], MONDAY)
    assert write_digest(published, office(), MONDAY)
    (written,) = digests(published)
    assert written.title == "Vigie, semaine du 12 mai 2025 : 1 point à traiter"
    week, still, came_late, figures = (part.split("\n") for part in written.text.split("\n\n"))
    assert week == ["La semaine du 12 mai 2025 au 18 mai 2025."]
    assert still[0] == "À traiter (1)"
    assert still[1] == "- auch-door ne compte plus, depuis le 15 mai 2025 (ouvert, af09)"
    assert came_late[0] == "Venu en retard cette semaine-là (1)"
    assert "un fichier se fait attendre" in came_late[1]
    assert figures[1].replace("\u202f", " ").replace("\xa0", " ") == (
        "- Passages, Bureau d'Auch : 1 234 personnes, −8,9 % (dont 200 estimés (neuf chances sur dix entre "
        "1 100 et 1 300) ; évolution sur 72 % du temps d'ouverture, compté les deux années)"
    )
    assert len(figures) == 2


def test_like_incidents_are_told_together_under_the_oldest(published: Home, mailbox: Mailbox) -> None:
    days = (14, 12, 13)
    doors = [finding(subject=f"counter:{n}", onset_at=datetime(2025, 5, n, 8)) for n in days]  # noqa: DTZ001
    enter(published, office(), doors, MONDAY)
    assert write_digest(published, office(), MONDAY)
    (written,) = digests(published)
    still = written.text.split("\n\n")[1].split("\n")
    assert still[0] == "À traiter (3)"
    assert len(still) == 2
    assert re.fullmatch(
        r"- Compteurs ne compte[^,:]*, 3 incidents semblables, le plus ancien depuis le 12 mai 2025 "
        r"\([0-9a-f]{4}\)", still[1]
    )  # fmt: skip
    assert written.title.endswith(": 3 points à traiter")
    tell(published, office(), MONDAY + timedelta(hours=6))
    mail = next(one for one in mailbox.messages if "semaine" in str(one["subject"]))
    page, plain = (str(mail.get_body((kind,)).get_content()) for kind in ("html", "plain"))  # type: ignore[union-attr]
    assert "<ul" in page
    assert "<li>Compteurs ne compte" in page
    assert "- Compteurs ne compte" in plain


def test_it_waits_for_monday_morning_and_goes_to_channels_that_get_everything(published: Home) -> None:
    write_digest(published, office(), MONDAY)
    (written,) = digests(published)
    assert (written.channel, written.not_before) == ("mail", datetime(2025, 5, 19, 5))  # noqa: DTZ001


def test_quiet_hours_hold_for_it(published: Home) -> None:
    write_digest(published, office(quiet_hours={"start": "20:00", "end": "09:00"}), MONDAY)
    assert digests(published)[0].not_before == datetime(2025, 5, 19, 7)  # noqa: DTZ001


def test_it_is_written_once_a_week_however_often_nights_run_and_after_one_that_was_missed(
    published: Home,
) -> None:
    nights = [MONDAY, MONDAY, MONDAY + timedelta(days=3), MONDAY + timedelta(days=9)]
    assert [write_digest(published, office(), at) for at in nights] == [True, False, False, True]
    assert len(digests(published)) == 2


def test_a_run_that_is_killed_before_its_end_leaves_none_and_the_next_one_writes_it(
    published: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    def dies(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "queue", dies)
        with pytest.raises(KilledError):
            write_digest(published, office(), MONDAY)
    assert digests(published) == []
    assert write_digest(published, office(), MONDAY)


def test_it_goes_out_as_a_mail_once_and_is_no_message_of_an_incident(
    published: Home, mailbox: Mailbox
) -> None:
    write_digest(published, office(), MONDAY)
    for hours in (1, 5, 6):
        tell(published, office(), MONDAY + timedelta(hours=hours))
    (mail,) = mailbox.messages
    assert mail["References"] == "<digest@vigie>"
    assert "answer" not in str(mail)
    with working(published) as connection, journal(published, SCHEMA) as kept:
        write_quality(connection, kept, "o")
        assert connection.execute("SELECT count(*) FROM quality.message").fetchone() == (0,)


@pytest.mark.parametrize("wanted", [True, False])
def test_an_office_that_does_not_ask_for_it_or_has_published_nothing_has_none(
    wanted: bool, home: Home
) -> None:
    assert not write_digest(home, office(digest=wanted), MONDAY)
