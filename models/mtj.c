/* mtj.va as an OSDI 0.3 device, written by spicemtj: change the Verilog-A, not this. */

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

/* -- module mtj -- */

struct mtj_values {
  double mfactor; /* Multiplier (Verilog-A $mfactor) */
  double p_diameter; /* m, diameter of the junction */
  double p_thickness; /* m, thickness of the free layer */
  double p_ms; /* A/m, saturation magnetisation at t_ref */
  double p_mu0_hk; /* T, effective anisotropy field at t_ref, demagnetisation subtracted */
  double p_ra; /* ohm m^2, resistance-area product, parallel */
  double p_tmr0; /* TMR at 0 V and t_ref */
  double p_mu0_hoff; /* T, offset (stray) field along the pinned layer; above 0 it favours parallel */
  double p_oxide; /* m, thickness of the tunnel barrier, for the field of VCMA */
  double p_s0; /* state at the start: 1 parallel, -1 antiparallel */
  double p_v_lo; /* V, least voltage of the switching law */
  double p_v_hi; /* V, voltage above which it gets no faster */
  double p_c0;
  double p_c1;
  double p_c2;
  double p_c3;
  double p_c4;
  double p_c5;
  double p_c6;
  double p_c7;
  double p_c8;
  double p_c9;
  double p_c10;
  double p_c11;
  double p_alpha; /* Gilbert damping */
  double p_eta; /* spin-torque efficiency */
  double p_vh; /* V, voltage that halves the TMR */
  double p_temperature; /* K, temperature */
  double p_t_ref; /* K, temperature at which ms, mu0_hk, tmr0 and vcma hold */
  double p_t_curie; /* K, temperature scale of Bloch's law */
  double p_ki_exponent; /* interface anisotropy goes as Ms to this power */
  double p_spin_wave; /* K^-1.5, loss of spin polarisation by spin waves */
  double p_demag; /* difference N_z - N_x of the demagnetising factors */
  double p_vcma; /* J/(V m), VCMA coefficient; above 0 a positive voltage lowers the barrier */
  double p_vcma_exponent; /* VCMA coefficient goes as Ms to this power */
  double p_tref; /* s, time scale of the integrator: the length of the pulse */
};

struct mtj_model {
  struct mtj_values set, value;
  uint8_t given[36];
};

/* Computed once from the parameters. */
struct mtj_cache {
  double v57;
  double v59;
  double v72;
  double v74;
  double v92;
  double v102;
  double v114;
  double v116;
  double v121;
  double v128;
  double v135;
  double v137;
  double v148;
  double v974;
  double v165;
  double v169;
  double v267;
  double v270;
};

/* Unknowns: 0 p, 1 n, 2 a. */
struct mtj_instance {
  struct mtj_values set, value;
  struct mtj_cache cache;
  double temperature;
  double resist[3]; /* static currents */
  double react[3];  /* charges */
  double g[9]; /* derivatives of the currents */
  double c[9]; /* derivatives of the charges */
  double o_area; /* m^2, Area of a circular junction */
  double o_volume; /* m^3, Volume of the free layer */
  double o_magnetisation; /* Ms(T)/Ms(t_ref) by Bloch's law */
  double o_ms_t; /* A/m, Saturation magnetisation at the temperature */
  double o_mu0_hk_t; /* T, Anisotropy field at the temperature: 2 Ki/(Ms thickness) - mu0 Ms demag, with Ki as Ms^ki_exponent */
  double o_polarisation; /* Spin polarisation relative to that at t_ref */
  double o_tmr0_t; /* TMR at 0 V and the temperature: 2 P^2/(1 - P^2) (Julliere) */
  double o_r_p; /* ohm, Parallel resistance; it hardly depends on temperature */
  double o_delta; /* Thermal stability factor of a uniaxial macrospin */
  double o_ic0; /* A, Critical current of a perpendicular layer */
  double o_tau_d; /* s, Relaxation time */
  double o_offset; /* Offset field over anisotropy field */
  double o_vcma_slope; /* 1/V, VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v) */
  double bound_step;
  double *g_to[9]; /* where they go in the simulator's matrix */
  double *c_to[9];
  uint32_t node[3];
  uint32_t connected;
  uint32_t state[1];
  uint8_t given[36];  /* set for this instance */
  uint8_t merged[36]; /* set for it or for its model */
  bool collapsed[1];
};

static void *mtj_access(void *inst, void *model, uint32_t id, uint32_t flags) {
  struct mtj_instance *in = inst;
  struct mtj_model *mo = model;
  struct mtj_values *values;
  switch (id) {
    case 36: return in == NULL ? NULL : &in->o_area;
    case 37: return in == NULL ? NULL : &in->o_volume;
    case 38: return in == NULL ? NULL : &in->o_magnetisation;
    case 39: return in == NULL ? NULL : &in->o_ms_t;
    case 40: return in == NULL ? NULL : &in->o_mu0_hk_t;
    case 41: return in == NULL ? NULL : &in->o_polarisation;
    case 42: return in == NULL ? NULL : &in->o_tmr0_t;
    case 43: return in == NULL ? NULL : &in->o_r_p;
    case 44: return in == NULL ? NULL : &in->o_delta;
    case 45: return in == NULL ? NULL : &in->o_ic0;
    case 46: return in == NULL ? NULL : &in->o_tau_d;
    case 47: return in == NULL ? NULL : &in->o_offset;
    case 48: return in == NULL ? NULL : &in->o_vcma_slope;
    default: break;
  }
  if (id >= 36) return NULL;
  if ((flags & ACCESS_INSTANCE) != 0 && id < 24) {
    if (in == NULL) return NULL;
    if ((flags & ACCESS_SET) != 0) in->given[id] = 1;
    values = (flags & ACCESS_SET) != 0 ? &in->set : &in->value;
  } else {
    if (mo == NULL) return NULL;
    if ((flags & ACCESS_SET) != 0) mo->given[id] = 1;
    values = (flags & ACCESS_SET) != 0 ? &mo->set : &mo->value;
  }
  switch (id) {
    case 0: return &values->mfactor;
    case 1: return &values->p_diameter;
    case 2: return &values->p_thickness;
    case 3: return &values->p_ms;
    case 4: return &values->p_mu0_hk;
    case 5: return &values->p_ra;
    case 6: return &values->p_tmr0;
    case 7: return &values->p_mu0_hoff;
    case 8: return &values->p_oxide;
    case 9: return &values->p_s0;
    case 10: return &values->p_v_lo;
    case 11: return &values->p_v_hi;
    case 12: return &values->p_c0;
    case 13: return &values->p_c1;
    case 14: return &values->p_c2;
    case 15: return &values->p_c3;
    case 16: return &values->p_c4;
    case 17: return &values->p_c5;
    case 18: return &values->p_c6;
    case 19: return &values->p_c7;
    case 20: return &values->p_c8;
    case 21: return &values->p_c9;
    case 22: return &values->p_c10;
    case 23: return &values->p_c11;
    case 24: return &values->p_alpha;
    case 25: return &values->p_eta;
    case 26: return &values->p_vh;
    case 27: return &values->p_temperature;
    case 28: return &values->p_t_ref;
    case 29: return &values->p_t_curie;
    case 30: return &values->p_ki_exponent;
    case 31: return &values->p_spin_wave;
    case 32: return &values->p_demag;
    case 33: return &values->p_vcma;
    case 34: return &values->p_vcma_exponent;
    case 35: return &values->p_tref;
    default: return NULL;
  }
}

