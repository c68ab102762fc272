"""The `vigie` command. Exit status: 0 done, 1 a check failed, 2 wrong use, 3 an upstream system failed."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.status import Status

from flows.command.help import App, worded
from flows.night.failing import failures_told, office_at_hand
from flows.night.traces import OneLine, ToLog, one_line
from flows.serve.guarding import probe
from flows.serve.prefect_access import closed
from sources import names
from warehouse.clock import naive_utc, nightly_instant, now
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office, load_office
from warehouse.office.office_file import OfficeFileError, language_of
from warehouse.storage import private
from warehouse.storage.database import is_interrupted
from warehouse.storage.layout import Home
from warehouse.words.messages import LANGUAGES, say
from warehouse.words.printable import printable

if TYPE_CHECKING:
    import duckdb

    from flows.alerts.acting import Step

app = App(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="help.vigie",
)
# An analyst's account goes through the home to what is published, and may not read the folder itself.
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", readable=False, help="help.home"),
]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="help.as_of")]


class Form(StrEnum):
    """How rows are shown."""

    table = "table"
    csv = "csv"
    json = "json"


def main() -> None:
    """Run the command; any error is one line on stderr and its exit status, its trace in the home's log."""
    private.begin()
    for handler in [one for one in logging.getLogger().handlers if isinstance(one, ToLog)]:
        logging.getLogger().removeHandler(handler)  # of a command that ran before in this process
    screen = logging.StreamHandler()
    screen.setFormatter(OneLine())
    logging.basicConfig(level=logging.ERROR, handlers=[screen])
    try:
        # Without Typer's own error handling, a command's exit status is what the call returns.
        sys.exit(command(spoken())(prog_name="vigie", standalone_mode=False) or 0)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # noqa: BLE001
        # Typer's own errors carry how they are shown: that of a command alone is its help.
        if hasattr(error, "show"):
            from typer._click.exceptions import NoArgsIsHelpError
            from typer._click.exceptions import UsageError as WrittenWrong

            from flows.command.usage import in_words

            if isinstance(error, WrittenWrong) and not isinstance(error, NoArgsIsHelpError):
                sys.stderr.write(printable(f"vigie: {in_words(error, spoken())}") + "\n")
            else:
                error.show()
            sys.exit(2)
        if is_interrupted(error):
            sys.exit(130)
        sys.stderr.write(printable(f"vigie: {one_line(error, used_home())}") + "\n")
        sys.exit(error.exit_status if isinstance(error, VigieError) else 1)


def find_home(given: Path | None) -> Home:
    """The home of this command, in whose log the traces go; raises UsageError."""
    home = Home.find(given)
    logging.getLogger().addHandler(ToLog(home))
    return home


def used_home() -> Home | None:
    """The home of the command that runs; None before it is known."""
    return next((one.home for one in logging.getLogger().handlers if isinstance(one, ToLog)), None)


def command(language: str) -> Any:
    """The whole command, its help in the language."""
    return worded(typer.main.get_command(app), language)


def spoken() -> str:
    """The language of help and of a command that cannot be read: that of the home, else French.

    The home is the one that `--home` names on the command line as it is typed, else that of VIGIE_HOME.
    """
    named = re.search(r"\0--home[\0=]([^\0]+)", "\0".join(sys.argv))
    home = named[1] if named else os.environ.get("VIGIE_HOME")
    return language_of(Home(Path(home)).office_file) if home else LANGUAGES[0]


def tell_version(is_asked: bool) -> None:
    """Print the version and end."""
    if is_asked:
        typer.echo(f"vigie {version('vigie')}")
        raise typer.Exit


@app.callback()
def vigie(
    _: Annotated[
        bool,
        typer.Option("--version", callback=tell_version, is_eager=True, help="help.version"),
    ] = False,
) -> None:
    """Vigie, the observatory of a tourism office."""


