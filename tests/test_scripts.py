"""The set-up of scripts/run and scripts/test, without installing anything: each function with the machine around it played."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Bash = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parent.parent

DEB822 = """\
Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

# the archive
Types: deb deb-src
# an older mirror: http://old.example
URIs: http://mirror.example/archive
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""

# a bare Debian 12 without root or sudo; single facts are changed by a test
BARE = """
find_privilege() { echo none; }
find_python() { return 1; }
ngspice_state() { echo missing; }
have() { case $1 in apt-get | cc) ;; *) return 1 ;; esac; }
backports() { echo bookworm-backports; }
apt-cache() { :; }
dpkg() { :; }
apt_sources() { case $1 in *.list) ;; *) cat "$SOURCES" ;; esac; }
apt-get() { echo "apt-get was called" >&2; exit 99; }
"""


@pytest.fixture
def bash(tmp_path: Path) -> Bash:
    """Run bash commands in an empty folder with the functions of setup.sh; returns the completed process."""
    sources = tmp_path / "archive.sources"
    sources.write_text(DEB822)

    def run(script: str, *, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SOURCES": str(sources)} | (environment or {})
        whole = f"set -euo pipefail\n. '{ROOT}/scripts/lib/setup.sh'\n{script}"
        return subprocess.run(
            ["bash", "-c", whole],
            cwd=tmp_path,
            env=clean,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("name", ["scripts/run", "scripts/test", ".ci/run"])
def test_scripts_can_be_run(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / name], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not on this machine")
def test_shellcheck() -> None:
    scripts = ["scripts/run", "scripts/test", ".ci/run", "scripts/lib/setup.sh"]
    run = subprocess.run(["shellcheck", "-x", *scripts], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_no_script_names_a_host() -> None:
    for path in [*(ROOT / "scripts").rglob("*"), ROOT / ".ci/run"]:
        if path.is_file() and "__pycache__" not in path.parts:
            assert "://" not in path.read_text(), path


# -- apt's sources


def test_backports_come_from_the_archive_that_apt_knows(bash: Bash) -> None:
    run = bash('apt_sources() { cat "$SOURCES"; }\nlike_stanza bookworm bookworm-backports')
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "Types: deb",
        "URIs: http://mirror.example/archive",
        "Suites: bookworm-backports",
        "Components: main",
        "Signed-By:",
        " -----BEGIN PGP PUBLIC KEY BLOCK-----",
        " .",
        " abc",
    ]


def test_a_disabled_stanza_does_not_count(bash: Bash) -> None:
    run = bash('apt_sources() { sed "s/^# the archive/Enabled: no/" "$SOURCES"; }\nlike_stanza bookworm bookworm-backports')
    assert run.returncode == 1
    assert run.stdout == ""


def test_the_older_form_of_sources(bash: Bash) -> None:
    lines = [
        "# deb http://commented.example/archive bookworm main",
        "deb cdrom:[Debian 12 - amd64]/ bookworm main",
        "deb-src http://mirror.example/archive bookworm main",
        "deb http://mirror.example/security bookworm-security main",
        "  deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/archive bookworm main contrib",
        "deb http://second.example/archive bookworm main",
    ]
    script = "apt_sources() { printf '%s\\n' \"$LINES_OF_APT\"; }\nlike_line bookworm bookworm-backports"
    run = bash(script, environment={"LINES_OF_APT": "\n".join(lines)})
    assert run.stdout == "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/archive bookworm-backports main\n"
    assert bash(script, environment={"LINES_OF_APT": "\n".join(lines[:4])}).returncode == 1


# -- without root


def commands(stderr: str) -> list[str]:
    """The commands that a person is asked to run."""
    return [line.strip() for line in stderr.splitlines() if line.startswith("  ")]


def test_without_root_a_person_is_told_every_command(bash: Bash) -> None:
    run = bash(f"{BARE}\nsetup")
    assert run.returncode == 2
    told = commands(run.stderr)
    assert told[:2] == ["sudo apt-get update", "sudo apt-get install --no-install-recommends python3 python3-venv"]
    assert told[-1] == "sudo apt-get install --no-install-recommends -t bookworm-backports ngspice libngspice0"
    assert len(told) == 5
    assert "http://mirror.example/archive" in told[2]


def test_the_command_for_the_new_source_does_what_it_says(bash: Bash, tmp_path: Path) -> None:
    told = commands(bash(f"{BARE}\nsetup").stderr)[2]
    file = tmp_path / "written"
    assert told.endswith("/etc/apt/sources.list.d/bookworm-backports.sources")
    here = told.removeprefix("sudo ").replace("/etc/apt/sources.list.d/bookworm-backports.sources", str(file))
    subprocess.run(["bash", "-c", here], check=True)
    assert file.read_text() == bash('apt_sources() { cat "$SOURCES"; }\nlike_stanza bookworm bookworm-backports').stdout


def test_without_root_only_what_is_missing_is_asked_for(bash: Bash) -> None:
    told = commands(bash(f"{BARE}\nngspice_state() {{ echo good; }}\nsetup").stderr)
    assert told == ["sudo apt-get update", "sudo apt-get install --no-install-recommends python3 python3-venv"]


def test_an_old_ngspice_without_root_is_a_warning(bash: Bash) -> None:
    run = bash(f"{BARE}\nngspice_state() {{ echo old; }}\nfind_python() {{ echo python3; }}\nneed_system\necho went on")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "went on\n"
    assert "no KLU and no OSDI" in run.stderr


def test_without_apt_a_person_is_told_what_is_needed(bash: Bash) -> None:
    run = bash(f"{BARE}\nhave() {{ false; }}\nneed_system")
    assert run.returncode == 2
    assert "ngspice 42 or newer" in run.stderr


# -- with root


ROOTED = f"""{BARE}
find_privilege() {{ echo root; }}
find_python() {{ echo python3; }}
as_root() {{ echo "$*"; }}
privilege=root
mkdir -p .setup
"""


def test_with_root_ngspice_comes_from_backports(bash: Bash) -> None:
    run = bash(f"{ROOTED}\nneed_system")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1].endswith("install --no-install-recommends -t bookworm-backports ngspice libngspice0")
    assert "DEBIAN_FRONTEND=noninteractive" in run.stdout


def test_a_c_compiler_is_installed_where_there_is_none(bash: Bash) -> None:
    """With root it is; a person is not asked for it, only told what is lost."""
    lone = 'have() { [ "$1" = apt-get ]; }\nfind_python() { echo python3; }\nngspice_state() { echo good; }'
    rooted = bash(f'{ROOTED}\n{lone}\nas_root() {{ echo "$*"; }}\nneed_system')
    assert rooted.returncode == 0, rooted.stderr
    assert rooted.stdout.splitlines()[-1].endswith("install --no-install-recommends gcc libc6-dev")
    unprivileged = bash(f"{BARE}\n{lone}\nneed_system")
    assert unprivileged.returncode == 0, unprivileged.stderr
    assert unprivileged.stdout == ""
    assert "no C compiler" in unprivileged.stderr


def test_unreachable_backports_fall_back_and_say_so_once(bash: Bash, tmp_path: Path) -> None:
    played = f"""{ROOTED}
as_root() {{ echo "$*"; case $* in *Dir::Etc*) return 100 ;; esac; }}
ngspice_state() {{ echo old; }}
"""
    run = bash(f"{played}\nneed_system")
    assert run.returncode == 0, run.stderr
    said = run.stdout.splitlines()
    assert said[-2] == "rm -f /etc/apt/sources.list.d/bookworm-backports.sources"
    assert said[-1].endswith("install --no-install-recommends ngspice libngspice0")
    assert "no KLU and no OSDI" in run.stderr
    assert bash(f"{played}\nneed_system").stdout == ""  # the second call does not try again


def test_a_known_suite_is_not_added_again(bash: Bash) -> None:
    known = "apt-cache() { echo 'release o=Debian Backports,a=oldstable-backports,n=bookworm-backports,l=Debian Backports,c=main'; }"
    run = bash(f"{ROOTED}\n{known}\nneed_system")
    assert "sources.list.d" not in run.stdout
    assert run.stdout.splitlines()[-1].endswith("-t bookworm-backports ngspice libngspice0")


def test_an_interrupted_installation_is_finished_first(bash: Bash) -> None:
    run = bash(f"{ROOTED}\ndpkg() {{ echo 'half-installed: ngspice'; }}\nneed_system")
    assert run.stdout.splitlines()[0] == "dpkg --configure -a"


# -- ngspice and Python as they are found


@pytest.mark.parametrize(
    ("about", "linked", "state"),
    [
        ("** ngspice-46 : Circuit level simulation program\n** Compiled with KLU Direct Linear Solver", True, "good"),
        ("** ngspice-46 : Circuit level simulation program\n** Compiled with KLU Direct Linear Solver", False, "unlinked"),
        ("** ngspice-39 : Circuit level simulation program", True, "old"),
        (None, True, "missing"),
    ],
)
def test_state_of_ngspice(bash: Bash, about: str | None, linked: bool, state: str) -> None:
    ngspice = "return 127" if about is None else f"echo '{about}'"
    libraries = "libngspice.so.0 => /lib/libngspice.so.0" if linked else "libz.so"
    run = bash(f"ngspice() {{ {ngspice}; }}\nldconfig() {{ echo '{libraries}'; }}\nngspice_state")
    assert run.stdout == f"{state}\n"


def test_an_unsuitable_python_is_passed_over(bash: Bash, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert bash("find_python", environment={"SPICEMTJ_PYTHON": str(old)}).returncode == 1
    assert bash("find_python", environment={"SPICEMTJ_PYTHON": f"{old} {sys.executable}"}).stdout.strip() == sys.executable


# -- the environment

ENVIRONMENT = """
find_python() { echo python3; }
ngspice_state() { echo good; }
quietly() { echo "$*"; mkdir -p "$VENV/bin"; printf '#!/bin/sh\\necho Python 3.11.2\\n' >"$VENV/bin/python"; chmod +x "$VENV/bin/python"; }
echo 'name = "a"' >pyproject.toml
"""


def test_a_second_call_installs_nothing(bash: Bash) -> None:
    first = bash(f"{ENVIRONMENT}\nsetup")
    assert first.returncode == 0, first.stderr
    assert [line.split()[:3] for line in first.stdout.splitlines()] == [
        ["python3", "-m", "venv"],
        [".venv/bin/python", "-m", "pip"],
    ]
    second = bash(f"{ENVIRONMENT}\nsetup")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "spicemtj: nothing to install\n")


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        ("echo 'name = \"b\"' >pyproject.toml", False),
        ("sed -i s/3.11/3.13/ .venv/bin/python", True),
        ("rm .venv/.spicemtj-stamp", True),
        ("rm -r .venv", True),
        ("sed -i 's#/[^ ]*$#/elsewhere#' .venv/.spicemtj-stamp", True),
        ("echo nonsense >.venv/.spicemtj-stamp", True),
    ],
)
def test_what_makes_an_environment_stale(bash: Bash, change: str, anew: bool) -> None:
    bash(f"{ENVIRONMENT}\nsetup")
    again = bash(f"{ENVIRONMENT}\n{change}\nsetup")
    assert again.returncode == 0, again.stderr
    assert "pip install" in again.stdout
    assert ("-m venv --clear" in again.stdout) == anew


