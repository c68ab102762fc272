"""What an incident is believed on, in words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.incidents.episodes import episodes
from expectations.incidents.evidence import as_people_read, evidence
from expectations.incidents.findings import Finding
from expectations.incidents.rules import rules
from tests.findings import finding, utc

PARIS = ZoneInfo("Europe/Paris")


def told(one: Finding, language: str = "fr", zone: ZoneInfo = PARIS) -> str:
    (episode,) = episodes([one], utc(2025, 9, 1))
    return evidence(episode, language, zone).replace("\u202f", " ").replace("\xa0", " ")


def test_the_evidence_tells_since_when_and_so_many_a_day_instead_of_so_many() -> None:
    assert told(finding()) == (
        "Depuis le 15 mai 2025 à 09:00 : aucun passage au lieu de 141 par jour ; l'appareil répond encore."
    )


def test_a_counter_that_counts_almost_nothing_is_told_by_what_it_counts() -> None:
    said = told(finding(fault="trickle", counted=42.0))
    assert said.startswith("Depuis le 15 mai 2025 à 09:00 : 3 passages par jour au lieu de 141 ;")


def test_the_evidence_follows_the_office_s_language_and_zone() -> None:
    said = told(finding(counted=16.0), "en", ZoneInfo("Indian/Reunion"))
    assert said.startswith("Since 15 May 2025, 11:00: 1 passage a day instead of 141; the device")


def test_what_ended_is_told_with_its_end() -> None:
    said = told(finding(ended_at=utc(2025, 5, 20, 8)))
    assert said.startswith("Du 15 mai 2025 à 09:00 au 20 mai 2025 à 10:00 : aucun passage")


def test_a_rule_that_knows_days_alone_tells_no_hour() -> None:
    """Its queries put 06:00 UTC behind a day, which nobody did anything at."""
    review = finding(
        "low_review", "low", subject="reviews:office", onset_at=utc(2025, 6, 5, 6),
        ended_at=utc(2025, 6, 10, 6), reviews=1, local_date=date(2025, 6, 5),
        platforms=["facebook", "google"],
    )  # fmt: skip
    assert told(review) == (
        "Du 5 juin 2025 au 10 juin 2025 : 1 avis d'une ou deux étoiles le 5 juin 2025 (Facebook et Google)."
    )


@pytest.mark.parametrize("name", list(rules()))
def test_a_rule_that_makes_an_hour_up_says_that_it_knows_days_alone(name: str) -> None:
    rule = rules()[name]
    is_made_up = re.search(r"(_date|_start|, 1\)) [+-] INTERVAL \d+ (HOUR|DAY) AS onset_at", rule.query)
    by_steps = "quality.contradiction" in rule.query  # of a day, a week or a month
    assert rule.is_by_day == (is_made_up is not None or by_steps)


def test_a_sentence_within_the_evidence_ends_once() -> None:
    said = told(finding(fault="unread", reason="Colonne « Date » absente. Demandez l'export complet."))
    assert said.endswith("Colonne « Date » absente. Demandez l'export complet.")


def test_an_outage_of_hours_is_told_by_hours() -> None:
    said = told(finding(hours=3.0, days=0.4, expected=15.2))
    assert "aucun passage en 3 heures d'ouverture au lieu d'environ 15 ;" in said
    said = told(finding(hours=1.2, days=0.15, expected=6.0, counted=1.0), "en")
    assert "1 passage in 1 open hour instead of about 6;" in said


def test_few_counts_are_told_by_all_of_them() -> None:
    said = told(finding(hours=126.0, days=14.0, expected=31.0, counted=2.0))
    assert "2 passages en 126 heures d'ouverture au lieu d'environ 31" in said


def test_less_than_one_a_day_is_not_none() -> None:
    assert "moins d'un passage par jour au lieu de 141" in told(finding(fault="trickle", counted=3.0))


def test_what_is_counted_has_its_name() -> None:
    said = told(finding("counter_wrong", "one_direction_dead", direction="out"))
    assert "aucune sortie au lieu de 141 par jour, alors que l'autre sens compte." in said
    assert "aucun paiement au lieu de" in told(finding(subject="kiosk:area"))


@pytest.mark.parametrize(
    ("counted", "said"),
    [(980.0, "70 passages par jour au lieu de 141, environ la moitié."),
     (3900.0, "279 passages par jour au lieu de 141, environ le double."),
     (2555.0, "182 passages par jour au lieu de 141.")],
)  # fmt: skip
def test_half_and_double_are_said_where_the_numbers_say_so(counted: float, said: str) -> None:
    assert told(finding("counter_wrong", "doubled", counted=counted)).endswith(said)


ALL_FAULTS = [
    (name, fault)
    for name, rule in rules().items()
    for fault, declared in rule.faults.items()
    if "{counts}" in declared.evidence.fr
]
amounts = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 400).map(float)


@given(
    st.sampled_from(ALL_FAULTS), st.sampled_from(["fr", "en"]), amounts, amounts, amounts,
    st.sampled_from([None, "in", "out"]),
)  # fmt: skip
def test_no_word_contradicts_the_figures_beside_it(
    which: tuple[str, str], language: str, counted: float, expected: float, days: float, direction: str | None
) -> None:
    rule, fault = which
    values: dict[str, Any] = {
        "counted": counted,
        "expected": expected,
        "days": days,
        "hours": 9 * days,
        "direction": direction,
    }
    said = told(finding(rule, fault, **values), language)
    said = said.split(": ", 1)[1]
    name = rules()[rule].faults[fault].name.say(language)
    # The words of numbers, then the numbers: the first one is what was counted, unless it says none.
    none = re.search(r"\baucune?\b|\bno (?:passage|entry|exit|payment)\b", said)
    few = re.search(r"\bmoins d'une? |\bless than one ", said)
    numbers = [int(re.sub(r"[ ,]", "", one)) for one in re.findall(r"\d[\d ,]*\b", said)]
    assert bool(none) == (counted == 0)
    assert not (none and few)
    first = 0 if none or few else numbers[0]
    last = numbers[-1]
    if re.search(r"moitié|half", said + name):
        assert 0.4 * last <= first <= 0.6 * last
    if re.search(r"double|twice", said + name):
        assert 1.75 * last <= first <= 2.3 * last
    if re.search(r"presque|almost", said) and fault != "trickle":
        assert first > 0
    assert not re.search(r"de jour en jour|day by day|chance|aucun doute", said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "?"),
        (1234, "1 234"),
        (3.7, "4"),
        (Decimal("1234.5"), "1 234,50"),
        (date(2025, 5, 15), "15 mai 2025"),
        (utc(2025, 5, 15, 7), "15 mai 2025 à 09:00"),
        ("porte-2025.csv", "porte-2025.csv"),
    ],
)
def test_a_value_is_told_as_people_read_it(value: object, said: str) -> None:
    words = as_people_read("value", value, "fr", PARIS)
    assert words.replace("\u202f", " ").replace("\xa0", " ") == said


@pytest.mark.parametrize("rule", ["counter_silent", "counter_wrong", "closure_question"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_fault_of_a_counter_has_its_evidence(rule: str, language: str) -> None:
    for fault in rules()[rule].faults:
        assert len(told(finding(rule, fault), language)) > 50


def test_no_evidence_speaks_of_odds() -> None:
    for rule in rules().values():
        assert "rarity" not in rule.query


def test_both_sides_of_a_contradiction_are_called_by_their_names() -> None:
    one = finding(
        "contradiction_question", "one_departs", change=17.2, way="less", days=41, own="−14", common="+4",
        others=["kiosk:area", "barrier:area"],
    )  # fmt: skip
    (episode,) = episodes([one], utc(2025, 9, 1))
    names = {"kiosk:area": "Borne de paiement", "barrier:area": "Barrière"}
    said = evidence(episode, "fr", PARIS, names.__getitem__)
    assert "17 % de moins que ce que laissent attendre Borne de paiement et Barrière, qui vont" in said
