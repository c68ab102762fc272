"""What a message says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from expectations.counters.outages import USUAL_AFTER
from expectations.incidents.episodes import episodes
from expectations.incidents.life import Alert, What, acknowledge, advance, resolve
from expectations.incidents.rules import rules
from flows.alerts.telling import cadence, evidence_of
from flows.alerts.wording import label, lost, resolved_at, text, title, todo
from tests.findings import DETECTED, finding, utc
from warehouse.office.model import Office
from warehouse.words.messages import say

DOOR = {
    "code": "auch-door", "label": "Porte d'Auch", "site": "auch",
    "format": "national", "channels": {"1": "in"},
}  # fmt: skip


def office(**equipment: object) -> Office:
    content: dict[str, Any] = {
        "code": "o",
        "name": "O",
        "siren": "123456789",
        "sites": [{"code": "auch", "name": "Auch", "always_open": True}],
        "counters": [{**DOOR, "equipment": equipment}],
    }
    return Office.model_validate(content)


def alert(what: What = "opened", where: Office | None = None) -> Alert:
    where = where or office()
    found = episodes([finding()], DETECTED)
    (case,) = advance("o", [], found, DETECTED, cadence(where), lambda one: evidence_of(one, where))
    return Alert(what, case.incident, found[0])


def plain(said: str) -> str:
    return said.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("opened", "Vigie : Porte d'Auch ne compte plus"),
        ("reminder", "Vigie, rappel 0 : Porte d'Auch ne compte plus"),
        ("worsened", "Vigie, plus grave : Porte d'Auch ne compte plus"),
        ("reopened", "Vigie, de nouveau : Porte d'Auch ne compte plus"),
        ("closed", "Vigie, clos : Porte d'Auch ne compte plus"),
        ("over", "Vigie, passé : Porte d'Auch ne compte plus"),
    ],
)
def test_the_title_tells_what_and_whether_it_is_news(what: What, said: str) -> None:
    assert title(alert(what), office()) == said


def test_the_text_tells_what_is_known_lost_and_to_be_done_and_how_to_answer() -> None:
    one = alert()
    reference = one.incident.incident_id
    assert plain(text(one, office())).split("\n\n") == [
        one.incident.evidence.replace("\u202f", " ").replace("\xa0", " "),
        "Non compté jusqu'ici : environ 50 entrées.",
        "Que faire : Vérifier sur place l'alimentation, la connexion et le capteur. Si le lieu était fermé, "
        "le noter dans office.yml (exceptions) ; si ses fichiers viennent par semaine ou par mois, aussi "
        "(delivered).",
        f"Prendre en charge : vigie incidents acknowledge {reference}\n"
        f"Reporter : vigie incidents snooze {reference} --days 7\n"
        f"Clore : vigie incidents resolve {reference} --reason repaired",
        f"Référence : {reference}, message 1.",
    ]


def test_the_equipment_s_own_runbook_comes_first() -> None:
    said = text(alert(), office(runbook="Appeler Éric au 05."))
    assert "Que faire : Appeler Éric au 05." in said
    assert "Vérifier sur place" not in said


BROKEN = {
    "counter_silent": {"no_data", "zeros", "trickle", "frozen_index"},
    "counter_wrong": {"stuck", "one_direction_dead", "one_direction_weak"},
}


@pytest.mark.parametrize(
    ("rule", "fault"), [(name, fault) for name, rule in rules().items() for fault in rule.faults]
)
def test_a_runbook_answers_what_is_broken_and_nothing_else(rule: str, fault: str) -> None:
    """Nobody restarts a machine because of a question, a level, a double payment or a file."""
    one = replace(alert().incident, rule=rule, fault=fault)
    said = todo(one, office(runbook="Redémarrer la borne."))
    found = rules()[rule]
    asked = found.faults[fault].todo or found.todo
    assert said == ("Redémarrer la borne." if fault in BROKEN.get(rule, ()) else asked.fr)


def test_money_that_is_missing_is_not_what_was_not_counted() -> None:
    one = replace(alert().incident, lost_visitors=None, lost_eur=512.4)
    assert plain(lost(one, "fr")) == "Non encaissé, ou non enregistré, jusqu'ici : environ 512 €."
    both = lost(replace(one, lost_visitors=1.2), "en")
    assert both == "Not counted so far: about 1 entry. Not taken, or not recorded, so far: about 512 €."
    assert lost(replace(one, lost_eur=0.2), "en") == ""


def test_an_incident_of_a_day_closes_on_a_day_unless_a_person_closes_it() -> None:
    one = replace(alert().incident, rule="low_review", fault="low", status="resolved", resolution="replied")
    of_data = replace(one, resolved_by="vigie", resolved_at=utc(2025, 6, 10, 6))
    assert resolved_at(of_data, office()) == "10 juin 2025"
    assert resolved_at(replace(of_data, resolved_by="Anne"), office()) == "10 juin 2025 à 08:00"


def test_it_says_until_when_the_device_keeps_what_was_missed() -> None:
    assert "jusqu'au 14 juin 2025" in plain(text(alert(), office(keeps_data_days=30)))
    assert "ne garde rien" in text(alert(), office(keeps_data_days=0))
    assert "dans l'appareil" not in text(alert(), office())
    assert "ne garde rien" not in text(alert(), office())


def test_who_takes_care_of_it_is_named() -> None:
    one = alert()
    case = acknowledge(one.incident, "Anne", DETECTED)
    assert "Pris en charge par Anne." in text(Alert("reminder", case.incident, None), office())


def test_the_end_tells_when_how_and_by_whom() -> None:
    one = alert()
    case = resolve(one.incident, "Anne", utc(2025, 5, 16, 7), "repaired", cadence(office()), "pile changée")
    said = plain(text(case.alerts[0], office()))
    assert "Clos le 16 mai 2025 à 09:00 par Anne (réparé). pile changée" in said
    assert "Que faire" not in said


def test_a_subject_that_no_office_file_names_is_told_by_its_code() -> None:
    assert label("counter:gone", office()) == "gone"
    assert label("barrier:auch", office()) == "Barrière, Auch"
    assert label("reviews:office", office()) == "Avis, l'office lui-même"
    assert label("listening:2025-07-01", office()) == "Registre d'écoute, 1er juillet 2025"


def test_a_label_of_a_partner_is_told_by_its_name() -> None:
    assert label("label:P004-gites_de_france", office()) == "Partenaire P004, Gîtes de France"
    assert label("label:…", office()) == "Partenaire …"


def test_several_subjects_of_every_kind_that_a_rule_gives_have_a_name_in_common() -> None:
    queries = "".join(rule.query for rule in rules().values())
    kinds = {*re.findall(r"'([a-z_]+):\w*'(?: \|\||,? AS subject| AS subject)", queries), "tax_nights"}
    assert kinds >= {"counter", "label", "listening", "run", "source"}
    for kind in kinds:
        assert label(f"{kind}:", office())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_level_that_became_usual_is_closed_with_the_days_that_it_took(language: str) -> None:
    assert f" {USUAL_AFTER.days} " in say("resolution.became_usual", language)


@pytest.mark.parametrize(
    ("subject", "said"),
    [("source:contacts/accueil", "À qui demander : Marie, à l'accueil."), ("source:shop/boutique", None)],
)
def test_an_alert_on_files_says_whom_to_ask_where_the_office_names_somebody(
    subject: str, said: str | None
) -> None:
    where = office()
    keepers = where.alerts.model_copy(update={"keepers": {"contacts": "Marie, à l'accueil"}})
    where = where.model_copy(update={"alerts": keepers})
    incident = replace(alert(where=where).incident, subject=subject)
    _, asked, who = todo(incident, where).partition("À qui demander")
    assert (asked + who or None) == said
