"""What an incident is believed on, in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from expectations.episodes import episodes
from expectations.evidence import evidence, told_in_words
from expectations.findings import Finding
from expectations.rules import rules
from tests.findings import finding, utc

PARIS = ZoneInfo("Europe/Paris")


def told(one: Finding, language: str = "fr", zone: ZoneInfo = PARIS) -> str:
    (episode,) = episodes([one], utc(2025, 9, 1))
    return evidence(episode, language, zone).replace("\u202f", " ").replace("\xa0", " ")


def test_the_evidence_tells_since_when_what_and_how_surely() -> None:
    assert told(finding()) == (
        "Depuis le 15 mai 2025 09:00 : uniquement des zéros pendant 126 heures d'ouverture, alors qu'environ "
        "1 980 passages étaient attendus. Un compteur en marche n'aurait pas plus d'une chance sur "
        "1 000 000 000 de donner cela."
    )


def test_the_evidence_follows_the_office_s_language_and_zone() -> None:
    said = told(finding(), "en", ZoneInfo("Indian/Reunion"))
    assert said.startswith("Since 15 May 2025 11:00: only zeros during 126 open hours, while about 1,980")


def test_what_ended_is_told_with_its_end() -> None:
    said = told(finding(ended_at=utc(2025, 5, 20, 8)))
    assert said.startswith("Du 15 mai 2025 09:00 au 20 mai 2025 10:00 : uniquement des zéros")


def test_a_word_of_the_catalogue_is_said_in_the_language() -> None:
    assert "(sorties)" in told(finding("counter_wrong", "one_direction_dead", direction="out"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "?"),
        (1234, "1 234"),
        (3.7, "4"),
        (Decimal("1234.5"), "1 234,50"),
        (date(2025, 5, 15), "15 mai 2025"),
        (utc(2025, 5, 15, 7), "15 mai 2025 09:00"),
        ("porte-2025.csv", "porte-2025.csv"),
    ],
)
def test_a_value_is_told_as_people_read_it(value: object, said: str) -> None:
    words = told_in_words("value", value, "fr", PARIS)
    assert words.replace("\u202f", " ").replace("\xa0", " ") == said


@pytest.mark.parametrize("rule", ["counter_silent", "counter_wrong", "closure_question"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_fault_of_a_counter_has_its_evidence(rule: str, language: str) -> None:
    for fault in rules()[rule].faults:
        assert len(told(finding(rule, fault), language)) > 60


def test_both_sides_of_a_contradiction_are_called_by_their_names() -> None:
    one = finding(
        "contradiction_question", "one_departs", change=17.2, way="less", days=41, own="−14", common="+4",
        others=["kiosk:area", "barrier:area"],
    )  # fmt: skip
    (episode,) = episodes([one], utc(2025, 9, 1))
    names = {"kiosk:area": "Borne de paiement", "barrier:area": "Barrière"}
    said = evidence(episode, "fr", PARIS, names.__getitem__)
    assert "17 % de moins que ce que laissent attendre Borne de paiement et Barrière, qui vont" in said
