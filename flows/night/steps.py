"""One night, from the inbox to the alert: plain functions in order, whoever runs them.

`night` takes the way to run a step: called as it is (benchmarks, tests), or wrapped as a Prefect task
(`flows.night.refresh`). The steps hold no state: what passes between them lies in the home.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import sources.catalogue
from expectations.checks.checking import DELIVERIES, Checker, CheckResult, write_results
from expectations.checks.declared import Level, delivery_checks
from expectations.incidents.unread import write_unread_files
from flows.alerts.digest import write_digest
from flows.alerts.heartbeat import beat
from flows.alerts.telling import Attempts, follow, tell
from flows.alerts.wording import label
from flows.command.vocabulary import known
from flows.night.drawing import draw
from flows.night.expiring import expire, expire_linked
from flows.night.ingesting import Ingested, acknowledge, fetch, read_and_load, receive, why_left
from flows.night.keeping import keep_closed
from flows.night.preparing import prepare
from flows.night.revising import note_revisions
from sources.contained import Reader
from transforms.building import Project
from transforms.compiled import FACTS, compiled, compiling_ahead
from transforms.describing import describe
from transforms.dictionary.entries import indicators, sources_behind
from warehouse.clock import naive_utc, now
from warehouse.counted.apart import Failed
from warehouse.errors import UpstreamError, UsageError, VigieError
from warehouse.office.model import Office
from warehouse.publishing.datapackage import literal
from warehouse.publishing.versions import Draft, Holds, Published, draft, publish
from warehouse.storage import archive, ledger
from warehouse.storage.database import held_open, is_interrupted, let_go, only_read, rows, working
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.running import ALL_SOURCES, SET_ASIDE, Unended, marked
from warehouse.words.faults import words_of
from warehouse.words.messages import listed, moment, say, titled
from warehouse.words.shapes import typed

log = logging.getLogger("vigie")
Answer = TypeVar("Answer")
METHOD_BREAK = "marts.method_break"
# Marts of all sources, each row of one indicator: a source that is held holds its own rows in them.
BY_INDICATOR = ("indicator_value", "indicator_comparison", "indicator_gap", "method_break")
MOST_TURNS = 20  # of learning and judging in a night
FIRST_SECONDS = 5.0  # that the figures, and the home's lock, wait for people to be told
BUILDS = "builds"  # the check that the models of a source build, `builds:<source>` in quality.check_result


class Run:
    """How a step of the night is run; Prefect's tasks override it."""

    def __call__(self, step: Callable[..., Answer], *arguments: Any, network: bool = False) -> Answer:
        """Run the step; `network` marks those that may be tried again."""
        return step(*arguments)


@dataclass
class NightReport:
    """What a night did."""

    office: str
    as_of: datetime
    sources: list[Ingested] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    is_upstream_failure: bool = False
    checks: list[CheckResult] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    published: Published | None = None
    is_rehearsal: bool = False  # of an instant before the last run's: nothing was received, told or published

    @property
    def files_new(self) -> int:
        """Files read for the first time."""
        return sum(len(source.new) for source in self.sources)

    @property
    def files_known(self) -> int:
        """Files that were in the archive already, by their hash."""
        return sum(len(source.known) for source in self.sources)

    @property
    def failed_checks(self) -> list[CheckResult]:
        """Checks at level `fail` that did not pass: what depends on them was not published."""
        return [check for check in self.checks if check.stops_publishing]

    @property
    def exit_status(self) -> int:
        """0 done, 1 a check or a source failed, 3 a system could not be reached."""
        if self.is_upstream_failure:
            return 3
        return 1 if self.failed_checks or self.failures else 0


