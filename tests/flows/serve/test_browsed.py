"""The pages for browsers: read, never written, on loopback alone, always those of the current version."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from flows.serve.browsed import run
from tests.flows.serve.test_notified import free_port, is_answered, until
from warehouse.office.model import Office
from warehouse.office.subjects.pages import PagesServed
from warehouse.storage.layout import Home


def publish(home: Home, version: str, said: str) -> None:
    pages = home.published / "versions" / version / "pages"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text(said, encoding="utf-8")
    (pages.parent / "vigie.duckdb").write_text("not for browsers", encoding="utf-8")
    pointer = home.published / "next"
    pointer.symlink_to(f"versions/{version}")
    pointer.rename(home.current)


@pytest.fixture
def browser(home: Home, office: Office) -> Iterator[httpx.Client]:
    publish(home, "v1", "first")
    port, stop = free_port(), threading.Event()
    served = office.model_copy(update={"pages": PagesServed(port=port)})
    serving = threading.Thread(target=run, args=(home, served, stop, lambda *_: None))
    serving.start()
    until(lambda: is_answered(port))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client
    stop.set()
    serving.join()


def test_a_browser_reads_the_pages_of_the_version_that_is_current(browser: httpx.Client, home: Home) -> None:
    assert browser.get("/").text == "first"
    publish(home, "v2", "second")
    assert browser.get("/index.html").text == "second"


def test_nothing_but_the_pages_can_be_read_and_nothing_written(browser: httpx.Client) -> None:
    for path in ("/../vigie.duckdb", "/%2e%2e/vigie.duckdb", "/..%2fvigie.duckdb"):
        assert browser.get(path).status_code == 404, path
    assert {browser.request(method, "/").status_code for method in ("POST", "PUT", "DELETE")} == {405}


def test_a_page_of_another_site_reads_nothing_by_another_name(browser: httpx.Client) -> None:
    assert browser.get("/", headers={"Host": "office.example"}).status_code == 400


def test_a_page_may_load_nothing_and_be_framed_by_nobody(browser: httpx.Client) -> None:
    policy = browser.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