@app.command(help="help.demo")
def demo(
    home: HomeOption = Path("demo-home"),
    of: Annotated[str, typer.Option("--office", help="help.demo.office")] = "auch",
) -> None:
    """Make a demonstration office and run the night after the last year that it published figures of."""
    from flows.command.comparing import compare
    from flows.command.console import notes, published, show_comparisons, show_estimated

    where = find_home(home)

    from demo.making import OFFICES, make, night_of, offices

    if of not in offices():
        raise UsageError(say("demo.unknown", "fr", office=of, offices=", ".join(offices())))
    begin("demo", "fr", home=where.root)
    files = make(where, of)
    office = load_office(where.office_file, names())
    notes.print(say("demo.made", office.language, files=files))
    day = night_of(of)
    status = run_night(where, office, nightly_instant(day, office.zone))
    with published(where) as connection:
        comparisons = compare(connection, OFFICES / of, office.language)
        show_comparisons(comparisons, office.language)
        show_estimated(connection, day.year - 1, office.language)
    agreeing = sum(one.agrees for one in comparisons)
    notes.print(say("compare.count", office.language, agreeing=agreeing, count=len(comparisons)))
    raise typer.Exit(status)


@app.command(help="help.init")
def init(
    home: HomeOption = None,
    templates: Annotated[
        bool,
        typer.Option("--templates", help="help.init.templates"),
    ] = False,
) -> None:
    """Make an empty home with an office file to fill in.

    With --templates the empty workbooks as well, for the sites of the office file; in a home that is there
    already these alone, and never over one that is there.
    """
    import secrets

    import sources.catalogue
    from flows.command.console import out

    where = find_home(home)
    if templates and where.office_file.exists():
        _write_templates(where)
        return
    if where.office_file.exists():
        raise UsageError(say("init.exists", language_of(where.office_file), path=where.office_file))
    for name in sources.catalogue.names():
        (where.inbox / name).mkdir(parents=True, exist_ok=True)
    template = Path(__file__).with_name("office-template.yml")
    where.office_file.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    if not where.secrets_file.exists():
        where.secrets_file.write_text(f"VIGIE_PLATE_KEY={secrets.token_hex(32)}\n", encoding="utf-8")
    private.arrange(where, private.Opened())
    out.print(say("init.done", "fr", path=where.office_file))
    if templates:
        _write_templates(where)


def _write_templates(where: Home) -> None:
    from flows.command.console import out
    from sources.templates import write_templates

    office = load_office(where.office_file)
    folder = where.root / "templates"
    today = now().astimezone(office.zone).date()
    written = write_templates(folder, office, today)
    out.print(say("init.templates", office.language, count=len(written), folder=folder))


@app.command(help="help.refresh")
def refresh(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="help.refresh.only")] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="help.refresh.force",
        ),
    ] = False,
) -> None:
    """Run the night: receive, read, load, transform, check, publish, alert."""
    where = find_home(home)
    with failures_told(where):
        office = load_office(where.office_file, names())
    at = instant(as_of, office)
    begin("night", office.language, home=where.root)
    if as_of:
        from flows.night.steps import goes_back
        from warehouse.storage.lock import refresh_lock

        # A mistyped date is refused at once, and leaves no mark of a run that failed.
        with refresh_lock(where, language=office.language):
            goes_back(where, office, at, force)
    raise typer.Exit(run_night(where, office, at, tuple(only or ()), force, is_now=as_of is None))


@app.command(help="help.ingest")
def ingest(
    source: Annotated[str, typer.Argument(help="help.ingest.source")],
    files: Annotated[list[Path], typer.Argument(help="help.ingest.files")],
    home: HomeOption = None,
) -> None:
    """Receive files now and refresh what depends on them."""
    import sources.catalogue
    from flows.night.ingesting import put_in_inbox

    where, office = open_home(home)
    if source not in sources.catalogue.names():
        known = ", ".join(sources.catalogue.names())
        raise UsageError(say("usage.no_source", office.language, source=source, known=known))
    for path in files:
        if not path.is_file():
            raise UsageError(say("usage.no_file", office.language, path=path))
        put_in_inbox(where, source, path)
    begin("night", office.language, home=where.root)
    raise typer.Exit(run_night(where, office, now(), (source,)))


