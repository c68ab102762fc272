"""The inbox watcher: a file is told once it has stayed the same, once, and again when nobody took it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.serve.watching import SETTLED, Settling, look
from warehouse.clock import now
from warehouse.errors import UpstreamError
from warehouse.storage import archive
from warehouse.storage.layout import Home

SETTLE, AGAIN = 10.0, 300.0


def tell(settling: Settling, at: float, seen: Mapping[str, str]) -> dict[str, str]:
    """Look, and tell what is due."""
    due = settling.due(at, seen)
    if due:
        settling.sent(at, due)
    return due


def test_a_file_is_told_once_it_has_stayed_the_same(settling: Settling) -> None:
    assert tell(settling, 0, {"a": "1"}) == {}
    assert tell(settling, 9.9, {"a": "1"}) == {}
    assert tell(settling, 10, {"a": "1"}) == {"a": "1"}


@pytest.fixture
def settling() -> Settling:
    return Settling(SETTLE, AGAIN)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=50))
def test_a_file_that_keeps_growing_is_not_told_however_slowly(pauses: list[int]) -> None:
    settling, at = Settling(SETTLE, AGAIN), 0
    for size, pause in enumerate(pauses):
        at += pause
        assert settling.due(at, {"a": str(size)}) == {}
    last = {"a": str(len(pauses) - 1)}
    assert settling.due(at + SETTLE, last) == last


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("12")), max_size=60))
def test_whatever_comes_and_goes_only_what_was_seen_the_same_for_long_enough_is_told(
    looks: list[dict[str, str]],
) -> None:
    settling = Settling(SETTLE, AGAIN)
    for second, seen in enumerate(looks):
        for name, stamp in tell(settling, second, seen).items():
            before = looks[second - int(SETTLE) : second + 1]
            assert all(one.get(name) == stamp for one in before)
            assert len(before) > SETTLE


def test_a_file_that_was_told_is_told_again_only_after_some_minutes(settling: Settling) -> None:
    seen = {"a": "1"}
    sent = [second for second in range(700) if tell(settling, second, seen)]
    assert sent == [10, 310, 610]


def test_files_that_come_while_others_wait_are_told_once_those_are_taken(settling: Settling) -> None:
    settling.due(0, {"a": "1"})
    tell(settling, 10, {"a": "1"})
    settling.due(11, {"a": "1", "b": "1"})
    assert tell(settling, 30, {"a": "1", "b": "1"}) == {}
    assert tell(settling, 31, {"b": "1"}) == {"b": "1"}


def test_a_file_that_is_written_again_after_it_was_told_is_told_anew(settling: Settling) -> None:
    settling.due(0, {"a": "1"})
    tell(settling, 10, {"a": "1"})
    assert tell(settling, 11, {"a": "2"}) == {}
    assert tell(settling, 21, {"a": "2"}) == {"a": "2"}


def test_what_settled_is_one_event_and_is_then_taken_whatever_its_time_of_change(home: Home) -> None:
    folder = home.inbox / "counters"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.csv", "sub/b.csv", "c.csv.part", ".hidden"):
        (folder / name).write_text(name, encoding="utf-8")  # changed just now
    os.utime(folder / "a.csv", (2_000_000_000, 2_000_000_000))  # by a clock that is ahead
    sent: list[tuple[str, str, Mapping[str, Any]]] = []
    settling = Settling(SETTLE, AGAIN)
    for at in (0, 5, 10, 11):
        look(home, "counters", settling, at, lambda *event: sent.append(event))
    ((event, resource, payload),) = sent
    assert (event, resource, payload["source"]) == (SETTLED, "vigie.inbox.counters", "counters")
    assert payload["settled"] == sorted(archive.stamps(home, "counters").values())
    assert len(payload["settled"]) == 2
    inbox = archive.receive(home, "counters", now(), lambda _: None, settled=payload["settled"])
    assert {file.file_name for file in inbox.new} == {"a.csv", "b.csv"}


def test_a_file_that_changed_after_it_was_told_is_not_taken_for_complete(home: Home) -> None:
    path = home.inbox / "counters" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a", encoding="utf-8")
    settled = [archive.stamp(path)]
    path.write_text("ab", encoding="utf-8")
    assert archive.receive(home, "counters", now(), lambda _: None, settled=settled).unfinished == ("a.csv",)


def test_an_event_that_was_not_taken_is_sent_again(home: Home) -> None:
    path = home.inbox / "counters" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a", encoding="utf-8")
    settling, sent = Settling(SETTLE, AGAIN), []

    def down(*_: object) -> None:
        raise UpstreamError("down")

    look(home, "counters", settling, 0, down)
    with pytest.raises(UpstreamError):
        look(home, "counters", settling, 10, down)
    look(home, "counters", settling, 11, lambda *event: sent.append(event))
    assert len(sent) == 1
