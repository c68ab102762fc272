from __future__ import annotations

import json
import logging
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from flows.night.ingesting import fetch as fetch_and_archive
from flows.night.ingesting import read_and_load
from sources.pulling import Patience
from sources.tourism_information.api import OBJECTS, RESPONSE_FIELDS, without_echo
from sources.tourism_information.source import pull_api
from tests.sources.tourism_information.apidae_simulator import SEARCH, ApidaeSimulator
from tests.sources.tourism_information.deliveries import AS_OF, context, hotel, reading
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.tourism_information import ApidaeApi, TourismInformation
from warehouse.storage.layout import Home

KEY = "s3cr3t/kéy-of-tests"
PAGE_SIZE = 2
AT_ONCE = Patience(attempts=1, backoff_seconds=0.01)


def catalogue(count: int) -> list[dict[str, Any]]:
    """Hotels as the API gives them: the municipality with its INSEE code."""
    commune = {"id": 12001, "code": "32013", "nom": "Auch"}
    place = {"adresse": {"codePostal": "32000", "commune": commune}}
    return [hotel(id=1000 + n, localisation=place) for n in range(count)]


@pytest.fixture
def apidae() -> Iterator[ApidaeSimulator]:
    with ApidaeSimulator(catalogue(10), key=KEY) as simulator:
        yield simulator


def connected(office: Office, url: str, **settings: Any) -> Office:
    """The office with its API at `url`, five pages of two objects."""
    api = ApidaeApi(
        url=url,
        project_id=3367,
        selection_ids=(69627,),
        **{"page_size": PAGE_SIZE, "timeout_seconds": 5, **settings},
    )
    system = TourismInformation(api=api, platform_criterion_ids=(32401,))
    return office.model_copy(
        update={"systems": office.systems.model_copy(update={"tourism_information": system})}
    )


def pull(
    apidae: ApidaeSimulator, office: Office, work: Path, patience: Patience = AT_ONCE, **settings: Any
) -> Path:
    (path,) = pull_api(context(connected(office, apidae.url, **settings), work, apidae.key), patience)
    return path


def failure(
    apidae: ApidaeSimulator, office: Office, work: Path, patience: Patience = AT_ONCE, **settings: Any
) -> str:
    """The message of a pull that fails; nothing may be kept of it and the key may not be in it."""
    with pytest.raises(UpstreamError) as error:
        pull(apidae, office, work, patience, **settings)
    assert list(work.iterdir()) == []
    assert KEY not in str(error.value)
    assert error.value.__cause__ is None
    return str(error.value)


