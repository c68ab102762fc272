"""The words that may be shown of names that people give: of the sources, of Vigie and of the office file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from functools import cache

import sources.catalogue
import sources.layouts
from expectations.incidents.rules import rules
from sources.reading.fields import OTHER
from warehouse.office.model import Office
from warehouse.publishing.published_text import Known
from warehouse.spec import SourceSpec
from warehouse.words.messages import LANGUAGES, catalogue, day
from warehouse.words.shapes import words_of

# What people and programs add to the names of files.
USUAL = (
    "export", "copie", "copy", "corrigé", "corrige", "correction", "complet", "reinitialisation", "full",
    "apidae", "api", "mqtt", "comptage", "comptages", "mesures", "canaux", "relevé", "tarifs", "marked",
    "takeout", "results", "survey", "administratif", "hebergements", "classes",
)  # fmt: skip


def known(office: Office) -> Known:
    """What the office's published texts may show.

    The known values that source.yml says of a column are a list of its name, and `categories` all of them.
    """
    lists: dict[str, set[str]] = {"categories": {OTHER}}
    for spec in _specs():
        for column in (one for table in spec.tables for one in table.columns if one.categories):
            lists.setdefault(column.name, {OTHER}).update(column.categories)
            lists["categories"].update(column.categories)
    return Known(office.language, vocabulary(office), {**lists, **_lists_of(office)})


def _lists_of(office: Office) -> dict[str, Collection[str]]:
    """Codes of the office file that no table of settings has, and the names of the sources."""
    return {
        "sources": sources.catalogue.names(),
        "office.channels": [channel for one in office.counters for channel in one.channels],
        "office.alert_channels": [channel.name for channel in office.alerts.channels],
    }


def vocabulary(office: Office) -> frozenset[str]:
    """The words, in small letters, that the name of a file, a heading or a subject may be shown by."""
    return _own_words() | words_of(list(_of_office(office)))


@cache
def _own_words() -> frozenset[str]:
    return words_of([*USUAL, *_months(), *_of_sources(), *_of_subjects()])


def _specs() -> Iterator[SourceSpec]:
    return (sources.catalogue.find(name).SPEC for name in sources.catalogue.names())


def _months() -> Iterator[str]:
    for language in LANGUAGES:
        for month in range(1, 13):
            yield day(date(2025, month, 1), language)


def _of_sources() -> Iterator[str]:
    """Names, tools, names of files and their patterns, and the headings of samples."""
    for spec in _specs():
        yield from (spec.name, spec.label_fr, spec.label_en)
        for layout in sources.layouts.shipped(spec):
            yield from (layout.tool, *layout.file.names, layout.template.file if layout.template else "")
        for delivery in spec.deliveries:
            yield delivery.kind
            yield from delivery.files
            heading = delivery.sample.partition("\n")[0]
            yield "" if heading.startswith(("<", "{")) else heading
        for table in spec.tables:
            yield table.name
            yield from table.all_columns


def _of_subjects() -> Iterator[str]:
    """What incidents are about."""
    yield from (key.partition(".")[2] for key in catalogue() if key.startswith("subject."))
    yield from rules()
    yield from ("counter", "judging", "estimating")


def _of_office(office: Office) -> Iterator[str]:
    """Codes, labels and patterns of the office file."""
    yield from (office.code, office.name)
    for municipality in office.municipalities:
        yield municipality.name
    for site in office.sites:
        yield from (site.code, site.name)
    for counter in office.counters:
        yield from (counter.code, counter.label)
        if counter.csv is not None:
            yield counter.csv.files
            yield from counter.csv.count_columns
            yield from filter(
                None, (counter.csv.date_column, counter.csv.time_column, counter.csv.instant_column)
            )
    tax = office.systems.tourist_tax
    for operator in tax.operators if tax else ():
        yield from (operator.code, *operator.spellings, operator.files)
