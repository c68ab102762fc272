"""One night, from the inbox to the alert: plain functions in order, whoever runs them.

`night` takes the way to run a step: called as it is (benchmarks, tests), or wrapped as a Prefect task
(`flows.refresh`). The steps hold no state: what passes between them lies in the home.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

import sources.catalogue
from expectations.checking import DELIVERIES, Checker, CheckResult, write_results
from expectations.declared import delivery_checks
from flows.heartbeat import beat
from flows.ingesting import Ingested, acknowledge, fetch, read_and_load, receive
from flows.preparing import prepare
from flows.telling import follow, tell
from transforms.building import Project, forget_removed_models, lineage, parsing_ahead
from warehouse import archive, ledger
from warehouse.clock import naive_utc, now
from warehouse.database import rows, working
from warehouse.errors import UpstreamError, VigieError
from warehouse.layout import Home
from warehouse.lock import refresh_lock
from warehouse.messages import say
from warehouse.office import Office
from warehouse.publishing import BY_INDICATOR, Draft, Holds, Published, draft, publish
from warehouse.running import ALL_SOURCES, marked

log = logging.getLogger("vigie")
Answer = TypeVar("Answer")
FACTS = ("staging", "facts")


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
        return [check for check in self.checks if not check.success and check.level == "fail"]

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
    wait_until_parsed: Callable[[], object]
    report: NightReport

    def prepare(self) -> None:
        """Write the settings, and make the models ready to be built."""
        self.run(expire, self.home, self.office, self.as_of)
        self.progress(say("step.settings", self.office.language))
        self.run(prepare, self.home, self.office, self.as_of)
        self.progress(say("step.facts", self.office.language))
        self.wait_until_parsed()
        self.run(Project.build, self.project, ["seed"])
        self.run(forget_removed_models, self.home)

    def build_facts(self, *selection: str) -> None:
        """Build staging and facts, all of them or what dbt's `selection` (`--select …`) keeps."""
        self.run(Project.build, self.project, ["run", *(selection or ("--select", *FACTS))])

    def judge(self) -> None:
        """Judge the counters."""
        self.progress(say("step.judging", self.office.language))
        self.run(expect, self.home, self.office, self.as_of)
        self.run(judge, self.home, self.office, self.as_of)

    def follow(self) -> None:
        """Bring the incidents up to date, and write what must be told."""
        self.report.told += self.run(follow, self.home, self.office, self.as_of)

    def publish_figures(self) -> None:
        """Estimate, build the indicators, check, follow the incidents, and publish what holds."""
        language = self.office.language
        self.progress(say("step.estimating", language))
        self.run(estimate, self.home, self.office)
        self.progress(say("step.indicators", language))
        self.run(Project.build, self.project, ["run", "--select", "indicators"])
        self.progress(say("step.checks", language))
        self.report.checks, drafted = self.run(
            check_and_draft, self.home, self.office, self.as_of, self.checker
        )
        holds = what_to_hold(self.report.checks, lineage(self.home))
        end(self.home, self.run_id, self.report)
        self.follow()
        self.progress(say("step.publishing", language))
        self.report.published = self.run(publish, self.home, self.as_of, holds, drafted)

    def beat(self) -> None:
        """Ping the heartbeat; one that does not answer is named in the report, not raised."""
        try:
            self.run(beat, self.home, self.office)
        except VigieError as error:
            self.report.failures["heartbeat"] = str(error)
            self.report.is_upstream_failure |= isinstance(error, UpstreamError)

    def tell(self, *, is_first: bool = False) -> None:
        """Send what waits; channels that fail are named in the report, not raised.

        Before figures that wait for it (`is_first`), what fails is left to the call after them.
        """
        try:
            self.run(tell, self.home, self.office, self.as_of, network=not is_first)
        except UpstreamError as error:
            if is_first:
                return
            self.report.failures["alerts"] = str(error)
            self.report.is_upstream_failure = True


