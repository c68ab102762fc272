"""Raw files of the satisfaction surveys: LimeSurvey on site, Microsoft Forms remote (layouts/surveys/).

The questions of the on-site survey were written anew for 2025, so that it is another questionnaire.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, drop, workbook

LEAD = (
    "ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Tête de série",
    "Date de lancement", "Date de la dernière action", "Adresse IP",
)  # fmt: skip
QUESTIONS = {
    732001: ("Accueil", "Documentation", "Boutique", "Recommanderiez-vous la destination ?"),
    732002: (
        "Êtes-vous satisfait : [L'accueil par nos conseillers]",
        "Êtes-vous satisfait : [La documentation remise]",
        "Êtes-vous satisfait : [Le choix de la boutique]", "Recommanderiez-vous le Grand Auch ?",
    ),
}  # fmt: skip
FREE_TEXT = "Que pouvons-nous améliorer ?"
# Responses of a year, then of each question how many are satisfied of how many that answered. Published: 246
# responses in 2025 and 139 in 2024; 95 %, 92 %, 88.4 % (91.7 % in 2024); with the remote ones 94 % and 25.6
# %.
ON_SITE = {
    2023: (120, (105, 112), (98, 108), (90, 100), (101, 110)),
    2024: (139, (126, 134), (118, 130), (110, 120), (122, 132)),
    2025: (246, (233, 245), (221, 240), (190, 215), (226, 240)),
}
REMOTE = {2023: (40, (34, 38), (11, 36)), 2024: (48, (43, 46), (12, 44)), 2025: (46, (43, 46), (11, 43))}


def generate(inbox: Path, seed: int) -> None:
    """Write the exports into `inbox/surveys`; the same seed writes the same bytes."""
    random = Random(f"{seed}-surveys")
    folder = inbox / "surveys"
    for survey, years in ((732001, (2023, 2024)), (732002, (2025,))):
        rows = [row for year in years for row in _on_site(random, year)]
        received = date(max(years) + 1, 1, 4 if 2025 in years else 10)
        drop(folder / f"results-survey{survey}.csv", limesurvey(QUESTIONS[survey], rows), received)
    drop(folder / "distance.xlsx", workbook({"Sheet1": _forms(random)}), date(2026, 1, 4))


def _on_site(random: Random, year: int) -> list[tuple[datetime, list[str]]]:
    """When each response was begun, and its answers; every question that is left blank is no answer."""
    responses, *questions = ON_SITE[year]
    answers = [_answers(random, responses, counts, rank == 3) for rank, counts in enumerate(questions)]
    moments = sorted(moment(random, year) for _ in range(responses))
    return list(zip(moments, map(list, zip(*answers, strict=True)), strict=True))


def _answers(random: Random, responses: int, counts: tuple[int, int], is_score: bool) -> list[str]:
    satisfied, answered = counts
    good, bad = (("8", "9", "10"), ("3", "5", "6")) if is_score else (
        ("Très satisfait", "Satisfait"), ("Peu satisfait", "Pas du tout satisfait"),
    )  # fmt: skip
    found = [random.choice(good) for _ in range(satisfied)]
    found += [random.choice(bad) for _ in range(answered - satisfied)]
    found += [""] * (responses - answered)
    random.shuffle(found)
    return found


def limesurvey(questions: Sequence[str], rows: Sequence[tuple[datetime, list[str]]]) -> bytes:
    """The export as LimeSurvey writes it: every value quoted, a mark at its head, a blank line at its end."""
    lines = [[*LEAD, *questions, FREE_TEXT]]
    for rank, (begun, answers) in enumerate(rows, 1):
        sent = begun + timedelta(minutes=4)
        text = "Rien,\nsauf la signalétique" if rank % 40 == 0 else ""
        lead = [str(rank), f"{sent}", "3", "fr", str(100_000 + rank), f"{begun}", f"{sent}", "192.0.2.1"]
        lines.append([*lead, *answers, text])
    for rank in range(len(rows) + 1, len(rows) + 8):  # begun and never sent
        begun = rows[-1][0] + timedelta(hours=rank - len(rows))
        lead = [str(rank), "", "1", "fr", str(100_000 + rank), f"{begun}", f"{begun}", "192.0.2.1"]
        lines.append([*lead, *[""] * (len(questions) + 1)])
    quoted = (";".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    return "\ufeff".encode() + ("\r\n".join(quoted) + "\r\n\r\n").encode()


def _forms(random: Random) -> list[Sequence[Cell | datetime]]:
    heading = (
        "ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom",
        "Heure de la dernière modification",
        "Recommanderiez-vous la destination ?", "Avez-vous consulté notre site internet avant de venir ?",
        FREE_TEXT,
    )  # fmt: skip
    rows: list[Sequence[Cell | datetime]] = [heading]
    for year, (responses, recommended, consulted) in REMOTE.items():
        scores = _answers(random, responses, recommended, True)
        visits = ["Oui"] * consulted[0] + ["Non"] * (consulted[1] - consulted[0])
        visits += [""] * (responses - consulted[1])
        random.shuffle(visits)
        moments = sorted(moment(random, year) for _ in range(responses))
        for begun, score, visit in zip(moments, scores, visits, strict=True):
            sent = begun + timedelta(minutes=6)
            rows.append((len(rows), begun, sent, "anonymous", None, None, score or None, visit or None, None))
    return rows


def moment(random: Random, year: int) -> datetime:
    """When somebody fills in a questionnaire: by day, mostly in summer."""
    day = date(year, random.choices(range(3, 12), (2, 5, 8, 9, 20, 20, 10, 6, 3))[0], random.randint(1, 28))
    at = time(random.randint(9, 17), random.randint(0, 59), random.randint(0, 59))
    return datetime.combine(day, at, UTC).replace(tzinfo=None)
