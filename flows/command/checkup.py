"""`vigie check`: what can be verified before a night, without running one.

What the office file cannot say by itself is verified here: names that other rooms know, secrets, and whether
the systems and the mail servers that it names answer.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from flows.alerts.heartbeat import address as heartbeat_address
from flows.night.keeping import exposures, no_groups
from transforms.dictionary.entries import indicators
from warehouse.deadline import within
from warehouse.errors import UsageError
from warehouse.office.misfits import MisfitError, Near
from warehouse.office.model import Office
from warehouse.office.office_file import problem
from warehouse.office.strict_yaml import read
from warehouse.publishing.datapackage import literal
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.secrets import FEWEST_CHARACTERS, WritableSecretsError, is_weak, secret
from warehouse.words.messages import say
from warehouse.words.personal import looks_personal

if TYPE_CHECKING:
    from apprise.plugins.email.base import NotifyEmail

TEMPLATE = Path(__file__).with_name("office-template.yml")
ANSWER_SECONDS = 10.0
ROWS_TOLD = 100  # of those of a file that were kept out
LONGEST_SECONDS = 30.0  # for all that a mail server says


def checkup(home: Home, office: Office) -> list[str]:
    """Problems found, one line each, in the office's language."""
    written = read(home.office_file.read_bytes() if home.office_file.is_file() else b"")
    return [
        *(
            problem(home.office_file, written, misfit.where, misfit.in_words(office.language))
            for misfit in (*template_left(office), *unknown_names(office), *personal_texts(office))
        ),
        *(
            problem(home.office_file, written, ("privacy", setting), words)
            for setting, words in no_groups(office)
        ),
        *exposures(home, office),
        *missing_secrets(home, office),
        *silent_systems(office),
        *silent_channels(home, office),
    ]


def template_left(office: Office) -> Iterator[MisfitError]:
    """What is still as `vigie init` wrote it: figures would be published under an invented name."""
    template = read(TEMPLATE.read_bytes()).content
    for key in ("code", "name", "siren"):
        if template.get(key) and getattr(office, key) == template[key]:
            yield MisfitError("office.template", key, value=template[key])
    codes = {one["code"] for one in template["municipalities"]}
    for rank, municipality in enumerate(office.municipalities):
        if municipality.code in codes:
            yield MisfitError("office.template", "municipalities", rank, "code", value=municipality.code)


def unknown_names(office: Office) -> Iterator[MisfitError]:
    """Indicators that the office file names and nobody knows."""
    known = list(indicators())
    controls = [
        (("scheme", "actions", rank, "controls", place), control.indicator)
        for rank, action in enumerate(office.scheme.actions if office.scheme else ())
        for place, control in enumerate(action.controls)
    ]
    named = [
        *((("breaks", rank), one.indicator) for rank, one in enumerate(office.breaks)),
        *((("objectives", rank), one.indicator) for rank, one in enumerate(office.objectives)),
        *(
            (("quality_objectives", rank), one.indicator)
            for rank, one in enumerate(office.quality_objectives)
        ),
        *controls,
    ]
    for where, code in named:
        if code is not None and code not in known:
            near = Near(code, known)
            yield MisfitError("office.unknown_indicator", *where, "indicator", value=code, near=near)


def personal_texts(office: Office) -> Iterator[MisfitError]:
    """Reasons, which are published, that hold what looks like a telephone number, an e-mail or a plate."""
    reasons = [
        *((("breaks", rank, "reason"), one.reason) for rank, one in enumerate(office.breaks)),
        *((("corrections", rank, "reason"), one.reason) for rank, one in enumerate(office.corrections)),
    ]
    for where, reason in reasons:
        if looks_personal(reason):
            yield MisfitError("office.looks_personal", *where)


def received_files(home: Home, office: Office, names: Iterable[str]) -> Iterator[str]:
    """What became of received files, one line each and one for each row that was kept out, with full texts.

    Raises BusyError while a run holds the home, and UsageError for a name that no received file has.
    """
    names = list(names)
    if not names:
        return
    language = office.language
    with refresh_lock(home, language=language), working(home) as connection:
        for name in names:
            loads = rows(
                connection,
                f"""SELECT delivery_id, file, status, message FROM quality.load
                    WHERE file = {literal(Path(name).name)} ORDER BY delivery_id""",
            )
            if not loads:
                raise UsageError(say("told.no_file", language, name=name))
            for load in loads:
                yield say("told.file", language, **load)
                for row in rows(
                    connection,
                    f"""SELECT coalesce(line::VARCHAR, '?') AS line, reason,
                               coalesce(sheet || ' / ', '') || coalesce("column", '*') AS "column"
                        FROM quality.quarantined_row WHERE delivery_id = {load["delivery_id"]}
                        ORDER BY quarantined_row.line LIMIT {ROWS_TOLD}""",
                ):
                    yield say("told.row", language, **row)


