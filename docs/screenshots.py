"""Make the pictures of the documentation from real runs. Run by `make screenshots`."""

import fcntl
import io
import os
import pty
import re
import selectors
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from bench import people

FOLDER = Path(__file__).parent / "images"
RUBRICA = Path(sys.executable).with_name("rubrica")
ROWS, WIDTH, HEIGHT = 5_000, 150, 60
COMMAND = ("import", "people.csv", "--list", "Customers", "--default-country", "IT", "--yes")
FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Fonts that would be fetched from a server of somebody else."""
ENDED = (0, 3)
"""Exit codes of an import that came to its end, with and without rejected rows."""


@contextmanager
def installation() -> Generator[Path]:
    """Have a folder with an installation that nobody has used yet."""
    folder = Path(tempfile.mkdtemp(prefix="rubrica-pictures-"))
    folder.chmod(0o755)  # where we are root PostgreSQL runs as another user
    try:
        shown(folder, "accounts", "list")  # the first command makes the first account
        yield folder
    finally:
        shutil.rmtree(folder)


def shown(folder: Path, *arguments: str) -> str:
    """Run a command as at a terminal; return what is seen at its end, colours included.

    Standard error is not a terminal: what moves on it, the progress bar, cannot be in a picture.
    """
    terminal, its_end = pty.openpty()
    fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    own = {k: v for k, v in os.environ.items() if not k.startswith(("RUBRICA_", "PG", "COLUMNS"))}
    with subprocess.Popen(  # noqa: S603 - our own program
        [RUBRICA, *arguments],
        cwd=folder,
        env=own | {"RUBRICA_DATA_DIR": str(folder / "data"), "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=its_end,
        stderr=subprocess.PIPE,
    ) as program:
        os.close(its_end)
        assert program.stderr is not None
        seen = _as_it_comes([terminal, program.stderr.fileno()])
    os.close(terminal)
    if program.returncode not in ENDED:
        raise SystemExit(seen)
    return seen


def _as_it_comes(ends: list[int]) -> str:
    """Read several ends until all are closed, the earlier one first where both have something."""
    seen = b""
    with selectors.DefaultSelector() as selector:
        for end in ends:
            selector.register(end, selectors.EVENT_READ)
        while selector.get_map():
            ready = {key.fd for key, _ in selector.select()}
            for end in (end for end in ends if end in ready):
                try:
                    block = os.read(end, 1 << 16)
                except OSError:  # how Linux says that nobody holds a terminal any more
                    block = b""
                seen += block
                if not block:
                    selector.unregister(end)
    return seen.decode().replace("\r\n", "\n")


def picture(command: str, seen: str) -> str:
    """Return what is seen at a terminal as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text.from_ansi(seen.rstrip("\n")))
    svg = console.export_svg(title="Rubrica", theme=MONOKAI, unique_id="rubrica")
    return "\n".join(line.rstrip() for line in FONT.sub("", svg).splitlines()) + "\n"


def main() -> None:
    """Import invented contacts with the real program, and keep what it shows."""
    with installation() as folder:
        with (folder / "people.csv").open("w", newline="") as file:
            people.write(file, ROWS, 7)
        seen = shown(folder, *COMMAND)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "import.svg").write_text(picture(" ".join(["rubrica", *COMMAND]), seen))


if __name__ == "__main__":
    main()