@contextmanager
def refreshing(
    home: Home,
    office: Office,
    as_of: datetime,
    sources: Sequence[str],
    run: Run | None,
    progress: Callable[[str], None],
) -> Iterator[Refresh]:
    """Begin a run on these sources (none stands for all), whose lock is held; what it starts ends with it."""
    with marked(home), Checker() as checker, parsing_ahead(home) as wait_until_parsed:
        run_id = begin(home, office, as_of, sources)
        report = NightReport(office.code, as_of)
        yield Refresh(
            home, office, as_of, run or Run(), progress, run_id, Project(home), checker,
            wait_until_parsed, report,
        )  # fmt: skip


def night(
    home: Home,
    office: Office,
    as_of: datetime,
    *,
    only: Sequence[str] = (),
    run: Run | None = None,
    progress: Callable[[str], None] = lambda _: None,
    wait_seconds: float = 0,
) -> NightReport:
    """Refresh everything as of an instant; `only` limits which sources are received and read.

    Raises VigieError when another run holds the home for more than `wait_seconds`, or when the models do not
    build. A source that fails does not stop the others: it is named in the report's `failures`. A night
    that was done is told to the office's heartbeat, so that somebody misses it when it stays away.
    """
    with (
        refresh_lock(home, wait_seconds),
        refreshing(home, office, as_of, only, run, progress) as refresh,
    ):
        for source in only or sources.catalogue.names():
            ingest(home, office, source, as_of, refresh.report, refresh.run, progress)
        refresh.prepare()
        refresh.build_facts()
        refresh.judge()
        refresh.publish_figures()
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
    settled: Mapping[str, str] = MappingProxyType({}),
    fetches: bool = True,
) -> None:
    """Fetch, receive, read and load one source; whatever fails is written in the report, not raised.

    `settled` are files of its inbox that are known to be complete (`archive.receive`); unless it `fetches`,
    no system is asked for more.
    """
    progress(source)
    result = Ingested(source)
    try:
        if fetches:
            result.known += run(fetch, home, office, source, as_of, network=True).known
    except UpstreamError as error:
        report.failures[source] = str(error)
        report.is_upstream_failure = True
    try:
        received = run(receive, home, office, source, as_of, settled)
        result.known += received.known
        result.unfinished += received.unfinished
        read = run(read_and_load, home, office, source, as_of, progress)
        result.new, result.refused = read.new, read.refused
        run(acknowledge, home, office, source, as_of, network=True)
    except UpstreamError as error:
        report.failures.setdefault(source, str(error))
        report.is_upstream_failure = True
    except Exception as error:
        # Whatever breaks in one source, the others go on: it is logged with its trace, and told.
        log.exception("source %s failed", source)
        report.failures.setdefault(source, f"{type(error).__name__}: {error}")
    report.sources.append(result)


def expire(home: Home, office: Office, as_of: datetime) -> None:
    """Delete archived files whose retention (`privacy.archive_days`) is over."""
    with working(home) as connection:
        for source, days in office.privacy.archive_days.items():
            before = naive_utc(as_of) - timedelta(days=days)
            for path in ledger.expire(connection, source, before, home.archive):
                archive.expire(path)


def expect(home: Home, office: Office, as_of: datetime) -> int:
    """Reckon what every counted series was expected to count; returns how many of their months were done."""
    # The steps on counters import scientific libraries, 100 MB that the reading of large files needs.
    from transforms.expected_counts import refresh_expected_counts

    with working(home) as connection:
        return refresh_expected_counts(connection, office.code, as_of)


def judge(home: Home, office: Office, as_of: datetime) -> None:
    """Judge every counted series, and write its outages and their course."""
    from expectations.judging import judge_all
    from expectations.outages import write_outage_courses, write_outages

    with working(home) as connection:
        outages = judge_all(connection, office.code, office.zone, as_of)
        write_outages(connection, office.code, outages)
        write_outage_courses(connection, office.code, as_of)


def estimate(home: Home, office: Office) -> None:
    """Estimate what the counted series missed, and write it."""
    from transforms.missed import write_estimates

    with working(home) as connection:
        write_estimates(connection, office.code)


