"""What looks like a person's number, address or plate in a text."""

from __future__ import annotations

import re

# What looks like a person's: an e-mail, nine digits or more, plates of Europe.
PERSONAL = re.compile(
    r"""[\w.+-]+@[\w-]+\.\w
      | (?:\d[ .\-/]?){9}
      | \b[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}\b             # France
      | \b\d{1,4}[- ][A-Z]{2,3}[- ]\d{2,3}\b            # France before 2009
      | \b\d{4}[- ]?[B-DF-HJ-NP-TV-Z]{3}\b              # Spain
      | \b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[- ]?\d{1,4}[EH]?\b     # Germany
      | \b\d[- ][A-Z]{3}[- ]\d{3}\b                     # Belgium
      | \b(?:[A-Z]{2}-\d{3}-[A-Z]|[A-Z]-\d{3}-[A-Z]{2}|[A-Z]{2}-\d{2}-[A-Z]{2})\b  # Netherlands
      | \b[A-Z]{2}\d{2}[ ]?[A-Z]{3}\b                   # United Kingdom
    """,
    re.VERBOSE,
)


def looks_personal(text: str) -> bool:
    """True when a text holds what looks like a telephone number, an e-mail or a plate."""
    return PERSONAL.search(text) is not None
