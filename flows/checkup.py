"""`vigie check`: what can be verified before a night, without running one."""

from __future__ import annotations

import socket

import apprise
import requests

from flows.heartbeat import address as heartbeat_address
from warehouse.errors import UsageError
from warehouse.layout import Home
from warehouse.office import Office
from warehouse.secrets import secret


def checkup(home: Home, office: Office) -> list[str]:
    """Problems found, one line each: secrets that are missing, addresses that make no sense, servers away."""
    problems: list[str] = []
    wanted = [channel.address_secret for channel in office.alerts.channels]
    if office.systems.motorhome:
        wanted.append(office.privacy.plate_key_secret)
    information, broker = office.systems.tourism_information, office.systems.mqtt
    if information is not None and information.notifications is not None:
        wanted.append(information.notifications.secret)
    if broker is not None and broker.username is not None:
        wanted.append(broker.password_secret)
    if broker is not None:
        try:
            socket.create_connection((broker.host, broker.port_used), timeout=10).close()
        except OSError as error:
            problems.append(
                f"MQTT broker {broker.host}:{broker.port_used} does not answer ({error}): check "
                "systems.mqtt and the network."
            )
    api = information.api if information else None
    if api is not None:
        wanted.append(api.key_secret)
        try:
            requests.head(api.url, timeout=api.timeout_seconds)
        except requests.RequestException as error:
            problems.append(
                f"{api.url} does not answer ({type(error).__name__}): check the address and the network."
            )
    if office.alerts.heartbeat_secret:
        # Asking for it would tell its monitor of a night that was not done.
        try:
            heartbeat_address(home, office.alerts.heartbeat_secret)
        except UsageError as error:
            problems.append(str(error))
    for name in wanted:
        try:
            secret(home, name)
        except UsageError as error:
            problems.append(str(error))
    for channel in office.alerts.channels:
        try:
            address = secret(home, channel.address_secret)
        except UsageError:
            continue  # it is named above
        if not apprise.Apprise().add(address):
            problems.append(
                f"Alert channel {channel.name}: the secret {channel.address_secret} is no Apprise address, "
                "such as mailtos://user:password@server?to=person@example.org."
            )
    return problems
