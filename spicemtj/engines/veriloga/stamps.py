"""How a device adds what it computed to the simulator's equations, and the tables that describe it."""

from __future__ import annotations

import re

from .device import Device, quote, uses


def loads(d: Device) -> str:
    m = d.model
    add_resist = [f"  dst[in->node[{k}]] += in->resist[{k}];" for k in d.resist_rows]
    add_react = [f"  dst[in->node[{k}]] += in->react[{k}];" for k in d.react_rows]
    dc, tran = [], []
    for row in range(len(m.nodes)):
        own = [k for k, e in enumerate(d.entries) if e.row == row]
        static = [f"in->g[{k}] * x[in->node[{d.entries[k].column}]]" for k in own if d.entries[k].resist]
        dynamic = [f"in->c[{k}] * x[in->node[{d.entries[k].column}]]" for k in own if d.entries[k].react]
        minus = f" - in->resist[{row}]" if m.residuals[row].resist else ""
        if static or minus:
            dc.append(f"  dst[in->node[{row}]] += {' + '.join(static) or '0.0'}{minus};")
        both = " + ".join([*static, *([f"alpha * ({' + '.join(dynamic)})"] if dynamic else [])])
        if both or minus:
            tran.append(f"  dst[in->node[{row}]] += {both or '0.0'}{minus};")
    resist = [f"  *in->g_to[{k}] += in->g[{k}];" for k, e in enumerate(d.entries) if e.resist]
    react = [f"  *in->c_to[{k}] += alpha * in->c[{k}];" for k in d.react_entries]
    total = []
    for k, e in enumerate(d.entries):
        parts = [*([f"in->g[{k}]"] if e.resist else []), *([f"alpha * in->c[{k}]"] if e.react else [])]
        if parts:
            total.append(f"  *in->g_to[{k}] += {' + '.join(parts)};")
    return "\n".join(
        [
            _load(d, "load_noise", "double frequency, double *dst", []),
            _load(d, "load_residual_resist", "double *dst", add_resist),
            _load(d, "load_residual_react", "double *dst", add_react),
            _load(d, "load_limit_rhs", "double *dst", []),
            _load(d, "load_spice_rhs_dc", "double *dst, double *x", dc),
            _load(d, "load_spice_rhs_tran", "double *dst, double *x, double alpha", tran),
            _load(d, "load_jacobian_resist", "", resist),
            _load(d, "load_jacobian_react", "double alpha", react),
            _load(d, "load_jacobian_tran", "double alpha", total),
        ]
    )


def _load(d: Device, name: str, arguments: str, lines: list[str]) -> str:
    head = f"static void {d.name}_{name}(void *inst, void *model{', ' if arguments else ''}{arguments}) {{"
    words = re.findall(r"(\w+)(?:,|$)", arguments)
    unused = [f"  (void){w};" for w in ["model", *words] if not uses(lines, w)]
    first = f"  {'const ' if not lines else ''}struct {d.name}_instance *in = inst;" if lines else "  (void)inst;"
    return "\n".join([head, first, *unused, *lines, "}", ""])


def tables(d: Device) -> str:
    n, m = d.name, d.model
    offset = f"offsetof(struct {n}_instance, "
    nodes = []
    for k, node in enumerate(m.nodes):
        flow = node.kind == "BranchCurrent"
        units = ('"A", "V"' if flow else '"V", "A"') if node.kind != "Implicit" else '"", ""'
        resist = f"{offset}resist[{k}])" if m.residuals[k].resist else "UINT32_MAX"
        react = f"{offset}react[{k}])" if m.residuals[k].react else "UINT32_MAX"
        nodes.append(f"  {{{quote(node.name)}, {units}, {resist}, {react}, UINT32_MAX, UINT32_MAX, {str(flow).lower()}}}")
    jacobian = []
    for k, e in enumerate(d.entries):
        flags = " | ".join([*(["ENTRY_RESIST"] if e.resist else []), *(["ENTRY_REACT"] if e.react else [])]) or "0"
        to = f"{offset}c_to[{k}])" if e.react else "UINT32_MAX"
        jacobian.append(f"  {{{{{e.row}, {e.column}}}, {to}, {flags}}}")
    collapses = [f"  {{{a}, {'UINT32_MAX' if b is None else b}}}" for a, b in m.collapses]
    names, params = [], []
    for k, p in enumerate(d.public):
        aliases = "".join(f", {quote(a)}" for a in p.aliases)
        names.append(f"static const char *{n}_name_{k}[] = {{{quote(p.name)}{aliases}}};")
        kind = ("PARAMETER_INTEGER" if p.integer else "PARAMETER_REAL") + (" | KIND_INSTANCE" if p.instance else "")
        params.append(f"  {{{n}_name_{k}, {len(p.aliases)}, {quote(p.description)}, {quote(p.units)}, {kind}, 0}}")
    for k, o in enumerate(m.outputs, start=len(d.public)):
        names.append(f"static const char *{n}_name_{k}[] = {{{quote(o.name)}}};")
        kind = ("PARAMETER_INTEGER" if o.integer else "PARAMETER_REAL") + " | KIND_OUTPUT"
        params.append(f"  {{{n}_name_{k}, 0, {quote(o.description)}, {quote(o.units)}, {kind}, 0}}")

    def array(what: str, name: str, rows: list[str]) -> list[str]:
        return [f"static const struct {what} {n}_{name}[] = {{", ",\n".join(rows), "};", ""] if rows else []

    macro = [
        f"{quote(m.name)}, {len(m.nodes)}, {m.terminals}, {n}_nodes",
        f"{len(jacobian)}, {f'{n}_jacobian' if jacobian else 'NULL'}",
        f"{len(collapses)}, {f'{n}_collapsible' if collapses else 'NULL'}, {offset}collapsed)",
        "NULL, 0",
        f"{len(d.public)}, {len(d.instance)}, {len(m.outputs)}, {n}_parameters",
        f"{offset}node), {offset}g_to), 0, {offset}state)",
        f"{f'{offset}bound_step)' if m.bound_step else 'UINT32_MAX'}",
        f"sizeof(struct {n}_instance), sizeof(struct {n}_model)",
        f"{n}_access, {n}_setup_model, {n}_setup_instance, {n}_eval, {n}_load_noise",
        f"{n}_load_residual_resist, {n}_load_residual_react, {n}_load_limit_rhs, {n}_load_limit_rhs",
        f"{n}_load_spice_rhs_dc, {n}_load_spice_rhs_tran",
        f"{n}_load_jacobian_resist, {n}_load_jacobian_react, {n}_load_jacobian_tran",
    ]
    return "\n".join(
        [
            *array("osdi_node", "nodes", nodes),
            *array("osdi_jacobian_entry", "jacobian", jacobian),
            *array("osdi_node_pair", "collapsible", collapses),
            *names,
            "",
            *array("osdi_param_opvar", "parameters", params),
            f"#define {n}_DESCRIPTOR {{ \\",
            ", \\\n".join("  " + line for line in macro) + " }",
            "",
        ]
    )