/* Parameters as given or by default, their ranges checked, and what follows from them alone. */
static bool mtj_initialise(const struct mtj_values *set, const uint8_t *given, double temperature, uint32_t connected,
                           struct mtj_values *value, struct mtj_cache *cache, bool *collapsed,
                           struct osdi_init_info *info) {
  bool fatal = false;
  const double v18_diameter = set->p_diameter; /* diameter */
  const double v21_thickness = set->p_thickness; /* thickness */
  const double v23_temperature = set->p_temperature; /* temperature */
  const double v24_t_curie = set->p_t_curie; /* t_curie */
  const double v29_t_ref = set->p_t_ref; /* t_ref */
  const double v34_ms = set->p_ms; /* ms */
  const double v39_mu0_hk = set->p_mu0_hk; /* mu0_hk */
  const double v36_ki_exponent = set->p_ki_exponent; /* ki_exponent */
  const double v42_demag = set->p_demag; /* demag */
  const double v49_spin_wave = set->p_spin_wave; /* spin_wave */
  const double v56_tmr0 = set->p_tmr0; /* tmr0 */
  const double v65_ra = set->p_ra; /* ra */
  const double v73_alpha = set->p_alpha; /* alpha */
  const double v77_eta = set->p_eta; /* eta */
  const double v85_mu0_hoff = set->p_mu0_hoff; /* mu0_hoff */
  const double v87_vcma = set->p_vcma; /* vcma */
  const double v89_vcma_exponent = set->p_vcma_exponent; /* vcma_exponent */
  const double v92_oxide = set->p_oxide; /* oxide */
  const double v98_vh = set->p_vh; /* vh */
  const double v142_tref = set->p_tref; /* tref */
  const double v141_mfactor = set->mfactor; /* $mfactor */
  const int32_t v167_param_given_diameter = given[1]; /* $param_given(diameter) */
  const int32_t v179_param_given_thickness = given[2]; /* $param_given(thickness) */
  const int32_t v191_param_given_ms = given[3]; /* $param_given(ms) */
  const int32_t v203_param_given_mu0_hk = given[4]; /* $param_given(mu0_hk) */
  const int32_t v215_param_given_alpha = given[24]; /* $param_given(alpha) */
  const int32_t v227_param_given_eta = given[25]; /* $param_given(eta) */
  const int32_t v239_param_given_ra = given[5]; /* $param_given(ra) */
  const int32_t v251_param_given_tmr0 = given[6]; /* $param_given(tmr0) */
  const int32_t v263_param_given_vh = given[26]; /* $param_given(vh) */
  const int32_t v275_param_given_temperature = given[27]; /* $param_given(temperature) */
  const int32_t v287_param_given_t_ref = given[28]; /* $param_given(t_ref) */
  const int32_t v298_param_given_t_curie = given[29]; /* $param_given(t_curie) */
  const int32_t v310_param_given_ki_exponent = given[30]; /* $param_given(ki_exponent) */
  const int32_t v322_param_given_spin_wave = given[31]; /* $param_given(spin_wave) */
  const int32_t v334_param_given_demag = given[32]; /* $param_given(demag) */
  const int32_t v348_param_given_mu0_hoff = given[7]; /* $param_given(mu0_hoff) */
  const int32_t v351_param_given_vcma = given[33]; /* $param_given(vcma) */
  const int32_t v354_param_given_vcma_exponent = given[34]; /* $param_given(vcma_exponent) */
  const int32_t v366_param_given_oxide = given[8]; /* $param_given(oxide) */
  const double v378_s0 = set->p_s0; /* s0 */
  const int32_t v379_param_given_s0 = given[9]; /* $param_given(s0) */
  const double v395_v_lo = set->p_v_lo; /* v_lo */
  const int32_t v396_param_given_v_lo = given[10]; /* $param_given(v_lo) */
  const double v408_v_hi = set->p_v_hi; /* v_hi */
  const int32_t v409_param_given_v_hi = given[11]; /* $param_given(v_hi) */
  const double v421_c0 = set->p_c0; /* c0 */
  const int32_t v422_param_given_c0 = given[12]; /* $param_given(c0) */
  const double v426_c1 = set->p_c1; /* c1 */
  const int32_t v427_param_given_c1 = given[13]; /* $param_given(c1) */
  const double v431_c2 = set->p_c2; /* c2 */
  const int32_t v432_param_given_c2 = given[14]; /* $param_given(c2) */
  const double v436_c3 = set->p_c3; /* c3 */
  const int32_t v437_param_given_c3 = given[15]; /* $param_given(c3) */
  const double v441_c4 = set->p_c4; /* c4 */
  const int32_t v442_param_given_c4 = given[16]; /* $param_given(c4) */
  const double v446_c5 = set->p_c5; /* c5 */
  const int32_t v447_param_given_c5 = given[17]; /* $param_given(c5) */
  const double v451_c6 = set->p_c6; /* c6 */
  const int32_t v452_param_given_c6 = given[18]; /* $param_given(c6) */
  const double v456_c7 = set->p_c7; /* c7 */
  const int32_t v457_param_given_c7 = given[19]; /* $param_given(c7) */
  const double v461_c8 = set->p_c8; /* c8 */
  const int32_t v462_param_given_c8 = given[20]; /* $param_given(c8) */
  const double v466_c9 = set->p_c9; /* c9 */
  const int32_t v467_param_given_c9 = given[21]; /* $param_given(c9) */
  const double v471_c10 = set->p_c10; /* c10 */
  const int32_t v472_param_given_c10 = given[22]; /* $param_given(c10) */
  const double v476_c11 = set->p_c11; /* c11 */
  const int32_t v477_param_given_c11 = given[23]; /* $param_given(c11) */
  const int32_t v481_param_given_tref = given[35]; /* $param_given(tref) */
  double v168, v180, v192, v204, v216, v228, v240, v252, v264, v276, v288, v299, v311, v323, v335, v349;
  double v352, v355, v367, v380, v397, v410, v423, v428, v433, v438, v443, v448, v453, v458, v463, v468;
  double v473, v478, v482, v19, v20, v32, v33, v46, v54, v63, v64, v70, v76, v83, v84, v95;
  double v140;
  int32_t v172, v184, v196, v208, v220, v232, v244, v256, v268, v280, v292, v303, v315, v327, v340, v359;
  int32_t v371, v386, v401, v414, v486;
  if (!v167_param_given_diameter) goto block26;
  if (!(0.0 < v18_diameter)) goto block31;
  const int32_t v171 = v18_diameter < INFINITY;
  v172 = v171;
  goto block32;
block31:;
  v172 = 0;
block32:;
  if (v172) goto block28;
  out_of_bounds(info, 1);
block28:;
  v168 = v18_diameter;
  goto block27;
block26:;
  v168 = 4e-08;
block27:;
  if (!v179_param_given_thickness) goto block41;
  if (!(0.0 < v21_thickness)) goto block46;
  const int32_t v183 = v21_thickness < INFINITY;
  v184 = v183;
  goto block47;
block46:;
  v184 = 0;
block47:;
  if (v184) goto block43;
  out_of_bounds(info, 2);
block43:;
  v180 = v21_thickness;
  goto block42;
block41:;
  v180 = 1.3e-09;
block42:;
  if (!v191_param_given_ms) goto block56;
  if (!(0.0 < v34_ms)) goto block61;
  const int32_t v195 = v34_ms < INFINITY;
  v196 = v195;
  goto block62;
block61:;
  v196 = 0;
block62:;
  if (v196) goto block58;
  out_of_bounds(info, 3);
block58:;
  v192 = v34_ms;
  goto block57;
block56:;
  v192 = 1000000.0;
block57:;
  if (!v203_param_given_mu0_hk) goto block71;
  if (!(0.0 < v39_mu0_hk)) goto block76;
  const int32_t v207 = v39_mu0_hk < INFINITY;
  v208 = v207;
  goto block77;
block76:;
  v208 = 0;
block77:;
  if (v208) goto block73;
  out_of_bounds(info, 4);
block73:;
  v204 = v39_mu0_hk;
  goto block72;
block71:;
  v204 = 0.25;
block72:;
  if (!v215_param_given_alpha) goto block86;
  if (!(0.0 < v73_alpha)) goto block91;
  const int32_t v219 = v73_alpha < INFINITY;
  v220 = v219;
  goto block92;
block91:;
  v220 = 0;
block92:;
  if (v220) goto block88;
  out_of_bounds(info, 24);
block88:;
  v216 = v73_alpha;
  goto block87;
block86:;
  v216 = 0.02;
block87:;
  if (!v227_param_given_eta) goto block101;
  if (!(0.0 < v77_eta)) goto block106;
  const int32_t v231 = v77_eta < INFINITY;
  v232 = v231;
  goto block107;
block106:;
  v232 = 0;
block107:;
  if (v232) goto block103;
  out_of_bounds(info, 25);
block103:;
  v228 = v77_eta;
  goto block102;
block101:;
  v228 = 0.6;
block102:;
  if (!v239_param_given_ra) goto block116;
  if (!(0.0 < v65_ra)) goto block121;
  const int32_t v243 = v65_ra < INFINITY;
  v244 = v243;
  goto block122;
block121:;
  v244 = 0;
block122:;
  if (v244) goto block118;
  out_of_bounds(info, 5);
block118:;
  v240 = v65_ra;
  goto block117;
block116:;
  v240 = 8e-12;
block117:;
  if (!v251_param_given_tmr0) goto block131;
  if (!(0.0 < v56_tmr0)) goto block136;
  const int32_t v255 = v56_tmr0 < INFINITY;
  v256 = v255;
  goto block137;
block136:;
  v256 = 0;
block137:;
  if (v256) goto block133;
  out_of_bounds(info, 6);
block133:;
  v252 = v56_tmr0;
  goto block132;
block131:;
  v252 = 1.2;
block132:;
  if (!v263_param_given_vh) goto block146;
  if (!(0.0 < v98_vh)) goto block151;
  const int32_t v267 = v98_vh < INFINITY;
  v268 = v267;
  goto block152;
block151:;
  v268 = 0;
block152:;
  if (v268) goto block148;
  out_of_bounds(info, 26);
block148:;
  v264 = v98_vh;
  goto block147;
block146:;
  v264 = 0.5;
block147:;
  if (!v275_param_given_temperature) goto block161;
  if (!(0.0 < v23_temperature)) goto block166;
  const int32_t v279 = v23_temperature < INFINITY;
  v280 = v279;
  goto block167;
block166:;
  v280 = 0;
block167:;
  if (v280) goto block163;
  out_of_bounds(info, 27);
block163:;
  v276 = v23_temperature;
  goto block162;
block161:;
  v276 = 300.0;
block162:;
  if (!v287_param_given_t_ref) goto block176;
  if (!(0.0 < v29_t_ref)) goto block181;
  const int32_t v291 = v29_t_ref < INFINITY;
  v292 = v291;
  goto block182;
block181:;
  v292 = 0;
block182:;
  if (v292) goto block178;
  out_of_bounds(info, 28);
block178:;
  v288 = v29_t_ref;
  goto block177;
block176:;
  v288 = 300.0;
block177:;
  if (!v298_param_given_t_curie) goto block191;
  if (!(0.0 < v24_t_curie)) goto block196;
  const int32_t v302 = v24_t_curie < INFINITY;
  v303 = v302;
  goto block197;
block196:;
  v303 = 0;
block197:;
  if (v303) goto block193;
  out_of_bounds(info, 29);
block193:;
  v299 = v24_t_curie;
  goto block192;
block191:;
  v299 = 1120.0;
block192:;
  if (!v310_param_given_ki_exponent) goto block206;
  if (!(0.0 <= v36_ki_exponent)) goto block211;
  const int32_t v314 = v36_ki_exponent < INFINITY;
  v315 = v314;
  goto block212;
block211:;
  v315 = 0;
block212:;
  if (v315) goto block208;
  out_of_bounds(info, 30);
block208:;
  v311 = v36_ki_exponent;
  goto block207;
block206:;
  v311 = 2.18;
block207:;
  if (!v322_param_given_spin_wave) goto block221;
  if (!(0.0 <= v49_spin_wave)) goto block226;
  const int32_t v326 = v49_spin_wave < INFINITY;
  v327 = v326;
  goto block227;
block226:;
  v327 = 0;
block227:;
  if (v327) goto block223;
  out_of_bounds(info, 31);
block223:;
  v323 = v49_spin_wave;
  goto block222;
block221:;
  v323 = 2e-05;
block222:;
  if (!v334_param_given_demag) goto block236;
  if (!(0.0 <= v42_demag)) goto block241;
  const int32_t v339 = v42_demag < 1.0;
  v340 = v339;
  goto block242;
block241:;
  v340 = 0;
block242:;
  if (v340) goto block238;
  out_of_bounds(info, 32);
block238:;
  v335 = v42_demag;
  goto block237;
block236:;
  v335 = 0.93;
block237:;
  if (!v348_param_given_mu0_hoff) goto block251;
  v349 = v85_mu0_hoff;
  goto block252;
block251:;
  v349 = 0.0;
block252:;
  if (!v351_param_given_vcma) goto block256;
  v352 = v87_vcma;
  goto block257;
block256:;
  v352 = 0.0;
block257:;
  if (!v354_param_given_vcma_exponent) goto block261;
  if (!(0.0 <= v89_vcma_exponent)) goto block266;
  const int32_t v358 = v89_vcma_exponent < INFINITY;
  v359 = v358;
  goto block267;
block266:;
  v359 = 0;
block267:;
  if (v359) goto block263;
  out_of_bounds(info, 34);
block263:;
  v355 = v89_vcma_exponent;
  goto block262;
block261:;
  v355 = 2.83;
block262:;
  if (!v366_param_given_oxide) goto block276;
  if (!(0.0 < v92_oxide)) goto block281;
  const int32_t v370 = v92_oxide < INFINITY;
  v371 = v370;
  goto block282;
block281:;
  v371 = 0;
block282:;
  if (v371) goto block278;
  out_of_bounds(info, 8);
block278:;
  v367 = v92_oxide;
  goto block277;
block276:;
  v367 = 1e-09;
block277:;
  if (!v379_param_given_s0) goto block291;
  if (!((-1.0) <= v378_s0)) goto block296;
  const int32_t v385 = v378_s0 <= 1.0;
  v386 = v385;
  goto block297;
block296:;
  v386 = 0;
block297:;
  if (v386) goto block293;
  out_of_bounds(info, 9);
block293:;
  v380 = v378_s0;
  goto block292;
block291:;
  v380 = 1.0;
block292:;
  if (!v396_param_given_v_lo) goto block306;
  if (!(0.0 < v395_v_lo)) goto block311;
  const int32_t v400 = v395_v_lo < INFINITY;
  v401 = v400;
  goto block312;
block311:;
  v401 = 0;
block312:;
  if (v401) goto block308;
  out_of_bounds(info, 10);
block308:;
  v397 = v395_v_lo;
  goto block307;
block306:;
  v397 = 0.2;
block307:;
  if (!v409_param_given_v_hi) goto block321;
  if (!(0.0 < v408_v_hi)) goto block326;
  const int32_t v413 = v408_v_hi < INFINITY;
  v414 = v413;
  goto block327;
block326:;
  v414 = 0;
block327:;
  if (v414) goto block323;
  out_of_bounds(info, 11);
block323:;
  v410 = v408_v_hi;
  goto block322;
block321:;
  v410 = 1.0;
block322:;
  if (!v422_param_given_c0) goto block336;
  v423 = v421_c0;
  goto block337;
block336:;
  v423 = 0.0;
block337:;
  if (!v427_param_given_c1) goto block341;
  v428 = v426_c1;
  goto block342;
block341:;
  v428 = 0.0;
block342:;
  if (!v432_param_given_c2) goto block346;
  v433 = v431_c2;
  goto block347;
block346:;
  v433 = 0.0;
block347:;
  if (!v437_param_given_c3) goto block351;
  v438 = v436_c3;
  goto block352;
block351:;
  v438 = 0.0;
block352:;
  if (!v442_param_given_c4) goto block356;
  v443 = v441_c4;
  goto block357;
block356:;
  v443 = 0.0;
block357:;
  if (!v447_param_given_c5) goto block361;
  v448 = v446_c5;
  goto block362;
block361:;
  v448 = 0.0;
block362:;
  if (!v452_param_given_c6) goto block366;
  v453 = v451_c6;
  goto block367;
block366:;
  v453 = 0.0;
block367:;
  if (!v457_param_given_c7) goto block371;
  v458 = v456_c7;
  goto block372;
block371:;
  v458 = 0.0;
block372:;
  if (!v462_param_given_c8) goto block376;
  v463 = v461_c8;
  goto block377;
block376:;
  v463 = 0.0;
block377:;
  if (!v467_param_given_c9) goto block381;
  v468 = v466_c9;
  goto block382;
block381:;
  v468 = 0.0;
block382:;
  if (!v472_param_given_c10) goto block386;
  v473 = v471_c10;
  goto block387;
block386:;
  v473 = 0.0;
block387:;
  if (!v477_param_given_c11) goto block391;
  v478 = v476_c11;
  goto block392;
block391:;
  v478 = 0.0;
block392:;
  if (!v481_param_given_tref) goto block396;
  if (!(0.0 < v142_tref)) goto block401;
  const int32_t v485 = v142_tref < INFINITY;
  v486 = v485;
  goto block402;
block401:;
  v486 = 0;
block402:;
  if (v486) goto block398;
  out_of_bounds(info, 35);
block398:;
  v482 = v142_tref;
  goto block397;
block396:;
  v482 = 1e-08;
block397:;
  v19 = (0.7853981633974483 * v168) * v168;
  v20 = v19 * v180;
  v32 = (1.0 - pow(v276 / v299, 1.5)) / (1.0 - pow(v288 / v299, 1.5));
  v33 = v192 * v32;
  const double v37 = pow(v32, (-1.0) + v311);
  v46 = (v204 * v37) + (((1.25663706212e-06 * v335) * v192) * (v37 - v32));
  v54 = (1.0 - (v323 * pow(v276, 1.5))) / (1.0 - (v323 * pow(v288, 1.5)));
  v63 = (((2.0 * v252) * v54) * v54) / ((v252 + 2.0) - ((v252 * v54) * v54));
  v64 = v240 / v19;
  v70 = (((3.62148525801996e+22 * v33) * v46) * v20) / v276;
  v76 = (((8.390300335725608e-08 * v216) * v70) * v276) / v228;
  v83 = (5.67904438810946e-12 * (1.0 + (v216 * v216))) / (v216 * v46);
  v84 = v349 / v46;
  v95 = ((2.0 * v352) * pow(v32, v355)) / (((v367 * v180) * v33) * v46);
  v140 = v141_mfactor * v482;
  value->mfactor = set->mfactor;
  value->p_diameter = v168;
  value->p_thickness = v180;
  value->p_ms = v192;
  value->p_mu0_hk = v204;
  value->p_alpha = v216;
  value->p_eta = v228;
  value->p_ra = v240;
  value->p_tmr0 = v252;
  value->p_vh = v264;
  value->p_temperature = v276;
  value->p_t_ref = v288;
  value->p_t_curie = v299;
  value->p_ki_exponent = v311;
  value->p_spin_wave = v323;
  value->p_demag = v335;
  value->p_mu0_hoff = v349;
  value->p_vcma = v352;
  value->p_vcma_exponent = v355;
  value->p_oxide = v367;
  value->p_s0 = v380;
  value->p_v_lo = v397;
  value->p_v_hi = v410;
  value->p_c0 = v423;
  value->p_c1 = v428;
  value->p_c2 = v433;
  value->p_c3 = v438;
  value->p_c4 = v443;
  value->p_c5 = v448;
  value->p_c6 = v453;
  value->p_c7 = v458;
  value->p_c8 = v463;
  value->p_c9 = v468;
  value->p_c10 = v473;
  value->p_c11 = v478;
  value->p_tref = v482;
  cache->v57 = v19;
  cache->v59 = v20;
  cache->v72 = v32;
  cache->v74 = v33;
  cache->v92 = v46;
  cache->v102 = v54;
  cache->v114 = v63;
  cache->v116 = v64;
  cache->v121 = v70;
  cache->v128 = v76;
  cache->v135 = v83;
  cache->v137 = v84;
  cache->v148 = v95;
  cache->v974 = v140;
  (void)temperature;
  (void)connected;
  (void)collapsed;
  return fatal;
}

