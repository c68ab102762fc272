"""Writes the pages of the version that is current: what people read, beside what analysts query."""

from __future__ import annotations

from types import MappingProxyType

import sources.catalogue
from flows.alerts.wording import named, subject_day
from reports.document import Text, Time, text
from reports.pages.published import Names
from reports.pages.writing import write_pages
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.words.messages import day
from warehouse.words.shapes import plain


def shortened(subject: str) -> str:
    """A published subject, its code left out where only the shape of it is published."""
    kind, _, code = subject.partition(":")
    return f"{kind}:…" if "[" in code else subject


def headline(rule: str, fault: str, subject: str, office: Office) -> Text:
    """What an incident is about, in a few words; a day among them is one for machines too."""
    said = plain(named(rule, fault, shortened(subject), office))
    if (of := subject_day(subject)) is None:
        return text(said)
    words = day(of, office.language)
    before, _, after = said.partition(words)
    return text(before, Time(words, of.isoformat()), after)


def draw(home: Home, office: Office) -> int:
    """Write the pages of the current version; returns how many charts had to be drawn for them."""
    return write_pages(home.current.resolve(), names_of(office), home.charts)


def names_of(office: Office) -> Names:
    """What the published copy does not hold, in the office's language."""
    labels = {name: sources.catalogue.find(name).SPEC for name in sources.catalogue.names()}
    return Names(
        office.name,
        office.language,
        office.zone,
        MappingProxyType(
            {name: one.label_en if office.language == "en" else one.label_fr for name, one in labels.items()}
        ),
        lambda rule, fault, subject: headline(rule, fault, subject, office),
    )
