"""The command line as a user meets it: answers, JSON and nothing else, one plain line and exit code 2 for a mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spicemtj.cli import VERBS, main

EXAMPLES = Path(__file__).parent.parent / "examples"


def call(*arguments, cwd=None):
    return subprocess.run([sys.executable, "-m", "spicemtj", *arguments], capture_output=True, text=True, cwd=cwd, check=False)


def answer(capsys, *arguments):
    code = main([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    assert out.count("\n") == 1
    return json.loads(out)


def test_every_verb_has_help_and_the_common_flags(capsys):
    for verb in VERBS:
        with pytest.raises(SystemExit) as stop:
            main([verb, "--help"])
        assert stop.value.code == 0
        text = capsys.readouterr().out
        for flag in ("--json", "--seed", "--out", "-v"):
            assert flag in text


@pytest.mark.parametrize("arguments", [
    ["solve", "--rows", "0"],
    ["solve", "--device", "ref-pma-41"],
    ["solve", "--v-wl", "0.1,0.2"],
    ["solve", "--v-wl", "ten"],
    ["solve", "--resistances", "no-such-file.csv"],
    ["write", "--scheme", "V/4"],
    ["write", "--row", "9"],
    ["write", "--seconds", "-1n"],
    ["write", "--cell", "1T1R", "--scheme", "V/2"],
    ["write", "--seed", "-4"],
    ["sneak", "--sizes", "1", "--engine", "nodal"],
    ["sneak", "--sizes", "a,b"],
    ["sneak", "--volts", "0", "--engine", "nodal"],
    ["write", "--device", "buaa-vcma-50"],
    ["compare", str(EXAMPLES / "04_subset.toml"), "--samples", "0"],
    ["train", str(EXAMPLES / "03_digits.toml"), "--samples", "0"],
    ["calibrate", "--workers", "0", "--engine", "nodal"],
    ["sneak", "--schemes", "grounde", "--engine", "nodal"],
    ["fit", "no-such-file.csv"],
    ["calibrate", "no-such-plan.toml"],
    ["calibrate", "--sizes", "1"],
    ["train", "no-such-config.toml"],
    ["compare", "no-such-config.toml"],
    ["report", "no-such-file.h5"],
    ["device", "show", "ref-pma"],
    ["no-such-verb"],
])  # fmt: skip
def test_a_mistake_in_the_input_is_one_line_and_exit_code_2(arguments, tmp_path):
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_config_that_is_no_toml_is_named(tmp_path):
    (tmp_path / "bad.toml").write_text("[data\n")
    (tmp_path / "key.toml").write_text("[dta]\n")
    for name, word in (("bad.toml", "not valid TOML"), ("key.toml", "did you mean 'data'")):
        done = call("train", name, cwd=tmp_path)
        assert done.returncode == 2
        assert word in done.stderr


def test_solve_answers_with_all_currents(capsys, tmp_path):
    (tmp_path / "r.csv").write_text("1000,2000\n4000,1e4\n")
    data = answer(
        capsys, "solve", "--resistances", str(tmp_path / "r.csv"), "--r-wire", "0", "--r-driver", "0", "--v-wl", "0.1,0.2"
    )
    assert data["i_bl"] == pytest.approx([0.1 / 1000 + 0.2 / 4000, 0.1 / 2000 + 0.2 / 1e4])


def test_solve_takes_units_and_floating_lines(capsys):
    data = answer(capsys, "solve", "--rows", "2", "--v-wl", "100mV,float")
    assert data["i_wl"][1] == 0.0
    assert data["i_wl"][0] == pytest.approx(sum(data["i_bl"]))


def test_write_saves_what_it_says(capsys, tmp_path):
    from spicemtj.results import read

    out = str(tmp_path / "w.h5")
    data = answer(capsys, "write", "--rows", "4", "--volts", "0.7", "--out", out, "--seed", "3")
    saved = read(out, "write")
    assert data["v_cell"] == saved.value("v_cell").tolist()
    assert saved.seed == 3
    assert data["flips"] == sum(map(sum, data["flipped"]))


def test_the_same_seed_gives_the_same_answer(capsys):
    arguments = ["write", "--rows", "6", "--volts", "0.5", "--pattern", "parallel", "--spread", "10%"]
    assert answer(capsys, *arguments, "--seed", "5") == answer(capsys, *arguments, "--seed", "5")
    assert answer(capsys, *arguments, "--seed", "5") != answer(capsys, *arguments, "--seed", "6")


@pytest.mark.slow
def test_sneak_writes_table_file_and_picture(capsys, tmp_path):
    out = tmp_path / "s.h5"
    data = answer(capsys, "sneak", "--engine", "nodal", "--sizes", "2,4", "--out", str(out))
    assert len(data["reads"]) == 8
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert main(["report", str(out), "--out", str(tmp_path / "r.html")]) == 0
    assert "data:image/svg+xml" in (tmp_path / "r.html").read_text()


def test_device_list_and_show(capsys):
    listed = answer(capsys, "device", "list")
    assert listed["ref-pma-40"]["delta"] == pytest.approx(49.3013, abs=1e-4)
    shown = answer(capsys, "device", "show", "ref-pma-40")
    assert shown["preset"]["ra"]["value"] == 8e-12


def test_netlist_prints_a_deck(capsys, tmp_path):
    assert main(["netlist", "--rows", "3", "--out", str(tmp_path / "d.cir")]) == 0
    assert ".end" in (tmp_path / "d.cir").read_text().lower()


def test_nothing_heavy_is_loaded_for_help():
    code = (
        "import sys\nfrom spicemtj.cli import main\n"
        "try:\n    main(['train', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('scipy', 'numba', 'h5py', 'matplotlib', 'sklearn') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_negative_quantities_need_no_equals_sign(capsys):
    data = answer(capsys, "write", "--rows", "3", "--volts", "-800mV", "--pattern", "antiparallel")
    assert data["selected"]["v_cell"] < -0.6
    data = answer(capsys, "solve", "--rows", "2", "--v-wl", "-0.1,0.1")
    assert data["i_wl"][0] < 0 < data["i_wl"][1]


def test_an_array_that_floats_altogether(capsys):
    assert main(["solve", "--rows", "2", "--v-wl", "float", "--v-bl", "float"]) == 0
    out, err = capsys.readouterr()
    assert "no cell has a driven line" in out
    assert err == ""
