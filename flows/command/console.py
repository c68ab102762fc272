"""What the `vigie` command shows: tables for people of the office, in their language."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import duckdb
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from expectations.incidents import book
from expectations.incidents.evidence import when
from expectations.incidents.life import Incident, Transition
from flows.alerts import outbox
from flows.alerts.outbox import JOURNAL
from flows.alerts.wording import fault, headline, label, lost, resolved_at, todo
from flows.command.comparing import Comparison
from flows.command.figures import Figure, changed, shown, signed, with_unit, word
from flows.command.why import Section
from flows.night.failing import last_told
from flows.night.keeping import exposures
from flows.serve import overseer
from reports.exports.cells import CsvWriter
from warehouse.clock import naive_utc
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.office.office_file import language_of
from warehouse.storage.database import only_read, rows
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.running import ALL_SOURCES, MISSED_AFTER, SET_ASIDE, unended
from warehouse.words.messages import day, listed, moment, number, say, titled
from warehouse.words.printable import printable

if TYPE_CHECKING:
    from flows.alerts.backtesting import Said
    from flows.command.forgetting import Erased, Found
    from flows.command.signing import Signed
    from flows.night.steps import NightReport

LONGEST_WORD = 20  # a longer one, such as the name of a file, may be broken over lines
FETCHED = 10_000  # rows at a time
SHOWN_ROWS = 1_000  # of a query, on the screen
UNSENT_SHOWN = timedelta(days=30)  # what was given up longer ago is history


class Screen(Console):
    """A console that shows texts as they are: no markup, no names of emoji, no control characters."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **settings)

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print; each text is on one line."""
        shown = (printable(one) if isinstance(one, str) else one for one in objects)
        super().print(*shown, **settings)


out: Console = Screen()
if not out.is_terminal:
    # A log file or a pipe has no width; rich would fold every table to 80 columns.
    out.width = 160
notes = Screen(stderr=True, soft_wrap=True)


def published(home: Home) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The published warehouse, to read alone; raises UsageError when nothing was published yet."""
    if not home.published_database.exists():
        raise UsageError(say("usage.not_published", language_of(home.office_file), path=home.published))
    return only_read(home.published_database)


def show(
    title: str,
    headings: Sequence[str],
    lines: Iterable[Sequence[object]],
    language: str,
    right: Iterable[int] = (),
) -> None:
    """Print a table; columns whose rank is in `right` are numbers.

    Texts wrap between words, and only names longer than a column can be are broken. Where even that is too
    wide, each line becomes a block of its own, one cell below the other: nothing is ever cut.
    """
    headings = [printable(heading) for heading in headings]
    texts = [["" if cell is None else printable(str(cell)) for cell in line] for line in lines]
    widths = fitting([list(column) for column in zip(headings, *texts, strict=True)], out.width)
    if widths is None:
        if title:
            out.print(title, style="bold")
        for line in texts:
            out.print()
            for heading, cell in zip(headings, line, strict=True):
                out.print(titled(heading, cell, language), overflow="fold")
        return
    table = Table(
        title=printable(title) or None, title_justify="left", title_style="bold", header_style="bold",
        show_header=any(headings),
    )  # fmt: skip
    aligned = set(right)
    for rank, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if rank in aligned else "left"
        table.add_column(heading, justify=justify, overflow="fold", width=widths[rank])
    for line in texts:
        table.add_row(*line)
    out.print(table)


