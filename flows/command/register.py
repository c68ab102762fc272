"""The record of processing (article 30 of the GDPR), from source.yml and holdings.yml, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

import sources.catalogue
from flows.night.expiring import archive_days
from warehouse.office.model import Office
from warehouse.spec import Processing, Retention, SourceSpec, Words
from warehouse.storage.holdings import holdings
from warehouse.words.messages import say, titled

ENTRIES = ("purpose", "legal_basis", "people", "data", "readers", "recipients")


def register(language: str, office: Office | None = None) -> str:
    """One part a source, then what the home holds beside them; with what an office changed of how long."""
    lines: list[str] = []
    for name in sources.names():
        lines += _source(sources.catalogue.find(name).SPEC, office, language)
    for name, holding in holdings().items():
        kept = _kept(Retention(days=holding.days, reason=holding.reason), holding.days, language)
        lines += [f"### {say(f'register.{name}', language)}\n", *_entries(holding.processing, language)]
        lines += [
            f"- {titled(say('register.place', language), f'`{holding.place}`', language)}",
            f"- {kept}",
            "",
        ]
    return "\n".join(lines)


def _source(spec: SourceSpec, office: Office | None, language: str) -> Iterator[str]:
    yield f"### {spec.label_fr if language == 'fr' else spec.label_en} (`{spec.name}`)\n"
    yield from _entries(spec.processing, language)
    own = office.privacy if office else None
    days = archive_days(spec, office)
    for delivery in spec.deliveries:
        kept = _kept(delivery.retention, days[delivery.kind], language)
        yield f"- {titled(f'`archive/{spec.name}`, {delivery.kind}', kept, language)}"
    for table in spec.tables:
        if table.retention is not None:
            columns = ", ".join(f"`{column.name}`" for column in table.personal_columns)
            kept = _kept(
                table.retention,
                (own and own.personal_days.get(spec.name)) or table.retention.days,
                language,
            )
            personal = f"{say('register.columns', language)} {columns}"
            yield f"- {titled(f'`raw.{table.name}`, {personal}', kept, language)}"
    yield ""


def _entries(processing: Processing, language: str) -> Iterator[str]:
    for name in ENTRIES:
        words = _words(getattr(processing, name), language)
        yield f"- {titled(say(f'register.{name}', language), words, language)}"


def _kept(retention: Retention, days: int | None, language: str) -> str:
    if days is None:
        return f"{say('register.without_end', language)} ({_words(retention.reason, language)})"
    if days != retention.days:
        return say("register.own_days", language, days=days)
    return f"{say('register.days', language, days=days)} ({_words(retention.reason, language)})"


def _words(words: Words, language: str) -> str:
    return words.fr if language == "fr" else words.en
