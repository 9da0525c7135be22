"""A watched folder: which files are complete, whose they are, and where they go.

A file is taken by moving it to `working/` below a mark of its own: the rename decides between
several watchers. It leaves for `done/` or `failed/`, its report written before it. No database
here.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

Place = Literal["done", "failed"]
PARTIAL = (".part", ".tmp", ".partial", ".filepart", ".crdownload", ".download")
"""How names end while a program still writes the file."""
SETTLED, EMPTY = 2, 10
"""Looks in which a file must be the same; more where it is empty, as one is before it is copied."""
SILENT = 15.0
"""Seconds without a sign of life after which a file in `working/` is somebody else's no more."""
REPORT, REJECTS = ".report.json", ".rejects.csv"
LONGEST = 255
"""Bytes of a name at the most, on usual file systems."""


class Claim(NamedTuple):
    """A file that was taken, and its mark."""

    mark: str
    path: Path

    @property
    def scratch(self) -> Path:
        """Where its rejected rows are written before they stand beside it."""
        return self.path.parent / f".{self.mark}{REJECTS}"


class Folder:
    """A folder that files are put into, with what has been seen of them."""

    def __init__(self, root: Path) -> None:
        self.root, self.working = root, root / "working"
        for place in (self.working, root / "done", root / "failed"):
            place.mkdir(exist_ok=True)
        self._seen: dict[str, tuple[tuple[int, int], int]] = {}
        self._signs: dict[str, tuple[int, float]] = {}

    def settled(self) -> list[Path]:
        """Look once; return the files that are complete, the oldest first."""
        stamps: dict[str, tuple[int, int]] = {}
        with os.scandir(self.root) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and not is_left_alone(entry.name):
                    known = entry.stat(follow_symlinks=False)
                    stamps[entry.name] = (known.st_mtime_ns, known.st_size)
        before = self._seen
        self._seen = {
            name: (stamp, before[name][1] + 1 if before.get(name, (None,))[0] == stamp else 1)
            for name, stamp in stamps.items()
        }
        complete = [
            (stamp, name)
            for name, (stamp, looks) in self._seen.items()
            if looks >= (SETTLED if stamp[1] else EMPTY)
        ]
        return [self.root / name for _, name in sorted(complete)]

    def claim(self, file: Path) -> Claim | None:
        """Take a file; nothing where somebody else has."""
        mark = secrets.token_hex(12)
        place = self.working / mark
        try:
            place.mkdir()
            file.rename(place / file.name)
        except FileNotFoundError:
            self._clear(place)
            return None
        return Claim(mark, place / file.name)

    def left(self, silent: float = 0.0) -> list[Claim]:
        """Return what is left in `working/` by watchers that gave no sign of life for so long."""
        now, signs, found = time.monotonic(), self._signs, list[tuple[int, Claim]]()
        self._signs = {}
        for place in self.working.iterdir():
            try:
                sign = place.stat().st_mtime_ns
                files = [f for f in place.iterdir() if not f.name.startswith(".")]
            except (FileNotFoundError, NotADirectoryError):
                continue
            if not files:
                self._clear(place)
                continue
            before, since = signs.get(place.name, (sign, now))
            since = since if before == sign else now
            self._signs[place.name] = (sign, since)
            if now - since >= silent:
                found.append((files[0].stat().st_mtime_ns, Claim(place.name, files[0])))
        return [claim for _, claim in sorted(found)]

    def show_life(self, claim: Claim) -> None:
        """Tell other watchers that a file is being seen to."""
        if claim.path.parent.exists():
            os.utime(claim.path.parent)

    def finish(self, claim: Claim, place: Place, report: dict[str, Any]) -> Path | None:
        """Move a file to its place, with its report and rejected rows; nothing where it is gone.

        Whatever is there stays: another name is found. May be done again after a kill.
        """
        for name in _names(claim.path.name):
            target = self.root / place / name
            try:
                if target.exists():
                    if not target.samefile(claim.path):
                        continue
                elif not self._reserve(claim, target, report):
                    continue
                moved = _moved(claim.path, target)
            except FileNotFoundError:
                return None  # another watcher has finished it
            if moved:
                self._clear(claim.path.parent)
                return target
            _beside(target, REPORT).unlink(missing_ok=True)
            _beside(target, REJECTS).unlink(missing_ok=True)
        raise AssertionError  # names never end

    def _reserve(self, claim: Claim, target: Path, report: dict[str, Any]) -> bool:
        """Write report and rejected rows of a name, unless they are another file's."""
        beside, rejects = _beside(target, REPORT), _beside(target, REJECTS)
        ours = beside.exists() and _mark_of(beside) == claim.mark
        if not ours and (beside.exists() or rejects.exists()):
            return False
        has_rejects = claim.scratch.exists() or (ours and rejects.exists())
        whole = {"file": target.name, "rejects": rejects.name if has_rejects else None}
        draft = claim.path.parent / f".{claim.mark}{REPORT}"
        text = msgspec.json.encode(whole | report | {"mark": claim.mark})
        draft.write_bytes(msgspec.json.format(text, indent=2) + b"\n")
        if ours:
            draft.replace(beside)
        elif not _moved(draft, beside):
            return False
        if claim.scratch.exists():
            claim.scratch.replace(rejects)
        return True

    def _clear(self, place: Path) -> None:
        """Remove a mark's folder, unless a file is in it."""
        if place.is_dir() and all(file.name.startswith(".") for file in place.iterdir()):
            shutil.rmtree(place, ignore_errors=True)


def is_left_alone(name: str) -> bool:
    """Tell whether a name says that the file is hidden, a program's own, or not whole yet."""
    return name.startswith((".", "~$")) or name.lower().endswith(PARTIAL)


def _names(name: str) -> Iterator[str]:
    """Yield a name, then others like it, that leave room for what stands beside the file."""
    path = Path(name)
    number = 1
    while True:
        tail = (f" ({number})" if number > 1 else "") + path.suffix
        room = LONGEST - len((tail + max(REPORT, REJECTS, key=len)).encode())
        yield path.stem.encode()[: max(room, 1)].decode(errors="ignore") + tail
        number += 1


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _mark_of(report: Path) -> str | None:
    try:
        return msgspec.json.decode(report.read_bytes(), type=dict[str, Any]).get("mark")
    except msgspec.DecodeError:
        return None


def _moved(file: Path, target: Path) -> bool:
    """Move a file to where none is; tell whether it is there. A rename alone would write over."""
    try:
        os.link(file, target)
    except FileExistsError:
        if not target.samefile(file):
            return False
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            return False
        file.rename(target)
        return True
    file.unlink(missing_ok=True)
    return True
