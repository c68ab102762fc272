"""Finding the sources, and what makes a refused file be tried again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources import catalogue
from sources.layouts import shipped
from warehouse.office.model import Office


def test_every_source_is_found_by_its_folder_and_bears_its_name() -> None:
    assert len(catalogue.names()) >= 4
    for name in catalogue.names():
        module = catalogue.find(name)
        assert module.SPEC.name == name
        assert callable(module.read)


def test_an_unknown_source_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        catalogue.find("nobody")


def test_only_a_source_with_a_network_system_pulls_and_acknowledges() -> None:
    assert len(catalogue.pullers("tourism_information")) == 3
    assert catalogue.acknowledger("tourism_information") is not None
    assert catalogue.pullers("motorhome") == ()
    assert catalogue.acknowledger("motorhome") is None


def test_the_fingerprint_changes_with_the_office_file_and_the_reader(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    folder = tmp_path / "museum"
    folder.mkdir()
    (folder / "source.py").write_text("one", encoding="utf-8")
    first = catalogue.fingerprint("museum", office)
    assert catalogue.fingerprint("museum", office) == first
    assert catalogue.fingerprint("museum", office.model_copy(update={"name": "Another"})) != first
    (folder / "source.py").write_text("two", encoding="utf-8")
    assert catalogue.fingerprint("museum", office) != first
    second = catalogue.fingerprint("museum", office)
    (tmp_path / "reading.py").write_text("what all readers share", encoding="utf-8")
    assert catalogue.fingerprint("museum", office) != second
    third = catalogue.fingerprint("museum", office)
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"another {name}")
    assert catalogue.fingerprint("museum", office) != third


def test_every_shipped_layout_says_once_what_its_format_is_known_by() -> None:
    layouts = [(name, one) for name in catalogue.names() for one in shipped(catalogue.find(name).SPEC)]
    assert [
        (name, one.name) for name, one in layouts if (one.template is None) == (one.known_by is None)
    ] == []


def test_the_page_of_sources_tells_what_each_format_is_known_by_also_of_those_that_no_layout_says() -> None:
    untold = []
    for name in catalogue.names():
        spec = catalogue.find(name).SPEC
        of_layouts = {one.table for one in shipped(spec)}
        read_otherwise = [one.name for one in spec.tables if one.name not in of_layouts]
        if not any(one.known_by == "unknown" for one in spec.formats) or (
            read_otherwise and not any(one.known_by != "unknown" for one in spec.formats)
        ):
            untold.append(name)
    # Its only format is Vigie's own; of tourism information both national systems are read.
    assert untold == ["manual_indicators", "tourism_information"]
