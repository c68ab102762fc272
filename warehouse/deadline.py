"""Calls that wait for others, given up at a deadline whatever they wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Answer = TypeVar("Answer")


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """What the call returns or raises; TimeoutError when that takes longer than `seconds`.

    Libraries limit each read, and who sends a byte a second keeps them waiting for ever. A call that was
    given up goes on in a thread that ends with the process at the latest: it must leave nothing that somebody
    else uses.
    """
    done: Future[Answer] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001
            done.set_exception(error)  # raised to who waits, if somebody still does

    threading.Thread(target=run, name="within", daemon=True).start()
    return done.result(seconds)
