"""Text that somebody typed is kept for the office, and shown to others by its shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.words.shapes import of_library, plain, shape, shown, shown_name, typed, words_of

WORDS = words_of(["passages-*.csv", "porte-auch-*.csv", "ile-saint-martin", "île", "Bureau d'accueil"])


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("0612345678", "10 chiffres"),
        ("7", "1 chiffre"),
        ("Jean Dupont", "texte de 11 caractères"),
        ("06 12 34 56 78", "texte de 14 caractères"),
        ("AB-123-CD", "texte de 9 caractères"),
        ("12,50", "texte de 5 caractères"),
        ("", "rien"),
        ("  ", "rien"),
    ],
)
def test_a_shape_tells_the_length_and_nothing_of_the_text(text: str, looks: str) -> None:
    assert shape(text, "fr") == looks


def test_a_sentence_is_kept_whole_for_the_office_and_shown_by_shapes_to_others() -> None:
    sentence = f"« {typed('0612345678')} » n'est pas une nature ; {typed('Ana')} non plus"
    assert plain(sentence) == "« 0612345678 » n'est pas une nature ; Ana non plus"
    assert shown(sentence, "fr") == "« 10 chiffres » n'est pas une nature ; texte de 3 caractères non plus"


@given(st.text(alphabet=st.characters(exclude_characters="0123456789 aceéèdfhirstx/"), min_size=1), st.text())
def test_no_character_of_a_typed_text_is_shown_whatever_marks_it_brings(text: str, around: str) -> None:
    said = shown(f"{plain(around)}{typed(text)}{plain(around)}", "fr")
    assert said == f"{plain(around)}{shape(plain(text), 'fr')}{plain(around)}"


def test_a_sentence_that_was_cut_within_a_typed_text_shows_none_of_it() -> None:
    assert shown(f"vu : {typed('Jean Dupont')}"[:-4], "fr") == "vu : texte de 8 caractères"


@pytest.mark.parametrize(
    ("said", "as_shown"),
    [
        ("Could not convert string 'Ana' to INT32", "Could not convert string text of 5 characters to INT32"),
        ("can't cast 'Ana' and \"Bo\"", "cantext of 22 characters"),
        ("value 0612345678 out of range", "value 10 digits out of range"),
        ("number +33 6 12 34 56 78", "number text of 17 characters"),
        ("Out of Memory: 1024 of 2048 MB", "Out of Memory: 1024 of 2048 MB"),
        ("no such table", "no such table"),
    ],
)
def test_what_a_library_may_quote_of_a_file_is_shown_by_its_shape(said: str, as_shown: str) -> None:
    assert shown(of_library(said), "en") == as_shown
    assert plain(of_library(said)) == said


@pytest.mark.parametrize(
    ("name", "as_shown"),
    [
        ("passages-ile-saint-martin-2025-07.csv", "passages-ile-saint-martin-2025-07.csv"),
        ("PORTE_auch_20250714.CSV", "PORTE_auch_20250714.CSV"),
        ("porte-auch-14-07-2025.csv", "porte-auch-14-07-2025.csv"),
        ("porte-auch-2025-S1.csv", "porte-auch-2025-S1.csv"),
        ("passages Jean Dupont.csv", "passages [texte de 4 caractères] [texte de 6 caractères].csv"),
        ("passages-0612345678.csv", "passages-[10 chiffres].csv"),
        (
            "06-12-11-10-09.xlsx",
            "[2 chiffres]-[2 chiffres]-[2 chiffres]-[2 chiffres]-[2 chiffres].xlsx",
        ),
        ("passages-AB-123-CD.csv",
         "passages-[texte de 2 caractères]-[3 chiffres]-[texte de 2 caractères].csv"),
        ("porte-auch-2.csv", "porte-auch-2.csv"),
        ("porte-auch (12).csv", "porte-auch (12).csv"),
        ("porte-06-12.csv", "porte-[2 chiffres]-[2 chiffres].csv"),
        ("Passages-Île.csv", "Passages-Île.csv"),
        ("Passages-I\u0302le.csv", "Passages-Île.csv"),
        ("passages2025.csv", "[texte de 12 caractères].csv"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_keeps_its_known_words_and_its_periods(name: str, as_shown: str) -> None:
    assert shown_name(name, "fr", WORDS) == as_shown
    assert shown(f"{typed(name)} est vide", "fr", WORDS) == f"{as_shown} est vide"