@app.command(help="help.status")
def status(
    home: HomeOption = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="help.status.exit_code")] = False,
) -> None:
    """Tell at a glance: last night, sources and their age, checks, open incidents, published version."""
    from flows.command.console import show_status

    where, office, is_right = look_at_home(home)
    is_well = show_status(where, office, now()) and is_right
    is_published = where.published_database.exists()
    raise typer.Exit(1 if not is_published or (exit_code and not is_well) else 0)


incidents = App(help="help.incidents")
app.add_typer(incidents, name="incidents")
IncidentArgument = Annotated[str, typer.Argument(help="help.incidents.incident")]
WhoOption = Annotated[str | None, typer.Option("--by", help="help.by")]
CommentOption = Annotated[str, typer.Option("--comment", help="help.comment")]


@incidents.callback(invoke_without_command=True)
def list_incidents(
    context: typer.Context,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="help.incidents.all")] = False,
) -> None:
    """List the incidents."""
    if context.invoked_subcommand is None:
        from flows.command.console import show_incidents

        show_incidents(*look_at_home(home)[:2], everything)


@incidents.command(help="help.show")
def show(incident: IncidentArgument, home: HomeOption = None) -> None:
    """Show one incident and every step of its life."""
    from flows.command.console import show_incident

    show_incident(*look_at_home(home)[:2], incident)


@incidents.command(help="help.acknowledge")
def acknowledge(
    incident: IncidentArgument, home: HomeOption = None, by: WhoOption = None, comment: CommentOption = ""
) -> None:
    """Take care of an incident: the others know, and it is still recalled until it is resolved."""
    from expectations.incidents.life import acknowledge as step

    act(home, incident, by, lambda one, who, at, _, language: step(one, who, at, comment, language))


@incidents.command(help="help.snooze")
def snooze(
    incident: IncidentArgument,
    home: HomeOption = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="help.snooze.days")] = None,
    until: Annotated[str | None, typer.Option("--until", help="help.snooze.until")] = None,
    by: WhoOption = None,
    comment: CommentOption = "",
) -> None:
    """Put an incident off: nothing is said of it until then, unless it becomes graver."""
    from expectations.incidents.life import snooze as step

    _, office, _ = look_at_home(home)
    if (days is None) == (until is None):
        raise UsageError(say("incidents.until_when", office.language))
    end = naive_utc(datetime.combine(day(until, office.language), time(), office.zone)) if until else None
    act(
        home, incident, by,
        lambda one, who, at, _, language: step(
            one, who, at, end or at + timedelta(days=days or 0), comment, language
        ),
    )  # fmt: skip


@incidents.command(help="help.resolve")
def resolve(
    incident: IncidentArgument,
    home: HomeOption = None,
    reason: Annotated[str, typer.Option("--reason", help="help.resolve.reason")] = "",
    by: WhoOption = None,
    comment: CommentOption = "",
) -> None:
    """Settle an incident. What was repaired and is still at fault two days later opens again."""
    from expectations.incidents.life import resolve as step

    act(
        home,
        incident,
        by,
        lambda one, who, at, cadence, language: step(one, who, at, reason, cadence, comment, language),
    )


def act(
    home: Path | None,
    begins: str,
    by: str | None,
    step: Step,
) -> None:
    """Have a person change an incident, and say what it is then."""
    import getpass

    from flows.alerts.acting import act as take
    from flows.command.console import out

    where, office, _ = look_at_home(home)
    incident = take(where, office, begins, by or getpass.getuser(), step, now())
    status = say(f"status.{incident.status}", office.language)
    out.print(say("incidents.done", office.language, incident_id=incident.incident_id, status=status))