/* What no voltage changes. */
static void mtj_prepare(struct mtj_instance *in) {
  const double v153_v_lo = in->value.p_v_lo; /* v_lo */
  const double v162 = 1.0 / v153_v_lo;
  const double v156_v_hi = in->value.p_v_hi; /* v_hi */
  const double v164 = 1.0 / v156_v_hi;
  const double v165 = v162 + v164;
  const double v169 = v156_v_hi - v153_v_lo;
  const double v114 = in->cache.v114;
  const double v267 = 1.0 + v114;
  const double v269_vh = in->value.p_vh; /* vh */
  const double v270 = v269_vh * v269_vh;
  const double v974 = in->cache.v974;
  const double v57 = in->cache.v57;
  const double v59 = in->cache.v59;
  const double v72 = in->cache.v72;
  const double v74 = in->cache.v74;
  const double v92 = in->cache.v92;
  const double v102 = in->cache.v102;
  const double v116 = in->cache.v116;
  const double v121 = in->cache.v121;
  const double v128 = in->cache.v128;
  const double v135 = in->cache.v135;
  const double v137 = in->cache.v137;
  const double v148 = in->cache.v148;
  in->cache.v165 = v165;
  in->cache.v169 = v169;
  in->cache.v267 = v267;
  in->cache.v270 = v270;
  in->c[8] = v974;
  in->o_area = v57;
  in->o_volume = v59;
  in->o_magnetisation = v72;
  in->o_ms_t = v74;
  in->o_mu0_hk_t = v92;
  in->o_polarisation = v102;
  in->o_tmr0_t = v114;
  in->o_r_p = v116;
  in->o_delta = v121;
  in->o_ic0 = v128;
  in->o_tau_d = v135;
  in->o_offset = v137;
  in->o_vcma_slope = v148;
}

static void mtj_setup_model(void *handle, void *model, struct osdi_sim_paras *paras, struct osdi_init_info *res) {
  struct mtj_model *mo = model;
  struct mtj_cache cache;
  bool collapsed[1];
  (void)handle;
  (void)paras;
  res->flags = 0;
  res->num_errors = 0;
  res->errors = NULL;
  if (!mo->given[0]) mo->set.mfactor = 1.0;
  /* only to have the values to show: ranges are checked with each instance */
  mtj_initialise(&mo->set, mo->given, 300.15, 3, &mo->value, &cache, collapsed, NULL);
}

static void mtj_setup_instance(void *handle, void *inst, void *model, double temperature, uint32_t connected,
                               struct osdi_sim_paras *paras, struct osdi_init_info *res) {
  struct mtj_instance *in = inst;
  const struct mtj_model *mo = model;
  struct mtj_values set = mo->set;
  uint8_t given[36];
  (void)paras;
  memcpy(given, mo->given, sizeof given);
  if (!given[0]) set.mfactor = 1.0;
  if (in->given[0]) set.mfactor = in->set.mfactor;
  given[0] |= in->given[0];
  if (in->given[1]) set.p_diameter = in->set.p_diameter;
  given[1] |= in->given[1];
  if (in->given[2]) set.p_thickness = in->set.p_thickness;
  given[2] |= in->given[2];
  if (in->given[3]) set.p_ms = in->set.p_ms;
  given[3] |= in->given[3];
  if (in->given[4]) set.p_mu0_hk = in->set.p_mu0_hk;
  given[4] |= in->given[4];
  if (in->given[5]) set.p_ra = in->set.p_ra;
  given[5] |= in->given[5];
  if (in->given[6]) set.p_tmr0 = in->set.p_tmr0;
  given[6] |= in->given[6];
  if (in->given[7]) set.p_mu0_hoff = in->set.p_mu0_hoff;
  given[7] |= in->given[7];
  if (in->given[8]) set.p_oxide = in->set.p_oxide;
  given[8] |= in->given[8];
  if (in->given[9]) set.p_s0 = in->set.p_s0;
  given[9] |= in->given[9];
  if (in->given[10]) set.p_v_lo = in->set.p_v_lo;
  given[10] |= in->given[10];
  if (in->given[11]) set.p_v_hi = in->set.p_v_hi;
  given[11] |= in->given[11];
  if (in->given[12]) set.p_c0 = in->set.p_c0;
  given[12] |= in->given[12];
  if (in->given[13]) set.p_c1 = in->set.p_c1;
  given[13] |= in->given[13];
  if (in->given[14]) set.p_c2 = in->set.p_c2;
  given[14] |= in->given[14];
  if (in->given[15]) set.p_c3 = in->set.p_c3;
  given[15] |= in->given[15];
  if (in->given[16]) set.p_c4 = in->set.p_c4;
  given[16] |= in->given[16];
  if (in->given[17]) set.p_c5 = in->set.p_c5;
  given[17] |= in->given[17];
  if (in->given[18]) set.p_c6 = in->set.p_c6;
  given[18] |= in->given[18];
  if (in->given[19]) set.p_c7 = in->set.p_c7;
  given[19] |= in->given[19];
  if (in->given[20]) set.p_c8 = in->set.p_c8;
  given[20] |= in->given[20];
  if (in->given[21]) set.p_c9 = in->set.p_c9;
  given[21] |= in->given[21];
  if (in->given[22]) set.p_c10 = in->set.p_c10;
  given[22] |= in->given[22];
  if (in->given[23]) set.p_c11 = in->set.p_c11;
  given[23] |= in->given[23];
  memset(in->collapsed, 0, sizeof in->collapsed);
  in->temperature = temperature;
  in->connected = connected;
  in->bound_step = INFINITY;
  res->flags = 0;
  res->num_errors = 0;
  res->errors = NULL;
  if (mtj_initialise(&set, given, temperature, connected, &in->value, &in->cache, in->collapsed, res)) {
    res->flags |= RETURN_FATAL;
    if (osdi_log != NULL) osdi_log(handle, "$fatal of module mtj\n", LOG_FATAL);
  }
  memcpy(in->merged, given, sizeof given);
  mtj_prepare(in);
}