def fitting(columns: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Widths of columns that together fit in a width, the widest shortened first; None when none do."""
    wanted = [
        max(cell_len(line) for cell in column for line in [*cell.splitlines(), ""]) for column in columns
    ]
    least = [
        min(LONGEST_WORD, max(cell_len(word) for cell in column for word in [*cell.split(), ""]))
        for column in columns
    ]
    room = width - 3 * len(columns) - 1  # a line and a space on either side of each
    if sum(least) > room:
        return None
    while sum(wanted) > room:
        widest = max(
            (rank for rank in range(len(columns)) if wanted[rank] > least[rank]), key=wanted.__getitem__
        )
        wanted[widest] -= 1
    return wanted


def show_night(home: Home, office: Office, report: NightReport) -> None:
    """A night's end: table by source, checks that did not pass, incidents, where the warehouse lies."""
    language = office.language
    with published(home) as connection:
        show_sources(connection, report, language)
        show_checks(connection, report, language)
    show_incidents(home, office, everything=True)
    for source in report.sources:
        for name in source.unfinished:
            out.print(say("night.unfinished", language, source=source.source, file=name))
        for name in source.refused:
            out.print(say("night.refused", language, source=source.source, file=name))
        for name, why in source.left.items():
            out.print(say("night.left", language, source=source.source, file=name, why=why))
    for name, text in report.failures.items():
        out.print(say("night.failure", language, source=name, text=text))
    if report.published and report.published.held:
        held = [
            say(f"held.{kept}", language, table=name) for name, kept in sorted(report.published.held.items())
        ]
        out.print(say("night.held", language, tables=", ".join(held)))
    if not report.files_new:
        out.print(say("night.nothing_new", language, known=report.files_known))
    out.print(say("night.published", language, path=home.published_database))


def show_rehearsal(office: Office, report: NightReport, is_now: bool) -> None:
    """What a run that went back did, and what it did not."""
    language = office.language
    for name, text in report.failures.items():
        out.print(say("night.failure", language, source=name, text=text))
    at = moment(report.as_of.astimezone(office.zone), language)
    out.print(say("night.rehearsal_now" if is_now else "night.rehearsal", language, at=at))


def show_sources(connection: duckdb.DuckDBPyConnection, report: NightReport, language: str) -> None:
    """One line a source: files of this run, and what became of all rows ever read from it."""
    totals = {
        row["source"]: row
        for row in rows(
            connection,
            """SELECT source, count(*) AS files, sum(rows_read) AS read, sum(rows_loaded) AS loaded,
                      sum(rows_quarantined) AS quarantined, sum(rows_duplicate) AS duplicate,
                      sum(rows_filtered) AS filtered
               FROM quality.load GROUP BY source""",
        )
    }
    columns = ("files", "read", "loaded", "quarantined", "duplicate", "filtered")
    show(
        say("sources.title", language),
        [say(f"sources.{name}", language) for name in ("source", "new_files", "known_files", *columns)],
        [
            [
                source.source,
                number(len(source.new), language),
                number(len(source.known), language),
                *(number(totals.get(source.source, {}).get(name) or 0, language) for name in columns),
            ]
            for source in report.sources
        ],
        language,
        right=range(1, 9),
    )


def show_checks(connection: duckdb.DuckDBPyConnection, report: NightReport, language: str) -> None:
    """Checks that failed or warned, one line each."""
    bad = [check for check in report.checks if not check.success]
    passed = number(len(report.checks) - len(bad), language)
    if not bad:
        out.print(say("checks.all_passed", language, passed=passed))
        return
    show(
        say("checks.title", language, passed=passed, failed=number(len(bad), language)),
        [
            say(f"checks.{name}", language)
            for name in ("level", "table", "check", "column", "observed", "message")
        ],
        [[c.level, c.table, c.check, c.column, c.observed, c.message] for c in bad],
        language,
    )


def show_incidents(home: Home, office: Office, everything: bool = False) -> list[Incident]:
    """Incidents as they are now, the open ones first, all with `everything`. Returns the open ones."""
    language = office.language
    with journal(home, JOURNAL) as kept:
        known = book.read_incidents(kept, office.code)
    still_open = [one for one in known if one.status != "resolved"]
    resolved = [one for one in known if one.status == "resolved"] if everything else []
    wanted = [*reversed(still_open), *reversed(resolved)]
    if not wanted:
        out.print(say("incidents.none", language))
        return still_open
    show(
        say("incidents.title", language),
        [
            say(f"incidents.{name}", language)
            for name in (
                "reference",
                "status",
                "severity",
                "subject",
                "fault",
                "onset",
                "detected",
                "resolved",
            )
        ],
        [
            [
                one.incident_id,
                say(f"status.{one.status}", language),
                say(f"severity.{one.severity}", language),
                label(one.subject, office),
                fault(one.rule, one.fault, language),
                *(when(one.rule, at, language, office.zone) for at in (one.onset_at, one.detected_at)),
                resolved_at(one, office),
            ]
            for one in wanted
        ],
        language,
    )
    for one in wanted:
        said = " ".join(part for part in (one.evidence, lost(one, language)) if part)
        out.print(titled(f"{one.incident_id} {label(one.subject, office)}", said, language))
    return still_open


def show_incident(home: Home, office: Office, begins: str) -> None:
    """One incident and every step of its life."""
    language = office.language
    with journal(home, JOURNAL) as kept:
        incident = book.find_incident(kept, office.code, begins, office.language)
        steps = book.read_transitions(kept, office.code, incident.incident_id)
    out.print(f"{incident.incident_id} {headline(incident, office)}")
    out.print(incident.evidence)
    out.print(say("message.todo", language, todo=todo(incident, office)))
    show(
        say("incidents.history", language),
        [say(f"incidents.{name}", language) for name in ("at", "who", "step", "reason", "comment")],
        [
            [
                local(one.happened_at, office),
                one.who,
                say(f"transition.{one.what}", language),
                reason(one, language),
                one.comment,
            ]
            for one in steps
        ],
        language,
    )


def reason(step: Transition, language: str) -> str:
    """Why a step was made, in words: how it was resolved, how grave it became, until when it rests."""
    kind = {"resolved": "resolution", "worsened": "severity"}.get(step.what)
    return say(f"{kind}.{step.reason}", language) if kind is not None else step.reason


def show_status(home: Home, office: Office, at: datetime) -> bool:
    """The state at a glance; True when nothing asks for attention.

    Attention: nothing published yet, no night in 26 hours, a run that was killed or failed, a fault that
    `vigie serve` saw in Prefect, a failed check, an open incident, a file that was refused, a message that
    no channel takes. A run that goes on is told, and asks for nothing.
    """
    language = office.language
    is_sound = show_unended(home, office)
    is_sound &= show_serve(home, office, at)
    for line in (reachable := exposures(home, office)):
        out.print(line)
    is_sound &= not reachable
    if not home.published_database.exists():
        out.print(say("status.unpublished", language, path=home.published))
        return False
    with published(home) as connection:
        # By day, runs of some sources come after the night.
        nights = rows(
            connection,
            # Written out: values beside the query would have DuckDB import pandas, which takes a second.
            f"""SELECT * FROM quality.run WHERE status <> '{SET_ASIDE}'
                ORDER BY sources = '{ALL_SOURCES}' DESC, started_at DESC LIMIT 1""",
        )
        version = home.current.resolve().name
        last = nights[0]
        age = naive_utc(at) - last["as_of"]
        out.print(
            say(
                "status.night", language, moment=local(last["as_of"], office), age=duration(age, language),
                result=say(f"run.{last['status']}", language),
            )
        )  # fmt: skip
        out.print(say("status.version", language, version=version, path=home.published_database))
        ages = rows(
            connection,
            """SELECT source, max(received_at) AS received_at, count(*) AS files,
                      count(*) FILTER (status = 'refused') AS refused, arg_max(file, delivery_id) AS file
               FROM quality.load GROUP BY source ORDER BY source""",
        )
        show(
            say("status.sources", language),
            [say(f"status.{name}", language) for name in ("source", "age", "files", "refused", "last_file")],
            [
                [
                    row["source"], duration(naive_utc(at) - row["received_at"], language),
                    number(row["files"], language), number(row["refused"], language), row["file"],
                ]
                for row in ages
            ],
            language,
            right=(2, 3),
        )  # fmt: skip
        checks = rows(
            connection,
            """SELECT level, count(*) FILTER (success) AS passed, count(*) FILTER (NOT success) AS failed
               FROM quality.check_result WHERE as_of = (SELECT max(as_of) FROM quality.check_result)
               GROUP BY level ORDER BY level""",
        )
        for row in checks:
            out.print(say("status.checks", language, **{k: row[k] for k in ("level", "passed", "failed")}))
    incidents = show_incidents(home, office)
    is_sound &= show_unsent(home, office, at)
    failed = any(row["failed"] for row in checks if row["level"] == "fail")
    refused = any(row["refused"] for row in ages)
    is_recent = last["sources"] == ALL_SOURCES and age <= MISSED_AFTER
    return is_sound and is_recent and last["status"] == "done" and not (incidents or failed or refused)


def show_unsent(home: Home, office: Office, at: datetime) -> bool:
    """Tell of messages that no channel takes; False when there are some that were tried, or given up."""
    with journal(home, JOURNAL) as kept:
        unsent = outbox.unsent(kept, office.code, naive_utc(at) - UNSENT_SHOWN)
    if unsent:
        count, names = number(len(unsent), office.language), sorted({one.channel for one in unsent})
        out.print(say("status.unsent", office.language, count=count, channels=", ".join(names)))
    return not unsent


def show_unended(home: Home, office: Office) -> bool:
    """Tell of a run that goes on, was killed or failed; False when it needs attention."""
    run = unended(home)
    said = last_told(home)
    if said is not None and (run is None or not (run.is_running or run.error)):
        # It failed so early that it left no mark.
        since = moment(said.at.astimezone(office.zone), office.language)
        out.print(say("status.failed", office.language, since=since, error=said.words))
        return False
    if run is None:
        return True
    state = "running" if run.is_running else "failed" if run.error else "killed"
    since = moment(run.started_at.astimezone(office.zone), office.language)
    words = {"since": since, "pid": run.pid, "host": run.host, "error": run.error}
    out.print(say(f"status.{state}", office.language, **words))
    return run.is_running


def show_serve(home: Home, office: Office, at: datetime) -> bool:
    """Tell the next night and what `vigie serve` saw go wrong; False when something did.

    Where no `vigie serve` runs, nights are begun by something else, such as cron, of which nothing is known.
    """
    seen = overseer.read(home)
    if seen is None:
        out.print(say("serve.none", office.language))
        return True
    words = {
        name: moment(instant.astimezone(office.zone), office.language)
        for name, instant in (("since", seen.started_at), ("seen", seen.seen_at), ("next", seen.next_night))
        if instant is not None
    }
    if not overseer.is_serving(home):
        out.print(say("serve.gone", office.language, pid=seen.pid, **words))
        return False
    out.print(say("serve.runs", office.language, pid=seen.pid, **words))
    wrong = []
    if at - seen.seen_at > overseer.SILENT:
        wrong.append(say("serve.silent", office.language, **words))
    if seen.unreachable:
        wrong.append(say("serve.unreachable", office.language, error=seen.unreachable))
    elif seen.next_night is None:
        wrong.append(say("serve.no_night", office.language, folder=home.prefect))
    else:
        out.print(say("serve.next_night", office.language, **words))
    for one in seen.troubles:
        at_local = moment(one.scheduled_at.astimezone(office.zone), office.language)
        wrong.append(
            say(
                f"serve.run_{one.state.lower()}", office.language, name=one.deployment, scheduled=at_local,
                message=one.message,
            )
        )  # fmt: skip
    for name, times in sorted(seen.restarts.items()):
        log = home.prefect / f"{name}.log"
        wrong.append(say("serve.restarted", office.language, name=name, count=times, log=log, **words))
    if seen.error_count > overseer.ERRORS_TOLERATED:
        count = number(seen.error_count, office.language)
        wrong.append(
            say("serve.errors", office.language, count=count, last=seen.last_error, folder=home.prefect)
        )
    for line in wrong:
        out.print(line)
    return not wrong


def show_comparisons(comparisons: Sequence[Comparison], language: str) -> None:
    """What was published beside what the raw files give."""
    show(
        say("compare.title", language),
        [
            say(f"compare.{name}", language)
            for name in ("indicator", "period", "published", "measured", "value", "same", "warnings")
        ],
        [
            [
                c.what,
                c.period,
                c.published,
                c.measured,
                c.value,
                "=" if c.agrees else "≠",
                " · ".join(c.remarks),
            ]
            for c in comparisons
        ],
        language,
        right=(2, 3, 4),
    )


def show_estimated(connection: duckdb.DuckDBPyConnection, year: int, language: str) -> None:
    """Figures of a year of which a part was estimated, one line each: counted, estimated, like for like."""
    for row in rows(
        connection,
        f"""SELECT indicator.label_{language} AS label, value.site, value.measured_value, value.value,
                   value.low, value.high, value.change_percent, value.change_low, value.change_high,
                   comparison.compared_share
            FROM marts.indicator_value AS value
            JOIN marts.indicator USING (indicator)
            JOIN marts.indicator_comparison AS comparison
                USING (office, indicator, site, dimension, period_kind, period_start)
            WHERE value.period_kind = 'year' AND year(value.period_start) = ? AND value.estimated_value <> 0
            ORDER BY value.indicator, value.site""",
        [year],
    ):
        said = [say("estimated.counted", language, label=row["label"], site=row["site"], year=year,
                    **_numbers(row, language, "measured_value", "value"))]  # fmt: skip
        if row["low"] is not None:
            said.append(say("estimated.between", language, **_numbers(row, language, "low", "high")))
        if row["change_percent"] is not None:
            share = number(100 * row["compared_share"], language)
            said.append(say("estimated.change", language, change=signed(row["change_percent"], language),
                            share=share))  # fmt: skip
        if row["change_low"] is not None:
            bounds = {name: signed(row[f"change_{name}"], language) for name in ("low", "high")}
            said.append(say("estimated.change_between", language, **bounds))
        out.print(" ".join(said))


def show_figures(
    connection: duckdb.DuckDBPyConnection, figures: Sequence[Figure], year: int, language: str
) -> None:
    """The figures of a year by section: value, the year before, the change, and what is to be known."""
    for section, of_section in groupby(figures, key=lambda one: one.section):
        show(
            say("figures.title", language, section=word(f"section.{section}", language), year=year),
            [say("figures.label", language), str(year), str(year - 1),
             say("figures.change", language), say("figures.note", language)],
            [
                [
                    ", ".join(part for part in (one.label, one.place, one.detail) if part),
                    with_unit(one, language),
                    shown(one.before, one, language),
                    changed(one, language),
                    one.note,
                ]
                for one in of_section
            ],
            language,
            right=(1, 2, 3),
        )  # fmt: skip
    (row,) = rows(connection, "SELECT max(refreshed_at) AS refreshed_at FROM marts.indicator_value")
    out.print(say("figures.published", language, day=day(row["refreshed_at"], language)))


def show_why(sections: Sequence[Section], language: str) -> None:
    """What a figure stands on, a table a section."""
    for name, lines in sections:
        show(say(f"why.section.{name}", language), ["", ""], lines, language)


def show_signatures(signed: Sequence[Signed], office: Office) -> None:
    """Who signed which period, whether it holds, and how many of its figures have changed since."""
    language = office.language
    lines = [
        [
            f"{one.signature.first_date} / {one.signature.last_date}",
            one.signature.who,
            local(one.signature.signed_at, office),
            one.signature.digest[:12],
            say("signing.holds" if one.signature.withdrawn_at is None else "signing.taken_back", language),
            number(len(one.changes), language),
            one.signature.withdrawn_because or one.signature.comment,
        ]
        for one in signed
    ]
    names = ("period", "who", "signed_at", "digest", "state", "changed", "comment")
    show("", [say(f"signing.column.{name}", language) for name in names], lines, language, right=[5])


def show_rows(answer: duckdb.DuckDBPyConnection, form: str, language: str) -> None:
    """The answer to a query as a table, or on the standard output as CSV or JSON, whole.

    CSV and JSON keep the data, JSON with what is not seen escaped; CSV only where no terminal obeys it.
    """
    names: list[str] = []
    for name, *_ in answer.description or []:
        names.append(f"{name}_{names.count(name)}" if name in names else name)
    if form == "csv":
        writer = CsvWriter(sys.stdout, lineterminator="\n")
        cell_of_csv = flat_and_printable if sys.stdout.isatty() else flat
        writer.writerow([cell_of_csv(name) for name in names])
        while some := answer.fetchmany(FETCHED):
            writer.writerows([[cell_of_csv(cell) for cell in row] for row in some])
    elif form == "json":
        text = json.dumps([dict(zip(names, row, strict=True)) for row in answer.fetchall()],
                          default=simple, ensure_ascii=False, indent=1)  # fmt: skip
        sys.stdout.write(printable(text, keep="\n") + "\n")
    elif names:
        found = answer.fetchmany(SHOWN_ROWS + 1)
        numbers = [
            rank
            for rank in range(len(names))
            if any(isinstance(row[rank], int | float | Decimal) for row in found)
        ]
        show("", names, found[:SHOWN_ROWS], language, right=numbers)
        if len(found) > SHOWN_ROWS:
            notes.print(say("sql.more", language, count=SHOWN_ROWS))


def flat(value: object) -> object:
    """A value as a cell of a CSV: what is no single value, and true and false, as JSON writes them."""
    is_single = not isinstance(value, bool | list | dict)
    return value if is_single else json.dumps(value, default=simple, ensure_ascii=False)


def flat_and_printable(value: object) -> object:
    """The same for a terminal."""
    cell = flat(value)
    return printable(cell) if isinstance(cell, str) else cell


def simple(value: object) -> float | str:
    """A value that JSON has no form for."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _numbers(row: Mapping[str, Any], language: str, *names: str) -> dict[str, str]:
    return {name: number(float(row[name]), language) for name in names}


def local(instant: datetime | None, office: Office) -> str | None:
    """A naive UTC instant in the office's zone and language."""
    if instant is None:
        return None
    return moment(instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(office.zone), office.language)


def duration(age: timedelta, language: str) -> str:
    """An age in days and hours."""
    return say("age", language, days=age.days, hours=age.seconds // 3600)


def show_backtest(said: Sequence[Said], office: Office, first: date, last: date) -> None:
    """What would have been said, and when."""
    language = office.language
    title = say("backtest.title", language, first=day(first, language), last=day(last, language))
    if not said:
        out.print(title)
        out.print(say("backtest.nothing", language))
        return
    show(
        title,
        [
            say(f"backtest.{name}", language)
            for name in ("at", "severity", "message", "reference", "channels")
        ],
        [
            [
                moment(one.instant, language),
                say(f"severity.{one.severity}", language),
                one.title,
                one.incident_id,
                ", ".join(one.channels),
            ]
            for one in said
        ],
        language,
    )
    out.print(say("backtest.count", language, count=number(len(said), language)))


def show_found(home: Home, office: Office, found: Found) -> None:
    """Where a person is, and how often; nothing of what stands there."""
    language = office.language
    if found.is_anywhere:
        _places(found, language)
        for line in _own_files(home, found, language):
            out.print(line)
        out.print(say("forget.dry_run", language))
    else:
        out.print(say("forget.nowhere", language, home=home.root))
        for line in _own_files(home, found, language):
            notes.print(line)


def show_erased(home: Home, office: Office, erased: Erased) -> None:
    """The receipt of an erasure, and on stderr what the office has to do yet."""
    language = office.language
    if not (erased.found.is_anywhere or erased.left.is_anywhere):
        out.print(say("forget.nowhere", language, home=home.root))
        for line in _own_files(home, erased.left, language):
            notes.print(line)
        return
    at = moment(erased.done_at.astimezone(office.zone), language)
    said = {"office": office.name, "moment": at, "reference": erased.erasure_id, "proof": erased.proof[:16]}
    out.print(say("forget.receipt", language))
    out.print(say("forget.receipt_done", language, **said))
    out.print(say("forget.receipt_places", language))
    _places(erased.found, language)
    out.print(say("forget.receipt_kept", language, **said))
    out.print(say("forget.receipt_again", language))
    if erased.found.unread:
        notes.print(say("forget.unread", language, count=erased.found.unread))
    for line in _own_files(home, erased.left, language):
        notes.print(line)
    if erased.left.places:
        notes.print(say("forget.left", language, count=erased.left.places.total()))
    if erased.pages_failed is not None:
        notes.print(say("forget.no_pages", language, detail=erased.pages_failed))


def _own_files(home: Home, found: Found, language: str) -> Iterator[str]:
    """Which of the office's own files hold a person, and what the office does about it."""
    from flows.command.own_files import what_to_do

    for one in what_to_do(home, found.files, language):
        names = listed((path.name for path in one.files), language)
        key = f"forget.own.{one.kind}"
        yield say(key, language, folder=one.folder, files=names, year=one.year)
    for path in found.not_looked_into:
        yield say("forget.not_looked_into", language, file=path)


def _places(found: Found, language: str) -> None:
    for place, count in found.places.items():
        if count:
            named = say(f"forget.place.{place}", language)
            out.print("  " + say("forget.found", language, count=count, place=named))