def test_a_failed_installation_is_taken_up_again(bash: Bash) -> None:
    failing = f"{ENVIRONMENT}\nquietly() {{ case $* in *pip*) return 1 ;; esac; }}\nsetup"
    run = bash(failing)
    assert run.returncode == 1
    assert "run this again" in run.stderr
    again = bash(f"{ENVIRONMENT}\nsetup").stdout
    assert "-m venv --clear" in again  # what was left half done is not built upon
    assert "pip install" in again


def test_a_failed_command_shows_the_end_of_its_output(bash: Bash) -> None:
    run = bash("mkdir .setup; quietly sh -c 'echo the reason; exit 3'")
    assert run.returncode == 1
    assert "the reason" in run.stderr
    assert ".setup/log" in run.stderr
    assert bash("mkdir -p .setup; quietly echo noise").stderr == ""


# -- tests that need ngspice


@pytest.mark.parametrize(("required", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_ngspice_tests_are_not_skipped_where_it_is_required(tmp_path: Path, required: str, outcome: str) -> None:
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = ngspice\n")
    (tmp_path / "test_it.py").write_text("import pytest\n\n\n@pytest.mark.ngspice\ndef test_it() -> None:\n    pass\n")
    environment = os.environ | {
        "SPICEMTJ_NGSPICE": str(tmp_path / "nothing"),
        "SPICEMTJ_REQUIRE_NGSPICE": required,
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", tmp_path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in run.stdout, run.stdout
    assert run.returncode == int(required)
