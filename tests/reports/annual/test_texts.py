"""The texts that people write into the report: kept, read, and nothing in them that a reader does not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.annual.texts import NAMES, begin_texts, blocks, read_texts
from reports.document import Code, Heading, Listing, Paragraph, Stressed, Table, Text, text
from warehouse.errors import UsageError


def test_a_first_draft_makes_a_file_a_chapter_that_prints_nothing(tmp_path: Path) -> None:
    begin_texts(tmp_path, "fr")
    assert {path.stem for path in tmp_path.iterdir()} == set(NAMES)
    assert all(found == () for found in read_texts(tmp_path, "fr").values())


def test_no_drafting_writes_over_what_people_wrote(tmp_path: Path) -> None:
    (tmp_path / "welcome.md").write_text("Une belle année.", encoding="utf-8")
    begin_texts(tmp_path, "fr")
    assert (tmp_path / "welcome.md").read_text(encoding="utf-8") == "Une belle année."
    assert read_texts(tmp_path, "fr")["welcome"] == (Paragraph(text("Une belle année.")),)


def test_markdown_gives_words_weight_headings_lists_and_tables() -> None:
    found = blocks(
        "# Titre\nDes *mots* **forts** `x`.\n\n- un\n  - deux\n\n1. a\n\n|a|b|\n|-|-|\n|c|d|", "Accueil"
    )
    assert found == (
        Heading(text("Titre"), 1),
        Paragraph(
            text("Des ", Stressed(text("mots")), " ", Stressed(text("forts"), True), " ", Code("x"), ".")
        ),
        Listing((text("un"), text("deux"))),
        Listing((text("a"),), is_numbered=True),
        Table(text("Accueil"), (text("a"), text("b")), ((text("c"), text("d")),)),
    )


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("[ici](https://ailleurs.example/x)", "ici (https://ailleurs.example/x)"),
        ("![photo](https://ailleurs.example/y.png)", "photo (https://ailleurs.example/y.png)"),
        ("[clic](javascript:alert(1))", "[clic](javascript:alert(1))"),
        ("<https://ailleurs.example>", "https://ailleurs.example"),
        ("avant <!-- pour nous --> après", "avant  après"),
        ("[x]: https://ailleurs.example\n[lu][x]", "lu (https://ailleurs.example)"),
    ],
)
def test_what_could_run_or_lead_elsewhere_is_printed_as_the_words_that_it_is(
    written: str, printed: str
) -> None:
    (paragraph,) = blocks(written, "Accueil")
    assert isinstance(paragraph, Paragraph)
    assert str(paragraph.text) == printed
    assert all(isinstance(piece, str) for piece in paragraph.text.pieces)


def test_headings_skip_no_level() -> None:
    levels = [block.level for block in blocks("### a\n##### b\n# c\n", "x") if isinstance(block, Heading)]
    assert levels == [1, 2, 1]


def test_a_file_of_no_chapter_is_named_with_the_chapters_there_are(tmp_path: Path) -> None:
    (tmp_path / "welcom.md").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"welcom\.md.*welcome"):
        read_texts(tmp_path, "fr")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "welcome.md").write_bytes("année".encode("latin-1"))
    with pytest.raises(UsageError, match=r"welcome\.md"):
        read_texts(tmp_path, "fr")


def test_an_empty_text_is_no_text() -> None:
    assert blocks("", "x") == ()
    assert not Text()