def missing_secrets(home: Home, office: Office) -> Iterator[str]:
    """Secrets that the office file names and that are nowhere, or are not what they should be."""
    information, broker = office.systems.tourism_information, office.systems.mqtt
    wanted = [channel.address_secret for channel in office.alerts.channels]
    guessed = []  # what others may try as often as they like
    if office.systems.motorhome:
        guessed.append(office.privacy.plate_key_secret)
    if information is not None and information.notifications is not None:
        guessed.append(information.notifications.secret)
    if office.alerts.answers is not None:
        guessed.append(office.alerts.answers.key_secret)
    wanted += guessed
    if information is not None and information.api is not None:
        wanted.append(information.api.key_secret)
    if information is not None and information.tourinsoft is not None and information.tourinsoft.is_pulled:
        wanted += [one.secret for one in information.tourinsoft.syndications]
    ticketing, audience = office.systems.ticketing, office.systems.audience
    if ticketing is not None and ticketing.billetweb is not None:
        wanted.append(ticketing.billetweb.secret)
    wanted += [one.secret for one in audience.matomo] if audience is not None else []
    if broker is not None and broker.username is not None:
        wanted.append(broker.password_secret)
    heartbeat = office.alerts.heartbeat_secret
    if heartbeat:
        wanted.append(heartbeat)
    for name in dict.fromkeys(wanted):
        try:
            value = secret(home, name)
        except WritableSecretsError:
            continue  # it is told among what others can reach
        except UsageError:
            yield say("problem.secret", office.language, name=name, path=home.secrets_file)
            continue
        if name in guessed and is_weak(value):
            yield say("problem.weak_key", office.language, name=name, characters=FEWEST_CHARACTERS)
        if name == heartbeat:
            # Asking for it would tell its monitor of a night that was not done.
            try:
                heartbeat_address(home, name)
            except UsageError:
                yield say("problem.heartbeat", office.language, name=name)


def silent_systems(office: Office) -> Iterator[str]:
    """A line for each declared system that does not answer."""
    language, broker = office.language, office.systems.mqtt
    if broker is not None:
        what = say("problem.broker", language, server=f"{broker.host}:{broker.port_used}")
        yield from no_answer(broker.host, broker.port_used, what, "systems.mqtt", language)
    api = office.systems.tourism_information and office.systems.tourism_information.api
    if api:
        import requests

        from sources.asking import bounded

        try:
            with bounded(requests.Session(), api.timeout_seconds) as asking:
                asking.head(api.url, timeout=api.timeout_seconds)
        except requests.RequestException as error:
            where = "systems.tourism_information.api"
            yield say("problem.no_answer", language, what=api.url, reason=type(error).__name__, where=where)


def silent_channels(home: Home, office: Office) -> Iterator[str]:
    """Alert channels whose address makes no sense or whose server does not answer; nothing is sent."""
    language = office.language
    for channel in office.alerts.channels:
        try:
            address = secret(home, channel.address_secret)
        except UsageError:
            continue  # it is told as missing

        from apprise import Apprise
        from apprise.plugins.email.base import NotifyEmail

        from flows.alerts.sending import is_plain

        service = Apprise.instantiate(address, suppress_exceptions=True)
        named = {"channel": channel.name, "secret": channel.address_secret}
        if service is None:
            yield say("problem.address", language, **named)
        elif is_plain(service, address):
            yield say("problem.plain_channel", language, scheme=address.partition("://")[0], **named)
        elif isinstance(service, NotifyEmail):
            yield from mail_refusals(service, language, named)
        elif getattr(service, "schema", "") in ("json", "jsons", "xml", "xmls", "form", "forms"):
            port = service.port or (443 if service.secure else 80)
            what = say("problem.service", language, server=f"{service.host}:{port}", **named)
            yield from no_answer(service.host, port, what, channel.address_secret, language)


def mail_refusals(service: NotifyEmail, language: str, named: dict[str, str]) -> Iterator[str]:
    """Why a mail server would take no mail of ours: asked as for a mail, up to the password."""
    server = f"{service.smtp_host}:{int(service.port or 0)}"
    try:
        within(LONGEST_SECONDS, lambda: _greet(service))
    except smtplib.SMTPResponseException as error:
        reason = str(error.smtp_code)
        yield say("problem.mail_refused", language, server=server, reason=reason, **named)
    except (OSError, smtplib.SMTPException) as error:  # a TimeoutError is one
        what = say("problem.mail_server", language, server=server, **named)
        reason = str(error) or f"> {LONGEST_SECONDS:g} s"
        yield say("problem.no_answer", language, what=what, reason=reason, where=named["secret"])


def _greet(service: NotifyEmail) -> None:
    kind = smtplib.SMTP_SSL if service.secure and service.secure_mode == "ssl" else smtplib.SMTP
    with closing(kind(service.smtp_host, int(service.port or 0), timeout=ANSWER_SECONDS)) as connection:
        connection.ehlo()
        if service.secure and service.secure_mode == "starttls":
            connection.starttls()
            connection.ehlo()
        if service.user and service.password:
            connection.login(service.user, service.password)
        connection.quit()


def no_answer(host: str, port: int, what: str, where: str, language: str) -> Iterable[str]:
    """A line when the server takes no connection."""
    try:
        socket.create_connection((host, port), timeout=ANSWER_SECONDS).close()
    except OSError as error:
        yield say("problem.no_answer", language, what=what, reason=error, where=where)
