"""Canaries: a person who does not exist, in every column of every file that a home can receive.

`drop_everywhere` fills the inboxes of a home (`OFFICE`) with files of every kind of every source.yml, in
which each cell was in turn replaced by each canary beside sound rows. `found_in` looks for them in files.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

import sources.catalogue
from sources.declared import Declared
from warehouse.storage.layout import Home

SETTLED = 1_750_000_000  # June 2025: long ago
# What a name of a public record may not hold: names and addresses are what it is.
NUMBERED = {
    "phone": "0698761234",
    "phone with spaces": "06 98 76 12 34",
    "e-mail": "zq.canari@exemple-prive.fr",
    "French plate": "QX-739-ZK",
    "old French plate": "7391 QX 32",
    "Spanish plate": "7391 QXZ",
    "German plate": "HH-QX 7391",
    "Belgian plate": "1-QXZ-739",
    "Dutch plate": "QX-739-Z",
    "British plate": "QX73 ZKW",
}
CANARIES = {"name": "Zebulon Quastemarque", "address": "17 impasse des Tritons Fantasques"} | NUMBERED
# Those that files are made of as a whole, so that there are not too many.
FEW = ("name", "phone with spaces", "e-mail", "Dutch plate")
# Sources with a reader beside the layouts that read their other kinds.
LAYOUTS_AND_MORE = ("finance", "requests", "ticketing")
# What is looked for, in small letters: any part of a canary that nothing else holds.
TRACES = tuple(
    {
        "zebulon", "quastemarque", "tritons", "fantasques", "698761234", "698 761 234", "698,761,234",
        "698\u202f761\u202f234", "exemple-prive", *(text.lower() for text in NUMBERED.values()),
    }
)  # fmt: skip

OFFICE = """
code: petit
name: Office du Petit Pays
siren: "123456789"
department: "32"
school_zone: C
municipalities: [{code: "32013", name: Auch}]
sites:
  - {code: bureau, name: Accueil, opening: [{hours: [{start: "00:00", end: "23:00"}]}]}
  - {code: auch, name: Accueil d'Auch, opening: [{hours: [{start: "00:00", end: "23:00"}]}]}
  - {code: aire, name: Aire de camping-cars, always_open: true}
counters:
  - code: porte
    label: Porte
    site: bureau
    format: csv
    csv: {files: "porte-*.csv", date_column: Date, time_column: Heure, date_formats: ["%d/%m/%Y"],
          count_columns: {"Entrées": in, "Sorties": out}}
  - {code: portique, label: Portique, site: bureau, format: layout}
  - code: sentier
    label: Sentier
    site: bureau
    format: csv
    channels: {A: in}
    csv: {files: "sentier-*.csv", date_column: Date, time_column: Heure, date_formats: ["%d/%m/%Y"],
          channel_column: Canal, direction_column: Sens, direction_values: {entre: in},
          count_columns: {"Passages": in}}
  - {code: rue, label: Rue, site: bureau, format: national, channels: {"353226361": in}}
  - code: capteur
    label: Capteur
    site: bureau
    format: mqtt
    mqtt: {topic: v3/office/devices/door/up, instant: received_at, minutes: 60,
           counts: {uplink_message.decoded_payload.in: in, uplink_message.decoded_payload.out: out}}
systems:
  mqtt: {host: 127.0.0.1, tls: false}
  tourism_information: {platform_criterion_ids: [32401]}
  motorhome: [{site: aire, capacity: 10, vat_pct: 20}]
  reviews: [{location: locations/2, site: bureau}]
  tourist_tax:
    authority_siren: "200066926"
    operators: [{code: Booking, files: "booking-*.csv", spellings: ["Booking.com"]}]
corrections:
  - {counter: porte, first_date: 2025-03-14, action: ignore, reason: Compteur masqué, expected_entries: 12,
     reported_by: Zebulon Quastemarque}
alerts: {channels: [{name: staff, address_secret: VIGIE_ALERT_STAFF}]}
privacy: {plate_key_secret: VIGIE_PLATE_KEY}
"""

Cells = list[str]
Another = Callable[[Cells, int], Cells]


# Questionnaires are the office's own: Vigie ships no layout of them. This one reads the sample of source.yml.
QUESTIONNAIRE = """tool: Questionnaire
table: survey_answers
columns:
  questionnaire: {constant: canaries}
  response_number: {heading: ID de la réponse}
  answered_on: {heading: Date de soumission}
  channel: {constant: on_site}
  site: {constant: auch}
across:
  heading: ["/^etes-vous/", "/^recommanderiez-vous/"]
  becomes: item
  value: is_satisfied
  values: {welcome_staff: "/^etes-vous/", destination_recommendation: "/^recommanderiez-vous/"}
  scales:
    - {of: welcome_staff, means: {"true": Très satisfait, "false": Peu satisfait}}
    - {of: destination_recommendation, means: {"true": ["9", "10"], "false": "/^[0-8]$/"}}
rows:
  keep: {heading: Date de soumission, values: "/[0-9]/", others: "/^$/", otherwise: not_submitted}
"""


# A counter whose export a layout of the office's own describes.
PORTICO = """tool: Portique
table: counter_counts
columns:
  start_at: {heading: Jour, time: Tranche, slot: {minutes: 60}}
  counter: {constant: portique}
across:
  heading: [Entrées, Sorties]
  becomes: direction
  values: {in: Entrées, out: Sorties}
  value: passage_count
"""


def drop_everywhere(home: Home) -> None:
    """Fill the inboxes; every kind of delivery that a source.yml declares has its files."""
    home.root.mkdir(parents=True)
    home.office_file.write_text(OFFICE, encoding="utf-8")
    layout = home.root / "layouts" / "surveys" / "questionnaire.yml"
    layout.parent.mkdir(parents=True)
    layout.write_text(QUESTIONNAIRE, encoding="utf-8")
    delimited: dict[tuple[str, str], tuple[str, str, Another]] = {
        ("counters", "measures"): ("comptage", ",", _hour_of_iso),
        ("counters", "channels"): ("canaux", ",", _first(0)),
        ("counters", "sites"): ("lieux", ",", _first(0)),
        ("motorhome", "passages"): ("passages-aire-2025", ";", _first(5)),
        ("motorhome", "payments"): ("paiements-aire-2025", ";", _first(0)),
        ("tourist_tax", "statements"): ("booking-2025", ";", _first(0)),
        ("audience", "website"): ("matomo-site-2025", ",", _day_of_iso),
        ("audience", "newsletter"): ("mailjet-7001", ",", _same),
        ("audience", "networks"): ("audience", ";", _first(2)),
        ("audience", "posts"): ("meta", ",", _same),
        ("audience", "press"): ("presse", ";", _same),
        ("audience", "creators"): ("createurs", ";", _first(1)),
        ("finance", "budget"): ("budget-2025", ";", _same),
        ("reviews", "register"): ("avis-2025", ";", _same),
    }
    others: dict[tuple[str, str], Callable[[Home], None]] = {
        ("counters", "declared"): _declared,
        ("counters", "described"): _described,
        ("counters", "messages"): _messages,
        ("tourist_tax", "declarations"): _declarations,
        ("tourist_tax", "deliberations"): _deliberations,
        ("tourism_information", "full_export"): _exports,
        ("tourism_information", "differential_export"): lambda _: None,  # by _exports
        ("tourism_information", "api_pull"): _pull,
        ("tourism_information", "syndications"): _syndications,
        ("reviews", "google"): _google,
        ("requests", "call_legs"): _call_legs,
    }
    for (source, kind), (stem, separator, another) in delimited.items():
        heading, row, *_ = _sample(source, kind)
        _write(home, source, stem, separator, heading, row, another)
    for make in others.values():
        make(home)
    by_layout = _by_layout_alone(home, {*delimited, *others})
    declared = {
        (name, delivery.kind)
        for name in sources.catalogue.names()
        for delivery in sources.catalogue.find(name).SPEC.deliveries
    }
    assert declared == {*delimited, *others, *by_layout}, "a kind of delivery has no canaries yet"
    for source in sources.catalogue.names():
        for canary in CANARIES.values():
            _drop(home, source, f"{canary}.csv", f"{canary};{canary}\n")
        os.mkfifo(home.inbox / source / f"tube {CANARIES['name']}")


def _by_layout_alone(home: Home, others: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Files of every kind that layouts alone read, none of the others: rows like their samples."""
    made = set()
    for name in sources.catalogue.names():
        found = sources.catalogue.find(name)
        by_layouts = isinstance(found, Declared) or name in LAYOUTS_AND_MORE
        for kind in found.SPEC.deliveries if by_layouts else ():
            if (name, kind.kind) in others:
                continue
            made.add((name, kind.kind))
            heading, row, *_ = _sample(name, kind.kind)
            separator = ";" if ";" in kind.sample.splitlines()[0] else ","
            stem = kind.files[0].partition("*")[0] if kind.files else f"{kind.kind}-"
            # INSEE's year is the word after its stem; of the others the site may be told by the name.
            told = "2025" if kind.kind == "capacity" else "auch-2025"
            _write(home, name, f"{stem}{told}", separator, heading, row, lambda cells, _: cells)
    return made


def traces_in(text: str) -> set[str]:
    """The traces of canaries in a text."""
    return {trace for trace in TRACES if trace in text.lower()}


def found_in(path: Path) -> dict[str, set[str]]:
    """The traces of canaries in a file, by where: its bytes, and what its tables hold if any."""
    found: dict[str, set[str]] = {}

    def look(where: str, text: str) -> None:
        if traces := traces_in(text):
            found.setdefault(where, set()).update(traces)

    content = path.read_bytes()
    look(path.name, path.name)
    look(f"{path.name} (bytes)", content.decode("utf-8", "replace"))
    if content[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as database:
            for where, text in _cells(database):
                look(where, text)
    elif path.suffix == ".parquet":
        with duckdb.connect() as database:
            database.execute(f"CREATE TABLE content AS FROM read_parquet('{path}')")
            for where, text in _cells(database):
                look(f"{path.name} {where}", text)
    elif content.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as book:
            for line in book.iterdump():
                look(path.name, line)
    return found


def found_below(folder: Path) -> dict[str, set[str]]:
    """The traces of canaries in all files of a folder that is not a link, by where."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            for where, traces in found_in(path).items():
                found.setdefault(where, set()).update(traces)
    return found


def _cells(database: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Every distinct value of every column, as text."""
    columns = database.execute(
        """SELECT schema_name, table_name, column_name FROM duckdb_columns()
           WHERE NOT internal AND data_type NOT IN ('BOOLEAN', 'DATE', 'TIMESTAMP') ORDER BY ALL"""
    ).fetchall()
    for schema, table, column in columns:
        values = database.execute(f'SELECT DISTINCT "{column}"::VARCHAR FROM {schema}."{table}"').fetchall()
        yield f"{schema}.{table}.{column}", "\n".join(value for (value,) in values if value is not None)


# --- delimited text --------------------------------------------------------------------------------------


def _first(column: int) -> Another:
    """Makes a row another one: its identity stands in that column."""
    return lambda cells, rank: [*cells[:column], f"X{rank:06}", *cells[column + 1 :]]


def _same(cells: Cells, rank: int) -> Cells:
    return cells


def _day_of_iso(cells: Cells, rank: int) -> Cells:
    return [f"{2000 + rank // 300}-{1 + rank % 12:02}-{1 + rank // 12 % 25:02}", *cells[1:]]


def _hour_of_iso(cells: Cells, rank: int) -> Cells:
    day, hour = divmod(rank, 24)
    start = f"2025-{1 + day // 28:02}-{1 + day % 28:02}T{hour:02}:00:00Z"
    return [cells[0], cells[1], start, start.replace(":00:00Z", ":59:00Z"), cells[4]]


def _hour(cells: Cells, rank: int) -> Cells:
    day, hour = divmod(rank, 24)
    return [f"{1 + day % 28:02}/{1 + day // 28:02}/2025", str(hour), *cells[2:]]


def rows_with_canaries(row: Cells, another: Another) -> list[Cells]:
    """Sound rows, then for each cell and each canary a row that has it there: one row in four."""
    made: list[Cells] = []
    for column in range(len(row)):
        for canary in CANARIES.values():
            made.extend(another(row, len(made) + rank) for rank in range(3))
            changed = another(row, len(made))
            changed[column] = canary
            made.append(changed)
    return made


def _sample(source: str, kind: str) -> list[Cells]:
    lines = sources.catalogue.find(source).SPEC.delivery(kind).sample.splitlines()
    separator = ";" if ";" in lines[0] else ","
    return [line.split(separator) for line in lines]


def _write(
    home: Home, source: str, stem: str, separator: str, heading: Cells, row: Cells,
    another: Another,
) -> None:  # fmt: skip
    lines = [heading, *rows_with_canaries(row, another)]
    for canary in CANARIES.values():
        lines.append([*another(row, len(lines)), canary])  # a cell too many
        lines.append([f"Total {canary}", *([canary] * (len(row) - 1))])
        lines.append([f"TOTAL {canary}"])
    _drop(home, source, f"{stem}.csv", _text(lines, separator))
    for rank, what in enumerate(FEW):
        canary = CANARIES[what]
        strange = [[*heading, canary], *([*another(row, n), canary] for n in range(9))]
        _drop(home, source, f"{stem}-{rank}-colonne.csv", _text(strange, separator))
        lacking = [[*heading[:-1], canary], [*row[:-1], canary]]
        _drop(home, source, f"{stem}-{rank}-sans.csv", _text(lacking, separator))
        headless = _text([[canary] * len(row), row], separator)
        _drop(home, source, f"{stem}-{canary}.csv", headless)
        _drop(home, source, f"{stem} {canary} {what}.csv", _text([heading, row], separator))


def _text(lines: Iterable[Cells], separator: str) -> str:
    return "".join(separator.join(cells) + "\n" for cells in lines)


def _drop(home: Home, source: str, name: str, content: str | bytes) -> None:
    folder = home.inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (SETTLED, SETTLED))


# --- counters --------------------------------------------------------------------------------------------


def _declared(home: Home) -> None:
    heading, row = _sample("counters", "declared")
    _write(home, "counters", "porte-2025", ";", heading, row, _hour)
    path = ["Date", "Heure", "Canal", "Sens", "Passages"]
    _write(home, "counters", "sentier-2025", ";", path, ["14/03/2025", "10", "A", "entre", "5"], _hour)


def _described(home: Home) -> None:
    layout = home.root / "layouts" / "counters" / "portique.yml"
    layout.parent.mkdir(parents=True)
    layout.write_text(PORTICO, encoding="utf-8")
    heading, row = _sample("counters", "described")
    _write(home, "counters", "portique-2025", ";", ["Jour", "Tranche", *heading[2:]], row, _hour)


def _messages(home: Home) -> None:
    (line,) = sources.catalogue.find("counters").SPEC.delivery("messages").sample.splitlines()
    lines = [line]
    for canary in CANARIES.values():
        message = json.loads(line)
        for place in ("topic", "received_at", "payload"):
            lines.append(json.dumps({**message, place: canary}))
        payload = json.loads(message["payload"])
        for changed in _with_each_leaf(payload, canary):
            lines.append(json.dumps({**message, "payload": json.dumps(changed)}))
        lines.append(canary)
    for hour in range(200):
        sound = f"2025-08-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"
        payload = {"received_at": sound, "uplink_message": {"decoded_payload": {"in": 3, "out": 2}}}
        lines.append(json.dumps({**json.loads(line), "payload": json.dumps(payload), "received_at": sound}))
    _drop(home, "counters", "mqtt-20250714.ndjson", "\n".join(lines) + "\n")


def _with_each_leaf(value: Any, canary: str) -> Iterator[Any]:
    """The document with each of its leaves in turn replaced by the canary."""
    if isinstance(value, dict):
        for key, below in value.items():
            for changed in _with_each_leaf(below, canary):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for rank, below in enumerate(value):
            for changed in _with_each_leaf(below, canary):
                yield [*value[:rank], changed, *value[rank + 1 :]]
    else:
        yield canary


# --- reviews ---------------------------------------------------------------------------------------------


def _google(home: Home) -> None:
    sample = sources.catalogue.find("reviews").SPEC.delivery("google").sample
    (review,) = json.loads(sample)["reviews"]
    sound = {**review, "reviewer": {"displayName": "x"}, "comment": "x", "reviewReply": {"comment": "x"}}
    sound["reviewReply"]["updateTime"] = review["updateTime"]
    for what, canary in CANARIES.items():
        changed = list(_with_each_leaf(sound, canary))
        made = [
            {**sound, "name": f"accounts/1/locations/2/reviews/{rank}"} for rank in range(3 * len(changed))
        ]
        _drop(home, "reviews", f"reviews {what}.json", json.dumps({"reviews": [*made, *changed]}))
    for what in FEW:
        _drop(home, "reviews", f"{CANARIES[what]}.json", json.dumps({CANARIES[what]: CANARIES[what]}))
        xml = f"<autre>{CANARIES[what]}</autre>"
        _drop(home, "finance", f"document {CANARIES[what]}.xml", xml)


# --- tourist tax -----------------------------------------------------------------------------------------


def _declarations(home: Home) -> None:
    heading, row = _sample("tourist_tax", "declarations")

    def another(cells: Cells, rank: int) -> Cells:
        return [f"D{rank:06}", *cells[1:3], f"L{rank % 40:04}", f"H{rank:05}", *cells[5:]]

    _write(home, "tourist_tax", "declarations-2025-T3", ";", heading, row, another)
    for name, canary in (("name", CANARIES["name"]), ("phone", CANARIES["phone"])):
        _workbook(home, f"declarations-2025-T2-{name}.xlsx", heading, row, another, canary)


def _workbook(home: Home, name: str, heading: Cells, row: Cells, another: Another, canary: str) -> None:
    """A workbook with canaries in its cells, its sheets' names and a second and a third sheet."""
    for kind, headings in (("", heading), ("sans-", [canary, *heading[1:]])):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for sheet in (canary, f"copie {canary}", f"masque {canary}"):
            page = book.create_sheet(sheet)
            page.append(headings)
            for cells in rows_with_canaries(another(row, 50_000), another)[:400]:
                page.append(cells)
        book[f"masque {canary}"].sheet_state = "hidden"
        path = home.inbox / "tourist_tax" / f"{name[:-5]}-{kind}{name[-5:]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        os.utime(path, (SETTLED, SETTLED))


DELIBERATION = """<deliberation><date>29/06/2023</date><millesime>2019</millesime>
<loyerMaximumNuit>1</loyerMaximumNuit>
<saisie><date>{entered}</date><collectiviteDeliberante siren="200066926"><nom>Auch</nom>
<departement><numero>32</numero></departement></collectiviteDeliberante></saisie>
<taxeAdditionnelleDepartementale>true</taxeAdditionnelleDepartementale>
<taxeAdditionnelleRegionale>false</taxeAdditionnelleRegionale><taxeAdditionnelleLGV>false</taxeAdditionnelleLGV>
<taxeAdditionnelleArticleL2531-18>false</taxeAdditionnelleArticleL2531-18>
<periodes><periode><dateDebut>01 janvier</dateDebut><dateFin>31 décembre</dateFin>
<tarifs><tarif categorieId="4" isMax="true">0.80</tarif></tarifs></periode></periodes>
<regimes><regime natureId="4">réel</regime></regimes>
<collectivites><collectivite siren="213200134"><nom>Auch</nom><codeInsee>32013</codeInsee></collectivite>
</collectivites>
</deliberation>
"""
# Places of the deliberation, and whether a name of a public record stands there.
PLACES = (
    ("29/06/2023", False), (">2019<", False), ("200066926", False), (">Auch<", True), (">32<", False),
    (">true<", False), ("01 janvier", False), ('categorieId="4"', False), (">0.80<", False),
    ('natureId="4"', False), ("réel", False), ("213200134", False), ("32013", False),
)  # fmt: skip


def _deliberations(home: Home) -> None:
    made = [DELIBERATION.format(entered="28/12/2023")]
    for place, is_name in PLACES:
        for canary in (NUMBERED if is_name else CANARIES).values():
            day = f"{1 + len(made) % 28:02}/{1 + len(made) // 28 % 12:02}/2023"
            wrapped = place[0] + canary + place[-1] if place[0] == ">" else canary
            if '="' in place:
                wrapped = place.split('"')[0] + f'"{canary}"'
            made.append(DELIBERATION.format(entered=day).replace(place, wrapped))
            made.append(DELIBERATION.format(entered=day).replace("29/06/2023", "30/06/2022"))
            made.append(DELIBERATION.format(entered=day).replace("29/06/2023", "30/06/2021"))
    _drop(
        home, "tourist_tax", "deliberations-2024.xml",
        f"<delta><date>10/01/2024</date><deliberations>{''.join(made)}</deliberations></delta>",
    )  # fmt: skip
    for what in FEW:
        canary = CANARIES[what]
        _drop(home, "tourist_tax", f"tarifs {what} {canary}.xml", f"<delta><date>{canary}</date></delta>")


# --- tourism information ---------------------------------------------------------------------------------

OBJECT: dict[str, Any] = {
    "type": "HEBERGEMENT_LOCATIF",
    "id": 1,
    "identifier": "SITRA2_HLO_1",
    "nom": {"libelleFr": "Gîte"},
    "state": "PUBLISHED",
    "gestion": {
        "dateCreation": "2024-01-02T03:04:05.000+0000", "dateModification": "2025-01-02T03:04:05.000+0000",
        "membreProprietaire": {"id": 12, "nom": "Office"},
    },
    "localisation": {
        "adresse": {"adresse1": "Rue", "codePostal": "32000", "commune": {"id": 12001}},
        "geolocalisation": {"geoJson": {"coordinates": [0.58, 43.64]}},
    },
    "informations": {"moyensCommunication": [{"coordonnees": {"fr": "x"}}]},
    "presentation": {"descriptifCourt": {"libelleFr": "x"}},
    "informationsHebergementLocatif": {
        "capacite": {"capaciteHebergement": 4}, "classementPrefectoral": {"id": 2757},
    },
    "ouverture": {
        "periodesOuvertures": [
            {"type": "OUVERTURE_SEMAINE", "dateDebut": "2025-07-05", "dateFin": "2025-07-12",
             "horaireOuverture": "10:00:00", "horaireFermeture": "18:00:00", "tousLesAns": False,
             "ouverturesJournalieres": [{"jour": "LUNDI"}],
             "ouverturesExceptionnelles": [{"dateOuverture": "2025-07-08"}]}
        ],
        "fermeturesExceptionnelles": [{"dateSpeciale": "PREMIER_MAI"}],
    },
    "criteresInternes": [{"id": 32401, "libelle": "x"}],
}  # fmt: skip


def _objects(first: int, canaries: Sequence[str], *, is_public: bool) -> list[dict[str, Any]]:
    """Objects with each leaf in turn replaced by each canary, beside two sound ones; ids from `first` on."""
    made: list[dict[str, Any]] = []
    for canary in canaries:
        for changed in _with_each_leaf(OBJECT, canary):
            keeps_id = changed["id"] == OBJECT["id"]
            if is_public and canary not in NUMBERED.values() and changed["nom"]["libelleFr"] == canary:
                continue
            made.append({**changed, "id": first + len(made)} if keeps_id else changed)
            made.append({**OBJECT, "id": first + len(made)})
    return made


def _exports(home: Home) -> None:
    """A full export, of which the next lacks the private lodgings, then a differential one."""
    numbered, all_ = list(NUMBERED.values()), list(CANARIES.values())
    private = [
        {**one, "state": state, "nom": {"libelleFr": canary}, "id": 900_000 + 100 * rank + n}
        for rank, canary in enumerate(all_)
        for n, (state, one) in enumerate((("PUBLISHED", OBJECT), ("HIDDEN", OBJECT), ("NEW", OBJECT)))
    ]
    hidden = [one for one in private if one["state"] != "PUBLISHED"]
    public = _objects(1000, all_, is_public=True)
    communes = [{"id": 12001, "code": "32013", "nom": "Auch"}]
    communes += [{"id": 13000 + n, "code": "32013", "nom": canary} for n, canary in enumerate(numbered)]
    communes += [{"id": 14000 + n, "code": canary, "nom": "Auch"} for n, canary in enumerate(all_)]
    elements = [{"id": 2757, "elementReferenceType": "Classement", "libelleFr": "3 étoiles"}]
    elements += [
        {"id": 3000 + n, "elementReferenceType": canary, "libelleFr": canary} for n, canary in enumerate(all_)
    ]
    named = [
        {**OBJECT, "id": 500_000 + n, "localisation": {"adresse": {"commune": {"id": one}}},
         "informationsHebergementLocatif": {"classementPrefectoral": {"id": 3000 + n % len(all_)}}}
        for n, one in enumerate([*range(13000, 13000 + len(numbered)), *range(14000, 14000 + len(all_))])
    ]  # fmt: skip
    parts = {
        "communes.json": communes,
        "elements_reference.json": elements,
        "selections.json": [{"id": 1, "nom": all_[0], "objetsTouristiques": [{"id": 1000}]}],
    }
    first = [*public, *named, *private]
    _zip(
        home,
        "3367_20250801-0600_aB3dE6-reinitialisation.zip",
        {**parts, "objets_modifies/objets_modifies-1.json": first},
    )
    second = [*public, *named, *hidden]
    _zip(
        home,
        "3367_20250901-0600_aB3dE7-reinitialisation.zip",
        {**parts, "objets_modifies/objets_modifies-1.json": second},
    )
    gone: dict[str, Any] = {"objets_supprimes.json": [900_001], f"objets_modifies/{all_[0]}.json": all_[0]}
    gone |= {f"objets_modifies/{rank}.json": {**OBJECT, "id": 800_000 + rank} for rank in range(9)}
    _zip(home, "3367_20250902-0600_aB3dE8.zip", gone)
    for canary in (CANARIES[what] for what in FEW):
        _zip(home, f"3367 {canary}.zip", {f"{canary}.json": canary})


def _pull(home: Home) -> None:
    page = {
        "numFound": 9,
        "objetsTouristiques": [{**OBJECT, "id": 1000 + n} for n in range(9)],
        "query": CANARIES["name"],
    }
    _zip(home, "apidae-api.zip", {"pull.json": {"day": "2025-09-03"}, "pages/00001.json": page})


def _call_legs(home: Home) -> None:
    """A CDR and a list of OVH, each with the canaries where numbers, names and states stand."""
    heard = sources.catalogue.find("requests").SPEC.delivery("call_legs").sample.strip().split(",")
    lines = [",".join(heard)]
    for at in range(1, len(heard)):
        lines += [",".join([*heard[:at], canary, *heard[at + 1 :]]) for canary in CANARIES.values()]
    _drop(home, "requests", "cdr-auch-2025.log", "\n".join(lines) + "\n")
    call = {"creationDatetime": "2025-07-02T10:27:28+02:00", "calling": "1", "called": "2", "duration": 0}
    records = [{**call, "wayType": "incoming", name: canary} for name in call for canary in CANARIES.values()]
    records += [{**call, "wayType": canary} for canary in CANARIES.values()]
    _drop(home, "requests", "ovh-auch-2025.json", json.dumps(records))


def _syndications(home: Home) -> None:
    """Syndications that the office file does not describe: refused, with their names."""
    offer = {"SyndicObjectID": "HOTAQU0400000001", "SyndicObjectName": CANARIES["name"]}
    for canary in CANARIES.values():
        pages = {f"syndications/{canary}/00001.json": {"total": 1, "objects": [offer]}}
        _zip(home, f"tourinsoft-syndications {canary}.zip", {"pull.json": {}, **pages})


def _zip(home: Home, name: str, members: dict[str, Any]) -> None:
    path = home.inbox / "tourism_information" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as packed:
        for member, content in members.items():
            packed.writestr(zipfile.ZipInfo(member), json.dumps(content))
    os.utime(path, (SETTLED, SETTLED))
