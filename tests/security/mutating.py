"""Wild files: a healthy one, changed at random as disks, programs, people and attackers change them.

The same seed makes the same files.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]
# What is put somewhere into a file: signs that formats live of, signs that programs choke on.
TOKENS = (
    b'"', b"'", b";", b",", b"\t", b"\n", b"\r", b"\r\n", b"\x00", b"\x1a", b"\x1b[2J", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\x80", b"\xc3", "\u202e".encode(), "\u00a0".encode(), b"9" * 400, b"-1", b"1e308",
    b"1e-400", b"NaN", b"inf", b"=1+1", b"0x10", b"29/02/2025", b"31/12/9999", b"00:60:61", b"24:00",
    b"<!--", b"]]>", b"<a>", b"&lt;", b"{", b"[" * 3000, b"}", b"null", b"\\u0000", b"true", b'{"a":' * 500,
    b"%s%n", b"../../x", b"' OR 1=1 --", b"{{ 1/0 }}", b"A" * 70_000,
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "cp1252", "ascii", "utf-7")
ZIP_SIGN = b"PK\x03\x04"


def mutated(content: bytes, random: Random) -> bytes:
    """The content after one to four changes; of a ZIP, half the time one of its members is what changes."""
    if content.startswith(ZIP_SIGN) and random.random() < 0.5:
        return _with_mutated_member(content, random)
    for _ in range(random.randint(1, 4)):
        content = random.choice(MUTATIONS)(content, random)
    return content


def _with_mutated_member(content: bytes, random: Random) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w") as target:
        names = source.namelist()
        chosen = random.choice(names)
        for name in names:
            member = source.read(name)
            target.writestr(name, mutated(member, random) if name == chosen else member)
    return changed.getvalue()


def _slice(content: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.choice((1, 2, 5, 20, 200, 5000)))


def _flip(content: bytes, random: Random) -> bytes:
    flipped = bytearray(content)
    for _ in range(random.choice((1, 1, 3, 30)) if content else 0):
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))]


def _drop(content: bytes, random: Random) -> bytes:
    start, end = _slice(content, random)
    return content[:start] + content[end:]


def _repeat(content: bytes, random: Random) -> bytes:
    start, end = _slice(content, random)
    return content[:end] + content[start:end] * random.choice((1, 3, 50)) + content[end:]


def _insert(content: bytes, random: Random) -> bytes:
    at = random.randint(0, len(content))
    return content[:at] + random.choice(TOKENS) + content[at:]


def _replace_number(content: bytes, random: Random) -> bytes:
    numbers = list(re.finditer(rb"\d+", content))
    if not numbers:
        return content
    chosen = random.choice(numbers)
    return content[: chosen.start()] + random.choice(TOKENS) + content[chosen.end() :]


def _swap_lines(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _swap_cells(content: bytes, random: Random) -> bytes:
    cells = content.split(b";")
    one, other = random.randrange(len(cells)), random.randrange(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    return b";".join(cells)


def _other_encoding(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")
    return text.encode(
        random.choice(("utf-16", "utf-16-be", "utf-32", "cp1252", "ascii", "utf-7")), "replace"
    )


def _two_in_one(content: bytes, _random: Random) -> bytes:
    return content + content


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _cut, _drop, _repeat, _insert, _insert, _replace_number, _replace_number, _swap_lines, _swap_cells,
    _other_encoding, _two_in_one,
)  # fmt: skip
