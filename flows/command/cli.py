"""The `vigie` command. Exit status: 0 done, 1 a check failed, 2 wrong use, 3 an upstream system failed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.status import Status

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
from warehouse.storage.layout import Home
from warehouse.words.messages import LANGUAGES, say
from warehouse.words.printable import printable

if TYPE_CHECKING:
    from expectations.incidents.life import Cadence, Case, Incident

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Vigie, the observatory of a tourism office.",
)
# An analyst's account goes through the home to what is published, and may not read the folder itself.
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", readable=False, help="The office's home folder; VIGIE_HOME when not given."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Run as if it were the night of this date (YYYY-MM-DD).")
]
DEMO_DATE = date(2026, 1, 5)


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
        sys.exit(app(prog_name="vigie", standalone_mode=False) or 0)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # noqa: BLE001
        # Typer's own errors carry how they are shown: that of a command alone is its help.
        if hasattr(error, "show"):
            from typer._click.exceptions import NoArgsIsHelpError
            from typer._click.exceptions import UsageError as WrittenWrong

            from flows.command.usage import told

            if isinstance(error, WrittenWrong) and not isinstance(error, NoArgsIsHelpError):
                sys.stderr.write(printable(f"vigie: {told(error, spoken())}") + "\n")
            else:
                error.show()
            sys.exit(2)
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


def spoken() -> str:
    """The language of a command that could not even be read: that of the home in VIGIE_HOME, else French."""
    home = os.environ.get("VIGIE_HOME")
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
        typer.Option("--version", callback=tell_version, is_eager=True, help="Tell the version and end."),
    ] = False,
) -> None:
    """Vigie, the observatory of a tourism office."""


@app.command()
def demo(home: HomeOption = Path("demo-home")) -> None:
    """Make the demonstration office and run a night on it, as of 2026-01-05."""
    from flows.command.console import compare, notes, published, show_comparisons, show_estimated

    where = find_home(home)
    begin("demo", "fr", home=where.root)

    from demo.making import FOLDER, make

    files = make(where)
    office = load_office(where.office_file, names())
    notes.print(say("demo.made", office.language, files=files))
    status = run_night(where, office, nightly_instant(DEMO_DATE, office.zone))
    with published(where) as connection:
        show_comparisons(compare(connection, FOLDER / "published.csv", office.language), office.language)
        show_estimated(connection, DEMO_DATE.year - 1, office.language)
    raise typer.Exit(status)


@app.command()
def init(home: HomeOption = None) -> None:
    """Make an empty home with an office file to fill in."""
    import secrets

    import sources.catalogue
    from flows.command.console import out

    where = find_home(home)
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


@app.command()
def refresh(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Read this source alone.")] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Go back before the last run: working figures alone, nothing is told or published.",
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


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="The source that the files are of.")],
    files: Annotated[list[Path], typer.Argument(help="Files to take; they stay where they are.")],
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


@app.command()
def status(
    home: HomeOption = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 when something asks for attention.")
    ] = False,
) -> None:
    """Tell at a glance: last night, sources and their age, checks, open incidents, published version."""
    from flows.command.console import show_status

    where, office, is_right = look_at_home(home)
    is_well = show_status(where, office, now()) and is_right
    is_published = where.published_database.exists()
    raise typer.Exit(1 if not is_published or (exit_code and not is_well) else 0)


incidents = typer.Typer(help="Incidents: list them, take care of them, settle them.")
app.add_typer(incidents, name="incidents")
IncidentArgument = Annotated[str, typer.Argument(help="Its reference, or how it begins.")]
WhoOption = Annotated[str | None, typer.Option("--by", help="Who does it; you, when not given.")]
CommentOption = Annotated[str, typer.Option("--comment", help="What others should know.")]


@incidents.callback(invoke_without_command=True)
def list_incidents(
    context: typer.Context,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
) -> None:
    """List the incidents."""
    if context.invoked_subcommand is None:
        from flows.command.console import show_incidents

        show_incidents(*look_at_home(home)[:2], everything)


@incidents.command()
def show(incident: IncidentArgument, home: HomeOption = None) -> None:
    """Show one incident and every step of its life."""
    from flows.command.console import show_incident

    show_incident(*look_at_home(home)[:2], incident)


@incidents.command()
def acknowledge(
    incident: IncidentArgument, home: HomeOption = None, by: WhoOption = None, comment: CommentOption = ""
) -> None:
    """Take care of an incident: the others know, and it is still recalled until it is resolved."""
    from expectations.incidents.life import acknowledge as step

    act(home, incident, by, lambda one, who, at, _, language: step(one, who, at, comment, language))


@incidents.command()
def snooze(
    incident: IncidentArgument,
    home: HomeOption = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="For so many days.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Until this day, YYYY-MM-DD, begins.")] = None,
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


@incidents.command()
def resolve(
    incident: IncidentArgument,
    home: HomeOption = None,
    reason: Annotated[str, typer.Option("--reason", help="repaired, false_alarm, accepted or other.")] = "",
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
    step: Callable[[Incident, str, datetime, Cadence, str], Case],
) -> None:
    """Have a person change an incident, log it, and write what must be told."""
    import getpass

    from expectations.incidents import book
    from flows.alerts import outbox
    from flows.alerts.telling import SCHEMA, cadence, compose
    from flows.command.console import out
    from warehouse.storage.journal import journal

    where, office, _ = look_at_home(home)
    at = now()
    with journal(where, SCHEMA) as kept:
        incident = book.find_incident(kept, office.code, begins, office.language)
        case = step(incident, by or getpass.getuser(), naive_utc(at), cadence(office), office.language)
        book.write_cases(kept, [case])
        for notice in case.notices:
            outbox.queue(kept, compose(notice, office, at, None))
    status = say(f"status.{case.incident.status}", office.language)
    out.print(say("incidents.done", office.language, incident_id=incident.incident_id, status=status))


@app.command()
def backtest(
    first: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
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

        findings = read_findings(connection, office.code, now())
    show_backtest(replay(findings, office, first_day, last_day), office, first_day, last_day)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query on the published warehouse.")],
    home: HomeOption = None,
    form: Annotated[Form, typer.Option("--format", help="table, csv or json.")] = Form.table,
) -> None:
    """Query the published warehouse, read-only; csv and json are whole, for other programs."""
    import duckdb

    from flows.command.console import published, show_rows
    from warehouse.storage.database import reads_only

    where = find_home(home)
    language = language_of(where.office_file)
    with published(where) as connection:
        try:
            if not reads_only(connection, query):
                raise UsageError(say("sql.closed", language))
            show_rows(connection.execute(query), form.value, language)
        except duckdb.PermissionException as error:
            raise UsageError(say("sql.closed", language)) from error
        except duckdb.Error as error:
            reason = " ".join(str(error).split())
            raise UsageError(say("sql.failed", language, reason=reason)) from error


@app.command()
def figures(
    year: Annotated[int, typer.Argument(help="The year, such as 2025.", min=1900, max=2200)],
    home: HomeOption = None,
    to: Annotated[
        list[Path] | None, typer.Option("--to", help="Write them to this .csv or .xlsx file as well.")
    ] = None,
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


@app.command()
def privacy(home: HomeOption = None) -> None:
    """Print the record of processing of this office, with its own retentions, as Markdown."""
    from flows.command.register import register

    _, office, _ = look_at_home(home)
    typer.echo(register(office.language, office))


@app.command()
def forget(
    home: HomeOption = None,
    plate: Annotated[list[str] | None, typer.Option("--plate", help="A licence plate.")] = None,
    name: Annotated[list[str] | None, typer.Option("--name", help="A name, in whatever order.")] = None,
    email: Annotated[list[str] | None, typer.Option("--email", help="An e-mail address.")] = None,
    telephone: Annotated[list[str] | None, typer.Option("--telephone", help="A telephone number.")] = None,
    host: Annotated[list[str] | None, typer.Option("--host", help="A host's account or lodging.")] = None,
    text: Annotated[list[str] | None, typer.Option("--text", help="Any other text.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show where; change nothing.")] = False,
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


@app.command()
def serve(
    home: HomeOption = None,
    port: Annotated[
        int | None,
        typer.Option("--port", help="Port of the Prefect server on loopback; a free one by default."),
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


@app.command()
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Files to read without loading them, or names of files that were received."),
    ] = None,
    home: HomeOption = None,
    source: Annotated[
        str | None, typer.Option("--source", help="The source that the files are of; found out by default.")
    ] = None,
    mark: Annotated[
        bool,
        typer.Option(
            "--mark", help="Write a copy beside each file, its faulty cells coloured and commented."
        ),
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Every faulty cell, however many.")] = False,
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


layout = typer.Typer(no_args_is_help=True, help="Layouts: how a tool writes its files.")
app.add_typer(layout, name="layout")


@layout.callback()
def of_layouts() -> None:
    """Layouts: how a tool writes its files."""


@layout.command("propose")
def propose_layout(
    file: Annotated[Path, typer.Argument(help="A file of the tool.")],
    source: Annotated[str, typer.Option("--source", help="The source that it is of, such as motorhome.")],
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
    from flows.command.checkup import told_of_files
    from flows.command.console import out
    from flows.command.file_check import check_files as checks
    from flows.command.file_check import lines

    where, office = open_home(home)
    paths = [Path(name) for name in names_given if Path(name).is_file()]
    is_sound = True
    for line in told_of_files(where, office, [name for name in names_given if not Path(name).is_file()]):
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