@app.command(help="help.backtest")
def backtest(
    first: Annotated[str, typer.Option("--from", help="help.backtest.from")],
    last: Annotated[str, typer.Option("--to", help="help.backtest.to")],
    home: HomeOption = None,
) -> None:
    """Replay these days and print every message that would have gone out, and when."""
    from flows.command.console import published, show_backtest

    where, office = open_home(home)
    first_day, last_day = day(first, office.language), day(last, office.language)
    with published(where) as connection:
        begin("backtest", office.language, home=where.root)

        from expectations.incidents.findings import read_findings
        from flows.alerts.backtesting import backtest as replay

        findings = read_findings(connection, office.code, now(), language=office.language)
    show_backtest(replay(findings, office, first_day, last_day), office, first_day, last_day)


@app.command(help="help.sql")
def sql(
    query: Annotated[str | None, typer.Argument(help="help.sql.query")] = None,
    home: HomeOption = None,
    form: Annotated[Form, typer.Option("--format", help="help.sql.format")] = Form.table,
) -> None:
    """Query the published warehouse, read-only; csv and json are whole, for other programs.

    Without a query, a prompt that completes tables and columns, or the queries of the standard input.
    """
    from flows.command.console import notes, published
    from flows.command.prompt import Completer, complete_with, queries, typed_line

    where = find_home(home)
    language = language_of(where.office_file)
    with published(where) as connection:
        if query is not None:
            answer_query(connection, query, form.value, language)
            return
        is_typed = sys.stdin.isatty()
        if is_typed:
            complete_with(Completer.of(connection))
            notes.print(say("sql.prompt", language, version=where.current.resolve().name))
        for one in queries(typed_line if is_typed else line_of_input, "sql> "):
            try:
                answer_query(connection, one, form.value, language)
            except UsageError as error:
                if not is_typed:
                    raise
                notes.print(str(error))
            except KeyboardInterrupt:
                if not is_typed:
                    raise
                notes.print(say("sql.interrupted", language))


def line_of_input(_: str) -> str:
    """A line of the standard input, without a prompt; raises EOFError at its end."""
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def answer_query(connection: duckdb.DuckDBPyConnection, query: str, form: str, language: str) -> None:
    """Show the answer to each statement of a query.

    Raises UsageError when one does more than read, before any is run, and when one fails, and
    KeyboardInterrupt when somebody stops it.
    """
    import duckdb

    from flows.command.console import show_rows
    from warehouse.storage.asked import NotReading, reading

    try:
        for statement in reading(connection, query):
            answer = connection.execute(statement)
            if statement.type == duckdb.StatementType.SELECT:  # not what PIVOT makes before it reads
                show_rows(answer, form, language)
    except NotReading as error:
        key = "sql.closed" if error.function is None else "sql.function"
        raise UsageError(say(key, language, function=error.function)) from error
    except duckdb.PermissionException as error:
        raise UsageError(say("sql.closed", language)) from error
    except (duckdb.Error, RuntimeError) as error:
        if is_interrupted(error):
            connection.interrupt()  # else its threads may go on, and the next query waits for them
            raise KeyboardInterrupt from error
        if not isinstance(error, duckdb.Error):
            raise
        reason = " ".join(str(error).partition("Stack Trace:")[0].split())
        raise UsageError(say("sql.failed", language, reason=reason)) from error


export = App(no_args_is_help=True, help="help.export")
app.add_typer(export, name="export")


@export.callback()
def of_exports() -> None:
    """Export what is published, for other programs and people."""


