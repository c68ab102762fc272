"""Findings that belong together, as they were known."""

from __future__ import annotations

from expectations.incidents.episodes import episodes
from tests.findings import DETECTED, ONSET, finding, utc

LATER = utc(2025, 9, 1)


def test_what_was_detected_later_is_not_known() -> None:
    assert episodes([finding()], utc(2025, 5, 15, 10, 59)) == []
    (episode,) = episodes([finding()], DETECTED)
    assert (episode.onset_at, episode.ended_at) == (ONSET, None)


def test_what_ended_later_still_lasts() -> None:
    ended = finding(ended_at=utc(2025, 5, 20, 8))
    assert [one.ended_at for one in episodes([ended], utc(2025, 5, 20, 7))] == [None]
    assert [one.ended_at for one in episodes([ended], utc(2025, 5, 20, 8))] == [utc(2025, 5, 20, 8)]


def test_a_fault_that_comes_back_within_a_week_is_the_same_episode() -> None:
    first = finding(ended_at=utc(2025, 5, 20, 8))
    (episode,) = episodes([first, finding(onset_at=utc(2025, 5, 27, 8))], LATER)
    assert (episode.onset_at, episode.ended_at) == (ONSET, None)


def test_a_fault_that_comes_back_after_a_week_is_another_episode() -> None:
    first = finding(ended_at=utc(2025, 5, 20, 8))
    found = episodes([first, finding(onset_at=utc(2025, 5, 27, 8, 1))], LATER)
    assert [one.onset_at for one in found] == [ONSET, utc(2025, 5, 27, 8, 1)]


def test_another_rule_or_subject_is_another_episode() -> None:
    others = [finding("counter_wrong", "stuck"), finding(subject="counter:side")]
    assert len(episodes([finding(), *others], LATER)) == 3


def test_losses_of_an_episode_add_up_as_they_were_known() -> None:
    first = finding(ended_at=utc(2025, 5, 20, 8), lost=[(utc(2025, 5, 16), 200.0), (utc(2025, 5, 18), 400.0)])
    second = finding(onset_at=utc(2025, 5, 21))
    assert [one.lost_visitors for one in episodes([first, second], utc(2025, 5, 17))] == [200.0]
    assert [one.lost_visitors for one in episodes([first, second], LATER)] == [450.0]


def test_the_finding_that_lasts_is_the_current_one() -> None:
    lasting = finding(onset_at=utc(2025, 5, 16))
    ended = finding("counter_silent", "no_data", onset_at=utc(2025, 5, 17), ended_at=utc(2025, 5, 18))
    (episode,) = episodes([lasting, ended], LATER)
    assert episode.current == lasting
