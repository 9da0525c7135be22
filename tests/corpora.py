"""Real files of other projects, where they are at hand: tests that read them skip elsewhere."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("RUBRICA_TEST_CORPORA", ROOT.parent / "shared" / "corpora"))

present = pytest.mark.skipif(not FOLDER.is_dir(), reason="the corpora are not at hand")


def files(*patterns: str) -> list[Path]:
    """Return the files below the corpora that match any pattern, sorted; none where absent."""
    return sorted({file for pattern in patterns for file in FOLDER.glob(pattern) if file.is_file()})
