"""Keep the home closed to other accounts of the machine, and open to the groups that office.yml names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.private import NoGroupError, Opened, arrange, exposed, group_id
from warehouse.words.messages import number, say

log = logging.getLogger("vigie")


def keep_closed(home: Home, office: Office, progress: Callable[[str], None]) -> dict[str, str]:
    """Close what others can reach, and say so; what cannot be done, in words, by what it is about.

    What is to be opened to a group that does not exist, or is not ours to give, stays closed.
    """
    language = office.language
    failures = {f"privacy.{setting}": words for setting, words in no_groups(office)}
    numbers = {
        setting: None if group is None or f"privacy.{setting}" in failures else group_id(group)
        for setting, group in _groups(office).items()
    }
    arranged = arrange(home, Opened(numbers["published_group"], numbers["inbox_group"]))
    if arranged.closed:
        count, path = number(len(arranged.closed), language), arranged.closed[0]
        line = say("exposed.closed", language, count=count, path=path)
        progress(line)
        log.warning(line)
    if home.secrets_file in arranged.closed:
        failures["secrets.env"] = say("exposed.secrets_were_read", language, path=home.secrets_file)
    if arranged.refused:
        count, path = number(len(arranged.refused), language), arranged.refused[0]
        failures["home"] = say("exposed.refused", language, count=count, path=path)
    for what, path in exposed(home):
        if what == "secrets_written":
            failures[path.name] = say(f"exposed.{what}", language, path=path)
    return failures


def no_groups(office: Office) -> Iterator[tuple[str, str]]:
    """Settings whose group the home cannot be opened to, and why."""
    for setting, group in _groups(office).items():
        try:
            if group is not None:
                group_id(group)
        except NoGroupError as error:
            yield setting, say(f"exposed.group_{error.why}", office.language, group=group)


def exposures(home: Home, office: Office) -> list[str]:
    """What other accounts can read, write or swap, in words."""
    return [say(f"exposed.{what}", office.language, path=path) for what, path in exposed(home)]


def _groups(office: Office) -> dict[str, str | None]:
    privacy = office.privacy
    return {"published_group": privacy.published_group, "inbox_group": privacy.inbox_group}
