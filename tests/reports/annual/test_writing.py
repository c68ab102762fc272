"""What people saved among the documents of a year stays."""

from __future__ import annotations

import os
from pathlib import Path

from reports.annual.writing import set_aside


def test_a_document_that_somebody_saved_after_it_was_drafted_is_kept_under_another_name(
    tmp_path: Path,
) -> None:
    ours = [tmp_path / f"rapport.{form}" for form in ("html", "pdf", "docx")]
    for path in ours:
        path.write_text("draft", encoding="utf-8")
        os.utime(path, (1_767_600_000, 1_767_600_000))
    assert set_aside(ours) == []
    ours[2].write_text("hours of work", encoding="utf-8")
    os.utime(ours[2], (1_767_603_600, 1_767_603_600))
    (kept,) = set_aside(ours)
    assert kept.name == "rapport-20260105T090000Z.docx"
    assert kept.read_text(encoding="utf-8") == "hours of work"
    assert [path.exists() for path in ours] == [True, True, False]
