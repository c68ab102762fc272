"""The record of processing tells what is done, also where an office decided otherwise."""

from __future__ import annotations

import sources.catalogue
from flows.command.register import register
from warehouse.office.model import Office
from warehouse.office.subjects.privacy import Privacy
from warehouse.storage.holdings import holdings


def test_every_source_and_every_holding_is_in_the_record_in_both_languages() -> None:
    for language, days in (("fr", "jours"), ("en", "days")):
        record = register(language)
        for name in sources.catalogue.names():
            spec = sources.catalogue.find(name).SPEC
            assert f"(`{name}`)" in record
            for table in spec.tables:
                assert all(f"`{column.name}`" in record for column in table.personal_columns)
        assert all(holding.place in record for holding in holdings().values())
        assert f"30 {days}" in record


def test_the_record_of_an_office_tells_its_own_retention(office: Office) -> None:
    privacy = Privacy(archive_days={"motorhome": 12}, personal_days={"motorhome": 45})
    record = register("fr", office.model_copy(update={"privacy": privacy}))
    lines = [line for line in record.splitlines() if "(office.yml)" in line]
    assert lines == [
        "- `archive/motorhome`, passages : 12 jours, par décision de l'office (office.yml)",
        "- `archive/motorhome`, payments : 12 jours, par décision de l'office (office.yml)",
        "- `raw.motorhome_passages`, colonnes personnelles `plate_hash`, `plate_hash_last_year` : 45 jours, "
        "par décision de l'office (office.yml)",
    ]
