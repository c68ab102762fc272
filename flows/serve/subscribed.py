"""The subscriber to the broker that counters push to: each message is on disk before it is acknowledged.

The session is kept by the broker (fixed client id, QoS 1), so that what is published while we are away comes
when we are back. What we have on disk becomes a file of inbox/counters, as if somebody had dropped it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from filelock import FileLock, Timeout
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from flows.serve.events import Emit, emit_safely
from flows.serve.spool import Spool
from sources.counters.messages import CounterMessage
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.office.office_file import language_of
from warehouse.office.subjects.mqtt import MqttBroker
from warehouse.storage.layout import Home
from warehouse.storage.secrets import secret
from warehouse.words.messages import say

log = logging.getLogger("vigie")

SOURCE = "counters"
CONNECTED, LOST = "vigie.broker.connected", "vigie.broker.lost"
AT_LEAST_ONCE = 1
LOOP_SECONDS = 0.5
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0


def run(home: Home, office: Office, stop: threading.Event, emit: Emit) -> None:
    """Subscribe until `stop` is set; an office none of whose counters pushes subscribes to nothing.

    A broker that is away is asked again, after a minute at most. CONNECTED and LOST are emitted about the
    broker; messages become files of the inbox. Raises UsageError when a secret is missing or another
    subscriber runs, VigieError when the disk is full.
    """
    broker = office.systems.mqtt
    topics = sorted({counter.mqtt.topic for counter in office.counters if counter.mqtt is not None})
    if broker is None or not topics:
        stop.wait()
        return
    password = secret(home, broker.password_secret) if broker.username else None
    with _alone(home):
        spool = Spool(home.inbox / SOURCE, office.language)
        subscriber = Subscriber(home, office, broker, password, topics, spool, emit)
        wait = SHORTEST_WAIT_SECONDS
        try:
            while not stop.is_set():
                was_connected = subscriber.listen(stop)
                spool.publish()
                wait = SHORTEST_WAIT_SECONDS if was_connected else min(2 * wait, LONGEST_WAIT_SECONDS)
                stop.wait(wait)
        finally:
            spool.publish()


class Subscriber:
    """A client of the broker with a session that outlives it."""

    def __init__(
        self,
        home: Home,
        office: Office,
        broker: MqttBroker,
        password: str | None,
        topics: Sequence[str],
        spool: Spool,
        emit: Emit,
    ) -> None:
        self._name = f"{broker.host}:{broker.port_used}"
        self._resource = f"vigie.broker.{broker.host}"
        self._topics = topics
        self._spool = spool
        self._emit = emit
        self._is_connected = False
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"vigie-{office.code}",
            clean_session=False,
            manual_ack=True,
        )
        if broker.tls:
            self._client.tls_set(_authority(home, broker))
        if broker.username is not None:
            self._client.username_pw_set(broker.username, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect_async(broker.host, broker.port_used)

    def listen(self, stop: threading.Event) -> bool:
        """Receive messages until the connection ends or `stop` is set; True when there was a connection."""
        self._is_connected = False
        try:
            self._client.reconnect()
            while not stop.is_set() and self._client.loop(LOOP_SECONDS) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._spool.publish_when_due()
            if stop.is_set():
                self._client.disconnect()  # after the acknowledgements that are still to be sent
            why = "the connection ended"
        except OSError as error:
            why = str(error)
        if not stop.is_set():
            log.warning("MQTT broker %s: %s; trying again", self._name, why)
            if self._is_connected:
                emit_safely(self._emit, LOST, self._resource, {"reason": why})
        return self._is_connected

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: mqtt.ConnectFlags, code: ReasonCode, _more: Any
    ) -> None:
        if code.is_failure:
            log.error(
                "MQTT broker %s refuses us (%s): check systems.mqtt and its password secret", self._name, code
            )
            return
        self._is_connected = True
        # Also when the broker kept the session: the office file may declare other topics since.
        client.subscribe([(topic, AT_LEAST_ONCE) for topic in self._topics])
        emit_safely(self._emit, CONNECTED, self._resource, {"topics": len(self._topics)})

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, codes: Sequence[ReasonCode], _more: Any
    ) -> None:
        for topic, code in zip(self._topics, codes, strict=False):
            if code.is_failure:
                log.error(
                    "MQTT broker %s refuses topic %s (%s): its user may not read it", self._name, topic, code
                )

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        came = CounterMessage(
            message.topic, bytes(message.payload), datetime.now(UTC), message.mid, message.retain
        )
        self._spool.add(came, is_redelivered=message.dup)
        client.ack(message.mid, message.qos)


def _authority(home: Home, broker: MqttBroker) -> str | None:
    """The file of the authority that the broker's certificate is checked against; raises UsageError."""
    if broker.ca_file is None:
        return None
    path = home.root / broker.ca_file
    if not path.is_file():
        raise UsageError(say("serve.no_authority", language_of(home.office_file), path=path))
    return str(path)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold the home's subscription: two clients of one name would push each other out for ever."""
    home.work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.work / "subscriber.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        language = language_of(home.office_file)
        raise UsageError(
            say("serve.another_subscriber", language, home=home.root, path=lock.lock_file)
        ) from error
    try:
        yield
    finally:
        lock.release()
