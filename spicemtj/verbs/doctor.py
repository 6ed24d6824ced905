"""`spicemtj doctor`: what is on this machine, what is missing, and the command that mends it."""

from __future__ import annotations

import argparse
from typing import Any

from .common import Outcome, verb


def add(subparsers: Any) -> None:
    verb(subparsers, "doctor", run, "say which programs and packages are here, and how to get what is missing")


def run(args: argparse.Namespace) -> Outcome:
    from .. import doctor

    findings = doctor.examine()
    return Outcome(doctor.text(findings), doctor.data(findings), doctor.exit_code(findings))