static uint32_t mtj_eval(void *handle, void *inst, void *model, struct osdi_sim_info *info) {
  struct mtj_instance *in = inst;
  const double *x = info->prev_solve;
  uint32_t result = 0;
  (void)handle;
  (void)model;
  const double v149_V_p_n = x[in->node[0]] - x[in->node[1]]; /* V(p,n) */
  const double v150_s0 = in->value.p_s0; /* s0 */
  const double v153_v_lo = in->value.p_v_lo; /* v_lo */
  const double v156_v_hi = in->value.p_v_hi; /* v_hi */
  const double v171_c0 = in->value.p_c0; /* c0 */
  const double v172_c1 = in->value.p_c1; /* c1 */
  const double v173_c2 = in->value.p_c2; /* c2 */
  const double v174_c3 = in->value.p_c3; /* c3 */
  const double v175_c4 = in->value.p_c4; /* c4 */
  const double v176_c5 = in->value.p_c5; /* c5 */
  const double v177_c6 = in->value.p_c6; /* c6 */
  const double v178_c7 = in->value.p_c7; /* c7 */
  const double v179_c8 = in->value.p_c8; /* c8 */
  const double v180_c9 = in->value.p_c9; /* c9 */
  const double v181_c10 = in->value.p_c10; /* c10 */
  const double v182_c11 = in->value.p_c11; /* c11 */
  const double v207_V_a = x[in->node[2]]; /* V(a) */
  const double v308_tref = in->value.p_tref; /* tref */
  const double v751_mfactor = in->value.mfactor; /* $mfactor */
  const double v114 = in->cache.v114;
  const double v116 = in->cache.v116;
  const double v165 = in->cache.v165;
  const double v169 = in->cache.v169;
  const double v267 = in->cache.v267;
  const double v270 = in->cache.v270;
  double v151, v158, v795, v211, v850, v315, v220, v222, v855, v224, v856, v931, v934, v935, v963, v966;
  double v967, v970, v971, v933, v973;
  v151 = v150_s0 * v149_V_p_n;
  if (v151 >= v153_v_lo) goto block2;
  v211 = 0.0;
  v850 = 0.0;
  goto block4;
block2:;
  if (!(v151 < v156_v_hi)) goto block6;
  v158 = v151;
  v795 = v150_s0;
  goto block7;
block6:;
  v158 = v156_v_hi;
  v795 = 0.0;
block7:;
  const double v170 = ((((2.0 / v158) - v165) * v153_v_lo) * v156_v_hi) / v169;
  const double v804 = (((0.0 - ((v795 * 2.0) / (v158 * v158))) * v153_v_lo) * v156_v_hi) / v169;
  const double v184 = v181_c10 + (v170 * v182_c11);
  const double v186 = v180_c9 + (v170 * v184);
  const double v188 = v179_c8 + (v170 * v186);
  const double v816 = ((v804 * v186) + (((v804 * v184) + ((v804 * v182_c11) * v170)) * v170)) * v170;
  const double v190 = v178_c7 + (v170 * v188);
  const double v192 = v177_c6 + (v170 * v190);
  const double v825 = (v804 * v192) + (((v804 * v190) + (((v804 * v188) + v816) * v170)) * v170);
  const double v194 = v176_c5 + (v170 * v192);
  const double v196 = v175_c4 + (v170 * v194);
  const double v198 = v174_c3 + (v170 * v196);
  const double v837 = (v804 * v198) + (((v804 * v196) + (((v804 * v194) + (v825 * v170)) * v170)) * v170);
  const double v200 = v173_c2 + (v170 * v198);
  const double v202 = v172_c1 + (v170 * v200);
  const double v206 = exp(-(v171_c0 + (v170 * v202)));
  const double v849 = (-((v804 * v202) + (((v804 * v200) + (v837 * v170)) * v170))) * v206;
  v211 = v206;
  v850 = v849;
block4:;
  if (v207_V_a >= 1.0) goto block8;
  v315 = v211;
  goto block10;
block8:;
  const double v213 = v211 + 10.0;
  v315 = v213;
block10:;
  v220 = (v207_V_a - 1.0) * 1000.0;
  if (!(0.0 > v220)) goto block12;
  v222 = 0.0;
  v855 = 0.0;
  goto block13;
block12:;
  v222 = v220;
  v855 = 1000.0;
block13:;
  if (!(1.0 < v222)) goto block15;
  v224 = 1.0;
  v856 = 0.0;
  goto block16;
block15:;
  v224 = v222;
  v856 = v855;
block16:;
  const double v264 = (1.0 - (v150_s0 * (1.0 - (2.0 * v224)))) * v114;
  const double v273 = 2.0 * (v267 + ((v149_V_p_n * v149_V_p_n) / v270));
  const double v275 = 1.0 - (v264 / v273);
  const double v874 = (((((v149_V_p_n + v149_V_p_n) / v270) * 2.0) * v264) / (v273 * v273)) * v149_V_p_n;
  const double v876 = (0.0 - (((0.0 - ((0.0 - (v856 * 2.0)) * v150_s0)) * v114) / v273)) * v149_V_p_n;
  const double v292 = (v149_V_p_n * v275) / v116;
  const double v878 = (v275 + v874) / v116;
  const double v879 = v876 / v116;
  v931 = v751_mfactor * v292;
  v934 = v751_mfactor * (0.0 - v315);
  v935 = v751_mfactor * (v308_tref * v207_V_a);
  v963 = v751_mfactor * v878;
  v966 = v751_mfactor * v879;
  v967 = v751_mfactor * (-v878);
  v970 = v751_mfactor * (-v879);
  v971 = v751_mfactor * (0.0 - v850);
  v933 = v751_mfactor * (-v292);
  v973 = v751_mfactor * v850;
  in->resist[0] = v931; /* p */
  in->resist[1] = v933; /* n */
  in->resist[2] = v934; /* a */
  in->react[2] = v935;
  in->g[0] = v963; /* p by p */
  in->g[1] = v967; /* p by n */
  in->g[2] = v966; /* p by a */
  in->g[3] = v967; /* n by p */
  in->g[4] = v963; /* n by n */
  in->g[5] = v970; /* n by a */
  in->g[6] = v971; /* a by p */
  in->g[7] = v973; /* a by n */
  return result;
}

static void mtj_load_noise(void *inst, void *model, double frequency, double *dst) {
  (void)inst;
  (void)model;
  (void)frequency;
  (void)dst;
}

static void mtj_load_residual_resist(void *inst, void *model, double *dst) {
  struct mtj_instance *in = inst;
  (void)model;
  dst[in->node[0]] += in->resist[0];
  dst[in->node[1]] += in->resist[1];
  dst[in->node[2]] += in->resist[2];
}

static void mtj_load_residual_react(void *inst, void *model, double *dst) {
  struct mtj_instance *in = inst;
  (void)model;
  dst[in->node[2]] += in->react[2];
}

static void mtj_load_limit_rhs(void *inst, void *model, double *dst) {
  (void)inst;
  (void)model;
  (void)dst;
}

static void mtj_load_spice_rhs_dc(void *inst, void *model, double *dst, double *x) {
  struct mtj_instance *in = inst;
  (void)model;
  dst[in->node[0]] += in->g[0] * x[in->node[0]] + in->g[1] * x[in->node[1]] + in->g[2] * x[in->node[2]] - in->resist[0];
  dst[in->node[1]] += in->g[3] * x[in->node[0]] + in->g[4] * x[in->node[1]] + in->g[5] * x[in->node[2]] - in->resist[1];
  dst[in->node[2]] += in->g[6] * x[in->node[0]] + in->g[7] * x[in->node[1]] - in->resist[2];
}

static void mtj_load_spice_rhs_tran(void *inst, void *model, double *dst, double *x, double alpha) {
  struct mtj_instance *in = inst;
  (void)model;
  dst[in->node[0]] += in->g[0] * x[in->node[0]] + in->g[1] * x[in->node[1]] + in->g[2] * x[in->node[2]] - in->resist[0];
  dst[in->node[1]] += in->g[3] * x[in->node[0]] + in->g[4] * x[in->node[1]] + in->g[5] * x[in->node[2]] - in->resist[1];
  dst[in->node[2]] += in->g[6] * x[in->node[0]] + in->g[7] * x[in->node[1]] + alpha * (in->c[8] * x[in->node[2]]) - in->resist[2];
}

static void mtj_load_jacobian_resist(void *inst, void *model) {
  struct mtj_instance *in = inst;
  (void)model;
  *in->g_to[0] += in->g[0];
  *in->g_to[1] += in->g[1];
  *in->g_to[2] += in->g[2];
  *in->g_to[3] += in->g[3];
  *in->g_to[4] += in->g[4];
  *in->g_to[5] += in->g[5];
  *in->g_to[6] += in->g[6];
  *in->g_to[7] += in->g[7];
}

static void mtj_load_jacobian_react(void *inst, void *model, double alpha) {
  struct mtj_instance *in = inst;
  (void)model;
  *in->c_to[8] += alpha * in->c[8];
}

static void mtj_load_jacobian_tran(void *inst, void *model, double alpha) {
  struct mtj_instance *in = inst;
  (void)model;
  *in->g_to[0] += in->g[0];
  *in->g_to[1] += in->g[1];
  *in->g_to[2] += in->g[2];
  *in->g_to[3] += in->g[3];
  *in->g_to[4] += in->g[4];
  *in->g_to[5] += in->g[5];
  *in->g_to[6] += in->g[6];
  *in->g_to[7] += in->g[7];
  *in->g_to[8] += alpha * in->c[8];
}

static const struct osdi_node mtj_nodes[] = {
  {"p", "V", "A", offsetof(struct mtj_instance, resist[0]), UINT32_MAX, UINT32_MAX, UINT32_MAX, false},
  {"n", "V", "A", offsetof(struct mtj_instance, resist[1]), UINT32_MAX, UINT32_MAX, UINT32_MAX, false},
  {"a", "V", "A", offsetof(struct mtj_instance, resist[2]), offsetof(struct mtj_instance, react[2]), UINT32_MAX, UINT32_MAX, false}
};

