"""`vigie report sign`: a named person answers for the published figures of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flows.command.console import published
from reports.frozen import Change, changes, digest, freeze
from warehouse.clock import naive_utc
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.publishing.versions import instant_of
from warehouse.storage import signatures
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.signatures import SCHEMA, Signature
from warehouse.words.messages import day, say


@dataclass(frozen=True)
class Signed:
    """A signature, and what has changed of its figures since."""

    signature: Signature
    changes: tuple[Change, ...]


def sign(
    home: Home, office: Office, first: date, last: date, who: str, comment: str, at: datetime
) -> Signature:
    """Enter that somebody answers for the published figures of some days; `at` is aware.

    Raises UsageError for days that are not over in the published version, of which nothing is published, or
    that are signed already as they are.
    """
    language = office.language
    if not who.strip():
        raise UsageError(say("signing.nobody", language))
    with published(home) as connection, journal(home, SCHEMA) as kept:
        version = home.current.resolve().name
        until = instant_of(version).astimezone(office.zone).date()
        if last >= until:
            raise UsageError(
                say("signing.not_over", language, last=day(last, language), until=day(until, language))
            )
        figures = freeze(connection, first, last)
        if figures == "[]":
            raise UsageError(
                say("signing.nothing", language, first=day(first, language), last=day(last, language))
            )
        signature = Signature(
            office.code, first, last, naive_utc(at), who.strip(), comment, version, digest(figures), figures
        )
        for one in signatures.read(kept, office.code):
            if one.withdrawn_at is None and (one.first_date, one.last_date) == (first, last):
                if one.digest == signature.digest:
                    raise UsageError(
                        say("signing.signed", language, who=one.who, day=day(one.signed_at, language))
                    )
                # Its figures have changed: who signs them anew answers for them in its place.
                signatures.withdraw(kept, one, signature.who, say("signing.anew", language), naive_utc(at))
        signatures.enter(kept, signature)
    return signature


def take_back(
    home: Home, office: Office, first: date, last: date, who: str, because: str, at: datetime
) -> Signature:
    """Take the signature of a period back; raises UsageError when it has none, or no reason is given."""
    language = office.language
    if not because.strip():
        raise UsageError(say("signing.no_reason", language))
    with journal(home, SCHEMA) as kept:
        for one in signatures.read(kept, office.code):
            if one.withdrawn_at is None and (one.first_date, one.last_date) == (first, last):
                signatures.withdraw(kept, one, who, because, naive_utc(at))
                return one
    raise UsageError(say("signing.unsigned", language, first=day(first, language), last=day(last, language)))


def signed(home: Home, office: Office) -> list[Signed]:
    """The signatures of an office, each with what has changed of its figures in the published version."""
    with published(home) as connection, journal(home, SCHEMA) as kept:
        return [
            Signed(one, tuple(changes(one.figures, freeze(connection, one.first_date, one.last_date))))
            for one in signatures.read(kept, office.code)
        ]
