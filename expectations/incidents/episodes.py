"""Episodes: the findings of one rule and subject that belong together, as they were known at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from expectations.incidents.findings import Finding
from expectations.incidents.rules import rules


@dataclass(frozen=True)
class Episode:
    """What one incident is about: findings of one rule and subject, in order of onset, known at `at`.

    Instants are naive UTC.
    """

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def rule(self) -> str:
        """The rule that found them."""
        return self.findings[0].rule

    @property
    def subject(self) -> str:
        """What is at fault."""
        return self.findings[0].subject

    @property
    def onset_at(self) -> datetime:
        """The first onset."""
        return self.findings[0].onset_at

    @property
    def detected_at(self) -> datetime:
        """When it could first be known."""
        return min(one.detected_at for one in self.findings)

    @property
    def ended_at(self) -> datetime | None:
        """When the last of them ended; None while one lasts."""
        ends = [one.end(self.at) for one in self.findings]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    @property
    def current(self) -> Finding:
        """The one that matters now: the latest that lasts, else the last that ended."""
        lasting = [one for one in self.findings if one.end(self.at) is None]
        if lasting:
            return max(lasting, key=lambda one: (one.detected_at, one.fault))
        return max(self.findings, key=lambda one: (one.end(self.at), one.detected_at, one.fault))

    @property
    def lost_visitors(self) -> float | None:
        """Visitors lost so far; None where it makes no sense."""
        return _total(one.state(self.at).lost_visitors for one in self.findings)

    @property
    def lost_eur(self) -> float | None:
        """Euros lost so far; None where it makes no sense."""
        return _total(one.state(self.at).lost_eur for one in self.findings)


def episodes(findings: Iterable[Finding], at: datetime) -> list[Episode]:
    """The episodes known at an instant (naive UTC), in order of onset.

    A finding that begins while another of its rule and subject lasts, or not long after its end
    (`Rule.joins_within_days`), belongs to the same episode.
    """
    known = [one for one in findings if one.detected_at <= at]
    known.sort(key=lambda one: (one.rule, one.subject, one.onset_at, one.detected_at, one.fault))
    found = []
    for (rule, _), own in groupby(known, key=lambda one: (one.rule, one.subject)):
        patience = timedelta(days=rules()[rule].joins_within_days)
        together: list[Finding] = []
        for one in own:
            ended_at = Episode(at, tuple(together)).ended_at if together else None
            if ended_at is not None and one.onset_at > ended_at + patience:
                found.append(Episode(at, tuple(together)))
                together = []
            together.append(one)
        found.append(Episode(at, tuple(together)))
    return sorted(found, key=lambda one: (one.onset_at, one.rule, one.subject))


def _total(losses: Iterable[float | None]) -> float | None:
    known = [loss for loss in losses if loss is not None]
    return sum(known) if known else None