@dataclass
class Refresh:
    """A run that holds its home: its steps in the order of the data, which night and day put together."""

    home: Home
    office: Office
    as_of: datetime
    run: Run
    progress: Callable[[str], None]
    run_id: str
    project: Project
    checker: Checker
    wait_until_compiled: Callable[[], object]
    report: NightReport
    problems: list[CheckResult] = field(default_factory=list)  # what failed on the way, beside the checks
    attempts: Attempts = field(default_factory=Attempts)  # to tell people

    def prepare(self) -> None:
        """Write the settings, and make the models ready to be built."""
        self.run(expire, self.home, self.office, self.as_of)
        self.progress(say("step.settings", self.office.language))
        self.run(prepare, self.home, self.office, self.as_of)
        self.progress(say("step.facts", self.office.language))
        self.wait_until_compiled()
        self.run(Project.seed, self.project)

    def build_facts(self, select: Sequence[str] = FACTS, exclude: Sequence[str] = ()) -> None:
        """Build the facts, all of them or those that are selected."""
        self.build(select, exclude)

    def build(self, select: Sequence[str], exclude: Sequence[str] = ()) -> None:
        """Run models; a source whose models fail is withheld and named in the report."""
        self.run(Project.run, self.project, tables_by_source(), select, exclude)
        for failed in self.project.failed:
            spec = sources.catalogue.find(failed.source).SPEC
            text = say(
                "failure.model", self.office.language, model=failed.model, detail=failed.detail,
                source=spec.label_en if self.office.language == "en" else spec.label_fr,
            )  # fmt: skip
            self._note(failed.source, failed.model, f"{BUILDS}:{failed.source}", "fail", text)

    def expire_linked(self) -> None:
        """Once the facts are built: erase what only they could tell how to, unless its source is withheld."""
        self.run(expire_linked, self.home, self.office, self.as_of, self.project.withheld)

    def judge(self) -> None:
        """Judge the counters; one that cannot be judged is named in the report and keeps its outages."""
        self.progress(say("step.judging", self.office.language))
        is_whole = not self.project.withheld
        again, failed = self.run(expect, self.home, self.office, self.as_of, is_whole)
        for turn in range(MOST_TURNS):
            failed_now, is_news = self.run(
                judge, self.home, self.office, self.as_of, is_whole, frozenset(failed)
            )
            failed |= failed_now
            if not is_news:
                break
            if turn == MOST_TURNS - 1:
                log.warning("%d months still change with what is judged: left for the next night", again)
                break
            # Nothing is learnt from what was declared faulty. A month stands on those before it alone, so
            # the first one that changes is right then, and this comes to an end.
            again, failed_now = self.run(expect, self.home, self.office, self.as_of, is_whole)
            failed |= failed_now
            if not again:
                break
        self._name(failed, "judging", "quality.outage")
        if is_whole:
            self._name(self.run(contradict, self.home, self.office), "activity", "quality.contradiction")

    def _name(self, failed: Failed, step: str, table: str) -> None:
        """Note the series that a step, which writes a table, failed for."""
        for subject, detail in failed.items():
            name = label(subject, self.office)
            text = say(f"failure.{step}", self.office.language, subject=name, detail=detail)
            self._note(name, table, f"{step}:{subject}", "warn", text)

    def _note(self, name: str, table: str, check: str, level: Level, text: str) -> None:
        """Note once what failed on the way: in the report by its name, and as a check that did not pass."""
        if all(one.check != check for one in self.problems):
            self.report.failures[name] = text
            result = CheckResult(
                self.office.code, naive_utc(self.as_of), table, check, None, level, False, None, text
            )
            self.problems.append(result)

    def follow(self) -> None:
        """Bring the incidents up to date, and write what must be told.

        A rule that reads what a withheld source is behind finds nothing: its incidents stay as they are.
        """
        by_source = tables_by_source()
        withheld = {table for source in self.project.withheld for table in by_source[source]}
        behind = self.project.compiled.lineage() if withheld else {}
        unknown = frozenset(mart for mart, tables in behind.items() if tables & withheld)
        self.report.told += self.run(follow, self.home, self.office, self.as_of, unknown)

    def all_the_same(self, step: Callable[[], None]) -> None:
        """After a step that ended the run: what is known is told all the same. What fails here is logged."""
        try:
            step()
        except Exception:
            log.exception("%s failed after the run had", step.__name__)

    def reckon_figures(self) -> None:
        """Estimate, and build the indicators."""
        language = self.office.language
        self.progress(say("step.estimating", language))
        self._name(self.run(estimate, self.home, self.office), "estimating", "quality.estimate")
        self.progress(say("step.indicators", language))
        self.build(["indicators"])

    def publish_figures(self) -> None:
        """Estimate, build the indicators, check, follow the incidents, and publish what holds."""
        language = self.office.language
        self.reckon_figures()
        self.progress(say("step.checks", language))
        let_go(self.home)  # it is read by another process, and by the draft
        self.report.checks, drafted = self.run(
            check_and_draft, self.home, self.office, self.as_of, self.checker, self.problems
        )
        holds = what_to_hold(self.report.checks, self.project.compiled.lineage())
        end(self.home, self.run_id, self.report, language)
        self.follow()
        self.progress(say("step.publishing", language))
        self.report.published = self.run(publish, self.home, self.as_of, holds, drafted, known(self.office))

    def draw_pages(self) -> None:
        """Write the pages of the version that was published; what fails there is an incident, no more."""
        self.progress(say("step.pages", self.office.language))
        try:
            self.run(note_revisions, self.home, self.office)
            self.run(draw, self.home, self.office)
        except Exception as error:
            log.exception("the pages could not be written")
            text = say("failure.pages", self.office.language, detail=words_of(error))
            self._note("pages", "quality.pages", "drawing:pages", "warn", text)
            with working(self.home) as connection:
                write_results(connection, [*self.report.checks, self.problems[-1]])
            self.follow()

    def beat(self) -> None:
        """Ping the heartbeat; one that does not answer is named in the report, not raised."""
        try:
            self.run(beat, self.home, self.office)
        except VigieError as error:
            self.report.failures["heartbeat"] = str(error)
            self.report.is_upstream_failure |= isinstance(error, UpstreamError)

    def tell(self) -> None:
        """Send what waits, the home's lock let go; channels that fail are named in the report, not raised.

        They are not tried again here: the outbox knows when, and others are waiting for this run to end.
        """
        try:
            self.run(tell, self.home, self.office, self.as_of, self.attempts)
        except UpstreamError as error:
            self.report.failures["alerts"] = str(error)
            self.report.is_upstream_failure = True

    def tell_first(self) -> None:
        """Send what waits before the figures; what takes longer goes on meanwhile.

        What fails is left to `tell`, after them.
        """

        def send() -> None:
            try:
                tell(self.home, self.office, self.as_of, self.attempts)
            except UpstreamError as error:
                log.warning("%s", error)
            except Exception:
                log.exception("people could not be told before the figures")

        sending = threading.Thread(target=send, name="telling", daemon=True)
        sending.start()
        sending.join(FIRST_SECONDS)


