"""Verilog-A text as tokens: directives carried out, macros expanded, files included; each token knows its file and line.

The front end reads Verilog-A itself. This pass exists for what it does not tell: in which line a construct stands that has to be
refused, what a parameter's default and range look like, and which variables a module shows as operating-point values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError

# Files that every compiler brings along; they are left to it.
STANDARD = frozenset(
    ("disciplines.vams", "constants.vams", "discipline.h", "constants.h", "disciplines.h", "discipline.vams", "constant.vams")
)
_PREDEFINED = ("__OPENVAF__", "__VAMS_COMPACT_MODELING__")
_DEPTH = 100

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f\v]+|\\\r?\n)
      |(?P<newline>\n)
      |(?P<comment>//[^\n]*|/\*.*?\*/)
      |(?P<string>"(?:[^"\\\n]|\\.)*")
      |(?P<directive>`[A-Za-z_][A-Za-z0-9_$]*)
      |(?P<system>\$[A-Za-z_][A-Za-z0-9_$]*)
      |(?P<word>[A-Za-z_][A-Za-z0-9_$]*|\\[^\s]+)
      |(?P<number>\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+|[TGMKkmunpfa](?![A-Za-z0-9_]))?|'[sS]?[bBoOdDhH][0-9a-fA-F_xXzZ]+)
      |(?P<symbol>\(\*(?!\))|\*\)|<\+|<<<|>>>|<<|>>|<=|>=|==|!=|&&|\|\||\*\*|~\^|\^~|'\{|[-+*/%<>=!&|^~?:;,.()\[\]{}@\#])
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One word of Verilog-A: its text, what it is, and where it stands."""

    text: str
    kind: str
    file: Path
    line: int


@dataclass
class _Macro:
    names: list[str] | None
    body: list[Token]


@dataclass
class Reader:
    """Reads a file with all that it includes."""

    macros: dict[str, _Macro] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)

    def read(self, path: Path, place: str = "", depth: int = 0) -> Iterator[Token]:
        """Tokens of `path`, directives carried out."""
        if depth > _DEPTH:
            raise InputError(f"{place}: files include each other without end, {path.name} among them")
        self.files.append(path)
        raw = list(_scan(path, load(path, place)))
        on: list[list[bool]] = []  # of each open `ifdef: active now, one branch was taken
        opened: list[Token] = []
        k = 0
        while k < len(raw):
            token = raw[k]
            k += 1
            active = all(state[0] for state in on)
            if token.kind == "newline":
                continue
            if token.kind != "directive":
                if active:
                    yield token
                continue
            name = token.text[1:]
            if name in ("ifdef", "ifndef", "elsif", "else", "endif"):
                k = self._condition(name, token, raw, k, on, opened)
            elif not active:
                continue
            elif name == "define":
                k = self._define(token, raw, k)
            elif name == "undef":
                self.macros.pop(_word(raw, k, token).text, None)
                k += 1
            elif name == "include":
                target = raw[k] if k < len(raw) else None
                if target is None or target.kind != "string":
                    raise InputError(f"{where(token)}: `include needs a file name in quotes")
                k += 1
                yield from self._include(token, target, depth)
            elif name in ("timescale", "default_nettype", "begin_keywords", "default_discipline", "default_transition"):
                while k < len(raw) and raw[k].kind != "newline":
                    k += 1
            elif name in ("resetall", "celldefine", "endcelldefine", "end_keywords"):
                continue
            else:
                expanded, k = self._expand(token, raw, k, 0)
                yield from expanded
        if opened:
            raise InputError(f"{where(opened[-1])}: {opened[-1].text} without `endif")

    def _condition(self, name: str, token: Token, raw: list[Token], k: int, on: list[list[bool]], opened: list[Token]) -> int:
        if name in ("ifdef", "ifndef", "elsif"):
            known = _word(raw, k, token).text
            there = known in self.macros or known in _PREDEFINED
            k += 1
        if name in ("ifdef", "ifndef"):
            state = there == (name == "ifdef")
            on.append([state, state])
            opened.append(token)
            return k
        if not on:
            raise InputError(f"{where(token)}: {token.text} without `ifdef")
        if name == "endif":
            on.pop()
            opened.pop()
        else:
            state = not on[-1][1] and (name == "else" or there)
            on[-1] = [state, on[-1][1] or state]
        return k

    def _define(self, token: Token, raw: list[Token], k: int) -> int:
        name = _word(raw, k, token)
        k += 1
        names: list[str] | None = None
        # an argument list follows the name without a space; positions are gone, so `(` on the same line with names up to `)` is one
        if k < len(raw) and raw[k].text == "(" and name.kind == "word" and raw[k].kind == "symbol_glued":
            names = []
            k += 1
            while k < len(raw) and raw[k].text != ")":
                if raw[k].kind == "word":
                    names.append(raw[k].text)
                k += 1
            k += 1
        body = []
        while k < len(raw) and raw[k].kind != "newline":
            body.append(raw[k])
            k += 1
        self.macros[name.text] = _Macro(names, body)
        return k

    def _include(self, token: Token, target: Token, depth: int) -> Iterator[Token]:
        name = target.text[1:-1]
        path = token.file.parent / name
        if path.is_file():
            yield from self.read(path, where(token), depth + 1)
        elif Path(name).name in STANDARD:
            yield Token(f"`include {target.text}", "standard", token.file, token.line)
        else:
            raise InputError(f"{where(token)}: the included file {name} is not in {token.file.parent}")

    def _expand(self, token: Token, raw: list[Token], k: int, depth: int) -> tuple[list[Token], int]:
        """The macro at `raw[k - 1]` expanded, and where the text goes on. One that is not known is left to the front end."""
        macro = self.macros.get(token.text[1:])
        if macro is None:
            return [token], k
        if depth > _DEPTH:
            raise InputError(f"{where(token)}: the macro {token.text} expands to itself")
        values: dict[str, list[Token]] = {}
        if macro.names is not None:
            while k < len(raw) and raw[k].kind == "newline":
                k += 1
            if k >= len(raw) or raw[k].text != "(":
                raise InputError(f"{where(token)}: the macro {token.text} takes {len(macro.names)} arguments in brackets")
            arguments, k = _arguments(raw, k + 1, token)
            if len(arguments) != len(macro.names):
                raise InputError(f"{where(token)}: {token.text} takes {len(macro.names)} arguments, not {len(arguments)}")
            values = dict(zip(macro.names, arguments, strict=True))
        body: list[Token] = []
        for part in macro.body:
            if part.kind == "word" and part.text in values:
                body += [p._replace(file=token.file, line=token.line) for p in values[part.text]]
            else:
                body.append(part._replace(file=token.file, line=token.line))
        result: list[Token] = []
        j = 0
        while j < len(body):
            part = body[j]
            j += 1
            if part.kind == "directive":
                inner, j = self._expand(part, body, j, depth + 1)
                result += inner
            else:
                result.append(part)
        return result, k


