"""Texts of documents: what comes from data stays a piece that knows where it was read."""

from __future__ import annotations

from decimal import Decimal

from reports.document import Number, Text, joined, text, told

COUNT = Number("25 646", "figure/counter_passages/auch//year/2025-01-01/measured_value", Decimal(25646))
ONE = Number("1", "figure/x/auch//year/2025-01-01/value", Decimal(1))
SHARE = Number("74", "figure/x/auch//year/2025-01-01/coverage", Decimal(74))


def test_a_value_put_into_a_message_stays_the_piece_that_it_was() -> None:
    said = told("report.counted.counter_passages", "fr", value=COUNT, share=SHARE)
    assert str(said) == "25 646 passages comptés sur 74 % du temps d'ouverture"
    assert COUNT in said.pieces and SHARE in said.pieces


def test_the_word_behind_one_is_singular() -> None:
    said = told("report.counted.counter_passages", "fr", value=ONE, share=SHARE)
    assert str(said).startswith("1 passage compté sur")


def test_what_is_empty_takes_no_separator() -> None:
    assert str(joined([text("a"), Text(), text("b")], " ; ")) == "a ; b"