@contextmanager
def refreshing(
    home: Home,
    office: Office,
    as_of: datetime,
    sources: Sequence[str],
    run: Run | None,
    progress: Callable[[str], None],
    unlocked: ExitStack,
    force: bool = False,
) -> Iterator[Refresh]:
    """Begin a run on these sources (all when none is named); what it starts ends with it. The lock is held.

    Raises UsageError when it goes back before the last one, unless by `force`: it is then a rehearsal, which
    is entered nowhere. What fails in the run, incidents are followed all the same, and told when `unlocked`
    ends: a channel that does not answer holds no home.
    """
    with marked(home, office.language) as before:
        failures = keep_closed(home, office, progress)
        is_rehearsal = goes_back(home, office, as_of, force)
        with Checker() as checker, compiling_ahead(home) as wait_until_compiled, held_open(home):
            run_id = "" if is_rehearsal else begin(home, office, as_of, sources, before)
            report = NightReport(office.code, as_of, failures=failures, is_rehearsal=is_rehearsal)
            refresh = Refresh(
                home, office, as_of, run or Run(), progress, run_id, Project(home), checker,
                wait_until_compiled, report,
            )  # fmt: skip
            try:
                yield refresh
            except Exception:
                if not is_rehearsal:
                    refresh.all_the_same(refresh.follow)
                    unlocked.callback(refresh.all_the_same, refresh.tell)
                raise


