"""Files inside `.gz` and one-file `.zip`, unpacked as a stream that cannot run away.

The limits are those of the contract: nothing unpacks beyond 4 GiB, nor to more than 200 times
its packed size once past 10 MiB. What a file may unpack to is thus known from its packed size.
"""

import gzip
import io
import math
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from rubrica.deadlines import NEVER, Deadline
from rubrica.errors import Invalid, TooLarge
from rubrica.formats.model import Compression

MOST = 4 * 1024**3
FREE = 10 * 1024**2
RATIO = 200
NAMED = 10
MOST_DIRECTORY = 16 * 1024**2
MOST_MEMBERS = 65_535
"""As many as a zip can have without ZIP64. In memory each takes about 1 KiB."""
ENTRY = b"PK\x01\x02"
"""Begins each entry of a zip's directory (APPNOTE 4.3.12)."""
LITTER = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError)
"""What `gzip` and `zipfile` raise where an archive breaks off or lies about itself."""


class ArchiveBomb(TooLarge):
    """The file unpacks to far more than its size."""

    code = "archive_bomb"


class FileCorrupt(Invalid):
    """The file is damaged."""

    code = "file_corrupt"


class ArchiveEncrypted(Invalid):
    """The archive is protected by a password."""

    code = "archive_encrypted"


class ArchiveUnsupported(Invalid):
    """The archive is packed in a way that is not read."""

    code = "archive_unsupported"


class ArchiveOfSeveral(Invalid):
    """The archive holds more than one file."""

    code = "archive_of_several"


class ArchiveEmpty(Invalid):
    """The archive holds no file."""

    code = "file_empty"


def allowed(packed: int) -> int:
    """Return how many bytes may come out of so many packed ones."""
    return min(MOST, max(FREE, RATIO * packed))


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than `most` bytes, and says so when it is broken."""

    def __init__(self, source: BinaryIO, most: float, below: ExitStack, deadline: Deadline) -> None:
        super().__init__()
        self.source = source
        self.most = most
        self.given = 0
        self.below = below
        self.deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.deadline.check()
        try:
            piece = self.source.read(len(buffer))
        except BROKEN as error:
            raise _corrupt(error) from error
        self.given += len(piece)
        if self.given > self.most:
            raise _bomb(int(self.most))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        super().close()
        self.below.close()


class _Zip(io.BufferedReader):
    """A zip of which no endless directory is read.

    `zipfile` reads the whole directory at once, by the size that the end record or its ZIP64
    record says, and makes an object of each entry. The number that the record says may be a lie.
    """

    opening = True
    """Whether the directory is yet to be read, not the files."""

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.opening:
            return super().read(size)
        if size is not None and size > MOST_DIRECTORY:
            raise ArchiveUnsupported(
                f"The directory of the archive is said to take {size:,} bytes; {MOST_DIRECTORY:,}"
                " are the most. Upload the file itself, or pack it anew, alone."
            )
        content = super().read(size)
        if content.startswith(ENTRY) and content.count(ENTRY) > MOST_MEMBERS:
            raise ArchiveOfSeveral(
                f"The archive holds more than {MOST_MEMBERS:,} files. Upload them one by one."
            )
        return content


def opened(path: Path, compression: Compression, deadline: Deadline = NEVER) -> BinaryIO:
    """Open what is inside a file, as a buffered stream of bytes that cannot seek.

    Reading it raises ArchiveBomb past the limits, FileCorrupt where the archive is broken, and
    TimeIsUp behind the deadline. A file that is not compressed is opened as it is.
    """
    if compression == "" and deadline == NEVER:
        return path.open("rb")
    most: float = math.inf
    with ExitStack() as stack:
        if compression == "":
            source = cast("BinaryIO", stack.enter_context(path.open("rb", buffering=0)))
        elif compression == "GZIP":
            most = allowed(path.stat().st_size)
            source = cast("BinaryIO", stack.enter_context(gzip.open(path)))
        else:
            archive = stack.enter_context(directory(path))
            member = only_member(archive)
            most = allowed(member.compress_size)
            if member.file_size > most:  # one that lies is found out when it is read
                raise _bomb(most)
            source = stack.enter_context(_member(archive, member))
        raw = _Bounded(source, most, stack.pop_all(), deadline)
    return cast("BinaryIO", io.BufferedReader(raw, 1 << 16))


def beginning(stream: BinaryIO, size: int) -> bytes:
    """Read up to `size` bytes: one call may give fewer though more follow."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@contextmanager
