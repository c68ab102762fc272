"""Addresses that a secret may be sent to: encrypted ones, and this very machine."""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str | None) -> bool:
    """True for a name or address of this machine that no other machine answers to."""
    return (host or "").lower().strip("[]") in LOOPBACK


def is_protected(address: str) -> bool:
    """True for a web address that nobody reads along on the way to: HTTPS, or HTTP to this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