@export.command("tables", help="help.tables")
def export_tables(
    to: Annotated[Path, typer.Option("--to", help="help.tables.to")],
    tables: Annotated[list[str] | None, typer.Argument(help="help.tables.tables")] = None,
    indicator: Annotated[str | None, typer.Option(help="help.tables.indicator")] = None,
    site: Annotated[str | None, typer.Option(help="help.tables.site")] = None,
    period: Annotated[str | None, typer.Option(help="help.tables.period")] = None,
    home: HomeOption = None,
) -> None:
    """Write published tables to a workbook, CSV or Parquet, whole or filtered."""
    from flows.command.console import notes, published
    from reports.exports.selection import Asked, published_tables, select
    from reports.exports.writing import write

    where = find_home(home)
    language = language_of(where.office_file)
    asked = Asked(indicator, site, period_days(period, language) if period else None)
    with published(where) as connection:
        known = published_tables(connection)
        several = [select(known, name, asked, language) for name in tables or ["marts.indicator_value"]]
        selections = list({one.table.key: one for one in several}.values())  # each once, as often as named
        about = (say("export.about.version", language, version=where.current.resolve().name),
                 say("export.about.why", language))  # fmt: skip
        count = write(connection, selections, to, language, about)
    notes.print(say("figures.written", language, path=to, count=count))


@export.command("open-data", help="help.open_data")
def export_open_data(
    to: Annotated[Path, typer.Option("--to", help="help.open_data.to")],
    home: HomeOption = None,
) -> None:
    """Write the open-data package: CSV, datapackage.json (Table Schema), dcat.jsonld, with its licence."""
    from flows.command.console import notes, published
    from reports.exports.open_data import write_open_data
    from warehouse.publishing.versions import instant_of

    where, office = open_home(home)
    with published(where) as connection:
        version = where.current.resolve().name
        count = write_open_data(connection, office, version, instant_of(version), to)
    notes.print(say("figures.written", office.language, path=to, count=count))
    if office.open_data.address is None:
        notes.print(say("export.no_address", office.language))


@export.command("counters", help="help.counters")
def export_counters(
    to: Annotated[Path, typer.Option("--to", help="help.counters.to")],
    home: HomeOption = None,
) -> None:
    """Write the counters in the French national counting schema."""
    from flows.command.console import notes, published
    from reports.exports.counting import write_counts
    from warehouse.publishing.versions import instant_of

    where, office = open_home(home)
    with published(where) as connection:
        count = write_counts(connection, office, instant_of(where.current.resolve().name), to)
    notes.print(say("figures.written", office.language, path=to, count=count))


report = App(no_args_is_help=True, invoke_without_command=True, help="help.report")
app.add_typer(report, name="report")
PeriodArgument = Annotated[str, typer.Argument(help="help.report.period")]


@report.callback()
def of_reports(
    context: typer.Context,
    year: Annotated[int | None, typer.Option("--year", help="help.report.year", min=1900, max=2200)] = None,
    publish: Annotated[bool, typer.Option("--publish", help="help.report.publish")] = False,
    home: HomeOption = None,
) -> None:
    """The annual report of a year as HTML, PDF and DOCX, and who answers for the figures of a period."""
    if context.invoked_subcommand is not None:
        if year is not None or publish or home is not None:
            raise UsageError(say("reporting.misplaced", spoken(), command=context.invoked_subcommand))
        return
    if year is None:
        raise UsageError(say("reporting.no_year", spoken()))
    from flows.command.console import notes
    from flows.command.reporting import report as write

    where, office = open_home(home)
    begin("report", office.language, year=year)
    written = write(where, office, year, now(), publish=publish)
    for path in written.files:
        sys.stdout.write(f"{path}\n")
    for path in written.kept:
        notes.print(say("reporting.set_aside", office.language, path=path))
    key = "reporting.drafted" if written.digest is None else "reporting.published_in"
    notes.print(
        say(key, office.language, count=len(written.files), folder=written.folder, texts=written.texts,
            year=year, digest=written.digest)
    )  # fmt: skip


@report.command("sign", help="help.sign")
def sign_period(
    period: PeriodArgument, home: HomeOption = None, by: WhoOption = None, comment: CommentOption = ""
) -> None:
    """Sign the published figures of a period: only signed periods enter a published report."""
    import getpass

    from flows.command.console import notes
    from flows.command.signing import sign

    where, office = open_home(home)
    days = period_days(period, office.language)
    signature = sign(where, office, *days, by or getpass.getuser(), comment, now())
    notes.print(
        say("signing.done", office.language, who=signature.who, version=signature.version,
            digest=signature.digest[:12])
    )  # fmt: skip