def check_and_draft(
    home: Home, office: Office, as_of: datetime, checker: Checker
) -> tuple[list[CheckResult], Draft]:
    """Run every Great Expectations suite and keep the results; the next version is drafted meanwhile.

    Both only read the working database. Of the deliveries, the latest of each kind is checked: a healthy one
    clears what a poor one stopped.
    """
    specs = [sources.catalogue.find(name).SPEC for name in sources.catalogue.names()]
    with working(home) as connection:
        latest = rows(
            connection,
            """SELECT source, max(delivery_id) AS delivery_id FROM quality.load
               WHERE status = ? GROUP BY source, kind""",
            [ledger.LOADED],
        )
    ids = {spec.name: [row["delivery_id"] for row in latest if row["source"] == spec.name] for spec in specs}
    with ThreadPoolExecutor(1) as pool:
        drafting = pool.submit(draft, home, as_of)
        results = checker.check(
            home.database,
            [table for spec in specs for table in spec.tables],
            [one for spec in specs for one in delivery_checks(spec, ids[spec.name])],
            as_of,
            office.code,
            office.language,
        )
        drafted = drafting.result()
    with working(home) as connection:
        write_results(connection, results)
    return results, drafted


def what_to_hold(checks: Iterable[CheckResult], behind: Mapping[str, frozenset[str]]) -> Holds:
    """What may not be published: the marts and the source systems that failing checks stand before.

    `behind` gives the raw tables of every mart. A check on a raw table holds every mart built on it; a
    check on a mart holds it and its sources; a check on a mart shared by all sources holds that mart; a
    delivery that is too small holds its source.
    """
    source_of = {table.name: name for name in sources.catalogue.names() for table in _tables(name)}
    held_raw: set[str] = set()
    held_marts: set[str] = set()
    for result in checks:
        if result.success or result.level != "fail":
            continue
        schema, _, table = result.table.partition(".")
        if schema == "raw":
            held_raw.add(table)
        elif result.table == DELIVERIES:
            source = result.check.partition(":")[2].partition(".")[0]
            held_raw |= {name for name, owner in source_of.items() if owner == source}
        elif schema == "marts" and table not in BY_INDICATOR:
            held_marts.add(table)
            held_raw |= behind.get(table, frozenset())
        else:
            held_marts.add(table)
    held_marts |= {mart for mart, tables in behind.items() if tables & held_raw and mart not in BY_INDICATOR}
    return Holds(tables=frozenset(held_marts), sources=frozenset(source_of[name] for name in held_raw))


def begin(home: Home, office: Office, as_of: datetime, only: Sequence[str] = ()) -> str:
    """Enter the run in quality.run; runs that never ended were killed and are marked so."""
    run_id = uuid.uuid4().hex
    with working(home) as connection:
        killed = connection.execute(
            "UPDATE quality.run SET status = 'killed' WHERE status = 'running' RETURNING run_id"
        ).fetchall()
        if killed or not rows(connection, "SELECT 1 FROM quality.load LIMIT 1"):
            # A new or lost working database, or a run killed between archive and ledger: the archive knows.
            ledger.register(connection, office.code, archive.records(home))
        connection.execute(
            "INSERT INTO quality.run VALUES (?, ?, ?, ?, NULL, 'running', NULL, NULL, NULL, ?)",
            [office.code, run_id, naive_utc(as_of), naive_utc(now()), ", ".join(sorted(only)) or ALL_SOURCES],
        )
    return run_id


def end(home: Home, run_id: str, report: NightReport) -> None:
    """Write how the run went, before publishing, so that the published copy tells it."""
    status = {0: "done", 1: "check_failed", 3: "upstream_failed"}[report.exit_status]
    message = " ; ".join(f"{source}: {text}" for source, text in report.failures.items())
    with working(home) as connection:
        connection.execute(
            """UPDATE quality.run SET finished_at = ?, status = ?, files_new = ?, files_known = ?, message = ?
               WHERE run_id = ?""",
            [naive_utc(now()), status, report.files_new, report.files_known, message, run_id],
        )


def _tables(source: str) -> Sequence[Any]:
    return sources.catalogue.find(source).SPEC.tables
