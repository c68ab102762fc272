"""The house itself: arrows between rooms, one name everywhere, words in two languages, no addresses."""

from __future__ import annotations

import ast
import re
import string
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from sources.motorhome.source import LONGEST_STAY_DAYS
from transforms.dictionary.entries import entries
from warehouse.spec import load_spec
from warehouse.words.messages import CATALOGUE, LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
ROOMS = ("flows", "sources", "transforms", "expectations", "reports", "warehouse", "demo")
# Which rooms a room may know; itself always.
ARROWS = {
    "flows": set(ROOMS),
    "sources": {"warehouse"},
    "transforms": {"warehouse"},
    "expectations": {"warehouse"},
    "reports": {"warehouse"},
    "demo": {"warehouse"},
    "warehouse": set(),
}
MODELS = ROOT / "transforms" / "models"
FACTS = MODELS / "facts"
MARTS = ROOT / "expectations" / "checks" / "marts.yml"
SOURCES = sorted(path.parent for path in (ROOT / "sources").glob("*/source.yml"))
# Keys that code puts together: f"quarantine.{rule}".
COMPOSED = re.compile(r"""\bf["']([a-z_]+\.[a-z_.]*)\{""")


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the house with its room."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield room, path


def imported(path: Path) -> set[str]:
    """Rooms that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names} & set(ROOMS)


def code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for _, path in modules())


# --- arrows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_only_the_rooms_it_may_know(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {other}"
        for where, path in modules()
        if where == room
        for other in imported(path) - ARROWS[room] - {room}
    }
    assert wrong == set()


def test_a_source_does_not_know_another_source() -> None:
    wrong = []
    for folder in SOURCES:
        for path in folder.glob("*.py"):
            text = path.read_text(encoding="utf-8")
            for other in SOURCES:
                if other != folder and re.search(rf"\bsources\.{other.name}\b", text):
                    wrong.append(f"{path.relative_to(ROOT)} knows {other.name}")
    assert wrong == []


# Schemas of which the SQL of a room may name tables, where that is not all of them.
SCHEMAS_READ = {
    "sources": {"raw", "quality", "settings", "ops"},
    "warehouse": {"raw", "quality", "settings", "ops"},
}
NAMED = re.compile(r"""(?<![\w/])(raw|staging|marts|quality|settings|ops)\.[a-z"{]""")


