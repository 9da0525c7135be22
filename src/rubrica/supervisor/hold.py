"""What only one may have: the data directory and the address."""

import fcntl
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rubrica import embedded
from rubrica.errors import Conflict
from rubrica.settings import PREFIX, BadSetting, Settings


class AlreadyServing(Conflict):
    """Rubrica already serves this data directory."""

    code = "already_serving"


class AddressInUse(Conflict):
    """The address to listen on cannot be had."""

    code = "address_in_use"


@contextmanager
def held(folder: Path) -> Generator[bool]:
    """Hold the data directory, made where absent; say whether its last holder was killed."""
    try:
        embedded.make_folder(folder)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}DATA_DIR: {folder} cannot be written ({error.strerror}). Choose another."
        ) from error
    with lock:
        lock.seek(0)
        holder = lock.read().strip()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            whom = f"the process {holder}" if holder else "another process"
            raise AlreadyServing(
                f"{folder} is held by {whom}. Stop that one, or choose another {PREFIX}DATA_DIR "
                f"(and another {PREFIX}PORT) for this one."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield bool(holder)
        lock.truncate(0)  # not on the way out of an exception: then look twice the next time


@contextmanager
def listening(settings: Settings, patience: float) -> Generator[socket.socket]:
    """Take the address, waiting as many seconds for what was killed to let go of it."""
    deadline = time.monotonic() + patience
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise BadSetting(f"{PREFIX}HOST: {settings.host} is no address of this machine.") from error
    family, _, _, _, address = found[0]
    while True:
        try:
            door = socket.create_server(address[:2], family=family, backlog=1024)
        except OSError as error:
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise AddressInUse(
                f"Nobody can listen on {settings.host} port {settings.port} now "
                f"({os.strerror(error.errno or 0)}). Stop what listens there, or choose another "
                f"{PREFIX}PORT or {PREFIX}HOST."
            ) from error
        with door:
            yield door
        return
