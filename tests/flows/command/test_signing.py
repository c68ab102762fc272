"""Signing a period: who answers for which figures, and what has changed of them since."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.command.signing import sign, signed, take_back
from flows.night.expiring import NOBODY, _expire_journal
from reports.frozen import digest
from tests.flows.alerts.test_channels import office
from warehouse.errors import UsageError
from warehouse.storage import signatures
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

AT = datetime(2026, 1, 6, 9, tzinfo=UTC)
YEAR = date(2025, 1, 1), date(2025, 12, 31)


def publish(
    home: Home, value: str, version: str = "20260105T013000Z", low: str = "80", told: str = "4"
) -> None:
    """A version with one figure of 2025, one of its July and one of a day, and what a person told of 2025."""
    folder = home.published / "versions" / version
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "vigie.duckdb")) as connection:
        connection.execute(
            f"""CREATE SCHEMA marts;
                CREATE TABLE marts.indicator_value AS
                SELECT 'passages' AS indicator, 'auch' AS site, '' AS dimension,
                       unnest(['year', 'month', 'day']) AS period_kind,
                       unnest([DATE '2025-01-01', DATE '2025-07-01', DATE '2025-07-14']) AS period_start,
                       unnest([DATE '2025-12-31', DATE '2025-07-31', DATE '2025-07-14']) AS period_end,
                       unnest([{value}, 12.5, {value}])::DECIMAL(18,4) AS value,
                       unnest([{low}, 12.5, 1])::DECIMAL(18,4) AS low,
                       unnest([120, 12.5, 200])::DECIMAL(18,4) AS high,
                       NULL::DECIMAL(18,2) AS change_percent;
                CREATE TABLE marts.manual_indicator AS
                SELECT 'Formations' AS indicator_label, 2025 AS year, {told}::DECIMAL(18,4) AS value,
                       'number' AS value_word"""
        )
    home.current.unlink(missing_ok=True)
    home.current.symlink_to(Path("versions") / version)


@pytest.fixture
def published(home: Home) -> Home:
    publish(home, "100")
    return home


def test_a_signature_keeps_who_when_which_version_and_the_digest_of_its_figures(published: Home) -> None:
    sign(published, office(), *YEAR, "Anne Élan", "relu", AT)
    (one,) = signed(published, office())
    assert (one.signature.who, one.signature.comment) == ("Anne Élan", "relu")
    assert one.signature.version == "20260105T013000Z"
    assert one.signature.digest == digest(one.signature.figures)
    assert "day" not in one.signature.figures
    assert one.changes == ()


def test_what_changes_after_it_was_signed_is_told_figure_by_figure(published: Home) -> None:
    sign(published, office(), *YEAR, "Anne", "", AT)
    publish(published, "90", "20260106T013000Z")
    ((change,),) = (one.changes for one in signed(published, office()))
    assert (change.period_kind, change.signed, change.now) == ("year", "100.0000", "90.0000")


def test_an_interval_and_what_a_person_wrote_are_signed_as_well(published: Home) -> None:
    sign(published, office(), *YEAR, "Anne", "", AT)
    publish(published, "100", "20260106T013000Z", low="70", told="40")
    (changes,) = (one.changes for one in signed(published, office()))
    assert {(one.indicator, one.column, one.signed, one.now) for one in changes} == {
        ("passages", "low", "80.0000", "70.0000"),
        ("Formations", "written", "4.0000", "40.0000"),
    }


def test_only_days_that_a_signature_holds_for_are_signed(published: Home) -> None:
    july = date(2025, 7, 1), date(2025, 7, 31)
    sign(published, office(), *july, "Anne", "", AT)

    def unsigned() -> list[date]:
        with journal(published, signatures.SCHEMA) as kept:
            return signatures.unsigned_days(signatures.read(kept, "o"), date(2025, 7, 30), date(2025, 8, 1))

    assert unsigned() == [date(2025, 8, 1)]
    take_back(published, office(), *july, "Bea", "un doute", AT)
    assert len(unsigned()) == 3


def test_a_period_that_changed_is_signed_anew_and_the_first_signature_stays_readable(published: Home) -> None:
    sign(published, office(), *YEAR, "Anne", "", AT)
    with pytest.raises(UsageError, match="Déjà signé par Anne"):
        sign(published, office(), *YEAR, "Bea", "", AT)
    publish(published, "90", "20260106T013000Z")
    sign(published, office(), *YEAR, "Bea", "", AT + timedelta(days=1))
    first, second = (one.signature for one in signed(published, office()))
    assert (first.who, first.withdrawn_by, second.who, second.withdrawn_at) == ("Anne", "Bea", "Bea", None)


@pytest.mark.parametrize(
    ("days", "who", "told"),
    [
        ((date(2026, 1, 1), date(2026, 1, 31)), "Anne", "quand elle est finie"),
        ((date(2019, 1, 1), date(2019, 12, 31)), "Anne", "Rien n'est publié"),
        (YEAR, " ", "Donnez le nom"),
    ],
)
def test_what_cannot_be_signed_is_told(days: tuple[date, date], who: str, told: str, published: Home) -> None:
    with pytest.raises(UsageError, match=told):
        sign(published, office(), *days, who, "", AT)


def test_a_signature_that_is_not_there_or_has_no_reason_is_not_taken_back(published: Home) -> None:
    with pytest.raises(UsageError, match="n'est pas signée"):
        take_back(published, office(), *YEAR, "Anne", "un doute", AT)
    with pytest.raises(UsageError, match="Dites pourquoi"):
        take_back(published, office(), *YEAR, "Anne", " ", AT)


def test_names_are_taken_out_after_ten_years_and_the_signature_stays(published: Home) -> None:
    sign(published, office(), *YEAR, "Anne", "relu", AT)
    _expire_journal(published, datetime(2036, 1, 10))  # noqa: DTZ001
    (one,) = signed(published, office())
    assert (one.signature.who, one.signature.comment) == (NOBODY, "")
    assert one.signature.digest
