import contextlib
import gzip
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.errors import Refused
from rubrica.formats import compressed
from rubrica.formats.compressed import (
    ArchiveBomb,
    ArchiveOfSeveral,
    ArchiveUnsupported,
    FileCorrupt,
)

MIB = 1024**2


def zipped(file: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def gzipped(file: Path, content: bytes) -> Path:
    file.write_bytes(gzip.compress(content))
    return file


def read(file: Path, compression: compressed.Compression) -> bytes:
    with compressed.opened(file, compression) as stream:
        return stream.read()


def test_what_was_packed_comes_out(tmp_path: Path):
    content = b"name;phone\n" * 1000
    assert read(gzipped(tmp_path / "a.gz", content), "GZIP") == content
    assert read(zipped(tmp_path / "a.zip", table=content), "ZIP") == content


def test_gzip_of_several_members_is_one_file(tmp_path: Path):
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"))
    assert read(file, "GZIP") == b"a,b\n1,2\n"


def test_what_file_managers_put_beside_a_file_does_not_count(tmp_path: Path):
    members = {"people.csv": b"a,b", "__MACOSX/._people.csv": b"x", ".DS_Store": b"x"}
    assert read(zipped(tmp_path / "a.zip", **members), "ZIP") == b"a,b"


@pytest.mark.parametrize("content", [b"\0" * 11 * MIB, b"a;b\n" * 3 * MIB])
def test_a_bomb_is_refused_past_its_limit(tmp_path: Path, content: bytes):
    with pytest.raises(ArchiveBomb, match=r"10,485,760 bytes"):
        read(gzipped(tmp_path / "a.gz", content), "GZIP")
    with pytest.raises(ArchiveBomb, match=r"10,485,760 bytes"):
        read(zipped(tmp_path / "a.zip", table=content), "ZIP")


def test_ten_mebibytes_may_come_out_of_anything(tmp_path: Path):
    assert len(read(gzipped(tmp_path / "a.gz", b"\0" * 10 * MIB), "GZIP")) == 10 * MIB


@given(st.integers(0, 2**50))
def test_the_limits_are_those_of_the_contract(packed: int):
    assert compressed.allowed(packed) <= 4 * 1024**3
    assert compressed.allowed(packed) >= 10 * MIB
    assert compressed.allowed(packed) in (4 * 1024**3, 10 * MIB, 200 * packed)


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
def test_an_archive_that_was_cut_off_is_damaged(tmp_path: Path, kept: float):
    content = bytes(range(256)) * 1000
    for file, kind in (
        (gzipped(tmp_path / "a.gz", content), "GZIP"),
        (zipped(tmp_path / "a.zip", table=content), "ZIP"),
    ):
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * kept)])
        with pytest.raises(FileCorrupt, match="damaged"):
            read(file, kind)


@given(st.data())
def test_damage_anywhere_ends_in_bytes_or_a_refusal(tmp_path_factory, data: st.DataObject):
    folder = tmp_path_factory.mktemp("damage")
    for file, kind in (
        (gzipped(folder / "a.gz", b"name,phone\n" * 9), "GZIP"),
        (zipped(folder / "a.zip", table=b"name,phone\n" * 9), "ZIP"),
    ):
        damaged = bytearray(file.read_bytes())
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        file.write_bytes(damaged)
        with contextlib.suppress(Refused):
            assert len(read(file, kind)) <= 10 * MIB


def test_several_files_in_an_archive_are_named(tmp_path: Path):
    with pytest.raises(ArchiveOfSeveral, match=r"“a\.csv”, “b\.csv”"):
        read(zipped(tmp_path / "a.zip", **{"a.csv": b"1", "b.csv": b"2"}), "ZIP")


def test_an_archive_without_a_file_is_empty(tmp_path: Path):
    with pytest.raises(Refused) as refused:
        read(zipped(tmp_path / "a.zip"), "ZIP")
    assert refused.value.code == "file_empty"


def test_a_password_is_said_to_be_the_trouble(tmp_path: Path):
    file = zipped(tmp_path / "a.zip", table=b"a,b")
    content = bytearray(file.read_bytes())
    content[6] |= 1  # the flag in the local header, then in the directory (APPNOTE 4.4.4)
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read(file, "ZIP")
    assert refused.value.code == "archive_encrypted"


def test_a_strange_method_of_packing_is_named_as_such(tmp_path: Path):
    file = zipped(tmp_path / "a.zip", table=b"a,b")
    content = bytearray(file.read_bytes())
    content[8] = content[content.index(b"PK\x01\x02") + 10] = 9  # Deflate64
    file.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read(file, "ZIP")
    assert refused.value.code == "archive_unsupported"


def test_an_unpacked_file_is_gone_afterwards(tmp_path: Path):
    file = gzipped(tmp_path / "a.gz", b"content")
    with compressed.unpacked(file, "GZIP", ".xlsx") as plain:
        assert plain.read_bytes() == b"content"
        assert plain.suffix == ".xlsx"
    assert not plain.exists()


def test_what_is_not_packed_is_not_copied(tmp_path: Path):
    file = tmp_path / "upload"
    file.write_bytes(b"content")
    with compressed.unpacked(file, "", ".xlsx") as plain:
        assert plain.samefile(file)
    assert file.exists()


def test_an_archive_whose_member_has_no_name_is_read(tmp_path: Path):
    file = tmp_path / "nameless.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x", b"a,b\n")
    content = file.read_bytes().replace(b"x", b"\0")
    file.write_bytes(content)
    with compressed.opened(file, "ZIP") as stream:
        assert stream.read() == b"a,b\n"


def endless(file: Path, members: int, comment: bytes = b"") -> Path:
    """Write a zip of so many empty members, of which the directory alone is true."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", b"")
        archive.filelist[0].comment = comment
        archive.filelist *= members
    return file


@pytest.mark.parametrize("honest", [True, False])
def test_an_archive_of_endless_files_is_refused_before_its_directory_is_kept(
    tmp_path: Path, *, honest: bool
):
    file = endless(tmp_path / "a.zip", 70_000)
    if not honest:  # the numbers of entries in the ZIP64 record (APPNOTE 4.3.14)
        content = bytearray(file.read_bytes())
        record = content.rindex(b"PK\x06\x06")
        content[record + 24 : record + 40] = 2 * (1).to_bytes(8, "little")
        file.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveOfSeveral, match=r"more than 65,535 files"):
            read(file, "ZIP")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * MIB


def test_an_endless_directory_is_refused_unread(tmp_path: Path):
    file = endless(tmp_path / "a.zip", 400, b"x" * 60_000)
    with pytest.raises(ArchiveUnsupported, match=r"16,777,216 are the most"):
        read(file, "ZIP")


def test_a_zip_that_admits_to_be_a_bomb_is_refused_before_it_is_read(tmp_path: Path):
    file = zipped(tmp_path / "bomb.zip", table=bytes(30 * MIB))
    with pytest.raises(ArchiveBomb):
        compressed.opened(file, "ZIP")
