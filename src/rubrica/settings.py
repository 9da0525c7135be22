"""Everything that differs between one deployment and another."""

import ipaddress
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from rubrica.errors import Invalid

PREFIX = "RUBRICA_"
Count = Annotated[int, msgspec.Meta(ge=1, le=64)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class BadSetting(Invalid):
    """A setting cannot be used."""

    code = "bad_setting"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read once, at start, from the variables that begin with `RUBRICA_`."""

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: Port = 8000
    database_url: str = ""
    """Any PostgreSQL from 15 on; empty: the embedded one, in the data directory."""
    api_prefix: str = "/api/v1"
    public_url: str = ""
    """Where clients reach the service; empty: what the request was sent to."""
    trusted_proxies: str = ""
    """Comma-separated addresses or networks whose `X-Forwarded-For` is believed."""
    storage_url: str = ""
    """A folder, or `s3://`, `gs://`, `az://`; empty: `<data dir>/files`."""
    max_upload_bytes: Annotated[int, msgspec.Meta(ge=1)] = 2 * 1024**3
    secret: str = ""
    web_processes: Count = 1
    worker_processes: Count = 1
    pool_size: Count = 10
    """Connections to PostgreSQL that each process keeps at the most."""
    limits_url: str = ""
    """Where rate limits are counted, such as `redis://…`; empty: in each web process."""
    metrics_from: str = ""
    """Comma-separated addresses or networks that may read `/metrics`; empty: everybody."""


def read(env: Mapping[str, str]) -> Settings:
    """Return the settings; refuse any that is odd or unknown. `RUBRICA_TEST_…` is not ours."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in env.items()
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_")
    }
    for name in given:
        if name not in Settings.__struct_fields__:
            known = ", ".join(PREFIX + field.upper() for field in Settings.__struct_fields__)
            raise BadSetting(f"{PREFIX}{name.upper()} is not a setting. There are: {known}.")
    try:
        settings = msgspec.convert(given, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        raise BadSetting(f"{PREFIX}{path.rstrip('`').upper()}: {reason}.") from error
    if not settings.api_prefix.startswith("/") or settings.api_prefix.endswith("/"):
        raise BadSetting(f"{PREFIX}API_PREFIX must begin with a slash and not end with one.")
    _check_networks(settings.metrics_from)
    return msgspec.structs.replace(settings, data_dir=settings.data_dir.absolute())


def _check_networks(text: str) -> None:
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError as error:
            raise BadSetting(
                f"{PREFIX}METRICS_FROM: “{part}” is not an IP address or network."
            ) from error


def _path(kind: type, value: object) -> object:
    assert kind is Path
    return Path(str(value)).expanduser()


def secret_of(settings: Settings) -> str:
    """Return the secret that signs links and hashes addresses, made on first use, kept at 0600.

    With the secret, every download link that was given out is lost, every suppression, and every
    password and address of a transport.
    """
    if settings.secret:
        return settings.secret
    file = settings.data_dir / "secret"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32))
    return file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text + "\n")
    draft.replace(file)
