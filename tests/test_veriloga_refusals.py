"""What is wrong or not supported in a Verilog-A file is told in one line, with the file and the line where that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from spicemtj.engines import veriloga
from spicemtj.errors import InputError

openvaf = pytest.mark.skipif(
    veriloga.find_compilers().front_end == "", reason="openvaf-py has wheels for CPython 3.11 and 3.12 only"
)

FRAME = """`include "disciplines.vams"
module m(p, n);
  inout p, n;
  electrical p, n, x;
  parameter real r = 1k from (0:inf);
  {declared}
  real a;
  analog begin
    a = V(p, n);
    {stated}
    I(p, n) <+ a / r;
  end
endmodule
"""
DECLARED, STATED = 6, 10  # their lines


def refusal(folder: Path, text: str | bytes, name: str = "model.va") -> str:
    """The message that a file is refused with: always one line."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as refused:
        veriloga.compile(path, compiler="c")
    message = str(refused.value)
    assert "\n" not in message
    assert "\x1b" not in message
    return message


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("laplace_nd", "a = laplace_nd(V(p), a, a);"),
        ("zi_zp", "a = zi_zp(V(p), a, a, 1);"),
        ("idt", "a = idt(V(p), 0);"),
        ("idtmod", "a = idtmod(V(p), 0, 1);"),
        ("transition", "a = transition(a, 0, 1n, 1n);"),
        ("slew", "a = slew(a, 1, 1);"),
        ("absdelay", "a = absdelay(V(p), 1n);"),
        ("last_crossing", "a = last_crossing(V(p), 1);"),
        ("cross", "@(cross(V(p) - 1, 1)) a = 1;"),
        ("above", "@(above(V(p) - 1)) a = 1;"),
        ("timer", "@(timer(0, 1n)) a = 1;"),
        ("final_step", "@(final_step) a = 1;"),
        ("$random", "a = $random;"),
        ("$rdist_normal", "a = $rdist_normal(1, 0, 1);"),
        ("$dist_uniform", "a = $dist_uniform(1, 0, 1);"),
        ("$table_model", 'a = $table_model(a, "table.txt");'),
        ("$fopen", 'a = $fopen("file");'),
        ("$finish", "if (a > 1) $finish;"),
        ("ac_stim", 'a = a + ac_stim("ac");'),
        ("I(<p>)", "a = I(<p>);"),
        ("repeat", "repeat (3) a = a + 1;"),
    ],
)
def test_constructs_that_are_not_supported(tmp_path: Path, name: str, stated: str) -> None:
    """No front end is needed to say so."""
    message = refusal(tmp_path, FRAME.format(declared="", stated=stated))
    assert message.startswith(f"{tmp_path}/model.va:{STATED}: {name}")
    assert "not supported (" in message or "not supported; " in message


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ('parameter string kind = "a";', "string is not supported"),
        ("string s;", "string is not supported"),
        ('parameter real g = $simparam("gmin");', "$simparam in the default of g"),
        ("resistor #(.r(5)) r1(p, n);", "an instance of resistor"),
        ("other o1(p, n);", "an instance of other"),
        ("genvar k;", "genvar is not supported"),
    ],
)
def test_declarations_that_are_not_supported(tmp_path: Path, declared: str, words: str) -> None:
    message = refusal(tmp_path, FRAME.format(declared=declared, stated=""))
    assert message.startswith(f"{tmp_path}/model.va:{DECLARED}: ")
    assert words in message


def test_what_stands_in_comments_strings_and_inactive_text_is_not_refused(tmp_path: Path) -> None:
    stated = '// idt(a)\n/* $random */ $strobe("transition(a)");\n`ifdef NEVER\na = idt(a, 0);\n`endif'
    path = tmp_path / "fine.va"
    path.write_text(FRAME.format(declared="real idt_of_it;", stated=stated))
    assert [m["name"] for m in veriloga.describe(path)] == ["m"]
    if veriloga.find_compilers().front_end:
        assert "m_eval" in veriloga.render_c(path)


# -- variables that would have to remember


def test_a_state_set_in_the_initial_step_and_changed_later(tmp_path: Path) -> None:
    text = FRAME.format(declared="real s;", stated="@(initial_step) begin s = 1; end if (a > 1) s = -1; a = a * s;")
    message = refusal(tmp_path, text)
    assert message.startswith(
        f"{tmp_path}/model.va:{STATED}: the variable s, set in the initial step in line {STATED}, is changed here"
    )


@openvaf
@pytest.mark.parametrize(
    "stated", ["if (a > 1) s = 1; a = a * s;", "s = s + a; a = s;", "if (a > 1) s = 1; else if (a < -1) s = -1; a = s;"]
)
def test_a_variable_that_is_read_before_it_is_assigned(tmp_path: Path, stated: str) -> None:
    message = refusal(tmp_path, FRAME.format(declared="real s;", stated=stated))
    assert message.startswith(f"{tmp_path}/model.va:{DECLARED}: the variable s may be read before it is assigned")


@openvaf
@pytest.mark.parametrize(
    "stated",
    [
        "s = 0; if (a > 1) s = 1; a = a * s;",
        "if (a > 1) s = 1; else s = 2; a = a * s;",
        "if (r > 5) s = 1; a = a * s;",  # the parameters alone decide
        "@(initial_step) s = 1 / r; a = a * s;",
        "if (a > 1) begin s = 1; a = a * s; end",
        "if (a > 1) s = 1;",  # and nothing reads it
    ],
)
def test_a_variable_that_does_not_have_to_remember(tmp_path: Path, stated: str) -> None:
    path = tmp_path / "model.va"
    path.write_text(FRAME.format(declared="real s;", stated=stated))
    assert "m_eval" in veriloga.render_c(path)


# -- broken files

BROKEN: dict[str, tuple[str | bytes, int | None, str]] = {
    # name: text, the line that the message names, words of the message
    "empty": ("", None, "no module"),
    "comment only": ("// nothing\n", None, "no module"),
    "binary": (b"\x7fELF\x02\x01\x01\x00\x00\x00", None, "binary"),
    "another language": ("import numpy as np\nprint(np.pi)\n", None, "no module"),
    "SPICE": ("* deck\nv1 1 0 1\n.end\n", None, "no module"),
    "no endmodule": ("module m(p);\n  inout p;\n", 1, "endmodule"),
    "endmodule alone": ("\nendmodule\n", 2, "endmodule"),
    "module in a module": ("module a(p);\nmodule b(q);\nendmodule\n", 2, "begins before"),
    "same module twice": ("module a(p);\nendmodule\nmodule a(p);\nendmodule\n", 3, "twice"),
    "no terminals": ("`include \"disciplines.vams\"\nmodule a;\n  real x;\nendmodule\n", 2, "no terminals"),
    "comment without end": ("module a(p);\n/* begin\nendmodule\n", 2, "comment"),
    "string without end": ('module a(p);\n$strobe("x);\nendmodule\n', 2, "quote"),
    "endif missing": ("`ifdef A\nmodule a(p);\nendmodule\n", 1, "endif"),
    "else alone": ("\n`else\nmodule a(p);\nendmodule\n", 2, "ifdef"),
    "missing include": ('\n`include "no_such_file.vams"\nmodule a(p);\nendmodule\n', 2, "no_such_file.vams"),
    "macro calls itself": ("`define A `A\nmodule a(p);\n`A\nendmodule\n", 3, "itself"),
    "macro arguments": ("`define A(x, y) x\nmodule a(p);\n`A(1)\nendmodule\n", 3, "2 arguments"),
}  # fmt: skip
BROKEN_INSIDE: dict[str, tuple[str, str, int, str]] = {
    # declared, stated, line, words: found by the front end
    "syntax error": ("", "a = = 3;", STATED, "unexpected token"),
    "bracket missing": ("", "a = (a + 1;", STATED, "unexpected token"),
    "semicolon missing": ("", "a = 1", STATED + 1, "unexpected token"),
    "unknown variable": ("", "a = nothing;", STATED, "nothing"),
    "unknown node": ("", "a = V(q);", STATED, "'q'"),
    "unknown function": ("", "a = bessel(a);", STATED, "bessel"),
    "unknown system function": ("", "a = $bessel(a);", STATED, "bessel"),
    "unknown macro": ("", "a = `NO_SUCH;", STATED, "NO_SUCH"),
    "wrong number of arguments": ("", "a = pow(a);", STATED, "argument"),
    "text for a number": ("", 'a = sin("x");', STATED, "string"),
    "wrong discipline": ("no_discipline q;", "a = V(q);", DECLARED, "no_discipline"),
    "declared twice": ("parameter real r = 2;", "", DECLARED, "already"),
    "no default": ("parameter real k;", "", DECLARED, "unexpected token"),
    "default defined later": ("parameter real k = j; parameter real j = 1;", "", DECLARED, "'j'"),
    "parameter assigned": ("", "r = 3;", STATED, "r"),
    "voltage that comes to nothing": ("", "V(x, n) <+ 0 * I(x, n);", STATED, "comes to nothing"),
    "operator in a condition": ("", "if (a > 0) a = ddt(a);", STATED, "ddt"),
    "remainder of a voltage": ("", "a = a % 0.3;", STATED, "a % b"),
    "array": ("real v[0:3];", "", DECLARED, "unexpected token"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files(tmp_path: Path, case: str) -> None:
    text, line, words = BROKEN[case]
    message = refusal(tmp_path, text)
    place = f"{tmp_path}/model.va" if line is None else f"{tmp_path}/model.va:{line}: "
    assert message.startswith(place)
    assert words in message


@openvaf
@pytest.mark.parametrize("case", BROKEN_INSIDE)
def test_broken_statements(tmp_path: Path, case: str) -> None:
    declared, stated, line, words = BROKEN_INSIDE[case]
    message = refusal(tmp_path, FRAME.format(declared=declared, stated=stated))
    assert message.startswith(f"{tmp_path}/model.va:{line}: "), message
    assert words in message


@openvaf
def test_a_mistake_in_an_included_file_is_told_with_that_file(tmp_path: Path) -> None:
    (tmp_path / "part.vh").write_text("\n\nanalog I(p) <+ V(p) * ;\n")
    message = refusal(
        tmp_path, '`include "disciplines.vams"\nmodule a(p);\ninout p; electrical p;\n`include "part.vh"\nendmodule\n'
    )
    assert message.startswith(f"{tmp_path}/part.vh:3: ")


@openvaf
def test_a_front_end_that_breaks_down_is_told_in_one_line(tmp_path: Path) -> None:
    assert "broke down" in refusal(tmp_path, FRAME.format(declared="integer i;", stated="i = 1 / 0; a = i;"))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "real.va").write_text("module")
    with pytest.raises(InputError, match=r"no file .*model\.va \(there: real\.va\)"):
        veriloga.compile(tmp_path / "model.va")
    with pytest.raises(InputError, match="is a folder"):
        veriloga.compile(tmp_path)
    with pytest.raises(InputError, match="cannot read"):
        veriloga.compile_c(tmp_path / "device.c")
    with pytest.raises(InputError, match="did you mean 'openvaf'"):
        veriloga.compile(tmp_path / "real.va", compiler="openvfa")