@report.command("withdraw", help="help.withdraw")
def withdraw_signature(
    period: PeriodArgument, home: HomeOption = None, by: WhoOption = None, comment: CommentOption = ""
) -> None:
    """Take the signature of a period back, and say why (--comment); it stays in the journal."""
    import getpass

    from flows.command.console import notes
    from flows.command.signing import take_back

    where, office = open_home(home)
    days = period_days(period, office.language)
    signature = take_back(where, office, *days, by or getpass.getuser(), comment, now())
    notes.print(say("signing.withdrawn", office.language, who=signature.who))


@report.command("signatures", help="help.signatures")
def list_signatures(home: HomeOption = None) -> None:
    """List who signed which period, and what has changed of its figures since."""
    from flows.command.console import show_signatures
    from flows.command.signing import signed

    where, office = open_home(home)
    show_signatures(signed(where, office), office)


@app.command(help="help.figures")
def figures(
    year: Annotated[int, typer.Argument(help="help.figures.year", min=1900, max=2200)],
    home: HomeOption = None,
    to: Annotated[list[Path] | None, typer.Option("--to", help="help.figures.to")] = None,
) -> None:
    """Print the figures of a year: value, the year before, the change, what is to be known of each."""
    from flows.command.console import notes, published, show_figures
    from flows.command.figures import read_figures, write_figures

    where = find_home(home)
    language = language_of(where.office_file)
    with published(where) as connection:
        found = read_figures(connection, year, language)
        show_figures(connection, found, year, language)
    for path in to or ():
        write_figures(found, path, language)
        notes.print(say("figures.written", language, path=path, count=len(found)))


