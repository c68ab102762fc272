"""What is over its time goes, and nothing else: files, reasons, names, texts, logs, versions, leftovers."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sources.catalogue
from expectations.incidents import book
from expectations.incidents.life import VIGIE, Case, Incident, Status, Transition
from flows.alerts.outbox import JOURNAL, Message, queue, read_messages
from flows.night.expiring import KEPT_LOG_BYTES, LARGEST_LOG_BYTES, archive_days, expire, forget_old_runs
from warehouse.office.model import Office
from warehouse.office.subjects.privacy import Privacy
from warehouse.storage import archive, ledger
from warehouse.storage.database import rows, working
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Refusal

RECEIVED_AT = datetime(2025, 1, 10, tzinfo=UTC)


def prepared(home: Home, office: Office) -> tuple[Office, dict[str, Path]]:
    """Three files received on 10 January 2025: one loaded, one refused, one still to read."""
    folder = home.inbox / "motorhome"
    folder.mkdir(parents=True)
    for name in ("loaded.csv", "refused.csv", "waiting.csv"):
        (folder / name).write_text(name, encoding="utf-8")
        os.utime(folder / name, (0, 0))
    found = archive.receive(home, "motorhome", RECEIVED_AT, lambda _: None)
    with working(home) as connection:
        ledger.register(connection, office.code, found.new)
        pending = {d.file_name: d for d in ledger.pending(connection, "motorhome", home.archive, "")}
        ledger.settle(
            connection,
            [
                (pending["loaded.csv"], Account("passages")),
                (pending["refused.csv"], Refusal("no such column")),
            ],
            "x",
        )
        connection.execute(
            """INSERT INTO quality.quarantined_row
               VALUES ('o', 'motorhome', ?, ?, 2, 'Date', 'r', 'Jean', NULL)""",
            [pending["loaded.csv"].sha256, pending["loaded.csv"].delivery_id],
        )
    kept = office.model_copy(update={"privacy": Privacy(archive_days={"motorhome": 90})})
    return kept, {file.file_name: file.path for file in found.new}


def test_files_are_deleted_after_their_retention_but_never_before_they_were_read(
    home: Home, office: Office
) -> None:
    kept, paths = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=91))
    left = {name for name, path in paths.items() if path.exists()}
    assert left == {"waiting.csv"}
    with working(home) as connection:
        statuses = rows(connection, "SELECT file, status FROM quality.load ORDER BY file")
    assert [row["status"] for row in statuses] == ["loaded", "expired", "received"]


def test_files_are_kept_until_their_retention_is_over(home: Home, office: Office) -> None:
    kept, paths = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=89))
    assert all(path.exists() for path in paths.values())


def test_a_file_whose_bytes_are_gone_is_still_recognised(home: Home, office: Office) -> None:
    kept, _ = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=91))
    again = home.inbox / "motorhome" / "again.csv"
    again.write_text("loaded.csv", encoding="utf-8")
    os.utime(again, (0, 0))
    assert archive.receive(home, "motorhome", RECEIVED_AT, lambda _: None).known == ("again.csv",)


def test_what_source_yml_says_holds_where_the_office_says_nothing(home: Home, office: Office) -> None:
    _, paths = prepared(home, office)
    expire(home, office, RECEIVED_AT + timedelta(days=30))
    assert all(path.exists() for path in paths.values())
    expire(home, office, RECEIVED_AT + timedelta(days=30, seconds=1))
    assert {name for name, path in paths.items() if path.exists()} == {"waiting.csv"}


def test_files_without_personal_data_are_kept_without_end(home: Home, office: Office) -> None:
    days = archive_days(sources.catalogue.find("counters").SPEC, office)
    assert set(days.values()) == {None}
    days = archive_days(sources.catalogue.find("tourist_tax").SPEC, office)
    assert days == {"declarations": 2192, "statements": 2192, "deliberations": None, None: 2192}


def test_reasons_of_quarantine_go_with_the_bytes_and_their_rule_stays(home: Home, office: Office) -> None:
    kept, _ = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=91))
    with working(home) as connection:
        (row,) = rows(connection, 'SELECT line, "column", rule, reason FROM quality.quarantined_row')
    assert row == {
        "line": 2, "column": "Date", "rule": "r",
        "reason": "effacé : la durée de conservation du fichier est passée",
    }  # fmt: skip


def test_a_file_whose_bytes_are_gone_is_not_read_again_by_another_reader(home: Home, office: Office) -> None:
    kept, _ = prepared(home, office)
    expire(home, kept, RECEIVED_AT + timedelta(days=91))
    with working(home) as connection:
        again = ledger.pending(connection, "motorhome", home.archive, "another fingerprint")
    assert [one.file_name for one in again] == ["waiting.csv"]


def incident(status: Status, at: datetime) -> Incident:
    """An incident of the door that Jean took care of."""
    return Incident(
        "petit", f"{status}-{at:%Y}", "counter_silent", "counter:door", "zeros", "medium", at, at, at, "e",
        None, None, status=status, acknowledged_by="jean", resolved_at=at if status == "resolved" else None,
        resolved_by="jean" if status == "resolved" else None, comment="appelez Jean",
    )  # fmt: skip


def test_names_and_comments_of_settled_incidents_go_after_a_year_and_texts_of_messages_after_three_months(
    home: Home, office: Office
) -> None:
    as_of = datetime(2026, 6, 1)  # noqa: DTZ001
    long_ago, lately = as_of - timedelta(days=366), as_of - timedelta(days=91)
    lives: list[tuple[Status, datetime]] = [
        ("resolved", long_ago), ("acknowledged", long_ago), ("resolved", lately),
    ]  # fmt: skip
    with journal(home, JOURNAL) as kept:
        for status, at in lives:
            one = incident(status, at)
            steps = [Transition(one.incident_id, at, who, "acknowledged", status, comment="Jean y va")
                     for who in ("jean", VIGIE)]  # fmt: skip
            book.write_cases(kept, [Case(one, at, steps)])
            for number, sent_at in ((1, at), (2, None)):
                message = Message(
                    f"{one.incident_id}-{number}", "staff", one.incident_id, "petit", "opened", "medium",
                    "counter:door", at, at, "t", "Jean y va", None,
                )  # fmt: skip
                queue(kept, [message])
                if sent_at:
                    kept.execute("UPDATE message SET sent_at = ? WHERE message_id = ?",
                                 [at.isoformat(), f"{one.incident_id}-{number}"])  # fmt: skip
    expire(home, office, as_of.replace(tzinfo=UTC))
    with journal(home, JOURNAL) as kept:
        told = {
            one.incident_id: (one.acknowledged_by, one.resolved_by, one.comment)
            for one in book.read_incidents(kept, "petit")
        }
        steps = book.read_transitions(kept, "petit")
        texts = [(one.incident_id, bool(one.sent_at), one.text) for one in read_messages(kept, "petit")]
    assert told == {
        "resolved-2025": ("…", "…", ""),
        "acknowledged-2025": ("jean", None, "appelez Jean"),
        "resolved-2026": ("jean", "jean", "appelez Jean"),
    }
    assert {(one.who, one.comment) for one in steps if one.happened_at == long_ago} == {
        ("…", ""),
        (VIGIE, ""),
    }
    assert {one.who for one in steps if one.happened_at == lately} == {"jean", VIGIE}
    assert {text for _, is_sent, text in texts if is_sent} == {""}
    assert {text for _, is_sent, text in texts if not is_sent} == {"Jean y va"}


def test_logs_versions_and_what_killed_runs_left_go(home: Home, office: Office) -> None:
    home.prefect.mkdir(parents=True)
    old, young = time.time() - 91 * 86400, time.time() - 86400
    for log, at in ((home.work / "vigie.log.1", old), (home.prefect / "server.log", old)):
        log.write_text("x", encoding="utf-8")
        os.utime(log, (at, at))
    (home.prefect / "worker.log").write_bytes(b"a" * LARGEST_LOG_BYTES + b"b" * KEPT_LOG_BYTES)
    stamps = [time.strftime("%Y-%m-%d %H:%M:%S,000", time.localtime(at)) for at in (old, young)]
    home.log_file.write_text(f"{stamps[0]} ERROR old\n  a trace\n{stamps[1]} ERROR young\n", encoding="utf-8")
    leftover = [
        home.staging / "motorhome" / "1",
        home.work / "spill",
        home.pipelines / "p" / "load" / "loaded",
    ]
    for folder in leftover:
        folder.mkdir(parents=True)
    versions = home.published / "versions"
    for name, at in (("current", old), ("old", old), ("young", young)):
        (versions / name).mkdir(parents=True)
        os.utime(versions / name, (at, at))
    home.current.symlink_to(versions / "current")
    expire(home, office, RECEIVED_AT)
    assert not any((home.work / "vigie.log.1", home.prefect / "server.log")[n].exists() for n in (0, 1))
    assert (home.prefect / "worker.log").read_bytes() == b"b" * KEPT_LOG_BYTES
    assert home.log_file.read_text(encoding="utf-8") == f"{stamps[1]} ERROR young\n"
    assert not any(folder.exists() for folder in leftover)
    assert {path.name for path in versions.iterdir()} == {"current", "young"}


def test_prefects_runs_of_a_home_without_serve_go_when_the_oldest_is_over_its_time(home: Home) -> None:
    home.prefect.mkdir(parents=True)
    for days, is_kept in ((89, True), (91, False)):
        with closing(sqlite3.connect(home.prefect / "prefect.db")) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS flow_run (created TEXT)")
            connection.execute("INSERT INTO flow_run VALUES (datetime('now', ?))", [f"-{days} days"])
            connection.commit()
        forget_old_runs(home)
        assert (home.prefect / "prefect.db").exists() == is_kept
