"""The demonstration's pages in a browser: axe finds nothing at fault, and a board's questions are answered.

The answers come from what a screen reader is given, without a script.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

import pytest

from flows.night.drawing import names_of
from reports.annual.annexes import Release
from reports.annual.composing import financial_report
from reports.annual.writing import page_of
from reports.charts.drawing import Drawer
from reports.pages.published import Published
from tests.demo.conftest import Demonstration
from warehouse.office.model import load_office
from warehouse.storage.database import only_read

selenium = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: nothing is browsed")
DRIVER = Path("/usr/bin/chromedriver")
AXE = Path(__file__).parents[1] / "reports" / "axe" / "axe.min.js"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
pytestmark = pytest.mark.skipif(
    not (DRIVER.exists() and shutil.which("chromium")),
    reason="Chromium and its driver are absent (Debian: chromium, chromium-driver): nothing is browsed",
)
# One page of every kind; the others are made of the same parts.
KINDS = (
    "index.html", "theme-welcome.html", "theme-motorhome.html", "theme-tourist-tax.html", "quality.html",
    "action-plan.html", "coverage.html", "indicator-counter-passages.html", "indicator-party-share.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium with an empty profile."""
    options = selenium.ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}", "--window-size=1100,900"):
        options.add_argument(flag)
    driver = selenium.Chrome(options=options, service=selenium.ChromeService(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def folder(demonstration: Demonstration) -> Path:
    return (demonstration.home.current / "pages").resolve()


def faults(browser: Any, path: Path, scheme: str) -> list[str]:
    """What axe finds at fault on a page, all parts unfolded, in the light or in the dark."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(path.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
    )
    return [
        f"{path.name} ({scheme}): {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_fault_on_a_page_of_every_kind(browser: Any, folder: Path, scheme: str) -> None:
    assert [one for file in KINDS for one in faults(browser, folder / file, scheme)] == []


def test_axe_finds_nothing_at_fault_on_a_report(
    browser: Any, demonstration: Demonstration, tmp_path: Path
) -> None:
    names = names_of(load_office(demonstration.home.office_file))
    with only_read(demonstration.home.published_database) as connection:
        told = Published(connection, names, 2025, is_linked=False)
        page = page_of(financial_report(told, {}, Release()), told, Drawer("fr"))
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    assert faults(browser, tmp_path / "report.html", "light") == []


@pytest.mark.audit
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_fault_on_any_page(browser: Any, folder: Path, scheme: str) -> None:
    assert [one for path in sorted(folder.glob("*.html")) for one in faults(browser, path, scheme)] == []


def test_no_page_is_wider_than_a_telephone(browser: Any, folder: Path) -> None:
    """What does not fit scrolls in its own frame: a page that scrolls sideways loses its reader."""
    narrow = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    try:
        widths = {}
        for file in KINDS:
            browser.get((folder / file).as_uri())
            widths[file] = browser.execute_script("return document.documentElement.scrollWidth")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert {file: width for file, width in widths.items() if width > 390} == {}


def test_a_bar_chart_fits_a_telephone_and_what_goes_on_beyond_an_edge_fades(
    browser: Any, folder: Path
) -> None:
    narrow = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    try:
        browser.get((folder / "theme-listening.html").as_uri())
        # Fades begin with the first frame that is drawn; a folded table has none.
        frames = browser.execute_async_script(
            """const measure = () => [...document.querySelectorAll('.chart, .wide')]
                 .filter(one => one.checkVisibility()).map(one => {
                 const box = one.getBoundingClientRect();
                 const texts = [...one.querySelectorAll('svg text')];
                 const ends = texts.map(text => text.getBoundingClientRect().right);
                 return [one.className, one.scrollWidth > one.clientWidth,
                         getComputedStyle(one).getPropertyValue('--to'), Math.max(0, ...ends) - box.right];
               });
               const answer = arguments[arguments.length - 1];
               requestAnimationFrame(() => requestAnimationFrame(() => answer(measure())));"""
        )
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    fluid = [one for one in frames if "fluid" in one[0]]
    assert len(fluid) > 2
    assert [one for one in fluid if one[1] or one[3] > 0] == []
    assert {scrolls for _, scrolls, _, _ in frames} == {True, False}
    assert [one for one in frames if (one[2] != "0px") != one[1]] == []


def test_paper_shows_the_numbers_of_charts_and_no_command(browser: Any, folder: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        browser.get((folder / "theme-motorhome.html").as_uri())
        seen = browser.execute_script(
            """const shown = name => [...document.querySelectorAll(name)].map(one => one.checkVisibility());
               return [shown('details td'), shown('.way'), shown('summary')]"""
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert [set(one) for one in seen] == [{True}, {False}, {False}]


def test_the_first_page_is_read_within_a_second_on_a_slow_telephone(browser: Any, folder: Path) -> None:
    """A quarter of the speed, 1.6 Mbit/s and 150 ms of delay; what counts is when words are seen."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 4})
    try:
        seen = []
        for _ in range(5):
            browser.get(f"http://127.0.0.1:{server.server_port}/index.html")
            seen.append(browser.execute_async_script(FIRST_SEEN))
    finally:
        browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
        browser.execute_cdp_cmd("Network.disable", {})
        server.shutdown()
    assert median(seen) < 1000, seen


FIRST_SEEN = """
    const done = arguments[arguments.length - 1];
    new PerformanceObserver(seen => {
        const first = seen.getEntriesByName('first-contentful-paint')[0];
        if (first) done(first.startTime);
    }).observe({type: 'paint', buffered: true});
"""  # milliseconds


def heard(browser: Any, path: Path) -> list[Any]:
    """The accessibility tree of a page without scripts: (role, name, its children's names) node by node."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(path.as_uri())
        nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    by_id = {node["nodeId"]: node for node in nodes}

    def said(node: Any) -> str:
        name = str(node.get("name", {}).get("value", ""))
        if name:
            return name
        return " ".join(filter(None, (said(by_id[one]) for one in node.get("childIds", ()) if one in by_id)))

    return [
        (
            node.get("role", {}).get("value"),
            said(node),
            [said(by_id[one]) for one in node.get("childIds", ()) if one in by_id],
        )
        for node in nodes
        if not node.get("ignored")
    ]


def plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


def cell(tree: list[Any], row: str, column: int) -> str:
    """The cell of the first row of a table whose name begins so."""
    rows = [parts for role, _, parts in tree if role == "row"]
    return plain(next(parts for parts in rows if parts and plain(parts[0]).startswith(row))[column])


def sentence(tree: list[Any], begins: str) -> str:
    """The first text that begins so: of an item of a list, a heading or a paragraph."""
    said = [plain(name) for role, name, _ in tree if role in ("listitem", "heading", "paragraph", "image")]
    return next(one for one in said if begins in one)


# What a board asks: page, row of a table, column, answer. The figures are those of the report of 2025.
ASKED = (
    ("theme-motorhome.html", "Nuitées de camping-cars", 1, "12 022 nuitées"),
    ("theme-motorhome.html", "Nuitées de camping-cars", 3, "−0,7 %"),
    ("theme-motorhome.html", "Jours de panne de la borne", 1, "10 jours"),
    ("theme-motorhome.html", "Chiffre d'affaires hors taxes", 1, "71 585,15 €"),
    ("theme-tourist-tax.html", "Taxe de séjour déclarée · hors plateformes", 1, "143 356,28 €"),
    ("theme-tourist-tax.html", "Taxe de séjour déclarée · Airbnb", 2, "56 124,18 €"),
    ("theme-shop.html", "Panier moyen · Bureau d'accueil d'Auch", 1, "19,12 €"),
    ("theme-shop.html", "Paniers · Bureau d'accueil d'Auch", 3, "−15,3 %"),
    ("theme-groups.html", "Personnes en groupe", 1, "3 050 personnes"),
    ("theme-groups.html", "Groupes non aboutis", 2, "88 groupes"),
    ("theme-equipment.html", "Jours d'ouverture · Musée de la Résistance", 1, "226 jours"),
    ("theme-information.html", "Lits marchands", 1, "2 901 lits"),
    ("theme-audience.html", "Visites du site internet", 3, "+30,0 %"),
    ("theme-finance.html", "Recettes propres", 1, "161 474,90 €"),
    ("quality.html", "Satisfaction de l'accueil", 6, "atteint"),
    ("quality.html", "Réunions d'équipe", 4, "9"),
    ("index.html", "Compteurs de passages", 3, "27"),
)
SAID = (
    ("index.html", "Passages à la porte", "39 638 avec ce qui est estimé"),
    ("index.html", "rendu dans", "1 sur 461 lignes"),
    ("theme-welcome.html", "le plus de monde", "samedi à 11 h, 18 entrées par heure"),
)


def test_twenty_questions_of_a_board_are_answered_without_seeing_a_page(browser: Any, folder: Path) -> None:
    files = {file for file, *_ in (*ASKED, *SAID)}
    trees = {file: heard(browser, folder / file) for file in files}
    wrong = [
        (file, row, answer, found)
        for file, row, column, answer in ASKED
        if (found := cell(trees[file], row, column)) != answer
    ]
    wrong += [
        (file, begins, answer, found)
        for file, begins, answer in SAID
        if answer not in (found := sentence(trees[file], begins))
    ]
    assert wrong == []
    assert len(ASKED) + len(SAID) == 20