static const struct osdi_jacobian_entry mtj_jacobian[] = {
  {{0, 0}, UINT32_MAX, ENTRY_RESIST},
  {{0, 1}, UINT32_MAX, ENTRY_RESIST},
  {{0, 2}, UINT32_MAX, ENTRY_RESIST},
  {{1, 0}, UINT32_MAX, ENTRY_RESIST},
  {{1, 1}, UINT32_MAX, ENTRY_RESIST},
  {{1, 2}, UINT32_MAX, ENTRY_RESIST},
  {{2, 0}, UINT32_MAX, ENTRY_RESIST},
  {{2, 1}, UINT32_MAX, ENTRY_RESIST},
  {{2, 2}, offsetof(struct mtj_instance, c_to[8]), ENTRY_REACT}
};

static const char *mtj_name_0[] = {"$mfactor"};
static const char *mtj_name_1[] = {"diameter"};
static const char *mtj_name_2[] = {"thickness"};
static const char *mtj_name_3[] = {"ms"};
static const char *mtj_name_4[] = {"mu0_hk"};
static const char *mtj_name_5[] = {"ra"};
static const char *mtj_name_6[] = {"tmr0"};
static const char *mtj_name_7[] = {"mu0_hoff"};
static const char *mtj_name_8[] = {"oxide"};
static const char *mtj_name_9[] = {"s0"};
static const char *mtj_name_10[] = {"v_lo"};
static const char *mtj_name_11[] = {"v_hi"};
static const char *mtj_name_12[] = {"c0"};
static const char *mtj_name_13[] = {"c1"};
static const char *mtj_name_14[] = {"c2"};
static const char *mtj_name_15[] = {"c3"};
static const char *mtj_name_16[] = {"c4"};
static const char *mtj_name_17[] = {"c5"};
static const char *mtj_name_18[] = {"c6"};
static const char *mtj_name_19[] = {"c7"};
static const char *mtj_name_20[] = {"c8"};
static const char *mtj_name_21[] = {"c9"};
static const char *mtj_name_22[] = {"c10"};
static const char *mtj_name_23[] = {"c11"};
static const char *mtj_name_24[] = {"alpha"};
static const char *mtj_name_25[] = {"eta"};
static const char *mtj_name_26[] = {"vh"};
static const char *mtj_name_27[] = {"temperature"};
static const char *mtj_name_28[] = {"t_ref"};
static const char *mtj_name_29[] = {"t_curie"};
static const char *mtj_name_30[] = {"ki_exponent"};
static const char *mtj_name_31[] = {"spin_wave"};
static const char *mtj_name_32[] = {"demag"};
static const char *mtj_name_33[] = {"vcma"};
static const char *mtj_name_34[] = {"vcma_exponent"};
static const char *mtj_name_35[] = {"tref"};
static const char *mtj_name_36[] = {"area"};
static const char *mtj_name_37[] = {"volume"};
static const char *mtj_name_38[] = {"magnetisation"};
static const char *mtj_name_39[] = {"ms_t"};
static const char *mtj_name_40[] = {"mu0_hk_t"};
static const char *mtj_name_41[] = {"polarisation"};
static const char *mtj_name_42[] = {"tmr0_t"};
static const char *mtj_name_43[] = {"r_p"};
static const char *mtj_name_44[] = {"delta"};
static const char *mtj_name_45[] = {"ic0"};
static const char *mtj_name_46[] = {"tau_d"};
static const char *mtj_name_47[] = {"offset"};
static const char *mtj_name_48[] = {"vcma_slope"};

static const struct osdi_param_opvar mtj_parameters[] = {
  {mtj_name_0, 0, "Multiplier (Verilog-A $mfactor)", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_1, 0, "diameter of the junction", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_2, 0, "thickness of the free layer", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_3, 0, "saturation magnetisation at t_ref", "A/m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_4, 0, "effective anisotropy field at t_ref, demagnetisation subtracted", "T", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_5, 0, "resistance-area product, parallel", "ohm m^2", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_6, 0, "TMR at 0 V and t_ref", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_7, 0, "offset (stray) field along the pinned layer; above 0 it favours parallel", "T", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_8, 0, "thickness of the tunnel barrier, for the field of VCMA", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_9, 0, "state at the start: 1 parallel, -1 antiparallel", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_10, 0, "least voltage of the switching law", "V", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_11, 0, "voltage above which it gets no faster", "V", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_12, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_13, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_14, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_15, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_16, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_17, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_18, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_19, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_20, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_21, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_22, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_23, 0, "", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_24, 0, "Gilbert damping", "", PARAMETER_REAL, 0},
  {mtj_name_25, 0, "spin-torque efficiency", "", PARAMETER_REAL, 0},
  {mtj_name_26, 0, "voltage that halves the TMR", "V", PARAMETER_REAL, 0},
  {mtj_name_27, 0, "temperature", "K", PARAMETER_REAL, 0},
  {mtj_name_28, 0, "temperature at which ms, mu0_hk, tmr0 and vcma hold", "K", PARAMETER_REAL, 0},
  {mtj_name_29, 0, "temperature scale of Bloch's law", "K", PARAMETER_REAL, 0},
  {mtj_name_30, 0, "interface anisotropy goes as Ms to this power", "", PARAMETER_REAL, 0},
  {mtj_name_31, 0, "loss of spin polarisation by spin waves", "K^-1.5", PARAMETER_REAL, 0},
  {mtj_name_32, 0, "difference N_z - N_x of the demagnetising factors", "", PARAMETER_REAL, 0},
  {mtj_name_33, 0, "VCMA coefficient; above 0 a positive voltage lowers the barrier", "J/(V m)", PARAMETER_REAL, 0},
  {mtj_name_34, 0, "VCMA coefficient goes as Ms to this power", "", PARAMETER_REAL, 0},
  {mtj_name_35, 0, "time scale of the integrator: the length of the pulse", "s", PARAMETER_REAL, 0},
  {mtj_name_36, 0, "Area of a circular junction", "m^2", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_37, 0, "Volume of the free layer", "m^3", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_38, 0, "Ms(T)/Ms(t_ref) by Bloch's law", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_39, 0, "Saturation magnetisation at the temperature", "A/m", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_40, 0, "Anisotropy field at the temperature: 2 Ki/(Ms thickness) - mu0 Ms demag, with Ki as Ms^ki_exponent", "T", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_41, 0, "Spin polarisation relative to that at t_ref", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_42, 0, "TMR at 0 V and the temperature: 2 P^2/(1 - P^2) (Julliere)", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_43, 0, "Parallel resistance; it hardly depends on temperature", "ohm", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_44, 0, "Thermal stability factor of a uniaxial macrospin", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_45, 0, "Critical current of a perpendicular layer", "A", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_46, 0, "Relaxation time", "s", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_47, 0, "Offset field over anisotropy field", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_48, 0, "VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v)", "1/V", PARAMETER_REAL | KIND_OUTPUT, 0}
};

#define mtj_DESCRIPTOR { \
  "mtj", 3, 3, mtj_nodes, \
  9, mtj_jacobian, \
  0, NULL, offsetof(struct mtj_instance, collapsed), \
  NULL, 0, \
  36, 24, 13, mtj_parameters, \
  offsetof(struct mtj_instance, node), offsetof(struct mtj_instance, g_to), 0, offsetof(struct mtj_instance, state), \
  UINT32_MAX, \
  sizeof(struct mtj_instance), sizeof(struct mtj_model), \
  mtj_access, mtj_setup_model, mtj_setup_instance, mtj_eval, mtj_load_noise, \
  mtj_load_residual_resist, mtj_load_residual_react, mtj_load_limit_rhs, mtj_load_limit_rhs, \
  mtj_load_spice_rhs_dc, mtj_load_spice_rhs_tran, \
  mtj_load_jacobian_resist, mtj_load_jacobian_react, mtj_load_jacobian_tran }

/* -- module mtj_static -- */

struct mtj_static_values {
  double mfactor; /* Multiplier (Verilog-A $mfactor) */
  double p_diameter; /* m, diameter of the junction */
  double p_thickness; /* m, thickness of the free layer */
  double p_ms; /* A/m, saturation magnetisation at t_ref */
  double p_mu0_hk; /* T, effective anisotropy field at t_ref, demagnetisation subtracted */
  double p_ra; /* ohm m^2, resistance-area product, parallel */
  double p_tmr0; /* TMR at 0 V and t_ref */
  double p_mu0_hoff; /* T, offset (stray) field along the pinned layer; above 0 it favours parallel */
  double p_oxide; /* m, thickness of the tunnel barrier, for the field of VCMA */
  double p_s0; /* state: 1 parallel, -1 antiparallel */
  double p_alpha; /* Gilbert damping */
  double p_eta; /* spin-torque efficiency */
  double p_vh; /* V, voltage that halves the TMR */
  double p_temperature; /* K, temperature */
  double p_t_ref; /* K, temperature at which ms, mu0_hk, tmr0 and vcma hold */
  double p_t_curie; /* K, temperature scale of Bloch's law */
  double p_ki_exponent; /* interface anisotropy goes as Ms to this power */
  double p_spin_wave; /* K^-1.5, loss of spin polarisation by spin waves */
  double p_demag; /* difference N_z - N_x of the demagnetising factors */
  double p_vcma; /* J/(V m), VCMA coefficient; above 0 a positive voltage lowers the barrier */
  double p_vcma_exponent; /* VCMA coefficient goes as Ms to this power */
};

struct mtj_static_model {
  struct mtj_static_values set, value;
  uint8_t given[21];
};

/* Computed once from the parameters. */
struct mtj_static_cache {
  double v49;
  double v51;
  double v64;
  double v66;
  double v84;
  double v94;
  double v106;
  double v108;
  double v113;
  double v120;
  double v127;
  double v129;
  double v140;
  double v147;
  double v150;
  double v153;
};

/* Unknowns: 0 p, 1 n. */
struct mtj_static_instance {
  struct mtj_static_values set, value;
  struct mtj_static_cache cache;
  double temperature;
  double resist[2]; /* static currents */
  double react[2];  /* charges */
  double g[4]; /* derivatives of the currents */
  double c[4]; /* derivatives of the charges */
  double o_area; /* m^2, Area of a circular junction */
  double o_volume; /* m^3, Volume of the free layer */
  double o_magnetisation; /* Ms(T)/Ms(t_ref) by Bloch's law */
  double o_ms_t; /* A/m, Saturation magnetisation at the temperature */
  double o_mu0_hk_t; /* T, Anisotropy field at the temperature: 2 Ki/(Ms thickness) - mu0 Ms demag, with Ki as Ms^ki_exponent */
  double o_polarisation; /* Spin polarisation relative to that at t_ref */
  double o_tmr0_t; /* TMR at 0 V and the temperature: 2 P^2/(1 - P^2) (Julliere) */
  double o_r_p; /* ohm, Parallel resistance; it hardly depends on temperature */
  double o_delta; /* Thermal stability factor of a uniaxial macrospin */
  double o_ic0; /* A, Critical current of a perpendicular layer */
  double o_tau_d; /* s, Relaxation time */
  double o_offset; /* Offset field over anisotropy field */
  double o_vcma_slope; /* 1/V, VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v) */
  double bound_step;
  double *g_to[4]; /* where they go in the simulator's matrix */
  double *c_to[4];
  uint32_t node[2];
  uint32_t connected;
  uint32_t state[1];
  uint8_t given[21];  /* set for this instance */
  uint8_t merged[21]; /* set for it or for its model */
  bool collapsed[1];
};

