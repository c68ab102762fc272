"""What `vigie report` refuses, and how it names the days that nobody signed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.command.cli import main
from flows.command.reporting import _period, _refuse_unsigned
from warehouse.errors import UsageError
from warehouse.storage import publications
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.publications import Publication
from warehouse.storage.signatures import Signature

AT = datetime(2026, 1, 6, 9)  # noqa: DTZ001


def signature(first: date, last: date) -> Signature:
    return Signature("o", first, last, AT, "Anne", "", "v", "d", "[]")


def test_days_without_a_signature_are_named_as_periods_with_what_signs_them() -> None:
    signed = [
        signature(date(2025, 1, 1), date(2025, 5, 31)),
        signature(date(2025, 7, 1), date(2025, 9, 30)),
        signature(date(2025, 11, 1), date(2025, 12, 30)),
    ]
    with pytest.raises(UsageError) as refused:
        _refuse_unsigned(signed, 2025, "fr")
    said = str(refused.value)
    assert "du 1er juin 2025 au 30 juin 2025 ; du 1er octobre 2025 au 31 octobre 2025" in said
    assert "vigie report sign 2025-06 --by" in said
    assert "vigie report sign 2025-12-31 --by" in said


def test_a_year_of_which_each_month_is_signed_is_signed() -> None:
    starts = [date(2025, month, 1) for month in range(1, 13)] + [date(2026, 1, 1)]
    months = [signature(one, starts[rank + 1] - timedelta(days=1)) for rank, one in enumerate(starts[:-1])]
    _refuse_unsigned(months, 2025, "fr")


@pytest.mark.parametrize(
    ("first", "last", "typed"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2025, 3, 5), date(2025, 3, 9), "2025-03"),
        (date(2025, 3, 5), date(2025, 4, 9), "2025-03/2025-04"),
        (date(2025, 3, 5), date(2025, 3, 5), "2025-03-05"),
    ],
)
def test_a_period_is_told_as_the_command_takes_it(first: date, last: date, typed: str) -> None:
    assert _period(first, last) == typed


def test_without_a_year_the_year_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["vigie", "report", "--publish"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "vigie report --year 2025" in capsys.readouterr().err


def test_an_option_before_the_command_is_not_left_out_in_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["vigie", "report", "--home", "/nowhere", "signatures"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "vigie report signatures … --home" in capsys.readouterr().err


def publication(year: int, at: datetime, digest: str) -> Publication:
    return Publication("o", year, at, "v", digest, "[]")


def test_the_last_publication_of_each_year_is_the_one_that_holds(home: Home) -> None:
    with journal(home, publications.SCHEMA) as kept:
        for one in (
            publication(2024, AT, "a"), publication(2025, AT, "b"), publication(2025, AT + timedelta(1), "c"),
        ):  # fmt: skip
            publications.enter(kept, one)
        assert [one.digest for one in publications.latest(kept, "o")] == ["a", "c"]
        assert publications.latest(kept, "another") == []


def test_where_nothing_was_published_nothing_is_looked_for(home: Home) -> None:
    with journal(home, "") as kept:
        assert publications.latest(kept, "o") == []


def test_a_change_is_since_the_day_it_was_first_seen_until_it_is_no_more(home: Home) -> None:
    first, second, third = (datetime(2026, 2, one, tzinfo=UTC).date() for one in (1, 2, 3))
    with journal(home, publications.SCHEMA) as kept:
        assert publications.note_changes(kept, "d", ["x"], first) == {"x": first}
        assert publications.note_changes(kept, "d", ["x", "y"], second) == {"x": first, "y": second}
        assert publications.note_changes(kept, "d", ["y"], second) == {"y": second}
        assert publications.note_changes(kept, "d", ["x", "y"], third) == {"x": third, "y": second}