def night(
    home: Home,
    office: Office,
    as_of: datetime,
    *,
    only: Sequence[str] = (),
    run: Run | None = None,
    progress: Callable[[str], None] = lambda _: None,
    wait_seconds: float = 0,
    force: bool = False,
) -> NightReport:
    """Refresh everything as of an instant; `only` limits which sources are received and read.

    One that goes back before the last run raises UsageError; by `force` its working figures are reckoned on
    what is loaded already, and nothing is received, followed, told or published.
    Raises VigieError when another run holds the home for more than `wait_seconds`, or when the models do not
    build. A source that fails does not stop the others: it is named in the report's `failures`. A night
    that was done is told to the office's heartbeat, so that somebody misses it when it stays away.
    """
    with (
        ExitStack() as unlocked,
        refresh_lock(home, wait_seconds, office.language),
        refreshing(home, office, as_of, only, run, progress, unlocked, force) as refresh,
    ):
        if refresh.report.is_rehearsal:
            refresh.prepare()
            refresh.build_facts()
            refresh.judge()
            refresh.reckon_figures()
            return refresh.report
        with Reader(home, office, as_of) as reader:
            if any(home.inbox.glob("*/*")):
                reader.start()
            for source in only or sources.catalogue.names():
                ingest(home, office, source, as_of, refresh.report, refresh.run, progress, reader=reader)
        refresh.prepare()
        refresh.build_facts()
        refresh.expire_linked()
        refresh.judge()
        refresh.publish_figures()
        refresh.run(write_digest, home, office, as_of)
        refresh.tell_first()
        refresh.draw_pages()
    refresh.tell()
    if not only and refresh.report.exit_status == 0:
        refresh.beat()
    return refresh.report


def ingest(
    home: Home,
    office: Office,
    source: str,
    as_of: datetime,
    report: NightReport,
    run: Run,
    progress: Callable[[str], None],
    *,
    settled: Collection[str] = (),
    fetches: bool = True,
    reader: Reader | None = None,
) -> None:
    """Fetch, receive, read and load one source; whatever fails is written in the report, not raised.

    `settled` are the stamps of files of its inbox that are known to be complete (`archive.receive`); unless
    it `fetches`, no system is asked for more.
    """
    progress(source)
    result = Ingested(source)
    try:
        if fetches and sources.catalogue.pullers(source):
            result.known += run(fetch, home, office, source, as_of, network=True).known
    except UpstreamError as error:
        report.failures[source] = str(error)
        report.is_upstream_failure = True
    try:
        received = run(receive, home, office, source, as_of, settled)
        result.known += received.known
        result.unfinished += received.unfinished
        result.left = why_left(received, office)
        read = run(read_and_load, home, office, source, as_of, progress, reader)
        result.new, result.refused, result.failed = read.new, read.refused, read.failed
        if read.failed:
            report.failures.setdefault(source, " ".join(dict.fromkeys(read.failed)))
        if sources.catalogue.acknowledger(source) is not None:
            run(acknowledge, home, office, source, as_of, network=True)
    except UpstreamError as error:
        report.failures.setdefault(source, str(error))
        report.is_upstream_failure = True
    except Exception as error:
        if is_interrupted(error):
            raise KeyboardInterrupt from error
        # Whatever breaks in one source, the others go on: it is logged with its trace, and told.
        log.exception("source %s failed", source)
        report.failures.setdefault(source, f"{type(error).__name__}: {words_of(error)}")
    report.sources.append(result)


def expect(home: Home, office: Office, as_of: datetime, is_whole: bool = True) -> tuple[int, Failed]:
    """Reckon what every counted series was expected to count.

    Returns how many months of series were reckoned, and the series that failed, with why. Unless the facts
    are whole, series that are not among them keep what was reckoned of them.
    """
    # The steps on counters import scientific libraries, 100 MB that the reading of large files needs.
    from transforms.counters.expected_counts import refresh_expected_counts

    failed: Failed = {}
    with working(home) as connection:
        done = refresh_expected_counts(connection, office.code, as_of, is_whole=is_whole, failed=failed)
    return done, failed