static void *mtj_static_access(void *inst, void *model, uint32_t id, uint32_t flags) {
  struct mtj_static_instance *in = inst;
  struct mtj_static_model *mo = model;
  struct mtj_static_values *values;
  switch (id) {
    case 21: return in == NULL ? NULL : &in->o_area;
    case 22: return in == NULL ? NULL : &in->o_volume;
    case 23: return in == NULL ? NULL : &in->o_magnetisation;
    case 24: return in == NULL ? NULL : &in->o_ms_t;
    case 25: return in == NULL ? NULL : &in->o_mu0_hk_t;
    case 26: return in == NULL ? NULL : &in->o_polarisation;
    case 27: return in == NULL ? NULL : &in->o_tmr0_t;
    case 28: return in == NULL ? NULL : &in->o_r_p;
    case 29: return in == NULL ? NULL : &in->o_delta;
    case 30: return in == NULL ? NULL : &in->o_ic0;
    case 31: return in == NULL ? NULL : &in->o_tau_d;
    case 32: return in == NULL ? NULL : &in->o_offset;
    case 33: return in == NULL ? NULL : &in->o_vcma_slope;
    default: break;
  }
  if (id >= 21) return NULL;
  if ((flags & ACCESS_INSTANCE) != 0 && id < 10) {
    if (in == NULL) return NULL;
    if ((flags & ACCESS_SET) != 0) in->given[id] = 1;
    values = (flags & ACCESS_SET) != 0 ? &in->set : &in->value;
  } else {
    if (mo == NULL) return NULL;
    if ((flags & ACCESS_SET) != 0) mo->given[id] = 1;
    values = (flags & ACCESS_SET) != 0 ? &mo->set : &mo->value;
  }
  switch (id) {
    case 0: return &values->mfactor;
    case 1: return &values->p_diameter;
    case 2: return &values->p_thickness;
    case 3: return &values->p_ms;
    case 4: return &values->p_mu0_hk;
    case 5: return &values->p_ra;
    case 6: return &values->p_tmr0;
    case 7: return &values->p_mu0_hoff;
    case 8: return &values->p_oxide;
    case 9: return &values->p_s0;
    case 10: return &values->p_alpha;
    case 11: return &values->p_eta;
    case 12: return &values->p_vh;
    case 13: return &values->p_temperature;
    case 14: return &values->p_t_ref;
    case 15: return &values->p_t_curie;
    case 16: return &values->p_ki_exponent;
    case 17: return &values->p_spin_wave;
    case 18: return &values->p_demag;
    case 19: return &values->p_vcma;
    case 20: return &values->p_vcma_exponent;
    default: return NULL;
  }
}

/* Parameters as given or by default, their ranges checked, and what follows from them alone. */
static bool mtj_static_initialise(const struct mtj_static_values *set, const uint8_t *given, double temperature, uint32_t connected,
                           struct mtj_static_values *value, struct mtj_static_cache *cache, bool *collapsed,
                           struct osdi_init_info *info) {
  bool fatal = false;
  const double v18_diameter = set->p_diameter; /* diameter */
  const double v21_thickness = set->p_thickness; /* thickness */
  const double v23_temperature = set->p_temperature; /* temperature */
  const double v24_t_curie = set->p_t_curie; /* t_curie */
  const double v29_t_ref = set->p_t_ref; /* t_ref */
  const double v34_ms = set->p_ms; /* ms */
  const double v39_mu0_hk = set->p_mu0_hk; /* mu0_hk */
  const double v36_ki_exponent = set->p_ki_exponent; /* ki_exponent */
  const double v42_demag = set->p_demag; /* demag */
  const double v49_spin_wave = set->p_spin_wave; /* spin_wave */
  const double v56_tmr0 = set->p_tmr0; /* tmr0 */
  const double v65_ra = set->p_ra; /* ra */
  const double v73_alpha = set->p_alpha; /* alpha */
  const double v77_eta = set->p_eta; /* eta */
  const double v85_mu0_hoff = set->p_mu0_hoff; /* mu0_hoff */
  const double v87_vcma = set->p_vcma; /* vcma */
  const double v89_vcma_exponent = set->p_vcma_exponent; /* vcma_exponent */
  const double v92_oxide = set->p_oxide; /* oxide */
  const double v97_s0 = set->p_s0; /* s0 */
  const double v101_vh = set->p_vh; /* vh */
  const int32_t v166_param_given_diameter = given[1]; /* $param_given(diameter) */
  const int32_t v178_param_given_thickness = given[2]; /* $param_given(thickness) */
  const int32_t v190_param_given_ms = given[3]; /* $param_given(ms) */
  const int32_t v202_param_given_mu0_hk = given[4]; /* $param_given(mu0_hk) */
  const int32_t v214_param_given_alpha = given[10]; /* $param_given(alpha) */
  const int32_t v226_param_given_eta = given[11]; /* $param_given(eta) */
  const int32_t v238_param_given_ra = given[5]; /* $param_given(ra) */
  const int32_t v250_param_given_tmr0 = given[6]; /* $param_given(tmr0) */
  const int32_t v262_param_given_vh = given[12]; /* $param_given(vh) */
  const int32_t v274_param_given_temperature = given[13]; /* $param_given(temperature) */
  const int32_t v286_param_given_t_ref = given[14]; /* $param_given(t_ref) */
  const int32_t v297_param_given_t_curie = given[15]; /* $param_given(t_curie) */
  const int32_t v309_param_given_ki_exponent = given[16]; /* $param_given(ki_exponent) */
  const int32_t v321_param_given_spin_wave = given[17]; /* $param_given(spin_wave) */
  const int32_t v333_param_given_demag = given[18]; /* $param_given(demag) */
  const int32_t v347_param_given_mu0_hoff = given[7]; /* $param_given(mu0_hoff) */
  const int32_t v350_param_given_vcma = given[19]; /* $param_given(vcma) */
  const int32_t v353_param_given_vcma_exponent = given[20]; /* $param_given(vcma_exponent) */
  const int32_t v365_param_given_oxide = given[8]; /* $param_given(oxide) */
  const int32_t v377_param_given_s0 = given[9]; /* $param_given(s0) */
  double v167, v179, v191, v203, v215, v227, v239, v251, v263, v275, v287, v298, v310, v322, v334, v348;
  double v351, v354, v366, v378, v19, v20, v32, v33, v46, v54, v63, v64, v70, v76, v83, v84;
  double v95;
  int32_t v171, v183, v195, v207, v219, v231, v243, v255, v267, v279, v291, v302, v314, v326, v339, v358;
  int32_t v370, v384;
  if (!v166_param_given_diameter) goto block11;
  if (!(0.0 < v18_diameter)) goto block16;
  const int32_t v170 = v18_diameter < INFINITY;
  v171 = v170;
  goto block17;
block16:;
  v171 = 0;
block17:;
  if (v171) goto block13;
  out_of_bounds(info, 1);
block13:;
  v167 = v18_diameter;
  goto block12;
block11:;
  v167 = 4e-08;
block12:;
  if (!v178_param_given_thickness) goto block26;
  if (!(0.0 < v21_thickness)) goto block31;
  const int32_t v182 = v21_thickness < INFINITY;
  v183 = v182;
  goto block32;
block31:;
  v183 = 0;
block32:;
  if (v183) goto block28;
  out_of_bounds(info, 2);
block28:;
  v179 = v21_thickness;
  goto block27;
block26:;
  v179 = 1.3e-09;
block27:;
  if (!v190_param_given_ms) goto block41;
  if (!(0.0 < v34_ms)) goto block46;
  const int32_t v194 = v34_ms < INFINITY;
  v195 = v194;
  goto block47;
block46:;
  v195 = 0;
block47:;
  if (v195) goto block43;
  out_of_bounds(info, 3);
block43:;
  v191 = v34_ms;
  goto block42;
block41:;
  v191 = 1000000.0;
block42:;
  if (!v202_param_given_mu0_hk) goto block56;
  if (!(0.0 < v39_mu0_hk)) goto block61;
  const int32_t v206 = v39_mu0_hk < INFINITY;
  v207 = v206;
  goto block62;
block61:;
  v207 = 0;
block62:;
  if (v207) goto block58;
  out_of_bounds(info, 4);
block58:;
  v203 = v39_mu0_hk;
  goto block57;
block56:;
  v203 = 0.25;
block57:;
  if (!v214_param_given_alpha) goto block71;
  if (!(0.0 < v73_alpha)) goto block76;
  const int32_t v218 = v73_alpha < INFINITY;
  v219 = v218;
  goto block77;
block76:;
  v219 = 0;
block77:;
  if (v219) goto block73;
  out_of_bounds(info, 10);
block73:;
  v215 = v73_alpha;
  goto block72;
block71:;
  v215 = 0.02;
block72:;
  if (!v226_param_given_eta) goto block86;
  if (!(0.0 < v77_eta)) goto block91;
  const int32_t v230 = v77_eta < INFINITY;
  v231 = v230;
  goto block92;
block91:;
  v231 = 0;
block92:;
  if (v231) goto block88;
  out_of_bounds(info, 11);
block88:;
  v227 = v77_eta;
  goto block87;
block86:;
  v227 = 0.6;
block87:;
  if (!v238_param_given_ra) goto block101;
  if (!(0.0 < v65_ra)) goto block106;
  const int32_t v242 = v65_ra < INFINITY;
  v243 = v242;
  goto block107;
block106:;
  v243 = 0;
block107:;
  if (v243) goto block103;
  out_of_bounds(info, 5);
block103:;
  v239 = v65_ra;
  goto block102;
block101:;
  v239 = 8e-12;
block102:;
  if (!v250_param_given_tmr0) goto block116;
  if (!(0.0 < v56_tmr0)) goto block121;
  const int32_t v254 = v56_tmr0 < INFINITY;
  v255 = v254;
  goto block122;
block121:;
  v255 = 0;
block122:;
  if (v255) goto block118;
  out_of_bounds(info, 6);
block118:;
  v251 = v56_tmr0;
  goto block117;
block116:;
  v251 = 1.2;
block117:;
  if (!v262_param_given_vh) goto block131;
  if (!(0.0 < v101_vh)) goto block136;
  const int32_t v266 = v101_vh < INFINITY;
  v267 = v266;
  goto block137;
block136:;
  v267 = 0;
block137:;
  if (v267) goto block133;
  out_of_bounds(info, 12);
block133:;
  v263 = v101_vh;
  goto block132;
block131:;
  v263 = 0.5;
block132:;
  if (!v274_param_given_temperature) goto block146;
  if (!(0.0 < v23_temperature)) goto block151;
  const int32_t v278 = v23_temperature < INFINITY;
  v279 = v278;
  goto block152;
block151:;
  v279 = 0;
block152:;
  if (v279) goto block148;
  out_of_bounds(info, 13);
block148:;
  v275 = v23_temperature;
  goto block147;
block146:;
  v275 = 300.0;
block147:;
  if (!v286_param_given_t_ref) goto block161;
  if (!(0.0 < v29_t_ref)) goto block166;
  const int32_t v290 = v29_t_ref < INFINITY;
  v291 = v290;
  goto block167;
block166:;
  v291 = 0;
block167:;
  if (v291) goto block163;
  out_of_bounds(info, 14);
block163:;
  v287 = v29_t_ref;
  goto block162;
block161:;
  v287 = 300.0;
block162:;
  if (!v297_param_given_t_curie) goto block176;
  if (!(0.0 < v24_t_curie)) goto block181;
  const int32_t v301 = v24_t_curie < INFINITY;
  v302 = v301;
  goto block182;
block181:;
  v302 = 0;
block182:;
  if (v302) goto block178;
  out_of_bounds(info, 15);
block178:;
  v298 = v24_t_curie;
  goto block177;
block176:;
  v298 = 1120.0;
block177:;
  if (!v309_param_given_ki_exponent) goto block191;
  if (!(0.0 <= v36_ki_exponent)) goto block196;
  const int32_t v313 = v36_ki_exponent < INFINITY;
  v314 = v313;
  goto block197;
block196:;
  v314 = 0;
block197:;
  if (v314) goto block193;
  out_of_bounds(info, 16);
block193:;
  v310 = v36_ki_exponent;
  goto block192;
block191:;
  v310 = 2.18;
block192:;
  if (!v321_param_given_spin_wave) goto block206;
  if (!(0.0 <= v49_spin_wave)) goto block211;
  const int32_t v325 = v49_spin_wave < INFINITY;
  v326 = v325;
  goto block212;
block211:;
  v326 = 0;
block212:;
  if (v326) goto block208;
  out_of_bounds(info, 17);
block208:;
  v322 = v49_spin_wave;
  goto block207;
block206:;
  v322 = 2e-05;
block207:;
  if (!v333_param_given_demag) goto block221;
  if (!(0.0 <= v42_demag)) goto block226;
  const int32_t v338 = v42_demag < 1.0;
  v339 = v338;
  goto block227;
block226:;
  v339 = 0;
block227:;
  if (v339) goto block223;
  out_of_bounds(info, 18);
block223:;
  v334 = v42_demag;
  goto block222;
block221:;
  v334 = 0.93;
block222:;
  if (!v347_param_given_mu0_hoff) goto block236;
  v348 = v85_mu0_hoff;
  goto block237;
block236:;
  v348 = 0.0;
block237:;
  if (!v350_param_given_vcma) goto block241;
  v351 = v87_vcma;
  goto block242;
block241:;
  v351 = 0.0;
block242:;
  if (!v353_param_given_vcma_exponent) goto block246;
  if (!(0.0 <= v89_vcma_exponent)) goto block251;
  const int32_t v357 = v89_vcma_exponent < INFINITY;
  v358 = v357;
  goto block252;
block251:;
  v358 = 0;
block252:;
  if (v358) goto block248;
  out_of_bounds(info, 20);
block248:;
  v354 = v89_vcma_exponent;
  goto block247;
block246:;
  v354 = 2.83;
block247:;
  if (!v365_param_given_oxide) goto block261;
  if (!(0.0 < v92_oxide)) goto block266;
  const int32_t v369 = v92_oxide < INFINITY;
  v370 = v369;
  goto block267;
block266:;
  v370 = 0;
block267:;
  if (v370) goto block263;
  out_of_bounds(info, 8);
block263:;
  v366 = v92_oxide;
  goto block262;
block261:;
  v366 = 1e-09;
block262:;
  if (!v377_param_given_s0) goto block276;
  if (!((-1.0) <= v97_s0)) goto block281;
  const int32_t v383 = v97_s0 <= 1.0;
  v384 = v383;
  goto block282;
block281:;
  v384 = 0;
block282:;
  if (v384) goto block278;
  out_of_bounds(info, 9);
block278:;
  v378 = v97_s0;
  goto block277;
block276:;
  v378 = 1.0;
block277:;
  v19 = (0.7853981633974483 * v167) * v167;
  v20 = v19 * v179;
  v32 = (1.0 - pow(v275 / v298, 1.5)) / (1.0 - pow(v287 / v298, 1.5));
  v33 = v191 * v32;
  const double v37 = pow(v32, (-1.0) + v310);
  v46 = (v203 * v37) + (((1.25663706212e-06 * v334) * v191) * (v37 - v32));
  v54 = (1.0 - (v322 * pow(v275, 1.5))) / (1.0 - (v322 * pow(v287, 1.5)));
  v63 = (((2.0 * v251) * v54) * v54) / ((v251 + 2.0) - ((v251 * v54) * v54));
  v64 = v239 / v19;
  v70 = (((3.62148525801996e+22 * v33) * v46) * v20) / v275;
  v76 = (((8.390300335725608e-08 * v215) * v70) * v275) / v227;
  v83 = (5.67904438810946e-12 * (1.0 + (v215 * v215))) / (v215 * v46);
  v84 = v348 / v46;
  v95 = ((2.0 * v351) * pow(v32, v354)) / (((v366 * v179) * v33) * v46);
  value->mfactor = set->mfactor;
  value->p_diameter = v167;
  value->p_thickness = v179;
  value->p_ms = v191;
  value->p_mu0_hk = v203;
  value->p_alpha = v215;
  value->p_eta = v227;
  value->p_ra = v239;
  value->p_tmr0 = v251;
  value->p_vh = v263;
  value->p_temperature = v275;
  value->p_t_ref = v287;
  value->p_t_curie = v298;
  value->p_ki_exponent = v310;
  value->p_spin_wave = v322;
  value->p_demag = v334;
  value->p_mu0_hoff = v348;
  value->p_vcma = v351;
  value->p_vcma_exponent = v354;
  value->p_oxide = v366;
  value->p_s0 = v378;
  cache->v49 = v19;
  cache->v51 = v20;
  cache->v64 = v32;
  cache->v66 = v33;
  cache->v84 = v46;
  cache->v94 = v54;
  cache->v106 = v63;
  cache->v108 = v64;
  cache->v113 = v70;
  cache->v120 = v76;
  cache->v127 = v83;
  cache->v129 = v84;
  cache->v140 = v95;
  (void)temperature;
  (void)connected;
  (void)collapsed;
  return fatal;
}

