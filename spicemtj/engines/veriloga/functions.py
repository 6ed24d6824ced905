"""The structs and the functions of a device: parameters set and shown, set-up, evaluation."""

from __future__ import annotations

from .cemit import C_TYPES
from .device import FIELDS, Device, comment, identifier, uses


def structs(d: Device) -> str:
    n, m = d.name, d.model
    fields = []
    for p in d.parameters:
        note = ", ".join(x for x in (p.units, p.description) if x)
        fields.append(f"  {FIELDS[p.integer]} {d.field(p.name)};" + (f" /* {comment(note)} */" if note else ""))
    cache = [f"  {C_TYPES[d.init.kind(a)]} {b};" for a, b in d.cache]
    cache += [f"  {C_TYPES[d.eval.kind(v)]} {v};" for v in d.kept]
    cache = cache or ["  double none;"]
    unknowns = ", ".join(f"{k} {node.name}" for k, node in enumerate(m.nodes))
    outputs = [
        f"  {FIELDS[o.integer]} o_{identifier(o.name)}; /* {comment(', '.join(x for x in (o.units, o.description) if x))} */"
        for o in m.outputs
    ]
    size = max(1, len(d.entries))
    lines = [
        f"struct {n}_values {{",
        *fields,
        "};",
        "",
        f"struct {n}_model {{",
        f"  struct {n}_values set, value;",
        f"  uint8_t given[{len(d.parameters)}];",
        "};",
        "",
        "/* Computed once from the parameters. */",
        f"struct {n}_cache {{",
        *cache,
        "};",
        "",
        f"/* Unknowns: {comment(unknowns)}. */",
        f"struct {n}_instance {{",
        f"  struct {n}_values set, value;",
        f"  struct {n}_cache cache;",
        "  double temperature;",
        f"  double resist[{len(m.nodes)}]; /* static currents */",
        f"  double react[{len(m.nodes)}];  /* charges */",
        f"  double g[{size}]; /* derivatives of the currents */",
        f"  double c[{size}]; /* derivatives of the charges */",
        *outputs,
        "  double bound_step;",
        f"  double *g_to[{size}]; /* where they go in the simulator's matrix */",
        f"  double *c_to[{size}];",
        f"  uint32_t node[{len(m.nodes)}];",
        "  uint32_t connected;",
        "  uint32_t state[1];",
        f"  uint8_t given[{len(d.parameters)}];  /* set for this instance */",
        f"  uint8_t merged[{len(d.parameters)}]; /* set for it or for its model */",
        f"  bool collapsed[{max(1, len(m.collapses))}];",
        "};",
        "",
    ]
    return "\n".join(lines)


def access(d: Device) -> str:
    n = d.name
    lines = [f"static void *{n}_access(void *inst, void *model, uint32_t id, uint32_t flags) {{"]
    lines += [
        f"  struct {n}_instance *in = inst;",
        f"  struct {n}_model *mo = model;",
        "  struct " + f"{n}_values *values;",
    ]
    if d.model.outputs:
        lines.append("  switch (id) {")
        for k, o in enumerate(d.model.outputs, start=len(d.public)):
            lines.append(f"    case {k}: return in == NULL ? NULL : &in->o_{identifier(o.name)};")
        lines += ["    default: break;", "  }"]
    lines += [
        f"  if (id >= {len(d.public)}) return NULL;",
        f"  if ((flags & ACCESS_INSTANCE) != 0 && id < {len(d.instance)}) {{",
        "    if (in == NULL) return NULL;",
        "    if ((flags & ACCESS_SET) != 0) in->given[id] = 1;",
        "    values = (flags & ACCESS_SET) != 0 ? &in->set : &in->value;",
        "  } else {",
        "    if (mo == NULL) return NULL;",
        "    if ((flags & ACCESS_SET) != 0) mo->given[id] = 1;",
        "    values = (flags & ACCESS_SET) != 0 ? &mo->set : &mo->value;",
        "  }",
        "  switch (id) {",
        *(f"    case {k}: return &values->{d.field(p.name)};" for k, p in enumerate(d.public)),
        "    default: return NULL;",
        "  }",
        "}",
        "",
    ]
    return "\n".join(lines)


def initialise(d: Device) -> str:
    n, m = d.name, d.model
    roots = [p.resolved for p in m.parameters] + [a for a, _ in d.cache]
    body = d.init.body(roots, "goto stopped;")
    lines = [
        "/* Parameters as given or by default, their ranges checked, and what follows from them alone. */",
        f"static bool {n}_initialise(const struct {n}_values *set, const uint8_t *given, double temperature, uint32_t connected,",
        f"                           struct {n}_values *value, struct {n}_cache *cache, bool *collapsed,",
        "                           struct osdi_init_info *info) {",
        "  bool fatal = false;",
        *body,
        "  value->mfactor = set->mfactor;",
        *(f"  value->{d.field(p.name)} = {d.init.name(p.resolved)};" for p in m.parameters),
        *(f"  cache->{b} = {d.init.name(a)};" for a, b in d.cache),
    ]
    if any("goto stopped" in line for line in body):
        lines.append("stopped:;")
    unused = [x for x in ("given", "temperature", "connected", "cache", "collapsed", "info") if not uses(lines[5:], x)]
    lines += [f"  (void){x};" for x in unused]
    return "\n".join([*lines, "  return fatal;", "}", ""])