def texts(path: Path) -> Iterator[str]:
    """The texts of a module, but for its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize("room", SCHEMAS_READ)
def test_the_sql_of_a_room_names_no_table_of_a_room_above(room: str) -> None:
    queries = [(path, text) for where, path in modules() if where == room for text in texts(path)]
    queries += [(path, path.read_text(encoding="utf-8")) for path in sorted((ROOT / room).rglob("*.sql"))]
    wrong = {
        f"{path.relative_to(ROOT)} names a table of {schema}"
        for path, text in queries
        for schema in NAMED.findall(text)
        if schema not in SCHEMAS_READ[room]
    }
    assert wrong == set()


def refs(path: Path) -> set[str]:
    """The models that a model reads itself."""
    return set(re.findall(r"""\bref\(\s*["'](\w+)["']""", path.read_text(encoding="utf-8")))


def places() -> dict[str, Path]:
    """The folder of each model, below models/."""
    found = [path for suffix in ("sql", "py") for path in MODELS.rglob(f"*.{suffix}")]
    return {path.stem: path.parent.relative_to(MODELS) for path in found}


def test_facts_read_no_indicator() -> None:
    folders = places()
    wrong = {
        f"{path.name} reads {name}"
        for path in [*FACTS.rglob("*.sql"), *FACTS.rglob("*.py")]
        for name in refs(path)
        if folders.get(name, Path()) == Path("indicators")
    }
    assert wrong == set()


def test_what_is_of_one_system_reads_the_facts_of_no_other() -> None:
    folders = places()
    of_system = {folder.name: sorted((FACTS / folder.name).glob("*")) for folder in SOURCES}
    for system, paths in of_system.items():
        paths.append(MODELS / "indicators" / f"observed_{system}.sql")
        own = {Path("facts"), Path("facts") / system, Path("indicators")}
        wrong = {
            f"{path.name} reads {name}"
            for path in paths
            if path.suffix in (".sql", ".py") and path.is_file()
            for name in refs(path)
            if name in folders and folders[name] not in own
        }
        assert wrong == set(), system


def test_the_longest_stay_is_the_same_where_plates_are_hashed_and_where_they_are_paired() -> None:
    sql = {path: path.read_text(encoding="utf-8") for path in (ROOT / "transforms").rglob("*.sql")}
    named = [path.name for path, text in sql.items() if f"interval '{LONGEST_STAY_DAYS}' day" in text]
    assert named == ["motorhome.sql"]


# --- one name everywhere ---------------------------------------------------------------------------------


def test_there_are_the_four_sources() -> None:
    assert {folder.name for folder in SOURCES} >= {
        "counters", "motorhome", "tourism_information", "tourist_tax",
    }  # fmt: skip


def test_every_folder_of_sources_is_a_source() -> None:
    code = {path.parent.name for path in (ROOT / "sources").glob("*/*.py")}
    folders = code - {"reading"}  # how all of them read
    assert folders <= {folder.name for folder in SOURCES}


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_a_source_has_one_name_and_has_its_reader_and_its_tests(folder: Path) -> None:
    spec = load_spec(folder / "source.yml")
    assert spec.name == folder.name
    # Questionnaires differ from office to office: their layouts are all the office's own.
    is_of_home = f"`layouts/{folder.name}/" in spec.description
    assert is_of_home or (folder / "source.py").is_file() or list((folder / "layouts").glob("*.yml"))
    assert list((ROOT / "tests" / "sources" / folder.name).glob("test_*.py"))


def test_the_facts_of_a_source_declare_its_raw_tables_and_no_other() -> None:
    tables = [table.name for folder in SOURCES for table in load_spec(folder / "source.yml").tables]
    assert len(tables) == len(set(tables)), "two sources write a raw table of the same name"
    for folder in SOURCES:
        text = (FACTS / folder.name / f"{folder.name}.yml").read_text(encoding="utf-8")
        declared = {table["name"] for one in yaml.safe_load(text)["sources"] for table in one["tables"]}
        assert declared == {table.name for table in load_spec(folder / "source.yml").tables}, folder.name


def test_raw_tables_are_read_through_the_macro_that_can_withhold_them() -> None:
    direct = [p.name for p in MODELS.rglob("*.sql") if re.search(r"source\(\s*'raw'|\braw\.", p.read_text())]
    assert direct == []


def test_no_model_reads_raw_tables_of_two_sources_itself() -> None:
    source_of = {
        table.name: folder.name for folder in SOURCES for table in load_spec(folder / "source.yml").tables
    }
    read = {path.name: re.findall(r"\braw\(\s*'(\w+)'", path.read_text()) for path in MODELS.rglob("*.sql")}
    assert {name for name, tables in read.items() if len({source_of[table] for table in tables}) > 1} == set()


def test_every_source_has_a_reader_of_its_indicators_or_is_named_in_the_dictionary() -> None:
    named = {entry.source for entry in entries().values()}
    for folder in SOURCES:
        model = MODELS / "indicators" / f"observed_{folder.name}.sql"
        assert model.is_file() == (folder.name in named), folder.name


def lists(path: Path) -> Iterator[list[str]]:
    """The lists of words that a file writes out: literals of Python, lists in brackets of others."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            members = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            yield [str(one.value) for one in members if isinstance(one, ast.Constant)]
    else:
        for found in re.findall(r"[\[(]([\s\w,'\"]+)[\])]", text):
            yield [one.strip(" \n'\"") for one in found.split(",")]


def test_systems_are_found_by_name_and_listed_nowhere() -> None:
    systems = {folder.name for folder in SOURCES} | {"counted"}
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.*")]
    files.append(ROOT / "prefect.yaml")
    listed = {
        f"{path.relative_to(ROOT)}: {', '.join(words)}"
        for path in files
        if path.suffix in (".py", ".sql", ".yml", ".yaml")
        for words in lists(path)
        if len(set(words)) > 1 and systems.issuperset(words)
    }
    assert listed == set()


# --- one word, one sense (docs/naming.md) ----------------------------------------------------------------

# Where a word's one sense has no place, so that it would be there in another: counts of a series are
# expected, nothing of a cell or an option; rows and series are judged, tables are checked.
ELSEWHERE = {
    "expect": ("sources", "flows/command", "flows/serve"),
    "judge": ("expectations/checks", "warehouse/publishing", "warehouse/storage", "reports", "flows/serve"),
}


@pytest.mark.parametrize(("word", "rooms"), ELSEWHERE.items())
def test_a_word_of_the_glossary_is_not_used_where_it_would_mean_something_else(
    word: str, rooms: tuple[str, ...]
) -> None:
    stem = word.removesuffix("e")
    used = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        for found in re.finditer(rf"\b{stem}(e?s|e?d|ing|ement|e)?\b", path.read_text(encoding="utf-8"))
    }
    assert used == set()


UNPLAIN = re.compile(r"\bstands? for\b|\bbears?\b|\btold cheaply\b|\bhelps? to\b")


def test_docstrings_and_comments_are_plain_english() -> None:
    unplain = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for room in ROOMS
        for suffix in ("py", "sql")
        for path in (ROOT / room).rglob(f"*.{suffix}")
        for found in UNPLAIN.finditer(path.read_text(encoding="utf-8"))
    }
    assert unplain == set()


# --- words -----------------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_message_has_both_languages_with_the_same_placeholders(key: str) -> None:
    texts = catalogue()[key]
    assert set(texts) == set(LANGUAGES)
    assert placeholders(texts["fr"]) == placeholders(texts["en"])
    assert all("\n" not in text.strip() for text in texts.values()) or not key.startswith("refused.")


def test_no_message_is_written_twice() -> None:
    keys = [
        key
        for path in CATALOGUE
        for key in re.findall(r"^([a-z][\w./]*):", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]
    assert sorted(keys) == sorted(set(keys))
    assert set(keys) == set(catalogue())


def test_the_catalogue_is_a_file_a_room_and_what_begins_alike_stands_together() -> None:
    files: dict[str, set[str]] = {}
    for path in CATALOGUE:
        assert path.stem in ROOMS
        begun = [key.split(".")[0] for key in yaml.safe_load(path.read_bytes())]
        assert begun == sorted(begun), path.name
        for one in begun:
            files.setdefault(one, set()).add(path.name)
    assert {one: names for one, names in files.items() if len(names) > 1} == {}


def test_every_message_that_code_says_exists() -> None:
    said = set(re.findall(r"""\bsay\(\s*["']([a-z_.0-9]+)["']""", code()))
    assert said - set(catalogue()) == set()


def test_every_message_is_said_somewhere() -> None:
    text = code()
    begun = tuple(COMPOSED.findall(text))
    declared = set(re.findall(r"^ +say: (\S+)$", MARTS.read_text(encoding="utf-8"), flags=re.MULTILINE))
    unsaid = {
        key
        for key in set(catalogue()) - declared
        if f'"{key}"' not in text and not (begun and key.startswith(begun))
    }
    assert unsaid == set()


def errors() -> set[str]:
    """VigieError and every class that descends from it, by name."""
    classes = [
        (node.name, {ast.unparse(base).split(".")[-1] for base in node.bases})
        for _, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    found = {"VigieError"}
    while more := {name for name, bases in classes if bases & found} - found:
        found |= more
    return found


def words(node: ast.expr) -> Iterator[str]:
    """Words written out in an expression; keys of the catalogue and the like are values of functions."""
    if isinstance(node, ast.Constant) and re.search(r"[^\W\d_]{2}", str(node.value)):
        yield str(node.value)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not isinstance(child, ast.Call):
            yield from words(child)


# What is raised and no person of the office is told: faults of our own code and of its descriptions, which
# end in the log; what other code catches, by a code of its own; and what a machine that asks us is answered.
NOT_TOLD = {
    "AssertionError", "LookupError", "PermissionError", "ValueError",
    "FaultError", "MisfitError", "UnfitPartError", "_BadElementError",
    "NotAnAnnouncementError", "RefusedError", "TooLittleHistoryError",
}  # fmt: skip
# What shows a text to a person, by the name of what is called.
SHOWS = {"Completed", "echo", "print", "progress", "show", "skipped", "titled", "write"}


def literal_words(call: ast.Call) -> list[str]:
    """The words that are written out where something is raised or shown."""
    values = [*call.args, *(one.value for one in call.keywords)]
    return [
        word
        for value in values
        for word in words(value.func if isinstance(value, ast.Call) else value)
        if re.search(r"[^\W\d_]{2,} +[^\W\d_]{2,}", word)
    ]


def test_what_a_person_is_told_stands_in_the_catalogue() -> None:
    literal, shows = set(), SHOWS | errors() - NOT_TOLD
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                call, is_told = node.exc, ast.unparse(node.exc.func).split(".")[-1] not in NOT_TOLD
            elif isinstance(node, ast.Call):
                call, is_told = node, ast.unparse(node.func).split(".")[-1] in shows
            else:
                continue
            if is_told:
                where = f"{path.relative_to(ROOT)}:{call.lineno}"
                literal |= {f"{where} {word}" for word in literal_words(call)}
    assert literal == set()


def languages(tree: ast.Module, module: str) -> dict[tuple[str, str], int]:
    """What takes a language, by module and name, with its place among the arguments."""
    found = {}
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
            if "language" in [one.arg for one in node.args.kwonlyargs]:
                found[module, node.name] = sys.maxsize
        elif isinstance(node, ast.ClassDef):
            own = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
            names = [arg.arg for arg in own[0].args.args[1:]] if own else [
                line.target.id for line in node.body if node.decorator_list
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            ]  # fmt: skip
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and "language" in names:
            found[module, node.name] = names.index("language")
    return found


def test_whoever_says_something_says_it_in_a_language() -> None:
    """No call leaves the language to a default: an office that reads English would be told in French."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for _, path in modules()}
    named = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in trees}
    takes: dict[tuple[str, str], int] = {}
    for path, tree in trees.items():
        takes |= languages(tree, named[path])
    silent = set()
    for path, tree in trees.items():
        known = {name: {(module, name)} for module, name in takes if module == named[path]}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    known.setdefault(one.asname or one.name, set()).add((node.module, one.name))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                places = [takes[one] for one in known.get(node.func.id, ()) if one in takes]
                is_given = any(isinstance(one, ast.Starred) for one in node.args) or any(
                    one.arg in ("language", None) for one in node.keywords
                )
                if places and not is_given and len(node.args) <= min(places):
                    silent.add(f"{path.relative_to(ROOT)}:{node.lineno} {node.func.id}")
    assert silent == set()


def test_every_rule_that_quarantines_has_its_words() -> None:
    rules = set()
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # A check is a pair (rule, condition) of a Field's `checks`.
            if isinstance(node, ast.keyword) and node.arg == "checks":
                rules |= {
                    pair.elts[0].value
                    for pair in ast.walk(node.value)
                    if isinstance(pair, ast.Tuple)
                    and len(pair.elts) == 2
                    and isinstance(pair.elts[0], ast.Constant)
                    and isinstance(pair.elts[0].value, str)
                }
    assert {rule for rule in rules if f"quarantine.{rule}" not in catalogue()} == set()


# --- what is imported is declared ------------------------------------------------------------------------


def defined(path: Path) -> Iterator[str]:
    """Names at the top of a module that nothing but their own use keeps: what decorators take is left out."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_what_a_module_defines_is_used() -> None:
    written = Counter(
        word
        for folder in (*ROOMS, "bench", "docs", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".sql", ".yml", ".yaml")
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    )
    unused = [f"{path}: {name}" for _, path in modules() for name in defined(path) if written[name] == 1]
    assert unused == []


def named(requirement: str) -> str:
    """The package of a requirement, as all spellings of it are compared."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def test_every_package_that_a_room_imports_is_declared() -> None:
    imports = {
        name.split(".")[0]
        for _, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }  # fmt: skip
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {named(one) for one in project["dependencies"]}
    packages = packages_distributions()
    undeclared = {
        name
        for name in imports - set(sys.stdlib_module_names) - set(ROOMS)
        if declared.isdisjoint(named(package) for package in packages.get(name, ()))
    }
    assert undeclared == set()


# --- no addresses where packages are named ---------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["requirements.lock", "Makefile", ".ci/run", "pyproject.toml", ".pre-commit-config.yaml"]
)
def test_no_address_stands_where_packages_are_named(name: str) -> None:
    path = ROOT / name
    if not path.is_file():
        pytest.skip(f"{name} is not there yet")
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|find-links|git\+", text)


def test_every_package_of_the_lock_is_pinned_and_hashed() -> None:
    lock = ROOT / "requirements.lock"
    if not lock.is_file():
        pytest.skip("requirements.lock is not there yet")
    packages = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    loose = [p.splitlines()[0] for p in packages if "==" not in p or "--hash=sha256:" not in p]
    assert loose == []
