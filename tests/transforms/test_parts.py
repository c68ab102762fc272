"""The models that are one whole of parts, a part a system."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms import parts


def test_every_system_with_indicators_is_part_of_observed() -> None:
    found = {path.stem: beginning for path, beginning in parts.wholes()}
    assert found == {
        "observed": "observed_",
        "counted_series": "series_",
        "activity": "activity_",
        "known_break": "break_",
    }


def test_a_part_is_found_by_its_name_and_what_stands_on_the_whole_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    for name, sql in (
        ("whole", "{{ whole_of('seen_', ['office']) }}"), ("seen_doors", "select 1"),
        ("one/seen_boats", "select 1"), ("seen_pair", "select * from {{ ref('whole') }}"), ("other", ""),
    ):  # fmt: skip
        (tmp_path / f"{name}.sql").write_text(sql, encoding="utf-8")
    monkeypatch.setattr(parts, "MODELS", tmp_path)
    assert parts.parts_of_wholes() == '{"seen_": ["seen_boats", "seen_doors"]}'