def prepare(d: Device) -> str:
    if not d.kept and not d.once:
        return ""
    return "\n".join(
        [
            "/* What no voltage changes. */",
            f"static void {d.name}_prepare(struct {d.name}_instance *in) {{",
            *d.eval.statements([*d.kept, *(store.value for store in d.once)]),
            *(f"  in->cache.{v} = {d.eval.name(v)};" for v in d.kept),
            *(d.assign(store) for store in d.once),
            "}",
            "",
        ]
    )


def setup(d: Device) -> str:
    n = d.name
    merge = []
    for k, p in enumerate(d.public):
        f = d.field(p.name)
        if p.instance:
            merge += [
                f"  if (in->given[{k}]) set.{f} = in->set.{f};",
                f"  given[{k}] |= in->given[{k}];",
            ]
    return "\n".join(
        [
            f"static void {n}_setup_model(void *handle, void *model, struct osdi_sim_paras *paras, struct osdi_init_info *res) {{",
            f"  struct {n}_model *mo = model;",
            f"  struct {n}_cache cache;",
            f"  bool collapsed[{max(1, len(d.model.collapses))}];",
            "  (void)handle;",
            "  (void)paras;",
            "  res->flags = 0;",
            "  res->num_errors = 0;",
            "  res->errors = NULL;",
            "  if (!mo->given[0]) mo->set.mfactor = 1.0;",
            "  /* only to have the values to show: ranges are checked with each instance */",
            f"  {n}_initialise(&mo->set, mo->given, 300.15, {d.model.terminals}, &mo->value, &cache, collapsed, NULL);",
            "}",
            "",
            f"static void {n}_setup_instance(void *handle, void *inst, void *model, double temperature, uint32_t connected,",
            "                               struct osdi_sim_paras *paras, struct osdi_init_info *res) {",
            f"  struct {n}_instance *in = inst;",
            f"  const struct {n}_model *mo = model;",
            f"  struct {n}_values set = mo->set;",
            f"  uint8_t given[{len(d.parameters)}];",
            "  (void)paras;",
            "  memcpy(given, mo->given, sizeof given);",
            "  if (!given[0]) set.mfactor = 1.0;",
            *merge,
            "  memset(in->collapsed, 0, sizeof in->collapsed);",
            "  in->temperature = temperature;",
            "  in->connected = connected;",
            "  in->bound_step = INFINITY;",
            "  res->flags = 0;",
            "  res->num_errors = 0;",
            "  res->errors = NULL;",
            f"  if ({n}_initialise(&set, given, temperature, connected, &in->value, &in->cache, in->collapsed, res)) {{",
            "    res->flags |= RETURN_FATAL;",
            f'    if (osdi_log != NULL) osdi_log(handle, "$fatal of module {d.model.name}\\n", LOG_FATAL);',
            "  }",
            *_joined(d),
            "  memcpy(in->merged, given, sizeof given);",
            *([f"  {n}_prepare(in);"] if d.kept or d.once else []),
            "}",
            "",
        ]
    )


def _joined(d: Device) -> list[str]:
    """Collapsed nodes must not join terminals: a simulator passes over that, and the device would be open."""
    if not d.can_join_terminals():
        return []
    m = d.model
    pairs = ", ".join(f"{{{a}, {'UINT32_MAX' if b is None else b}}}" for a, b in m.collapses)
    return [
        "  {",
        f"    static const struct osdi_node_pair pairs[] = {{{pairs}}};",
        f"    uint32_t group[{len(m.nodes) + 1}];",
        f"    if (joins_terminals(pairs, in->collapsed, {len(m.collapses)}, group, {len(m.nodes)}, {m.terminals})) {{",
        "      res->flags |= RETURN_FATAL;",
        f'      const char *message = "{m.name}: these parameters join two terminals; give a resistance above 0\\n";',
        "      if (osdi_log != NULL) osdi_log(handle, message, LOG_FATAL);",
        "    }",
        "  }",
    ]


def evaluate(d: Device) -> str:
    n = d.name
    for v in d.kept:
        d.eval.inputs[v] = (d.eval.kind(v), f"in->cache.{v}", "")
        d.eval.kept.add(v)
    body = d.eval.body([store.value for store in d.each], "return result;")
    stores = [d.assign(store) for store in d.each]
    idle = _idle_implicit(d)
    text = [*body, *stores, *idle]
    head = [
        f"static uint32_t {n}_eval(void *handle, void *inst, void *model, struct osdi_sim_info *info) {{",
        f"  struct {n}_instance *in = inst;",
    ]
    if uses(text, "x"):
        head.append("  const double *x = info->prev_solve;")
    head.append("  uint32_t result = 0;")
    head += [f"  (void){word};" for word in ("handle", "model") if not uses(text, word)]
    if not uses([*text, head[2]], "info"):
        head.append("  (void)info;")
    return "\n".join([*head, *text, "  return result;", "}", ""])


def _idle_implicit(d: Device) -> list[str]:
    """An implicit equation that the parameters switch off says nothing; its unknown is then held at 0."""
    lines = []
    for row, node in enumerate(d.model.nodes):
        own = [k for k, e in enumerate(d.entries) if e.row == row]
        diagonal = next((k for k in own if d.entries[k].column == row and d.entries[k].resist), None)
        if node.kind != "Implicit" or diagonal is None:
            continue
        terms = [f"in->g[{k}] == 0.0" for k in own if d.entries[k].resist] + [
            f"in->c[{k}] == 0.0" for k in own if d.entries[k].react
        ]
        lines += [
            f"  if ({' && '.join(terms)}) {{",
            f"    in->g[{diagonal}] = 1.0;",
            f"    in->resist[{row}] = x[in->node[{row}]];",
            "  }",
        ]
    return lines
