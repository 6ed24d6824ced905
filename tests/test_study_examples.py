"""The examples of replays and studies run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name, folder):
    done = subprocess.run([sys.executable, str(EXAMPLES / name)], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_replay(tmp_path):
    out = run("10_replay.py", tmp_path)
    assert "the same bits" in out
    ours, theirs, both = map(int, re.search(r"surrogate (\d+), circuit (\d+), both (\d+)", out).groups())
    assert min(ours, theirs) >= both >= 0.8 * max(ours, theirs) > 0


@pytest.mark.slow
def test_study(tmp_path):
    out = run("11_study.py", tmp_path)
    assert len(re.findall(r"^ +(?:rank_one|two_array) ", out, re.MULTILINE)) == 4
