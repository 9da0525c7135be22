"""The score that `make corpus` prints, held: whatever falls behind is named."""

import pytest

from rubrica.formats import spreadsheets
from tests import corpora
from tests.corpus import judging
from tests.corpus.explained import EXPLAINED

LEAST = {"text": 1.0, "spreadsheets": 0.98, "vcards": 1.0}


@corpora.present
@pytest.mark.parametrize("format", judging.FORMATS)
def test_real_files_are_read_as_a_person_sees_them(format: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spreadsheets, "LIMITS", spreadsheets.LIMITS)  # it sets others
    verdicts = [judging.judge(corpora.FOLDER, each) for each in judging.expected(format)]
    wrong = {verdict.file: verdict.why for verdict in verdicts if verdict.outcome == "wrong"}
    assert {file: why for file, why in wrong.items() if file not in EXPLAINED} == {}
    assert 1 - len(wrong) / len(verdicts) >= LEAST[format]


def test_every_format_has_expectations():
    assert [len(judging.expected(format)) for format in judging.FORMATS] == [211, 206, 45]