@app.command(help="help.why")
def why(
    indicator: Annotated[str, typer.Argument(help="help.why.indicator")],
    site: Annotated[str | None, typer.Option(help="help.why.site")] = None,
    dimension: Annotated[str | None, typer.Option(help="help.why.dimension")] = None,
    period: Annotated[
        str | None,
        typer.Option(help="help.why.period"),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Print what a figure stands on: parts, models, files and lines, corrections, breaks, estimates."""
    from flows.command.console import published, show_why
    from flows.command.why import asked
    from flows.command.why import why as told
    from flows.command.why_lines import lines
    from transforms.compiled import compiled
    from warehouse.storage.database import only_read
    from warehouse.storage.lock import refresh_lock

    where = find_home(home)
    language = language_of(where.office_file)
    days = period_days(period or str(now().year - 1), language)
    with refresh_lock(where, language=language), published(where) as connection:
        figure = asked(connection, indicator, site, dimension, *days, language)
        office = load_office(where.office_file)
        with only_read(where.database) as working, lines(where, office) as found:
            show_why(told(connection, working, compiled(where), figure, language, found), language)


@app.command(help="help.privacy")
def privacy(home: HomeOption = None) -> None:
    """Print the record of processing of this office, with its own retentions, as Markdown."""
    from flows.command.register import register

    _, office, _ = look_at_home(home)
    typer.echo(register(office.language, office))


@app.command(help="help.forget")
def forget(
    home: HomeOption = None,
    plate: Annotated[list[str] | None, typer.Option("--plate", help="help.forget.plate")] = None,
    name: Annotated[list[str] | None, typer.Option("--name", help="help.forget.name")] = None,
    email: Annotated[list[str] | None, typer.Option("--email", help="help.forget.email")] = None,
    telephone: Annotated[list[str] | None, typer.Option("--telephone", help="help.forget.telephone")] = None,
    host: Annotated[list[str] | None, typer.Option("--host", help="help.forget.host")] = None,
    text: Annotated[list[str] | None, typer.Option("--text", help="help.forget.text")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.forget.dry_run")] = False,
    by: WhoOption = None,
) -> None:
    """Find one person everywhere in the home and erase them; prints a receipt that they can be given."""
    import getpass

    from flows.command.console import show_erased, show_found
    from flows.command.forgetting import find, forget, person_of
    from warehouse.words.person import Identifier, Kind

    where, office, _ = look_at_home(home)
    given: dict[Kind, list[str] | None] = {
        "plate": plate, "name": name, "email": email, "telephone": telephone, "host": host, "text": text,
    }  # fmt: skip
    person = person_of(
        where, office, [Identifier(kind, one) for kind, several in given.items() for one in several or ()]
    )
    if dry_run:
        show_found(where, office, find(where, office, person))
        return
    erased = forget(where, office, person, by or getpass.getuser())
    show_erased(where, office, erased)
    raise typer.Exit(1 if erased.left.is_anywhere else 0)


@app.command(help="help.serve")
def serve(
    home: HomeOption = None,
    port: Annotated[
        int | None,
        typer.Option("--port", help="help.serve.port"),
    ] = None,
) -> None:
    """Serve the home until it is stopped: Prefect's server and worker, the nights, the inbox by day."""
    where, office = open_home(home)
    begin("serve", office.language, home=where.root)

    from flows.command.console import notes
    from flows.night.keeping import keep_closed
    from flows.serve.serving import serve as run

    for name, text in keep_closed(where, office, notes.print).items():
        notes.print(say("night.failure", office.language, source=name, text=text))
    with failures_told(where):
        run(where, office, port, notes.print)


@app.command(help="help.check")
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="help.check.files"),
    ] = None,
    home: HomeOption = None,
    source: Annotated[str | None, typer.Option("--source", help="help.check.source")] = None,
    mark: Annotated[
        bool,
        typer.Option("--mark", help="help.check.mark"),
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="help.check.all")] = False,
) -> None:
    """Check the office file, the sources' descriptions, secrets and connections; nothing is run.

    With FILES, read them instead without loading them, and tell every faulty cell. Of a name that is no file
    here, tell what became of the received file of that name, with its full text.
    """
    from flows.command.checkup import checkup
    from flows.command.console import out

    if files:
        raise typer.Exit(0 if check_files(home, files, source, mark, everything) else 1)
    for option, is_given in (("--source", source), ("--mark", mark), ("--all", everything)):
        if is_given:
            where = find_home(home)
            raise UsageError(say("told.options_of_files", language_of(where.office_file), option=option))

    try:
        where, office = open_home(home)
    except OfficeFileError as error:
        for problem in error.problems:
            out.print(problem)
        out.print(say("check.done", error.language, problems=len(error.problems)))
        raise typer.Exit(error.exit_status) from error
    problems = checkup(where, office)
    for problem in problems:
        out.print(problem)
    out.print(say("check.done", office.language, problems=len(problems)))
    raise typer.Exit(1 if problems else 0)


layout = App(no_args_is_help=True, help="help.layout")
app.add_typer(layout, name="layout")


@layout.callback()
def of_layouts() -> None:
    """Layouts: how a tool writes its files."""


@layout.command("propose", help="help.propose")
def propose_layout(
    file: Annotated[Path, typer.Argument(help="help.propose.file")],
    source: Annotated[str, typer.Option("--source", help="help.propose.source")],
    home: HomeOption = None,
) -> None:
    """Print a draft of the layout that a file asks for, to be kept as layouts/SOURCE/NAME.yml of the home."""
    from flows.command.file_check import draft

    where, office = open_home(home)
    typer.echo(draft(where, office, file, now(), source), nl=False)


def check_files(
    home: Path | None, names_given: list[str], source: str | None, mark: bool, everything: bool
) -> bool:
    """Tell of each file what is wrong in it, or what became of it; True when nothing is wrong."""
    from flows.command.checkup import received_files
    from flows.command.console import out
    from flows.command.file_check import check_files as checks
    from flows.command.file_check import lines

    where, office = open_home(home)
    paths = [Path(name) for name in names_given if Path(name).is_file()]
    is_sound = True
    for line in received_files(where, office, [name for name in names_given if not Path(name).is_file()]):
        out.print(line)
    for check in checks(where, office, paths, now(), source=source, marks=mark):
        is_sound &= check.is_sound
        for line in lines(check, office.language, is_whole=everything):
            out.print(line, soft_wrap=True)
    return is_sound


