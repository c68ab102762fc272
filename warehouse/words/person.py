"""One person in any text: found however they are written, and taken out of it.

What identifies a person is normalised by its kind: plates without separators and case, telephone numbers with
or without the country's prefix, names without accents and in either order.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from warehouse.errors import UsageError
from warehouse.words.messages import say

Kind = Literal["plate", "name", "email", "telephone", "host", "text"]
MARK = "[effacé]"
FEWEST = 4  # letters and digits: what is shorter would be found everywhere
BETWEEN = r"[\W_]{0,3}"
BEFORE, AFTER = r"(?<![^\W_])", r"(?![^\W_])"  # no letter, no digit
# What ends a line in HTML, and in the parts of Word documents and workbooks.
ENDS = re.compile(
    r"</(?:\w+:)?(?:p|h[1-6]|li|t[dhrc]|div|title|caption|si|c)>|<(?:\w+:)?(?:br|tab|cr)\b[^<>]*>"
)
FRENCH = re.compile(r"^(?:0033|33|0)(?=[1-9]\d{8}$)")


@dataclass(frozen=True)
class Identifier:
    """Something that identifies a person, as it was given."""

    kind: Kind
    given: str

    @cached_property
    def normal(self) -> str:
        """The same for all ways of writing it: what its proof is made of."""
        folded = fold(self.given)[0]
        if self.kind == "telephone":
            return FRENCH.sub("0", re.sub(r"\D", "", folded)).removeprefix("00")
        if self.kind == "plate":
            return re.sub(r"[\W_]", "", folded)
        if self.kind == "name":
            return " ".join(sorted(self._words))
        return " ".join(folded.split())

    @property
    def _words(self) -> list[str]:
        return re.findall(r"[^\W_]+", fold(self.given)[0])

    @cached_property
    def pattern(self) -> str:
        """A regular expression of all ways of writing it, over a text that is folded."""
        if self.kind == "telephone":
            digits = BETWEEN.join(self.normal.removeprefix("0"))
            prefix = r"(?:\+|00)?"
            if self.normal.startswith("0"):
                prefix = rf"(?:{prefix}33{BETWEEN}(?:\(0\){BETWEEN})?|0{BETWEEN})?"
            return rf"(?<!\d){prefix}{digits}(?!\d)"
        if self.kind == "plate":
            return BEFORE + BETWEEN.join(self.normal) + AFTER
        if self.kind == "email":
            written = re.escape(self.normal).replace("@", "(?:@|%40)")
            return rf"(?<![\w.+-]){written}(?![\w-])"
        if self.kind == "name":
            words = self._words
            orders = {tuple(words[n:] + words[:n]) for n in range(len(words))}
            return (
                BEFORE + "(?:" + "|".join(r"[\W_]{1,3}".join(order) for order in sorted(orders)) + ")" + AFTER
            )
        return BEFORE + r"\s+".join(map(re.escape, self.normal.split())) + AFTER


class Person:
    """All that identifies one person, and the values that are exactly theirs, such as the hash of a plate."""

    def __init__(
        self, identifiers: Sequence[Identifier], exact: Iterable[str] = (), language: str = "fr"
    ) -> None:
        """Raises UsageError when nothing is given, or something that is too short to be one person's."""
        if not identifiers:
            raise UsageError(say("forget.nobody", language))
        for one in identifiers:
            if len(re.sub(r"[\W_]", "", one.normal)) < FEWEST:
                raise UsageError(say("forget.too_short", language, value=one.given, fewest=FEWEST))
        self.identifiers, self.exact = tuple(identifiers), frozenset(exact)
        self._pattern = re.compile("|".join(sorted({one.pattern for one in identifiers})))

    def proof(self, secret: str) -> str:
        """A keyed hash of who it is: with the key it can be shown that this person was erased."""
        identity = "\n".join(sorted(f"{one.kind}:{one.normal}" for one in self.identifiers))
        return hmac.new(secret.encode(), b"forget\n" + identity.encode(), hashlib.sha256).hexdigest()

    def count(self, text: str) -> int:
        """How often the person is in a text, however it is escaped (JSON, HTML, XML)."""
        if text in self.exact:
            return 1
        found = sum(1 for _ in self._pattern.finditer(fold(text)[0]))
        return found or max((self._in(other) for other in _other_readings(text)), default=0)

    def _in(self, text: str) -> int:
        return sum(1 for _ in self._pattern.finditer(fold(text)[0]))

    def clean(self, text: str) -> str:
        """The text with a mark in the place of the person."""
        if text in self.exact:
            return MARK
        folded, places = fold(text)
        parts, end = [], 0
        for match in self._pattern.finditer(folded):
            first, last = (match.start(), match.end()) if places is None else (
                places[match.start()], places[match.end() - 1] + 1,
            )  # fmt: skip
            parts += [text[end:first], MARK]
            end = last
        cleaned = "".join([*parts, text[end:]])
        if not self.count(cleaned):
            return cleaned
        # Escaped: it is taken out of the values.
        try:
            return json.dumps(_of_values(json.loads(cleaned), self.clean), ensure_ascii=False)
        except ValueError:
            return MARK


def fold(text: str) -> tuple[str, list[int] | None]:
    """A text without case and accents, and where each of its characters came from; None when all stayed."""
    if text.isascii():
        return text.lower(), None
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(part):
                folded.append(part)
                places.append(place)
    return "".join(folded), places


def _other_readings(text: str) -> Iterator[str]:
    r"""What a text says once \u00e9, &eacute; or tags within words are read."""
    if "\\u" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda escaped: chr(int(escaped[1], 16)), text)
    if "&" in text:
        yield html.unescape(text)
    if "</" in text:
        # A word may be parted by tags of weight, and ends where a paragraph or a cell does.
        yield html.unescape(re.sub(r"<[^<>]*>", "", ENDS.sub("\n", text)))


def _of_values(content: Any, change: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, list):
        return [_of_values(one, change) for one in content]
    if isinstance(content, dict):
        return {change(key): _of_values(value, change) for key, value in content.items()}
    return content
