"""What a column means is said where it arises, and holds wherever it is passed on."""

from __future__ import annotations

import duckdb
import pytest

from transforms.describing import Place, Said, built_columns, descriptions
from warehouse.spec import TableSpec

PASSAGES = TableSpec.model_validate(
    {
        "name": "passages",
        "description": "Passages.",
        "grain": "One passage.",
        "primary_key": ["ticket"],
        "columns": [{"name": "ticket", "type": "text", "description": "Ticket shown."}],
    }
)
RAW = ("raw", "passages")


def model(name: str, reads: list[Place], **columns: str) -> Said:
    return Said(("marts", name), f"What {name} holds.", columns, reads)


def told(*models: Said, built: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    """The descriptions of the columns of these models, by name."""
    places = {("marts", name): columns for name, columns in built.items()}
    return {name: dict(one.columns) for (_, name), one in descriptions(models, places, [PASSAGES]).items()}


def test_a_column_of_source_yml_keeps_its_meaning_through_all_models_that_pass_it_on() -> None:
    found = told(
        model("stay", [RAW]), model("day", [("marts", "stay")]), built={"stay": ["ticket"], "day": ["ticket"]}
    )
    assert found["day"] == {"ticket": "Ticket shown."}


def test_what_a_model_says_itself_holds_from_there_on() -> None:
    found = told(
        model("stay", [RAW], ticket="Ticket of the entry."),
        model("day", [("marts", "stay")]),
        built={"stay": ["ticket"], "day": ["ticket"]},
    )
    assert found["day"] == {"ticket": "Ticket of the entry."}


def test_a_column_that_two_tables_describe_differently_is_not_described_by_either() -> None:
    found = told(
        model("payment", [], ticket="Ticket that was paid."),
        model("seen", [RAW, ("marts", "payment")]),
        built={"payment": ["ticket"], "seen": ["ticket"]},
    )
    assert found["seen"] == {}


def test_a_part_says_what_is_peculiar_to_it_and_of_the_rest_the_whole_tells() -> None:
    part = Said(("marts", "seen_doors"), "Doors.", {"ticket": "Ticket of the door."}, [RAW], whole="seen")
    whole = model("seen", [part.place], ticket="Ticket.", weight="How much was seen.", day="Local day.")
    columns = ["ticket", "weight", "day"]
    found = told(part, whole, built={"seen_doors": columns, "seen": columns})
    assert found["seen_doors"] == {
        "ticket": "Ticket of the door.", "weight": "How much was seen.", "day": "Local day.",
    }  # fmt: skip


def test_a_table_without_the_column_passes_nothing_on() -> None:
    found = told(
        model("stay", [RAW]),
        model("month", [("marts", "stay")]),
        built={"stay": ["nights"], "month": ["ticket"]},
    )
    assert found["month"] == {}


@pytest.mark.parametrize("place", [("settings", "calendar"), ("quality", "outage"), RAW])
def test_the_office_is_described_whatever_table_it_comes_from(place: Place) -> None:
    assert told(model("day", [place]), built={"day": ["office"]})["day"] == {"office": "Code of the office."}


def test_only_what_models_build_is_asked_for_its_columns() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA raw")
        connection.execute(
            "CREATE TABLE marts.stay (site TEXT, ticket TEXT); CREATE TABLE raw.passages (x INT)"
        )
        assert built_columns(connection) == {("marts", "stay"): ["site", "ticket"]}