def open_home(home: Path | None) -> tuple[Home, Office]:
    """The home and its office; raises UsageError."""
    where = find_home(home)
    return where, load_office(where.office_file, names())


def look_at_home(home: Path | None) -> tuple[Home, Office, bool]:
    """The home and its office, for commands that change no figures; whether office.yml is right.

    A wrong one is told, and the office is the one of the last night; raises UsageError when there was none.
    """
    where = find_home(home)
    office, error = office_at_hand(where)
    if error is not None:
        sys.stderr.write(printable(say("office.wrong", office.language, error=error)) + "\n")
    return where, office, error is None


def day(text: str, language: str) -> date:
    """A date as typed; raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(say("usage.no_date", language, value=text)) from error


def period_days(text: str, language: str) -> tuple[date, date]:
    """The first and the last day of a period as typed; raises UsageError."""
    from flows.command.why import days_of

    try:
        return days_of(text)
    except ValueError:
        raise UsageError(say("why.period", language, period=text)) from None


def instant(as_of: str | None, office: Office) -> datetime:
    """The instant to run as of: the night of that date, or now."""
    return nightly_instant(day(as_of, office.language), office.zone) if as_of else now()


def begin(work: str, language: str, **values: object) -> None:
    """Say at once that the work began: what it needs takes seconds to load, and more on a busy machine."""
    from flows.command.console import notes

    notes.print(say(f"begin.{work}", language, **values))


def run_night(
    home: Home,
    office: Office,
    as_of: datetime,
    only: tuple[str, ...] = (),
    force: bool = False,
    *,
    is_now: bool = False,
) -> int:
    """Run the Prefect flow without a server of its own, show progress and the result; the exit status."""
    # Prefect's own database lies in the home, unless the machine has a Prefect server.
    if "PREFECT_API_URL" not in os.environ:
        from flows.night.expiring import forget_old_runs

        with failures_told(home):
            home.prefect.mkdir(parents=True, exist_ok=True)
            # Else Prefect's server is waited for in vain, and its own words tell nobody why.
            probe(home)
            forget_old_runs(home)
        os.environ.setdefault("PREFECT_HOME", str(home.prefect))
        # The flow starts a server for its own time, on loopback: one in this process for all its flows.
        os.environ.update(closed(os.environ.get("PREFECT_API_AUTH_STRING")))
    # Errors are told by us, on one line; their traces are in the home's log.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")

    from flows.command.console import notes, show_night, show_rehearsal
    from flows.night.refresh import called
    from flows.night.refresh import refresh as flow
    from flows.night.steps import NightReport, set_aside_later_runs
    from warehouse.storage.lock import refresh_lock

    # Around the flow too: Prefect keeps its own files in the home, and may fail before the flow begins.
    with failures_told(home), notes.status("Prefect…") as shown:
        report = called(flow, home.root, as_of, only, progress_on(shown), force=force)
        assert isinstance(report, NightReport), "a run of its own instant is never skipped"
    if not report.is_rehearsal:
        show_night(home, office, report)
        return report.exit_status
    if is_now:
        # By force and without a date: the clock is right now, and what was as of later was not.
        with refresh_lock(home, language=office.language):
            set_aside_later_runs(home, as_of)
    show_rehearsal(office, report, is_now)
    return report.exit_status


def progress_on(shown: Status) -> Callable[[str], None]:
    """Say each step on stderr as it begins, with the seconds since the start."""
    from rich.text import Text

    from flows.command.console import notes

    started = now()

    def progress(step: str) -> None:
        line = printable(step)
        shown.update(Text(line))  # else brackets in it would be markup
        notes.print(Text.assemble((f"{(now() - started).seconds:>4} s", "dim"), " ", line))

    return progress


if __name__ == "__main__":
    main()
