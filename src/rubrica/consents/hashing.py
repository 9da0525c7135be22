"""The keyed hash of an address, here and in SQL: HMAC-SHA256 (RFC 2104), a key for each account."""

import hmac
from collections.abc import Callable

BLOCK = 64
"""Bytes of a block of SHA-256; a key is filled up to it with zeros."""
_secrets: list[Callable[[], str]] = []
"""What tells the secret of this installation, as `use_secret` left it."""


def use_secret(tell: Callable[[], str]) -> None:
    """Hash with this secret from now on. Called where a process is put together.

    It is asked for only when it is needed: a command may run where it is not.
    """
    _secrets[:] = [tell]


def hashed(account: int, address: str) -> bytes:
    """Return what an address is known by in an account. It says nothing without the secret."""
    return hmac.digest(_key(account), address.encode(), "sha256")


def pads(account: int) -> dict[str, bytes]:
    """Return the values that SQL's `address_hash` takes, as `inner_pad` and `outer_pad`."""
    key = _key(account).ljust(BLOCK, b"\0")
    return {
        "inner_pad": bytes(byte ^ 0x36 for byte in key),
        "outer_pad": bytes(byte ^ 0x5C for byte in key),
    }


def _key(account: int) -> bytes:
    """Derive an account's key, so that hashes of two accounts cannot be compared."""
    if not _secrets:
        raise RuntimeError("nobody told the secret: wiring.wire comes first")
    secret = _secrets[0]().encode()
    return hmac.digest(secret, f"rubrica.consents.{account}".encode(), "sha256")