def judge(
    home: Home,
    office: Office,
    as_of: datetime,
    is_whole: bool = True,
    without: frozenset[str] = frozenset(),
) -> tuple[Failed, bool]:
    """Judge every counted series and write its outages and their course.

    Returns which failed, with why, and whether there are other days now from which nothing is learnt.
    Those that failed, those to do `without`, and those that are not among facts that are not whole keep the
    outages of the last time.
    """
    from expectations.counters.judging import judge_all, unseen
    from expectations.counters.outages import ended_with_service, write_outage_courses, write_outages

    failed: Failed = {}
    specs = [sources.catalogue.find(name).SPEC for name in sources.catalogue.names()]
    with working(home) as connection:
        write_unread_files(connection, office.code, specs, partial(sources.catalogue.subjects, office))
        kept = without if is_whole else without | unseen(connection, office.code)
        outages = judge_all(connection, office.code, office.zone, as_of, kept=kept, failed=failed)
        is_news = write_outages(connection, office.code, ended_with_service(connection, office.code, outages))
        write_outage_courses(connection, office.code, as_of, {*kept, *failed})
    return failed, is_news


def contradict(home: Home, office: Office) -> Failed:
    """Ask whether the office's systems contradict each other; returns the series that failed, with why.

    It follows `judge`: what that told of a series is no news here.
    """
    from expectations.counters.contradicting import judge_contradictions
    from transforms.counters.expected_activity import refresh_activity

    failed: Failed = {}
    with working(home) as connection:
        refresh_activity(connection, office.code, failed=failed)
        judge_contradictions(connection, office.code, office.zone)
    return failed


def estimate(home: Home, office: Office) -> Failed:
    """Estimate what the counted series missed, and write it; returns the series that failed, with why."""
    from transforms.counters.missed import write_estimates

    failed: Failed = {}
    with working(home) as connection:
        write_estimates(connection, office.code, failed)
    return failed


def check_and_draft(
    home: Home, office: Office, as_of: datetime, checker: Checker, problems: Sequence[CheckResult] = ()
) -> tuple[list[CheckResult], Draft]:
    """Run every Great Expectations suite and keep the results; the next version is drafted meanwhile.

    The `problems` of the steps before are kept with them. The marts are described first; then both only read
    the working database. Of the deliveries, the latest of each kind are checked: healthy ones clear what a
    poor one stopped.
    """
    specs = [sources.catalogue.find(name).SPEC for name in sources.catalogue.names()]
    tables = [table for spec in specs for table in spec.tables]
    with working(home) as connection:
        describe(connection, compiled(home), tables)
        latest = ledger.latest(connection)
    # What never received a file has nothing that could be wrong.
    delivered = [table for spec in specs if latest.get(spec.name) for table in spec.tables]
    with ThreadPoolExecutor(1) as pool:
        drafting = pool.submit(draft, home, as_of, known(office))
        results = checker.check(
            home.database,
            delivered,
            [one for spec in specs for one in delivery_checks(spec, latest.get(spec.name, []))],
            as_of,
            office.code,
            office.language,
        )
        drafted = drafting.result()
    if any(one.check.startswith(f"{BUILDS}:") for one in problems):
        # What is withheld looks as if it had never been: a break of it would seem to match nothing.
        results = [one for one in results if one.table != METHOD_BREAK]
    results += problems
    with working(home) as connection:
        write_results(connection, results)
    return results, drafted


def what_to_hold(checks: Iterable[CheckResult], behind: Mapping[str, frozenset[str]]) -> Holds:
    """What may not be published: the marts and the source systems that failing checks stand before.

    `behind` gives the raw tables of every mart. A check on a raw table holds every mart built on it; a
    check on a mart holds it and its sources; a check on a mart shared by all sources holds that mart; a
    delivery that is too small holds its source, and so does a model of it that does not build.
    """
    source_of = {table: name for name, tables in tables_by_source().items() for table in tables}
    held_raw: set[str] = set()
    held_marts: set[str] = set()
    for result in checks:
        if not result.stops_publishing:
            continue
        schema, _, table = result.table.partition(".")
        if schema == "raw":
            held_raw.add(table)
        elif result.table == DELIVERIES or result.check.startswith(f"{BUILDS}:"):
            source = result.check.partition(":")[2].partition(".")[0]
            held_raw |= {name for name, owner in source_of.items() if owner == source}
        elif schema == "marts" and table not in BY_INDICATOR:
            held_marts.add(table)
            held_raw |= behind.get(table, frozenset())
        else:
            held_marts.add(table)
    held_marts |= {mart for mart, tables in behind.items() if tables & held_raw and mart not in BY_INDICATOR}
    return Holds(frozenset(held_marts), rows_of({source_of[name] for name in held_raw}))