def where(token: Token) -> str:
    """`model.va:12`, for messages."""
    return f"{token.file}:{token.line}"


def load(path: Path, place: str = "") -> str:
    """The text of a source file; `InputError` where it cannot be read as one."""
    before = f"{place}: " if place else ""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{before}cannot read {path}: {error.strerror}") from None
    if b"\0" in data:
        raise InputError(f"{before}{path} is a binary file, not Verilog-A text")
    return data.decode("utf-8", errors="replace")


def _scan(path: Path, text: str) -> Iterator[Token]:
    line, at, end = 1, 0, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        start = text[at : at + 2]
        if start == "/*" and (match is None or match.lastgroup != "comment"):
            raise InputError(f"{path}:{line}: a comment that begins with /* has no end")
        if match is None:
            if start[0] == '"':
                raise InputError(f"{path}:{line}: a string has no closing quote")
            raise InputError(f"{path}:{line}: {start[0]!r} is no character of Verilog-A here")
        kind, word = str(match.lastgroup), match.group()
        if kind not in ("space", "comment"):
            if word == "(" and at == end:
                kind = "symbol_glued"
            yield Token(word, kind, path, line)
            end = match.end()
        line += word.count("\n")
        at = match.end()


def _word(raw: list[Token], k: int, token: Token) -> Token:
    if k >= len(raw) or raw[k].kind not in ("word", "system"):
        raise InputError(f"{where(token)}: {token.text} needs a name")
    return raw[k]


def _arguments(raw: list[Token], k: int, token: Token) -> tuple[list[list[Token]], int]:
    parts: list[list[Token]] = [[]]
    depth = 0
    while k < len(raw):
        part = raw[k]
        k += 1
        if part.text == ")" and depth == 0:
            return parts, k
        if part.kind == "newline":
            continue
        depth += (part.text in "({[") - (part.text in ")}]")
        if part.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(part)
    raise InputError(f"{where(token)}: the arguments of {token.text} have no closing bracket")
