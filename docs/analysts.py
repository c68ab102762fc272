"""docs/analysts.md: for who asks the published warehouse in SQL: questions, tables, ways to connect.

QUESTIONS are asked of the demonstration's version by tests/demo/test_analysts.py; a mart's line is made of
its model's description and of where the model stands, and leads to its page (docs/marts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import yaml

from docs.marts import marts


@dataclass(frozen=True)
class Question:
    """What an analyst asks, what to mind in the answer, and the query."""

    asked: str
    mind: str
    sql: str


QUESTIONS = tuple(
    Question(**one) for one in yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
)

PAGE = """\
# For analysts

{notice}
`published/current/vigie.duckdb` holds two schemas: `marts` (figures and facts at their natural grain) and
`quality` (ledger, checks, outages, incidents). Every table and column is described in the database itself:
`SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'indicator_value'`. Parquet copies and a
`datapackage.json` lie beside it. Instants are UTC, days are the office's; money is DECIMAL.

Each night writes a new version in a folder of its own and then moves the pointer `current`. A connection that
is open reads the version that it opened, however many nights pass; one that is opened again reads the new
one. Seven versions are kept, and each of them for an hour at least: close what you do not use.

Whatever opens its files only when it reads them, as readers of Parquet do, or opens several of them, must
resolve the pointer first: a path through `current` leads into another version after a night, of which the
lengths and places that were noted before are not true (polars raises ComputeError, pyarrow OSError), and
tables of two versions do not belong together. `Path("published/current").resolve()` is the folder of one
version.

## Ten questions

Each runs as a test on the demonstration. `vigie sql QUERY` asks one, `vigie sql` alone is a prompt that
completes tables and columns with the Tab key.

{questions}

## The tables of `marts`

| table | what it holds: grain, and what it is for | its rows are |
|---|---|---|
{marts}

Lineage: `python -m docs.lineage lineage.html`, from a checkout, has dbt write its documentation as one file
that a browser opens offline: every model with its columns and SQL, and the graph of what stands on what.

## Ways to connect

Open the published copy, never the files of `warehouse/`: these are the run's. An account that may read it is
a member of `privacy.published_group` (README). Tried with the versions named, on the demonstration's version.

{recipes}
"""

RECIPES = """\
**`vigie sql`**: reads only, whatever is asked of it (no file, network, extension, setting or write):

    vigie sql "FROM marts.indicator_value LIMIT 5" --format csv

**DuckDB's own command** (tried: duckdb-cli 1.5.6, which reads files of 1.5):

    duckdb -readonly published/current/vigie.duckdb "FROM marts.site"

**Python** (tried: duckdb 1.5.5, and 2.0.1, which reads the same file):

    import duckdb
    with duckdb.connect("published/current/vigie.duckdb", read_only=True) as published:
        rows = published.sql("FROM marts.indicator_value").fetchall()

To open the version of the moment twice in one process, open it by `Path(…).resolve()`: DuckDB shares what
is open under one path.

**polars** (tried: {polars}; not a dependency of Vigie), from the Parquet copies, lazily and without
DuckDB; the pointer is resolved once, for all tables that belong together:

    from pathlib import Path
    import polars as pl
    version = Path("published/current").resolve()  # a lazy reader of current/… fails after the next night
    pl.scan_parquet(version / "marts" / "indicator_value.parquet").filter(
        pl.col("indicator") == "counter_passages", pl.col("period_kind") == "year"
    ).select("period_start", "value", "low", "high").collect()

**R** (tried: R 4.2 of Debian, r-base-core, with no package), through `vigie sql`; numbers are numbers, days
are text (`as.Date`):

{r}

**Node** (tried: @duckdb/node-api 1.5.6 on Node 20); a DECIMAL comes as text:

    import {{ DuckDBInstance }} from "@duckdb/node-api";
    const options = {{ access_mode: "READ_ONLY" }};
    const instance = await DuckDBInstance.create("published/current/vigie.duckdb", options);
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll("FROM marts.site");
    const rows = reader.getRowObjectsJson();

**A marimo notebook** (tried: {marimo}): `marimo edit notebook.py`, in which a cell is SQL on a connection
of another cell:

    import duckdb, marimo as mo
    published = duckdb.connect("published/current/vigie.duckdb", read_only=True)
    # in a cell of its own
    mo.sql("SELECT * FROM marts.site", engine=published)

**Excel, LibreOffice**: `vigie export tables indicator_value calendar --period 2025 --to 2025.xlsx`
(tried: read back by openpyxl and python-calamine), a sheet a table, the meaning of the columns on the
last one; no macro, no formula, no link. Excel's Power Query also reads the Parquet copies (Data, Get
Data, From File, From Parquet): not tried, there is no Excel here.

**JDBC** (DBeaver, Metabase), **ODBC** and R's own driver of DuckDB: not tried, for none of them could be had
where this was written (a Java is there, its registry did not answer). By DuckDB's documentation:
`jdbc:duckdb:/srv/vigie/published/current/vigie.duckdb` with the property `duckdb.read_only=true`; in R,
`dbConnect(duckdb::duckdb(), dbdir = "…", read_only = TRUE)`. Take a driver of DuckDB 1.5 or later."""

# tests/flows/command/test_export.py runs it where there is an R.
R = r"""
query <- "SELECT period_start, value, low, high FROM marts.indicator_value
          WHERE indicator = 'counter_passages' AND period_kind = 'year'"
figures <- read.csv(pipe(paste("vigie sql", shQuote(query), "--format csv")))
""".strip()


def analysts_page(notice: str) -> str:
    """The page."""
    return PAGE.format(
        notice=notice,
        questions="\n\n".join(_question(rank, one) for rank, one in enumerate(QUESTIONS, start=1)),
        marts="\n".join(
            f"| [`{one.name}`](marts/{one.name}.md) | {one.description} | {one.status} |" for one in marts()
        ),
        recipes=RECIPES.format(polars="polars 2.1.0", marimo="marimo 0.25.2", r=indent(R, " " * 4)),
    )


def _question(rank: int, question: Question) -> str:
    return f"**{rank}. {question.asked}** {question.mind}\n\n```sql\n{question.sql};\n```"