def rows_of(sources: Collection[str]) -> dict[str, str]:
    """What is held where the figures of some sources are: conditions on the marts of all sources, by name."""
    figures = [code for code in indicators() if not sources_behind(code).isdisjoint(sources)]
    if not figures:
        return {}
    return dict.fromkeys(BY_INDICATOR, f"indicator IN ({', '.join(map(literal, figures))})")


def goes_back(home: Home, office: Office, as_of: datetime, force: bool = False) -> bool:
    """Whether an instant lies before the one of the last run, whose lock is held.

    Raises UsageError when it does, unless by `force`: incidents would be closed that nobody settled, and
    older figures published over newer ones.
    """
    latest = latest_run(home)
    if latest is None or naive_utc(as_of) >= latest:
        return False
    if not force:
        asked, last = (
            moment(at.astimezone(office.zone), office.language) for at in (as_of, latest.replace(tzinfo=UTC))
        )
        raise UsageError(say("refused.backwards", office.language, asked=asked, last=last))
    return True


def latest_run(home: Home) -> datetime | None:
    """The latest instant (naive UTC) that a run was as of; None when there was none.

    A working database that was lost is made again by the next run: until then the published copy tells.
    """
    query = f"SELECT max(as_of) AS latest FROM quality.run WHERE status <> '{SET_ASIDE}'"
    with working(home) as connection:
        (found,) = rows(connection, query)
    if found["latest"] is None and home.published_database.exists():
        with only_read(home.published_database) as connection:
            (found,) = rows(connection, query)
    latest: datetime | None = found["latest"]
    return latest


def set_aside_later_runs(home: Home, at: datetime) -> None:
    """Leave runs as of later than an instant out of account: a clock that was wrong made them."""
    with working(home) as connection:
        connection.execute("UPDATE quality.run SET status = ? WHERE as_of > ?", [SET_ASIDE, naive_utc(at)])


def begin(
    home: Home, office: Office, as_of: datetime, only: Sequence[str] = (), before: Unended | None = None
) -> str:
    """Enter the run in quality.run.

    Runs that never ended failed, where the mark of the run `before` holds the error, or were killed.
    """
    run_id = uuid.uuid4().hex
    with working(home) as connection:
        if before is not None and before.error:
            connection.execute(
                """UPDATE quality.run SET status = 'failed', message = ?
                   WHERE status = 'running' AND started_at >= ?""",
                [typed(before.error), naive_utc(before.started_at)],
            )
        killed = connection.execute(
            "UPDATE quality.run SET status = 'killed' WHERE status = 'running' RETURNING run_id"
        ).fetchall()
        if before or killed or not rows(connection, "SELECT 1 FROM quality.load LIMIT 1"):
            # A new or lost working database, or a run killed between archive and ledger: the archive knows.
            ledger.register(connection, office.code, archive.records(home), office.language)
        connection.execute(
            "INSERT INTO quality.run VALUES (?, ?, ?, ?, NULL, 'running', NULL, NULL, NULL, ?)",
            [office.code, run_id, naive_utc(as_of), naive_utc(now()), ", ".join(sorted(only)) or ALL_SOURCES],
        )
    return run_id


def end(home: Home, run_id: str, report: NightReport, language: str) -> None:
    """Write how the run went, before publishing, so that the published copy tells it."""
    status = {0: "done", 1: "check_failed", 3: "upstream_failed"}[report.exit_status]
    message = listed([titled(*failure, language) for failure in report.failures.items()], language)
    with working(home) as connection:
        connection.execute(
            """UPDATE quality.run SET finished_at = ?, status = ?, files_new = ?, files_known = ?, message = ?
               WHERE run_id = ?""",
            [naive_utc(now()), status, report.files_new, report.files_known, message, run_id],
        )


def tables_by_source() -> dict[str, tuple[str, ...]]:
    """The raw tables of every source."""
    return {
        name: tuple(table.name for table in sources.catalogue.find(name).SPEC.tables)
        for name in sources.catalogue.names()
    }