def bodies(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as bundle:
        return [bundle.read(name) for name in bundle.namelist() if name.startswith("pages/")]


def test_an_office_without_an_api_pulls_nothing(office: Office, tmp_path: Path) -> None:
    assert list(pull_api(context(office, tmp_path / "work"))) == []


@pytest.mark.parametrize(("count", "pages"), [(10, 5), (9, 5), (11, 6), (1, 1), (0, 1)])
def test_every_page_is_pulled_and_the_count_announced_is_the_count_read(
    office: Office, tmp_path: Path, count: int, pages: int
) -> None:
    with ApidaeSimulator(catalogue(count), key=KEY) as apidae:
        path = pull(apidae, office, tmp_path / "work")
    assert len(bodies(path)) == len(apidae.queries) == pages
    account, tables = reading(path, office, tmp_path / "read")
    assert account.kind == "api_pull"
    assert account.rows_read == account.rows_loaded == count
    assert [row["object_id"] for row in tables.get("tourism_objects", [])] == [1000 + n for n in range(count)]
    # An empty answer removes nothing: a selection emptied by mistake looks the same.
    assert tables["tourism_deliveries"][0]["is_complete"] is (count > 0)


def test_the_query_goes_by_post_with_what_paging_and_reading_need(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    pull(apidae, office, tmp_path / "work")
    assert {method for method, _ in apidae.requested} == {"POST"}
    assert {path for _, path in apidae.requested} == {SEARCH}
    assert [query["first"] for query in apidae.queries] == [0, 2, 4, 6, 8]
    first = apidae.queries[0]
    assert (first["order"], first["asc"], first["projetId"]) == ("IDENTIFIANT", True, 3367)
    assert first["selectionIds"] == [69627]
    asked = set(first["responseFields"])
    assert {"state", "gestion.dateCreation", "gestion.dateModification"} <= asked
    assert {"ouverture.periodesOuvertures", "informationsHotellerie.capacite", "criteresInternes"} <= asked


def test_no_field_with_people_in_it_is_asked_for(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    asked = " ".join(RESPONSE_FIELDS)
    for personal in ("contacts", "moyensCommunication", "@all", "reservation", "donneesPrivees"):
        assert personal not in asked
    received = b"".join(bodies(pull(apidae, office, tmp_path / "work")))
    assert b"Dupont" not in received
    assert b"example.org" not in received


def test_a_server_that_gives_fewer_than_asked_is_read_to_the_end(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    apidae.largest_page = 3
    path = pull(apidae, office, tmp_path / "work", page_size=200)
    assert [query["first"] for query in apidae.queries] == [0, 3, 6, 9]
    assert reading(path, office, tmp_path / "read")[0].rows_loaded == 10


def test_the_pull_of_the_api_joins_the_municipality_by_its_insee_code(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    _, tables = reading(pull(apidae, office, tmp_path / "work"), office, tmp_path / "read")
    assert [(row["commune_id"], row["municipality_code"]) for row in tables["tourism_communes"]] == [
        (12001, "32013")
    ]


# --- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("json_500", "HTTP 500, ERREUR_TRAITEMENT Erreur lors du traitement"),
        ("html_502", "HTTP 502"),
        ("text_404", "HTTP 404, La requête est incorrecte : selectionIds"),
        ("html_200", "JSON"),
        ("no_num_found", "numFound"),
        ("drop", "ConnectionError"),
        ("redirect", "JSON"),
    ],
)
def test_a_failure_on_page_3_of_5_names_the_page_and_keeps_nothing(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path, fault: str, told: str
) -> None:
    apidae.faults = {3: fault}
    message = failure(apidae, office, tmp_path / "work")
    assert "page 3 sur 5" in message
    assert told in message
    assert "rien n'a été gardé" in message
    assert "<html" not in message


def test_a_failed_pull_leaves_archive_ledger_and_tables_as_they_were(
    apidae: ApidaeSimulator, home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_APIDAE_KEY", KEY)
    apidae.faults = {3: "text_404"}
    with pytest.raises(UpstreamError, match="page 3 sur 5"):
        fetch_and_archive(home, connected(office, apidae.url), "tourism_information", AS_OF)
    assert not any(home.archive.rglob("*"))


def test_a_passing_failure_is_tried_again(apidae: ApidaeSimulator, office: Office, tmp_path: Path) -> None:
    apidae.faults = {3: "html_502", 5: "drop"}
    path = pull(apidae, office, tmp_path / "work", Patience(attempts=2, backoff_seconds=0.01))
    assert len(bodies(path)) == 5
    assert len(apidae.requested) == 7


def test_a_server_that_does_not_answer_is_left_after_the_time_allowed(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    apidae.faults = {1: "hang"}
    apidae.hang_seconds = 2
    assert "0.2 s" in failure(apidae, office, tmp_path / "work", timeout_seconds=0.2)


def test_a_server_that_is_not_there_is_told(office: Office, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UpstreamError, match="ConnectionError"):
            list(pull_api(context(connected(office, nobody), tmp_path / "work", KEY), AT_ONCE))


def test_a_refused_key_is_told_with_its_secrets_name_and_without_the_key(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    wrong = "another/kéy-of-tests"
    with pytest.raises(UpstreamError) as error:
        list(pull_api(context(connected(office, apidae.url), tmp_path / "work", wrong), AT_ONCE))
    message = str(error.value)
    assert "HTTP 403, INVALID_KEY La clé REDACTED n'est pas valide" in message
    assert "VIGIE_APIDAE_KEY" in message
    assert wrong not in message
    assert len(apidae.requested) == 1  # a refusal is not tried again


def test_a_set_that_changes_between_pages_is_pulled_again_from_the_start(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    def leave(request: int) -> None:
        if request == 3:
            del apidae.objects[0]

    apidae.before = leave
    account, _ = reading(pull(apidae, office, tmp_path / "work"), office, tmp_path / "read")
    assert account.rows_read == account.rows_loaded == 9
    assert [query["first"] for query in apidae.queries] == [0, 2, 4, 0, 2, 4, 6, 8]


def test_an_object_that_moves_to_another_page_is_noticed_though_the_count_stands(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    def swap(request: int) -> None:
        if request == 3:
            # One leaves at the end, one enters at the start: the third page begins with one seen before.
            apidae.objects = [*catalogue(9), hotel(id=1)]

    apidae.before = swap
    account, tables = reading(pull(apidae, office, tmp_path / "work"), office, tmp_path / "read")
    assert account.rows_loaded == 10
    assert 1 in {row["object_id"] for row in tables["tourism_objects"]}


def test_a_set_that_never_stands_still_is_given_up_after_three_pulls(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    apidae.before = lambda request: apidae.objects.append(hotel(id=5000 + request))
    assert "3 lectures" in failure(apidae, office, tmp_path / "work")


def test_a_pull_whose_pages_were_cut_is_refused_by_the_reader(
    apidae: ApidaeSimulator, office: Office, tmp_path: Path
) -> None:
    path = pull(apidae, office, tmp_path / "work")
    cut = tmp_path / "apidae-api.zip"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(cut, "w") as part:
        for name in whole.namelist()[:-1]:
            part.writestr(name, whole.read(name))
    with pytest.raises(Exception, match="numFound 10, 8"):
        reading(cut, office, tmp_path / "read")


# --- the key, the archive --------------------------------------------------------------------------------


def test_the_key_is_in_no_log_no_table_no_archive(
    apidae: ApidaeSimulator,
    home: Home,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("VIGIE_APIDAE_KEY", KEY)
    # dlt sets up its logger at its first use, at its own level and apart from the root.
    pull(apidae, office, tmp_path / "first")
    logger = logging.getLogger("dlt")
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setattr("dlt.common.logger.LOGGER", logger)
    for name in (None, "dlt", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)

    with_api = connected(office, apidae.url)
    assert len(fetch_and_archive(home, with_api, "tourism_information", AS_OF).new) == 1
    result = read_and_load(home, with_api, "tourism_information", AS_OF)
    assert result.new == ["apidae-api.zip"]

    assert "data={'query':" in caplog.text  # dlt did log what it was about to send
    forms = [KEY, json.dumps(KEY)[1:-1], "s3cr3t%2Fk", "s3cr3t/k"]
    with duckdb.connect(str(home.database)) as connection:
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        content = [str(connection.execute(f'FROM "{s}"."{t}"').fetchall()) for s, t in tables]
        assert connection.execute("SELECT count(*) FROM raw.tourism_objects").fetchone() == (10,)
    stored = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    archived = b"".join(
        b"".join(bodies(path)) for path in home.archive.rglob("*") if not path.suffix and path.is_file()
    )
    assert archived.count(b'"apiKey": "REDACTED"') == 5
    for form in forms:
        assert form not in caplog.text
        assert all(form not in text for text in content)
        assert all(form.encode() not in data for data in [*stored, archived])


def test_the_same_pull_on_the_same_day_is_recognised_and_adds_nothing(
    apidae: ApidaeSimulator, home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_APIDAE_KEY", KEY)
    with_api = connected(office, apidae.url)
    first = fetch_and_archive(home, with_api, "tourism_information", AS_OF)
    second = fetch_and_archive(home, with_api, "tourism_information", AS_OF)
    assert (len(first.new), len(second.new), second.known) == (1, 0, ("apidae-api.zip",))


def test_only_the_key_of_the_echo_is_changed() -> None:
    body = b'{ "query" : {"apiKey" : "a\\"b",\n "first":0}, "numFound": 1 }'
    assert without_echo(body) == b'{ "query" : {"apiKey" : "REDACTED",\n "first":0}, "numFound": 1 }'


@pytest.mark.real
def test_a_real_reply_keeps_every_byte(shared_data: Path) -> None:
    for name in ("geotrek-apidaeContent.json", "geotrek-apidaeEvent.json", "geotrek-apidaeNoEvent.json"):
        body = (shared_data / "apidae" / name).read_bytes()
        assert without_echo(body) == body  # its key was replaced by the same word
        assert len(json.loads(body).get(OBJECTS, [])) == json.loads(body)["numFound"]


# --- the simulator ---------------------------------------------------------------------------------------


def test_the_simulator_answers_as_the_real_api_does(apidae: ApidaeSimulator) -> None:
    def get(**query: Any) -> dict[str, Any]:
        asked = json.dumps({"apiKey": KEY, "projetId": "3367", **query})
        return requests.get(f"{apidae.url}{SEARCH}/", {"query": asked}, timeout=5).json()  # type: ignore[no-any-return]

    reply = get(count="3", first="1")
    assert [item["id"] for item in reply[OBJECTS]] == [1001, 1002, 1003]
    assert reply["numFound"] == 10
    assert reply["formatVersion"] == "v002"
    assert reply["query"]["apiKey"] == KEY  # the real one echoes it too
    assert "gestion" not in reply[OBJECTS][0]  # nor are dates among its default fields
    assert get(responseFields=["gestion.dateCreation"])[OBJECTS][0]["gestion"].keys() == {"dateCreation"}
    apidae.objects = []
    assert OBJECTS not in get()
