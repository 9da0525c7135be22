"""Secrets of transports, encrypted: AES-256-GCM (NIST SP 800-38D), a key for each account.

The key is derived from the secret of the installation (HKDF, RFC 5869), which the database never
holds. What is sealed can be opened only as the same secret of the same transport.
"""

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rubrica.transports.refusals import SecretsUnreadable

FORM = b"\x01"
"""How it was sealed, as its first octet, should there be another way one day."""
NONCE = 12
_secrets: list[Callable[[], str]] = []
"""What tells the secret of this installation, as `use_secret` left it."""


def use_secret(tell: Callable[[], str]) -> None:
    """Seal with this secret from now on. Called where a process is put together.

    It is asked for only when it is needed: a command may run where it is not.
    """
    _secrets[:] = [tell]


def seal(account: int, transport: int, name: str, text: str) -> bytes:
    """Encrypt one secret of a transport: form, nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE)
    sealed = AESGCM(_key(account)).encrypt(nonce, text.encode(), _bound(account, transport, name))
    return FORM + nonce + sealed


def unseal(account: int, transport: int, name: str, sealed: bytes) -> str:
    """Return a secret; refuse one that this secret did not seal, or that belongs elsewhere."""
    nonce, text = sealed[len(FORM) : len(FORM) + NONCE], sealed[len(FORM) + NONCE :]
    try:
        plain = AESGCM(_key(account)).decrypt(nonce, text, _bound(account, transport, name))
        return plain.decode()
    except (InvalidTag, ValueError) as error:
        raise SecretsUnreadable(
            f"The {name} of transport {transport} was encrypted with another RUBRICA_SECRET (or"
            " another file `secret` of the data directory) than this one: put that back, or set"
            f" the {name} anew."
        ) from error


def _bound(account: int, transport: int, name: str) -> bytes:
    return f"rubrica.transports.{account}.{transport}.{name}".encode()


def _key(account: int) -> bytes:
    """Derive an account's key, so that nothing of one account is opened for another."""
    if not _secrets:
        raise RuntimeError("nobody told the secret: wiring.wire comes first")
    info = f"rubrica.transports.{account}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(_secrets[0]().encode())
