"""The page for the data-protection officer: what is written here, and the record of processing."""

from __future__ import annotations

from flows.command.register import register

BEFORE = """\
# Data protection

{notice}
For the data-protection officer of the office (délégué à la protection des données) and the contractor who
installs Vigie. `vigie privacy` prints the record below in the office's language, with the retentions that
its own `office.yml` sets. What is marked *to be decided* is the office's to decide, and the page can be
signed once it is.

## In short
- The controller is the office; for declarations of the tourist tax, the authority that collects it, for
  which the office acts by delegation or agreement. Vigie runs on the office's own machine and calls nobody
  but what `office.yml` names.
- Personal data are dropped, or become keyed hashes, while a file is read. They stand clear only in the
  bytes of the files received (`archive/`) and in the copies that are handed back with their faults marked
  (`returned/`), which end by themselves. A column that no `source.yml` declares is never loaded.
- What is published (`published/`) holds no personal data.
- What is over its time is erased by the next night, from the bytes of the database's file too. Rows stay,
  so that no figure changes.

## Record of processing
How long is told in days: of archived files from reception, of columns from the day or instant of the row.
The bytes of a file that was refused are kept as long as those of the source's kind that goes first, and the
reasons of quarantined rows as long as the bytes.

"""
AFTER = """\
## How retention works
- **Declared once**: `retention` of a delivery and of a table in `source.yml`;
`warehouse/storage/holdings.yml` for
  the rest. An office shortens or lengthens it by source with `privacy.archive_days` and
  `privacy.personal_days` ([office-file.md](office-file.md)); an unknown source and less than one day are
  refused.
- **Plates** are hashed by HMAC-SHA256 with a key a year, derived from the secret and the passage's local
  year: the hashes of a plate in two years have nothing in common. A passage of the first 21 days of January
  also has the hash by the key of the year before, so that a stay over New Year is joined. 30 days after the
  end of a stay both go: an entry and its exit get one random token that they share with nothing else, every
  other passage one of its own. Stays are the same before and after, and two stays of a vehicle cannot be
  linked any more.
- **Hosts' accounts and lodgings** become random tokens when a calendar year is over for six years, equal
  within that year; registration numbers are emptied.
- **A late correction** of a day whose hashes are gone finds the other end of its stays by the passages that
  it brings again; the next night replaces the hashes once more.
- **The archive is what a night can be repeated from, as long as it lasts.** Afterwards the raw rows are
  what there is: they are never dropped because a reader changed. A working database that is lost is made
  again from the bytes that are left only: back up `warehouse/vigie.duckdb` and `journal.sqlite`, and hold
  the backups to the same retention.
- A database's file is written anew after an erasure; what a file system or a disk keeps of deleted files is
  for the encryption of the disk (*to be decided*: encrypt it).

## Rights of people
- **To know** (articles 13 and 14): a notice at the motorhome area (plates), and in the tax platform's terms
  (declarations). *To be decided*: its words and its place.
- **Access** (article 15): `vigie forget --dry-run --plate AB-123-CD` (or `--name`, `--email`,
  `--telephone`, `--host`, `--text`, several at once) tells in which places the person is and how often. For
  a copy, the files of `archive/` that hold them are opened with the account of Vigie; only the person's own
  lines are handed over.
- **Rectification** (article 16): the source corrects and delivers again; the new file replaces the old
  rows.
- **Erasure** (article 17): the same command without `--dry-run`. It erases from the files received and
  waiting, raw tables, quarantine, journal and messages, spool, working files, logs, Prefect's database and
  published versions, and prints a receipt in the office's language that the person can be given. It ends
  with 1 when something is left: what the office wrote itself (`office.yml`, layouts) and its reports are
  named file by file, with what is to be done, and left to it.
  - Reports: a text of `reports/<year>/texts/` is corrected, then `vigie report --year` writes the draft
    anew; a document that somebody saved is corrected by hand; a published report is frozen: the text is
    corrected, the report published again, and the old folder taken away by people. A PDF of Vigie's own is
    judged by the same document beside it; of any other PDF it is said that nobody looked into it.
  - A file that holds the person is deleted as a whole; what was read of it stays in the raw tables, the
    person's values as random ones. Its hash is kept, so that the same bytes are recognised and not taken.
    **A new file that names the person brings them back**: the sender must erase them too.
  - A file that had not been read yet is deleted as well, and told: ask for it again without the person.
  - The journal keeps (`erasure`) when, by whom, the places and counts, and a keyed hash of what was asked:
    with the secret it can be shown that this person was erased; nothing tells who it was.
  - What is typed in a shell may stay in its history: begin the line with a space, or clear it.
  - Where the tourist tax must be kept by law, erasure may be refused (article 17.3.b). *To be decided* with
    the authority, case by case.
- **Objection** (article 21) is answered as erasure is. Answer within one month (article 12.3).

## A breach
1. Stop: `vigie serve` and its timer; take the machine off the network; change what is in `secrets.env`.
2. Look at: who could read the home (`ls -la`, accounts and groups), `warehouse/vigie.log`, the logs of the
   system and of the web server, `vigie privacy` for what was there and how old.
3. Within **72 hours** of knowing, tell the CNIL (notifications.cnil.fr) unless it is unlikely to harm
   people (article 33), and the people without delay when the risk is high (article 34). Keep the breach in
   the office's own register in any case (article 33.5). For declarations tell the authority that collects
   the tax at once.
4. A secret that got out makes hashes of plates of the last month testable: change `VIGIE_PLATE_KEY`. Stays
   that began before the change and end after it are then joined by their tickets only.

## Accounts on the machine
- Vigie runs with an account of its own, which nobody logs in with; `vigie.service` makes it.
- The home is readable by that account alone (0700), secrets and databases too (0600); `published/` is
  opened to the analysts' group on purpose. `vigie check` tells what is open.
- Whoever administers the machine can read all of it: *to be decided* who they are, and bound by what.

## What is published
- Indicators, aggregates and facts without names, plates, accounts of hosts or free text. Published columns
  hold closed vocabularies, codes and numbers; what has another shape is told by its shape.
- **Statistical secrecy**: no cell of the tourist tax on fewer than 3 hosts or with one above 85 %, and none
  from which such a cell could be computed.
- Stays and passages are published at a grain at which a vehicle cannot be recognised.

## Processors and recipients
| who | what they get | where it is said |
|---|---|---|
| mail or SMS provider | texts of alerts; nothing personal but what staff typed | `alerts.channels` |
| heartbeat service | that a night was done | `alerts.heartbeat_secret` |
| MQTT broker | nothing; it delivers counts | `systems.mqtt` |
| Apidae | that an export was loaded | `systems.tourism_information` |
| contractor | whatever they can read on the machine | *to be decided*: contract of article 28 |

## What the office decides
- [ ] the legal basis of each source, above, and who is controller of the declarations
- [ ] six years for declarations: confirmed or shortened with the authority (no text that was read sets a
      period)
- [ ] words and place of the notices; who answers requests
- [ ] who administers the machine; encryption of its disk; backups and their retention
- [ ] whether an impact assessment (article 35) is needed: plates of a public place, on a small scale
- [ ] name, date and signature of the data-protection officer
"""


def data_protection_page(notice: str) -> str:
    """The whole page."""
    return BEFORE.format(notice=notice) + register("en") + "\n" + AFTER
