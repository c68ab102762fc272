"""`vigie report --year`: drafts the documents of a year; `--publish` freezes and publishes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from flows.command.console import published
from flows.command.figures import published_years
from flows.night.drawing import names_of
from flows.night.revising import revisions
from reports.annual.annexes import Release, Signing
from reports.annual.texts import begin_texts, read_texts
from reports.annual.writing import write_documents
from reports.charts.drawing import Drawer
from reports.frozen import changes, digest, freeze, freeze_report
from reports.pages.published import Published
from warehouse.clock import naive_utc
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.storage import publications, signatures
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.publications import Publication
from warehouse.storage.signatures import Signature
from warehouse.words.messages import day, listed, say

SCHEMA = f"{signatures.SCHEMA};{publications.SCHEMA}"
FIGURES = "figures.json"  # beside a published report: its SHA-256 is the digest that the report prints


@dataclass(frozen=True)
class Written:
    """Documents that were written, those `kept` that somebody had changed, and where the texts lie.

    `digest` is None in a draft.
    """

    files: Sequence[Path]
    kept: Sequence[Path]
    folder: Path
    texts: Path
    digest: str | None


def report(home: Home, office: Office, year: int, at: datetime, *, publish: bool = False) -> Written:
    """Write the documents of a year, as a draft, or `publish` them with their figures frozen; `at` is aware.

    Raises UsageError for a year without figures, a text or a template that cannot be read, and, to publish,
    for days that nobody signed and figures that are no longer those that were signed.
    """
    language, first, last = office.language, date(year, 1, 1), date(year, 12, 31)
    folder = home.reports / str(year)
    with published(home) as connection:
        if freeze(connection, first, last) == "[]":
            years = published_years(connection, language)
            raise UsageError(say("reporting.no_figures", language, year=year, years=years))
        begin_texts(folder / "texts", language)
        texts = read_texts(folder / "texts", language)
        version = home.current.resolve().name
        with journal(home, SCHEMA) as kept:
            signed = [
                one
                for one in signatures.read(kept, office.code)
                if one.withdrawn_at is None and one.last_date >= first and one.first_date <= last
            ]
            revised = revisions(connection, kept, office, version)
        if publish:
            _refuse_unsigned(signed, year, language)
            _refuse_changed(connection, signed, language)
            figures = freeze_report(connection, year)
            release = Release(digest(figures), tuple(_signing(one, office) for one in signed), revised)
            to = folder / "published" / f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        else:
            figures, release, to = "", Release(revisions=revised), folder / "draft"
        told = Published(connection, names_of(office), year, is_linked=False)
        template = _template(home, language)
        drawer = Drawer(language, home.report_charts)
        files, kept_aside = write_documents(told, texts, release, drawer, template, to)
    if release.digest is not None:
        (to / FIGURES).write_text(figures, encoding="utf-8")
        with journal(home, SCHEMA) as kept:
            entered = Publication(office.code, year, naive_utc(at), version, release.digest, figures)
            publications.enter(kept, entered)
    return Written(files, kept_aside, to, folder / "texts", release.digest)


def _template(home: Home, language: str) -> Path | None:
    """The office's template, where there is one that can be opened."""
    path = home.report_template
    if not path.exists():
        return None
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        Document(str(path))
    except (PackageNotFoundError, ValueError, KeyError, OSError) as error:
        raise UsageError(say("reporting.template_unreadable", language, path=path)) from error
    return path


def _signing(one: Signature, office: Office) -> Signing:
    on = one.signed_at.replace(tzinfo=UTC).astimezone(office.zone).date()
    return Signing(one.first_date, one.last_date, one.who, on, one.digest)


def _refuse_unsigned(signed: Iterable[Signature], year: int, language: str) -> None:
    """Raise UsageError where a day of the year has no signature, naming the days and what signs them."""
    missing = signatures.unsigned_days(signed, date(year, 1, 1), date(year, 12, 31))
    if not missing:
        return
    spans = list(_spans(missing))
    days = listed(
        (say("reporting.days", language, first=day(first, language), last=day(last, language))
         for first, last in spans),
        language,
    )  # fmt: skip
    name = "Prénom Nom" if language == "fr" else "First Last"
    commands = listed((f'vigie report sign {_period(*span)} --by "{name}"' for span in spans), language)
    raise UsageError(say("reporting.unsigned", language, year=year, days=days, commands=commands))


def _refuse_changed(
    connection: duckdb.DuckDBPyConnection, signed: Iterable[Signature], language: str
) -> None:
    """Raise UsageError where what would be published is not what was signed."""
    for one in signed:
        found = list(changes(one.figures, freeze(connection, one.first_date, one.last_date)))
        if found:
            raise UsageError(
                say(
                    "reporting.changed_since_signed", language, count=len(found), who=one.who,
                    first=day(one.first_date, language), last=day(one.last_date, language),
                    example=f"{found[0].indicator} {found[0].period_start}",
                    period=_period(one.first_date, one.last_date),
                )
            )  # fmt: skip


def _spans(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Days in order as spans without a hole."""
    first = last = days[0]
    for one in days[1:]:
        if one != last + timedelta(days=1):
            yield first, last
            first = one
        last = one
    yield first, last


def _period(first: date, last: date) -> str:
    """The period that `vigie report sign` takes: a day, or the whole months in which the days lie."""
    if first == last:
        return first.isoformat()
    ends = (first.month, last.month)
    if first.year == last.year and ends == (1, 12):
        return str(first.year)
    months = [f"{one:%Y-%m}" for one in (first, last)]
    return months[0] if months[0] == months[1] else "/".join(months)