/* What no voltage changes. */
static void mtj_static_prepare(struct mtj_static_instance *in) {
  const double v142_s0 = in->value.p_s0; /* s0 */
  const double v146 = 1.0 - v142_s0;
  const double v106 = in->cache.v106;
  const double v147 = v146 * v106;
  const double v150 = 1.0 + v106;
  const double v152_vh = in->value.p_vh; /* vh */
  const double v153 = v152_vh * v152_vh;
  const double v49 = in->cache.v49;
  const double v51 = in->cache.v51;
  const double v64 = in->cache.v64;
  const double v66 = in->cache.v66;
  const double v84 = in->cache.v84;
  const double v94 = in->cache.v94;
  const double v108 = in->cache.v108;
  const double v113 = in->cache.v113;
  const double v120 = in->cache.v120;
  const double v127 = in->cache.v127;
  const double v129 = in->cache.v129;
  const double v140 = in->cache.v140;
  in->cache.v147 = v147;
  in->cache.v150 = v150;
  in->cache.v153 = v153;
  in->o_area = v49;
  in->o_volume = v51;
  in->o_magnetisation = v64;
  in->o_ms_t = v66;
  in->o_mu0_hk_t = v84;
  in->o_polarisation = v94;
  in->o_tmr0_t = v106;
  in->o_r_p = v108;
  in->o_delta = v113;
  in->o_ic0 = v120;
  in->o_tau_d = v127;
  in->o_offset = v129;
  in->o_vcma_slope = v140;
}

static void mtj_static_setup_model(void *handle, void *model, struct osdi_sim_paras *paras, struct osdi_init_info *res) {
  struct mtj_static_model *mo = model;
  struct mtj_static_cache cache;
  bool collapsed[1];
  (void)handle;
  (void)paras;
  res->flags = 0;
  res->num_errors = 0;
  res->errors = NULL;
  if (!mo->given[0]) mo->set.mfactor = 1.0;
  /* only to have the values to show: ranges are checked with each instance */
  mtj_static_initialise(&mo->set, mo->given, 300.15, 2, &mo->value, &cache, collapsed, NULL);
}

static void mtj_static_setup_instance(void *handle, void *inst, void *model, double temperature, uint32_t connected,
                               struct osdi_sim_paras *paras, struct osdi_init_info *res) {
  struct mtj_static_instance *in = inst;
  const struct mtj_static_model *mo = model;
  struct mtj_static_values set = mo->set;
  uint8_t given[21];
  (void)paras;
  memcpy(given, mo->given, sizeof given);
  if (!given[0]) set.mfactor = 1.0;
  if (in->given[0]) set.mfactor = in->set.mfactor;
  given[0] |= in->given[0];
  if (in->given[1]) set.p_diameter = in->set.p_diameter;
  given[1] |= in->given[1];
  if (in->given[2]) set.p_thickness = in->set.p_thickness;
  given[2] |= in->given[2];
  if (in->given[3]) set.p_ms = in->set.p_ms;
  given[3] |= in->given[3];
  if (in->given[4]) set.p_mu0_hk = in->set.p_mu0_hk;
  given[4] |= in->given[4];
  if (in->given[5]) set.p_ra = in->set.p_ra;
  given[5] |= in->given[5];
  if (in->given[6]) set.p_tmr0 = in->set.p_tmr0;
  given[6] |= in->given[6];
  if (in->given[7]) set.p_mu0_hoff = in->set.p_mu0_hoff;
  given[7] |= in->given[7];
  if (in->given[8]) set.p_oxide = in->set.p_oxide;
  given[8] |= in->given[8];
  if (in->given[9]) set.p_s0 = in->set.p_s0;
  given[9] |= in->given[9];
  memset(in->collapsed, 0, sizeof in->collapsed);
  in->temperature = temperature;
  in->connected = connected;
  in->bound_step = INFINITY;
  res->flags = 0;
  res->num_errors = 0;
  res->errors = NULL;
  if (mtj_static_initialise(&set, given, temperature, connected, &in->value, &in->cache, in->collapsed, res)) {
    res->flags |= RETURN_FATAL;
    if (osdi_log != NULL) osdi_log(handle, "$fatal of module mtj_static\n", LOG_FATAL);
  }
  memcpy(in->merged, given, sizeof given);
  mtj_static_prepare(in);
}

