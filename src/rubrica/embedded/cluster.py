"""The files of a PostgreSQL, made once."""

import functools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rubrica.embedded.leftovers import clear
from rubrica.embedded.place import (
    DatabaseCannotStart,
    check_reach,
    environment,
    identity,
    make_folder,
    programs,
    user_id,
)
from rubrica.errors import Conflict

SETTINGS = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "temp_buffers": "32MB",
    "max_connections": "100",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "gin_pending_list_limit": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A week of logs in seven files; neither statements nor details, which hold people's numbers.
    "logging_collector": "on",
    "log_filename": "%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
"""For a small machine that is shared; written into `postgresql.conf` once, there to be changed."""
CHARACTERS = ("C.UTF-8", "en_US.UTF-8", "UTF-8")
"""What letters are, in the words of one system or another. pg_trgm drops all but ASCII under C."""


class DatabaseOfOtherVersion(Conflict):
    """The data directory belongs to another version of PostgreSQL."""

    code = "database_of_other_version"


def prepare(folder: Path, *, durable: bool = True) -> None:
    """Make the cluster where there is none yet; refuse a folder that PostgreSQL could not use.

    It is made under another name and renamed, so that a kill leaves nothing half made. One that
    is not durable is made faster, and may be lost when the machine stops right afterwards.
    """
    make_folder(folder.parent)
    check_reach(folder.parent, programs() / "initdb", programs() / "postgres")
    if folder.exists():
        owner = folder.stat().st_uid
        if owner != user_id():
            raise DatabaseCannotStart(
                f"{folder} belongs to the user with the number {owner}, and PostgreSQL would run "
                f"as number {user_id()}. Run Rubrica as the user who made it, or give the folder "
                f"and all in it to number {user_id()} (chown -R)."
            )
        if any(folder.iterdir()):
            _check_version(folder)
            return
    draft = folder.with_name(f".{folder.name}.draft")
    clear(draft)
    if draft.exists():
        shutil.rmtree(draft)
    _initialize(draft, [] if durable else ["--no-sync"])
    draft.rename(folder)
    parent = os.open(folder.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)


def _initialize(draft: Path, more: Sequence[str]) -> None:
    """Make a cluster in a folder that does not exist yet."""
    draft.mkdir(mode=0o700)
    os.chown(draft, user_id(), -1)
    options = [
        *more,
        *("--auth=trust", "--username=postgres", "--encoding=UTF8", "--data-checksums"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *(part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")),
    ]
    said = ""
    for characters in CHARACTERS:
        made = subprocess.run(  # noqa: S603 - our own program
            [programs() / "initdb", "-D", draft, *options, f"--lc-ctype={characters}"],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=environment(),
            **identity(),
        )
        if made.returncode == 0:
            return
        said = made.stderr.strip()
        if "invalid locale name" not in said:
            break
    raise DatabaseCannotStart(f"PostgreSQL could not make its files in {draft.parent}: {said}")


def _check_version(folder: Path) -> None:
    """Refuse a cluster of another major version of PostgreSQL, or what is not a cluster."""
    file = folder / "PG_VERSION"
    if not file.exists():
        raise DatabaseCannotStart(
            f"{folder} holds something that is not a database of PostgreSQL. Move it away, or "
            "set RUBRICA_DATA_DIR to another folder."
        )
    theirs, ours = file.read_text().strip(), _major_version()
    if theirs != ours:
        raise DatabaseOfOtherVersion(
            f"{folder} was written by PostgreSQL {theirs}, and this release brings {ours}, which "
            "cannot read it. Run the release of Rubrica that wrote it, or take the data over: "
            f"dump the database with pg_dump {theirs}, move the folder away, start this release, "
            "and load the dump with psql."
        )


@functools.cache
def _major_version() -> str:
    """Return the major version of the embedded PostgreSQL, such as `18`."""
    said = subprocess.check_output([programs() / "postgres", "--version"], text=True)  # noqa: S603
    return said.split()[-1].partition(".")[0]  # postgres (PostgreSQL) 18.6
