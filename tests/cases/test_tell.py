"""A counter whose file comes and cannot be read: the night tells of it, and sends nobody to the door."""

from __future__ import annotations

from datetime import date

import pytest

from expectations.incidents import book
from expectations.incidents.life import Alert
from flows.alerts.telling import SCHEMA
from flows.alerts.wording import title, todo
from tests.cases.conftest import go_through
from tests.flows.conftest import drop, drop_days, make_home
from warehouse.office.model import load_office
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home


def test_a_counter_whose_export_changed_is_told_as_unread_and_not_as_dead(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = make_home(Home(tmp_path_factory.mktemp("unread") / "home"))
    drop_days(home, date(2025, 3, 3), date(2025, 5, 14))
    good = drop_days(home, date(2025, 5, 15), date(2025, 5, 16))
    lines = good.read_text(encoding="utf-8").splitlines()
    good.unlink()
    # The vendor's software was updated: days and months have changed places.
    american = [lines[0]] + [f"{line[3:5]}/{line[:2]}{line[5:]}" for line in lines[1:]]
    drop(home, "counters", "porte-2025-05-16.csv", "\n".join(american) + "\n")
    case = go_through(home, date(2025, 5, 17))

    (unread,) = case.ask("FROM quality.unread_file")
    assert (unread["extent"], unread["rows_read"], unread["rows_quarantined"]) == ("wholly", 48, 48)
    assert (unread["column"], unread["subjects"]) == ("Date", ["counter:door"])

    office = load_office(home.office_file)
    with journal(home, SCHEMA) as kept:
        incidents = {one.rule: one for one in book.read_incidents(kept, office.code)}
    assert set(incidents) == {"file_unread", "counter_silent"}
    silent = incidents["counter_silent"]
    assert silent.fault == "unread"
    assert title(Alert("opened", silent, None), office) == (
        "Vigie : Porte de l'accueil : des fichiers arrivent, ils n'ont pas pu être lus"
    )
    assert "porte-2025-05-16.csv" in silent.evidence
    assert "05/15/2025" in silent.evidence
    assert "alimentation" not in todo(silent, office)
    assert "48 lignes sur 48" in incidents["file_unread"].evidence
