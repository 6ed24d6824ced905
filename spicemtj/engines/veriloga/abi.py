"""The C interface OSDI 0.3, as text: what a simulator finds in a compiled device. Written from the interface's description."""

VERSION = (0, 3)

HEADER = """\
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* OSDI 0.3: the interface between a simulator and a compiled device. */

enum { PARAMETER_REAL = 0, PARAMETER_INTEGER = 1 };
#define KIND_INSTANCE (UINT32_C(1) << 30)
#define KIND_OUTPUT (UINT32_C(2) << 30)

enum { ACCESS_SET = 1, ACCESS_INSTANCE = 4 };

enum {
  ENTRY_RESIST_CONSTANT = 1,
  ENTRY_REACT_CONSTANT = 2,
  ENTRY_RESIST = 4,
  ENTRY_REACT = 8
};

enum {
  ANALYSIS_NOISE = 1024,
  ANALYSIS_DC = 2048,
  ANALYSIS_AC = 4096,
  ANALYSIS_TRAN = 8192,
  ANALYSIS_IC = 16384,
  ANALYSIS_STATIC = 32768,
  ANALYSIS_NODESET = 65536
};

enum { RETURN_FATAL = 2, RETURN_FINISH = 4, RETURN_STOP = 8 };
enum { ERROR_OUT_OF_BOUNDS = 1 };
enum { LOG_FATAL = 5 };

struct osdi_sim_paras {
  char **names;
  double *vals;
  char **names_str;
  char **vals_str;
};

struct osdi_sim_info {
  struct osdi_sim_paras paras;
  double abstime;
  double *prev_solve;
  double *prev_state;
  double *next_state;
  uint32_t flags;
};

struct osdi_init_error {
  uint32_t code;
  uint32_t parameter_id;
};

struct osdi_init_info {
  uint32_t flags;
  uint32_t num_errors;
  struct osdi_init_error *errors;
};

struct osdi_node_pair {
  uint32_t node_1;
  uint32_t node_2;
};

struct osdi_jacobian_entry {
  struct osdi_node_pair nodes;
  uint32_t react_ptr_off;
  uint32_t flags;
};

struct osdi_node {
  const char *name;
  const char *units;
  const char *residual_units;
  uint32_t resist_residual_off;
  uint32_t react_residual_off;
  uint32_t resist_limit_rhs_off;
  uint32_t react_limit_rhs_off;
  bool is_flow;
};

struct osdi_param_opvar {
  const char **name; /* and its aliases */
  uint32_t num_alias;
  const char *description;
  const char *units;
  uint32_t flags;
  uint32_t len;
};

struct osdi_noise_source {
  const char *name;
  struct osdi_node_pair nodes;
};

struct osdi_descriptor {
  const char *name;
  uint32_t num_nodes;
  uint32_t num_terminals;
  const struct osdi_node *nodes;
  uint32_t num_jacobian_entries;
  const struct osdi_jacobian_entry *jacobian_entries;
  uint32_t num_collapsible;
  const struct osdi_node_pair *collapsible;
  uint32_t collapsed_offset;
  const struct osdi_noise_source *noise_sources;
  uint32_t num_noise_src;
  uint32_t num_params;
  uint32_t num_instance_params;
  uint32_t num_opvars;
  const struct osdi_param_opvar *param_opvar;
  uint32_t node_mapping_offset;
  uint32_t jacobian_ptr_resist_offset;
  uint32_t num_states;
  uint32_t state_idx_off;
  uint32_t bound_step_offset;
  uint32_t instance_size;
  uint32_t model_size;
  void *(*access)(void *, void *, uint32_t, uint32_t);
  void (*setup_model)(void *, void *, struct osdi_sim_paras *, struct osdi_init_info *);
  void (*setup_instance)(void *, void *, void *, double, uint32_t, struct osdi_sim_paras *, struct osdi_init_info *);
  uint32_t (*eval)(void *, void *, void *, struct osdi_sim_info *);
  void (*load_noise)(void *, void *, double, double *);
  void (*load_residual_resist)(void *, void *, double *);
  void (*load_residual_react)(void *, void *, double *);
  void (*load_limit_rhs_resist)(void *, void *, double *);
  void (*load_limit_rhs_react)(void *, void *, double *);
  void (*load_spice_rhs_dc)(void *, void *, double *, double *);
  void (*load_spice_rhs_tran)(void *, void *, double *, double *, double);
  void (*load_jacobian_resist)(void *, void *);
  void (*load_jacobian_react)(void *, void *, double);
  void (*load_jacobian_tran)(void *, void *, double);
};

__attribute__((visibility("default"))) void (*osdi_log)(void *handle, const char *message, uint32_t level) = NULL;
"""

# Functions that some devices call; each is written into those alone that do.
HELPERS = {
    "out_of_bounds": """\
static void out_of_bounds(struct osdi_init_info *info, uint32_t parameter_id) {
  struct osdi_init_error *errors;
  if (info == NULL) return;
  errors = realloc(info->errors, (info->num_errors + 1) * sizeof *errors);
  if (errors == NULL) return;
  errors[info->num_errors].code = ERROR_OUT_OF_BOUNDS;
  errors[info->num_errors].parameter_id = parameter_id;
  info->errors = errors;
  info->num_errors += 1;
}
""",
    "joins_terminals": """\
static bool joins_terminals(const struct osdi_node_pair *pairs, const bool *collapsed, uint32_t count, uint32_t *group,
                            uint32_t nodes, uint32_t terminals) {
  for (uint32_t k = 0; k <= nodes; k++) group[k] = k; /* the last one is ground */
  for (uint32_t k = 0; k < count; k++) {
    if (!collapsed[k]) continue;
    const uint32_t one = group[pairs[k].node_1];
    const uint32_t two = group[pairs[k].node_2 < nodes ? pairs[k].node_2 : nodes];
    for (uint32_t j = 0; j <= nodes; j++)
      if (group[j] == two) group[j] = one;
  }
  for (uint32_t k = 0; k < terminals; k++) {
    if (group[k] == group[nodes]) return true;
    for (uint32_t j = 0; j < k; j++)
      if (group[j] == group[k]) return true;
  }
  return false;
}
""",
    "simulator_value": """\
static double simulator_value(const struct osdi_sim_info *info, const char *name, double otherwise) {
  for (size_t k = 0; info->paras.names[k] != NULL; k++)
    if (strcmp(info->paras.names[k], name) == 0) return info->paras.vals[k];
  return otherwise;
}
""",
    "required_value": """\
static double required_value(const struct osdi_sim_info *info, const char *name, void *handle, uint32_t *result) {
  for (size_t k = 0; info->paras.names[k] != NULL; k++)
    if (strcmp(info->paras.names[k], name) == 0) return info->paras.vals[k];
  if (osdi_log != NULL) osdi_log(handle, "$simparam without a default: the simulator has no such parameter\\n", LOG_FATAL);
  *result |= RETURN_FATAL;
  return 0.0;
}
""",
    "divide": """\
static int32_t divide(int32_t a, int32_t b) {
  return b == 0 ? 0 : b == -1 ? (int32_t)-(uint32_t)a : a / b;
}
""",
    "remainder_of": """\
static int32_t remainder_of(int32_t a, int32_t b) {
  return b == 0 || b == -1 ? 0 : a % b;
}
""",
    "ceil_log2": """\
static int32_t ceil_log2(int32_t a) {
  int32_t bits = 0;
  for (uint32_t rest = a > 0 ? (uint32_t)a - 1 : 0; rest > 0; rest >>= 1) bits++;
  return bits;
}
""",
}