static uint32_t mtj_static_eval(void *handle, void *inst, void *model, struct osdi_sim_info *info) {
  struct mtj_static_instance *in = inst;
  const double *x = info->prev_solve;
  uint32_t result = 0;
  (void)handle;
  (void)model;
  const double v141_V_p_n = x[in->node[0]] - x[in->node[1]]; /* V(p,n) */
  const double v214_mfactor = in->value.mfactor; /* $mfactor */
  const double v108 = in->cache.v108;
  const double v147 = in->cache.v147;
  const double v150 = in->cache.v150;
  const double v153 = in->cache.v153;
  double v314, v344, v347, v316;
  const double v156 = 2.0 * (v150 + ((v141_V_p_n * v141_V_p_n) / v153));
  const double v158 = 1.0 - (v147 / v156);
  const double v266 = (((((v141_V_p_n + v141_V_p_n) / v153) * 2.0) * v147) / (v156 * v156)) * v141_V_p_n;
  const double v160 = (v141_V_p_n * v158) / v108;
  const double v269 = (v158 + v266) / v108;
  v314 = v214_mfactor * v160;
  v344 = v214_mfactor * v269;
  v347 = v214_mfactor * (-v269);
  v316 = v214_mfactor * (-v160);
  in->resist[0] = v314; /* p */
  in->resist[1] = v316; /* n */
  in->g[0] = v344; /* p by p */
  in->g[1] = v347; /* p by n */
  in->g[2] = v347; /* n by p */
  in->g[3] = v344; /* n by n */
  return result;
}

static void mtj_static_load_noise(void *inst, void *model, double frequency, double *dst) {
  (void)inst;
  (void)model;
  (void)frequency;
  (void)dst;
}

static void mtj_static_load_residual_resist(void *inst, void *model, double *dst) {
  struct mtj_static_instance *in = inst;
  (void)model;
  dst[in->node[0]] += in->resist[0];
  dst[in->node[1]] += in->resist[1];
}

static void mtj_static_load_residual_react(void *inst, void *model, double *dst) {
  (void)inst;
  (void)model;
  (void)dst;
}

static void mtj_static_load_limit_rhs(void *inst, void *model, double *dst) {
  (void)inst;
  (void)model;
  (void)dst;
}

static void mtj_static_load_spice_rhs_dc(void *inst, void *model, double *dst, double *x) {
  struct mtj_static_instance *in = inst;
  (void)model;
  dst[in->node[0]] += in->g[0] * x[in->node[0]] + in->g[1] * x[in->node[1]] - in->resist[0];
  dst[in->node[1]] += in->g[2] * x[in->node[0]] + in->g[3] * x[in->node[1]] - in->resist[1];
}

static void mtj_static_load_spice_rhs_tran(void *inst, void *model, double *dst, double *x, double alpha) {
  struct mtj_static_instance *in = inst;
  (void)model;
  (void)alpha;
  dst[in->node[0]] += in->g[0] * x[in->node[0]] + in->g[1] * x[in->node[1]] - in->resist[0];
  dst[in->node[1]] += in->g[2] * x[in->node[0]] + in->g[3] * x[in->node[1]] - in->resist[1];
}

static void mtj_static_load_jacobian_resist(void *inst, void *model) {
  struct mtj_static_instance *in = inst;
  (void)model;
  *in->g_to[0] += in->g[0];
  *in->g_to[1] += in->g[1];
  *in->g_to[2] += in->g[2];
  *in->g_to[3] += in->g[3];
}

static void mtj_static_load_jacobian_react(void *inst, void *model, double alpha) {
  (void)inst;
  (void)model;
  (void)alpha;
}

static void mtj_static_load_jacobian_tran(void *inst, void *model, double alpha) {
  struct mtj_static_instance *in = inst;
  (void)model;
  (void)alpha;
  *in->g_to[0] += in->g[0];
  *in->g_to[1] += in->g[1];
  *in->g_to[2] += in->g[2];
  *in->g_to[3] += in->g[3];
}

static const struct osdi_node mtj_static_nodes[] = {
  {"p", "V", "A", offsetof(struct mtj_static_instance, resist[0]), UINT32_MAX, UINT32_MAX, UINT32_MAX, false},
  {"n", "V", "A", offsetof(struct mtj_static_instance, resist[1]), UINT32_MAX, UINT32_MAX, UINT32_MAX, false}
};

static const struct osdi_jacobian_entry mtj_static_jacobian[] = {
  {{0, 0}, UINT32_MAX, ENTRY_RESIST},
  {{0, 1}, UINT32_MAX, ENTRY_RESIST},
  {{1, 0}, UINT32_MAX, ENTRY_RESIST},
  {{1, 1}, UINT32_MAX, ENTRY_RESIST}
};

static const char *mtj_static_name_0[] = {"$mfactor"};
static const char *mtj_static_name_1[] = {"diameter"};
static const char *mtj_static_name_2[] = {"thickness"};
static const char *mtj_static_name_3[] = {"ms"};
static const char *mtj_static_name_4[] = {"mu0_hk"};
static const char *mtj_static_name_5[] = {"ra"};
static const char *mtj_static_name_6[] = {"tmr0"};
static const char *mtj_static_name_7[] = {"mu0_hoff"};
static const char *mtj_static_name_8[] = {"oxide"};
static const char *mtj_static_name_9[] = {"s0"};
static const char *mtj_static_name_10[] = {"alpha"};
static const char *mtj_static_name_11[] = {"eta"};
static const char *mtj_static_name_12[] = {"vh"};
static const char *mtj_static_name_13[] = {"temperature"};
static const char *mtj_static_name_14[] = {"t_ref"};
static const char *mtj_static_name_15[] = {"t_curie"};
static const char *mtj_static_name_16[] = {"ki_exponent"};
static const char *mtj_static_name_17[] = {"spin_wave"};
static const char *mtj_static_name_18[] = {"demag"};
static const char *mtj_static_name_19[] = {"vcma"};
static const char *mtj_static_name_20[] = {"vcma_exponent"};
static const char *mtj_static_name_21[] = {"area"};
static const char *mtj_static_name_22[] = {"volume"};
static const char *mtj_static_name_23[] = {"magnetisation"};
static const char *mtj_static_name_24[] = {"ms_t"};
static const char *mtj_static_name_25[] = {"mu0_hk_t"};
static const char *mtj_static_name_26[] = {"polarisation"};
static const char *mtj_static_name_27[] = {"tmr0_t"};
static const char *mtj_static_name_28[] = {"r_p"};
static const char *mtj_static_name_29[] = {"delta"};
static const char *mtj_static_name_30[] = {"ic0"};
static const char *mtj_static_name_31[] = {"tau_d"};
static const char *mtj_static_name_32[] = {"offset"};
static const char *mtj_static_name_33[] = {"vcma_slope"};

static const struct osdi_param_opvar mtj_static_parameters[] = {
  {mtj_static_name_0, 0, "Multiplier (Verilog-A $mfactor)", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_1, 0, "diameter of the junction", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_2, 0, "thickness of the free layer", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_3, 0, "saturation magnetisation at t_ref", "A/m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_4, 0, "effective anisotropy field at t_ref, demagnetisation subtracted", "T", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_5, 0, "resistance-area product, parallel", "ohm m^2", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_6, 0, "TMR at 0 V and t_ref", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_7, 0, "offset (stray) field along the pinned layer; above 0 it favours parallel", "T", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_8, 0, "thickness of the tunnel barrier, for the field of VCMA", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_9, 0, "state: 1 parallel, -1 antiparallel", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_static_name_10, 0, "Gilbert damping", "", PARAMETER_REAL, 0},
  {mtj_static_name_11, 0, "spin-torque efficiency", "", PARAMETER_REAL, 0},
  {mtj_static_name_12, 0, "voltage that halves the TMR", "V", PARAMETER_REAL, 0},
  {mtj_static_name_13, 0, "temperature", "K", PARAMETER_REAL, 0},
  {mtj_static_name_14, 0, "temperature at which ms, mu0_hk, tmr0 and vcma hold", "K", PARAMETER_REAL, 0},
  {mtj_static_name_15, 0, "temperature scale of Bloch's law", "K", PARAMETER_REAL, 0},
  {mtj_static_name_16, 0, "interface anisotropy goes as Ms to this power", "", PARAMETER_REAL, 0},
  {mtj_static_name_17, 0, "loss of spin polarisation by spin waves", "K^-1.5", PARAMETER_REAL, 0},
  {mtj_static_name_18, 0, "difference N_z - N_x of the demagnetising factors", "", PARAMETER_REAL, 0},
  {mtj_static_name_19, 0, "VCMA coefficient; above 0 a positive voltage lowers the barrier", "J/(V m)", PARAMETER_REAL, 0},
  {mtj_static_name_20, 0, "VCMA coefficient goes as Ms to this power", "", PARAMETER_REAL, 0},
  {mtj_static_name_21, 0, "Area of a circular junction", "m^2", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_22, 0, "Volume of the free layer", "m^3", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_23, 0, "Ms(T)/Ms(t_ref) by Bloch's law", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_24, 0, "Saturation magnetisation at the temperature", "A/m", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_25, 0, "Anisotropy field at the temperature: 2 Ki/(Ms thickness) - mu0 Ms demag, with Ki as Ms^ki_exponent", "T", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_26, 0, "Spin polarisation relative to that at t_ref", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_27, 0, "TMR at 0 V and the temperature: 2 P^2/(1 - P^2) (Julliere)", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_28, 0, "Parallel resistance; it hardly depends on temperature", "ohm", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_29, 0, "Thermal stability factor of a uniaxial macrospin", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_30, 0, "Critical current of a perpendicular layer", "A", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_31, 0, "Relaxation time", "s", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_32, 0, "Offset field over anisotropy field", "", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_static_name_33, 0, "VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v)", "1/V", PARAMETER_REAL | KIND_OUTPUT, 0}
};

#define mtj_static_DESCRIPTOR { \
  "mtj_static", 2, 2, mtj_static_nodes, \
  4, mtj_static_jacobian, \
  0, NULL, offsetof(struct mtj_static_instance, collapsed), \
  NULL, 0, \
  21, 10, 13, mtj_static_parameters, \
  offsetof(struct mtj_static_instance, node), offsetof(struct mtj_static_instance, g_to), 0, offsetof(struct mtj_static_instance, state), \
  UINT32_MAX, \
  sizeof(struct mtj_static_instance), sizeof(struct mtj_static_model), \
  mtj_static_access, mtj_static_setup_model, mtj_static_setup_instance, mtj_static_eval, mtj_static_load_noise, \
  mtj_static_load_residual_resist, mtj_static_load_residual_react, mtj_static_load_limit_rhs, mtj_static_load_limit_rhs, \
  mtj_static_load_spice_rhs_dc, mtj_static_load_spice_rhs_tran, \
  mtj_static_load_jacobian_resist, mtj_static_load_jacobian_react, mtj_static_load_jacobian_tran }

__attribute__((visibility("default"))) const uint32_t OSDI_VERSION_MAJOR = 0;
__attribute__((visibility("default"))) const uint32_t OSDI_VERSION_MINOR = 3;
__attribute__((visibility("default"))) const uint32_t OSDI_NUM_DESCRIPTORS = 2;
__attribute__((visibility("default"))) const struct osdi_descriptor OSDI_DESCRIPTORS[] = {
  mtj_DESCRIPTOR,
  mtj_static_DESCRIPTOR
};