def unpacked(
    path: Path, compression: Compression, ending: str = "", deadline: Deadline = NEVER
) -> Generator[Path]:
    """Unpack to a temporary file with that ending, which is gone afterwards.

    A file that is not compressed is linked to, so that it has the ending too: some readers
    go by it.
    """
    with tempfile.TemporaryDirectory(prefix="rubrica-") as folder:
        plain = Path(folder) / f"plain{ending}"
        if compression == "":
            plain.symlink_to(path.absolute())
        else:
            with opened(path, compression, deadline) as stream, plain.open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
        yield plain


@contextmanager
def directory(path: Path) -> Generator[zipfile.ZipFile]:
    """Open a zip, whose directory alone has been read; refuse a broken or endless one."""
    with _Zip(io.FileIO(path)) as file:
        try:
            archive = zipfile.ZipFile(file)
        except NotImplementedError as error:
            raise _packed_strangely(error) from error
        except BROKEN as error:
            raise _corrupt(error) from error
        file.opening = False
        with archive:
            yield archive


def only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one file of an archive, leaving out what file managers put beside it."""
    members = [member for member in archive.infolist() if not _is_litter(member)]
    if not members:
        raise ArchiveEmpty("There is no file in the archive. Upload the file itself.")
    if len(members) > 1:
        names = ", ".join(f"“{member.filename}”" for member in members[:NAMED])
        more = f" and {len(members) - NAMED} more" if len(members) > NAMED else ""
        raise ArchiveOfSeveral(
            f"The archive holds {len(members)} files: {names}{more}. Upload them one by one."
        )
    return members[0]


def piece(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return the first `most` bytes at the most of one file in an archive."""
    with _member(archive, archive.getinfo(name)) as stream:
        try:
            return stream.read(most)
        except BROKEN as error:
            raise _corrupt(error) from error


def check_insides(archive: zipfile.ZipFile, packed: int) -> None:
    """Refuse a workbook whose parts, by the zip's own directory, unpack past the limits."""
    declared = sum(member.file_size for member in archive.infolist())
    if declared > allowed(packed):
        raise ArchiveBomb(
            f"The workbook of {packed:,} bytes unpacks to {declared:,}; {allowed(packed):,} is the"
            " most. Save it again in a spreadsheet program, or in parts."
        )


@contextmanager
def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Generator[BinaryIO]:
    if member.flag_bits & 0x1:
        raise ArchiveEncrypted(
            "The archive is protected by a password. Unpack it, and upload what was inside."
        )
    try:
        stream = archive.open(member)
    except NotImplementedError as error:
        raise _packed_strangely(error) from error
    except BROKEN as error:
        raise _corrupt(error) from error
    with stream:
        yield cast("BinaryIO", stream)


def _is_litter(member: zipfile.ZipInfo) -> bool:
    name = member.filename.lower()
    # not is_dir(), which fails where a damaged archive has a nameless member
    return name.endswith("/") or name.startswith(LITTER) or name.rpartition("/")[2] in LITTER


def _bomb(most: int) -> ArchiveBomb:
    return ArchiveBomb(
        f"The file unpacks to more than {most:,} bytes, which is the most for its packed size."
        " Upload it unpacked, or in parts."
    )


def _corrupt(error: Exception) -> FileCorrupt:
    return FileCorrupt(
        f"The compressed file is damaged or was cut off ({error}). Pack it again and upload it"
        " once more."
    )


def _packed_strangely(error: Exception) -> ArchiveUnsupported:
    return ArchiveUnsupported(
        f"The archive is packed in a way that is not read here ({error}). Upload the file itself,"
        " or pack it as .gz or a plain .zip."
    )
