"""Where things lie in the office's home folder (the contract of `docs/`: offices rely on these paths)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import UsageError
from warehouse.words.messages import LANGUAGES, say

DATABASE_NAME = "vigie.duckdb"


@dataclass(frozen=True)
class Home:
    """The home folder of an office (`--home`, or `VIGIE_HOME`)."""

    root: Path

    @classmethod
    def find(cls, given: Path | None = None) -> Home:
        """The home that was given, else `VIGIE_HOME`; raises UsageError when neither is there."""
        chosen = given or (Path(os.environ["VIGIE_HOME"]) if os.environ.get("VIGIE_HOME") else None)
        if chosen is None:
            raise UsageError(say("usage.no_home", LANGUAGES[0]))
        return cls(chosen.expanduser().resolve())

    @property
    def office_file(self) -> Path:
        """Who the office is."""
        return self.root / "office.yml"

    @property
    def secrets_file(self) -> Path:
        """Secrets as KEY=value lines; the environment wins over it."""
        return self.root / "secrets.env"

    @property
    def inbox(self) -> Path:
        """What people and machines drop, one folder per source."""
        return self.root / "inbox"

    @property
    def returned(self) -> Path:
        """Copies of files that could not be read whole, their faulty cells marked, one folder per source."""
        return self.root / "returned"

    @property
    def archive(self) -> Path:
        """The bytes received, as long as they are kept, one folder per source."""
        return self.root / "archive"

    @property
    def journal(self) -> Path:
        """What people did and what they were told (`warehouse.storage.journal`)."""
        return self.root / "journal.sqlite"

    @property
    def work(self) -> Path:
        """The run's own folder: nobody else opens what is in it."""
        return self.root / "warehouse"

    @property
    def database(self) -> Path:
        """The working database."""
        return self.work / DATABASE_NAME

    @property
    def staging(self) -> Path:
        """Parquet between reading and loading; emptied by every run."""
        return self.work / "staging"

    @property
    def pipelines(self) -> Path:
        """dlt's state, on the same volume as the database."""
        return self.work / "dlt"

    @property
    def models(self) -> Path:
        """The models as dbt compiled them, one file (`transforms.compiled`)."""
        return self.work / "models"

    @property
    def charts(self) -> Path:
        """The charts of the pages, kept from one night to the next (`reports.charts.drawing`)."""
        return self.work / "charts"

    @property
    def report_charts(self) -> Path:
        """The charts of reports, likewise."""
        return self.work / "report-charts"

    @property
    def reports(self) -> Path:
        """Reports, a folder a year, and the office's own template of documents."""
        return self.root / "reports"

    @property
    def report_template(self) -> Path:
        """The Word document that reports begin with, where the office has one."""
        return self.reports / "template.docx"

    @property
    def lock_file(self) -> Path:
        """Held by the one run that may write."""
        return self.work / "refresh.lock"

    @property
    def run_file(self) -> Path:
        """Tells of the run that holds the lock, and of one that could not say its end."""
        return self.work / "run.json"

    @property
    def last_office_file(self) -> Path:
        """The office file of the last night: who is told when office.yml is wrong."""
        return self.work / "office-of-last-night.yml"

    @property
    def told_file(self) -> Path:
        """What was last told of a night that failed, until one is done."""
        return self.work / "told.json"

    @property
    def log_file(self) -> Path:
        """The traces of errors."""
        return self.work / "vigie.log"

    @property
    def serve_lock_file(self) -> Path:
        """Held by the one `vigie serve`."""
        return self.work / "serve.lock"

    @property
    def serve_file(self) -> Path:
        """What `vigie serve` last saw of Prefect (`flows.serve.overseer`)."""
        return self.work / "serve.json"

    @property
    def prefect(self) -> Path:
        """Prefect's own database and the logs of its server and worker, unless the machine has a server."""
        return self.work / "prefect"

    @property
    def published(self) -> Path:
        """All published versions, and the pointer `current`."""
        return self.root / "published"

    @property
    def current(self) -> Path:
        """The pointer to the version that analysts open."""
        return self.published / "current"

    @property
    def published_database(self) -> Path:
        """What analysts open, read-only."""
        return self.current / DATABASE_NAME
