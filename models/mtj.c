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
  double p_oxide; /* m, thickness of the tunnel barrier: the field of VCMA, and RA where it varies */
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
  double v1109;
  double v1110;
  double v172;
  double v176;
  double v283;
  double v286;
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
  double o_z; /* m_z: 1 parallel, -1 antiparallel */
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
    case 49: return in == NULL ? NULL : &in->o_z;
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
  const double v145_tref = set->p_tref; /* tref */
  const double v141_mfactor = set->mfactor; /* $mfactor */
  const int32_t v171_param_given_diameter = given[1]; /* $param_given(diameter) */
  const int32_t v183_param_given_thickness = given[2]; /* $param_given(thickness) */
  const int32_t v195_param_given_ms = given[3]; /* $param_given(ms) */
  const int32_t v207_param_given_mu0_hk = given[4]; /* $param_given(mu0_hk) */
  const int32_t v219_param_given_alpha = given[24]; /* $param_given(alpha) */
  const int32_t v231_param_given_eta = given[25]; /* $param_given(eta) */
  const int32_t v243_param_given_ra = given[5]; /* $param_given(ra) */
  const int32_t v255_param_given_tmr0 = given[6]; /* $param_given(tmr0) */
  const int32_t v267_param_given_vh = given[26]; /* $param_given(vh) */
  const int32_t v279_param_given_temperature = given[27]; /* $param_given(temperature) */
  const int32_t v291_param_given_t_ref = given[28]; /* $param_given(t_ref) */
  const int32_t v302_param_given_t_curie = given[29]; /* $param_given(t_curie) */
  const int32_t v314_param_given_ki_exponent = given[30]; /* $param_given(ki_exponent) */
  const int32_t v326_param_given_spin_wave = given[31]; /* $param_given(spin_wave) */
  const int32_t v338_param_given_demag = given[32]; /* $param_given(demag) */
  const int32_t v352_param_given_mu0_hoff = given[7]; /* $param_given(mu0_hoff) */
  const int32_t v355_param_given_vcma = given[33]; /* $param_given(vcma) */
  const int32_t v358_param_given_vcma_exponent = given[34]; /* $param_given(vcma_exponent) */
  const int32_t v370_param_given_oxide = given[8]; /* $param_given(oxide) */
  const double v382_s0 = set->p_s0; /* s0 */
  const int32_t v383_param_given_s0 = given[9]; /* $param_given(s0) */
  const double v399_v_lo = set->p_v_lo; /* v_lo */
  const int32_t v400_param_given_v_lo = given[10]; /* $param_given(v_lo) */
  const double v412_v_hi = set->p_v_hi; /* v_hi */
  const int32_t v413_param_given_v_hi = given[11]; /* $param_given(v_hi) */
  const double v425_c0 = set->p_c0; /* c0 */
  const int32_t v426_param_given_c0 = given[12]; /* $param_given(c0) */
  const double v430_c1 = set->p_c1; /* c1 */
  const int32_t v431_param_given_c1 = given[13]; /* $param_given(c1) */
  const double v435_c2 = set->p_c2; /* c2 */
  const int32_t v436_param_given_c2 = given[14]; /* $param_given(c2) */
  const double v440_c3 = set->p_c3; /* c3 */
  const int32_t v441_param_given_c3 = given[15]; /* $param_given(c3) */
  const double v445_c4 = set->p_c4; /* c4 */
  const int32_t v446_param_given_c4 = given[16]; /* $param_given(c4) */
  const double v450_c5 = set->p_c5; /* c5 */
  const int32_t v451_param_given_c5 = given[17]; /* $param_given(c5) */
  const double v455_c6 = set->p_c6; /* c6 */
  const int32_t v456_param_given_c6 = given[18]; /* $param_given(c6) */
  const double v460_c7 = set->p_c7; /* c7 */
  const int32_t v461_param_given_c7 = given[19]; /* $param_given(c7) */
  const double v465_c8 = set->p_c8; /* c8 */
  const int32_t v466_param_given_c8 = given[20]; /* $param_given(c8) */
  const double v470_c9 = set->p_c9; /* c9 */
  const int32_t v471_param_given_c9 = given[21]; /* $param_given(c9) */
  const double v475_c10 = set->p_c10; /* c10 */
  const int32_t v476_param_given_c10 = given[22]; /* $param_given(c10) */
  const double v480_c11 = set->p_c11; /* c11 */
  const int32_t v481_param_given_c11 = given[23]; /* $param_given(c11) */
  const int32_t v485_param_given_tref = given[35]; /* $param_given(tref) */
  double v172, v184, v196, v208, v220, v232, v244, v256, v268, v280, v292, v303, v315, v327, v339, v353;
  double v356, v359, v371, v384, v401, v414, v427, v432, v437, v442, v447, v452, v457, v462, v467, v472;
  double v477, v482, v486, v19, v20, v32, v33, v46, v54, v63, v64, v70, v76, v83, v84, v95;
  double v140, v144;
  int32_t v176, v188, v200, v212, v224, v236, v248, v260, v272, v284, v296, v307, v319, v331, v344, v363;
  int32_t v375, v390, v405, v418, v490;
  if (!v171_param_given_diameter) goto block29;
  if (!(0.0 < v18_diameter)) goto block34;
  const int32_t v175 = v18_diameter < INFINITY;
  v176 = v175;
  goto block35;
block34:;
  v176 = 0;
block35:;
  if (v176) goto block31;
  out_of_bounds(info, 1);
block31:;
  v172 = v18_diameter;
  goto block30;
block29:;
  v172 = 4e-08;
block30:;
  if (!v183_param_given_thickness) goto block44;
  if (!(0.0 < v21_thickness)) goto block49;
  const int32_t v187 = v21_thickness < INFINITY;
  v188 = v187;
  goto block50;
block49:;
  v188 = 0;
block50:;
  if (v188) goto block46;
  out_of_bounds(info, 2);
block46:;
  v184 = v21_thickness;
  goto block45;
block44:;
  v184 = 1.3e-09;
block45:;
  if (!v195_param_given_ms) goto block59;
  if (!(0.0 < v34_ms)) goto block64;
  const int32_t v199 = v34_ms < INFINITY;
  v200 = v199;
  goto block65;
block64:;
  v200 = 0;
block65:;
  if (v200) goto block61;
  out_of_bounds(info, 3);
block61:;
  v196 = v34_ms;
  goto block60;
block59:;
  v196 = 1000000.0;
block60:;
  if (!v207_param_given_mu0_hk) goto block74;
  if (!(0.0 < v39_mu0_hk)) goto block79;
  const int32_t v211 = v39_mu0_hk < INFINITY;
  v212 = v211;
  goto block80;
block79:;
  v212 = 0;
block80:;
  if (v212) goto block76;
  out_of_bounds(info, 4);
block76:;
  v208 = v39_mu0_hk;
  goto block75;
block74:;
  v208 = 0.25;
block75:;
  if (!v219_param_given_alpha) goto block89;
  if (!(0.0 < v73_alpha)) goto block94;
  const int32_t v223 = v73_alpha < INFINITY;
  v224 = v223;
  goto block95;
block94:;
  v224 = 0;
block95:;
  if (v224) goto block91;
  out_of_bounds(info, 24);
block91:;
  v220 = v73_alpha;
  goto block90;
block89:;
  v220 = 0.02;
block90:;
  if (!v231_param_given_eta) goto block104;
  if (!(0.0 < v77_eta)) goto block109;
  const int32_t v235 = v77_eta < INFINITY;
  v236 = v235;
  goto block110;
block109:;
  v236 = 0;
block110:;
  if (v236) goto block106;
  out_of_bounds(info, 25);
block106:;
  v232 = v77_eta;
  goto block105;
block104:;
  v232 = 0.6;
block105:;
  if (!v243_param_given_ra) goto block119;
  if (!(0.0 < v65_ra)) goto block124;
  const int32_t v247 = v65_ra < INFINITY;
  v248 = v247;
  goto block125;
block124:;
  v248 = 0;
block125:;
  if (v248) goto block121;
  out_of_bounds(info, 5);
block121:;
  v244 = v65_ra;
  goto block120;
block119:;
  v244 = 8e-12;
block120:;
  if (!v255_param_given_tmr0) goto block134;
  if (!(0.0 < v56_tmr0)) goto block139;
  const int32_t v259 = v56_tmr0 < INFINITY;
  v260 = v259;
  goto block140;
block139:;
  v260 = 0;
block140:;
  if (v260) goto block136;
  out_of_bounds(info, 6);
block136:;
  v256 = v56_tmr0;
  goto block135;
block134:;
  v256 = 1.2;
block135:;
  if (!v267_param_given_vh) goto block149;
  if (!(0.0 < v98_vh)) goto block154;
  const int32_t v271 = v98_vh < INFINITY;
  v272 = v271;
  goto block155;
block154:;
  v272 = 0;
block155:;
  if (v272) goto block151;
  out_of_bounds(info, 26);
block151:;
  v268 = v98_vh;
  goto block150;
block149:;
  v268 = 0.5;
block150:;
  if (!v279_param_given_temperature) goto block164;
  if (!(0.0 < v23_temperature)) goto block169;
  const int32_t v283 = v23_temperature < INFINITY;
  v284 = v283;
  goto block170;
block169:;
  v284 = 0;
block170:;
  if (v284) goto block166;
  out_of_bounds(info, 27);
block166:;
  v280 = v23_temperature;
  goto block165;
block164:;
  v280 = 300.0;
block165:;
  if (!v291_param_given_t_ref) goto block179;
  if (!(0.0 < v29_t_ref)) goto block184;
  const int32_t v295 = v29_t_ref < INFINITY;
  v296 = v295;
  goto block185;
block184:;
  v296 = 0;
block185:;
  if (v296) goto block181;
  out_of_bounds(info, 28);
block181:;
  v292 = v29_t_ref;
  goto block180;
block179:;
  v292 = 300.0;
block180:;
  if (!v302_param_given_t_curie) goto block194;
  if (!(0.0 < v24_t_curie)) goto block199;
  const int32_t v306 = v24_t_curie < INFINITY;
  v307 = v306;
  goto block200;
block199:;
  v307 = 0;
block200:;
  if (v307) goto block196;
  out_of_bounds(info, 29);
block196:;
  v303 = v24_t_curie;
  goto block195;
block194:;
  v303 = 1120.0;
block195:;
  if (!v314_param_given_ki_exponent) goto block209;
  if (!(0.0 <= v36_ki_exponent)) goto block214;
  const int32_t v318 = v36_ki_exponent < INFINITY;
  v319 = v318;
  goto block215;
block214:;
  v319 = 0;
block215:;
  if (v319) goto block211;
  out_of_bounds(info, 30);
block211:;
  v315 = v36_ki_exponent;
  goto block210;
block209:;
  v315 = 2.18;
block210:;
  if (!v326_param_given_spin_wave) goto block224;
  if (!(0.0 <= v49_spin_wave)) goto block229;
  const int32_t v330 = v49_spin_wave < INFINITY;
  v331 = v330;
  goto block230;
block229:;
  v331 = 0;
block230:;
  if (v331) goto block226;
  out_of_bounds(info, 31);
block226:;
  v327 = v49_spin_wave;
  goto block225;
block224:;
  v327 = 2e-05;
block225:;
  if (!v338_param_given_demag) goto block239;
  if (!(0.0 <= v42_demag)) goto block244;
  const int32_t v343 = v42_demag < 1.0;
  v344 = v343;
  goto block245;
block244:;
  v344 = 0;
block245:;
  if (v344) goto block241;
  out_of_bounds(info, 32);
block241:;
  v339 = v42_demag;
  goto block240;
block239:;
  v339 = 0.93;
block240:;
  if (!v352_param_given_mu0_hoff) goto block254;
  v353 = v85_mu0_hoff;
  goto block255;
block254:;
  v353 = 0.0;
block255:;
  if (!v355_param_given_vcma) goto block259;
  v356 = v87_vcma;
  goto block260;
block259:;
  v356 = 0.0;
block260:;
  if (!v358_param_given_vcma_exponent) goto block264;
  if (!(0.0 <= v89_vcma_exponent)) goto block269;
  const int32_t v362 = v89_vcma_exponent < INFINITY;
  v363 = v362;
  goto block270;
block269:;
  v363 = 0;
block270:;
  if (v363) goto block266;
  out_of_bounds(info, 34);
block266:;
  v359 = v89_vcma_exponent;
  goto block265;
block264:;
  v359 = 2.83;
block265:;
  if (!v370_param_given_oxide) goto block279;
  if (!(0.0 < v92_oxide)) goto block284;
  const int32_t v374 = v92_oxide < INFINITY;
  v375 = v374;
  goto block285;
block284:;
  v375 = 0;
block285:;
  if (v375) goto block281;
  out_of_bounds(info, 8);
block281:;
  v371 = v92_oxide;
  goto block280;
block279:;
  v371 = 1e-09;
block280:;
  if (!v383_param_given_s0) goto block294;
  if (!((-1.0) <= v382_s0)) goto block299;
  const int32_t v389 = v382_s0 <= 1.0;
  v390 = v389;
  goto block300;
block299:;
  v390 = 0;
block300:;
  if (v390) goto block296;
  out_of_bounds(info, 9);
block296:;
  v384 = v382_s0;
  goto block295;
block294:;
  v384 = 1.0;
block295:;
  if (!v400_param_given_v_lo) goto block309;
  if (!(0.0 < v399_v_lo)) goto block314;
  const int32_t v404 = v399_v_lo < INFINITY;
  v405 = v404;
  goto block315;
block314:;
  v405 = 0;
block315:;
  if (v405) goto block311;
  out_of_bounds(info, 10);
block311:;
  v401 = v399_v_lo;
  goto block310;
block309:;
  v401 = 0.2;
block310:;
  if (!v413_param_given_v_hi) goto block324;
  if (!(0.0 < v412_v_hi)) goto block329;
  const int32_t v417 = v412_v_hi < INFINITY;
  v418 = v417;
  goto block330;
block329:;
  v418 = 0;
block330:;
  if (v418) goto block326;
  out_of_bounds(info, 11);
block326:;
  v414 = v412_v_hi;
  goto block325;
block324:;
  v414 = 1.0;
block325:;
  if (!v426_param_given_c0) goto block339;
  v427 = v425_c0;
  goto block340;
block339:;
  v427 = 0.0;
block340:;
  if (!v431_param_given_c1) goto block344;
  v432 = v430_c1;
  goto block345;
block344:;
  v432 = 0.0;
block345:;
  if (!v436_param_given_c2) goto block349;
  v437 = v435_c2;
  goto block350;
block349:;
  v437 = 0.0;
block350:;
  if (!v441_param_given_c3) goto block354;
  v442 = v440_c3;
  goto block355;
block354:;
  v442 = 0.0;
block355:;
  if (!v446_param_given_c4) goto block359;
  v447 = v445_c4;
  goto block360;
block359:;
  v447 = 0.0;
block360:;
  if (!v451_param_given_c5) goto block364;
  v452 = v450_c5;
  goto block365;
block364:;
  v452 = 0.0;
block365:;
  if (!v456_param_given_c6) goto block369;
  v457 = v455_c6;
  goto block370;
block369:;
  v457 = 0.0;
block370:;
  if (!v461_param_given_c7) goto block374;
  v462 = v460_c7;
  goto block375;
block374:;
  v462 = 0.0;
block375:;
  if (!v466_param_given_c8) goto block379;
  v467 = v465_c8;
  goto block380;
block379:;
  v467 = 0.0;
block380:;
  if (!v471_param_given_c9) goto block384;
  v472 = v470_c9;
  goto block385;
block384:;
  v472 = 0.0;
block385:;
  if (!v476_param_given_c10) goto block389;
  v477 = v475_c10;
  goto block390;
block389:;
  v477 = 0.0;
block390:;
  if (!v481_param_given_c11) goto block394;
  v482 = v480_c11;
  goto block395;
block394:;
  v482 = 0.0;
block395:;
  if (!v485_param_given_tref) goto block399;
  if (!(0.0 < v145_tref)) goto block404;
  const int32_t v489 = v145_tref < INFINITY;
  v490 = v489;
  goto block405;
block404:;
  v490 = 0;
block405:;
  if (v490) goto block401;
  out_of_bounds(info, 35);
block401:;
  v486 = v145_tref;
  goto block400;
block399:;
  v486 = 1e-08;
block400:;
  v19 = (0.7853981633974483 * v172) * v172;
  v20 = v19 * v184;
  v32 = (1.0 - pow(v280 / v303, 1.5)) / (1.0 - pow(v292 / v303, 1.5));
  v33 = v196 * v32;
  const double v37 = pow(v32, (-1.0) + v315);
  v46 = (v208 * v37) + (((1.25663706212e-06 * v339) * v196) * (v37 - v32));
  v54 = (1.0 - (v327 * pow(v280, 1.5))) / (1.0 - (v327 * pow(v292, 1.5)));
  v63 = (((2.0 * v256) * v54) * v54) / ((v256 + 2.0) - ((v256 * v54) * v54));
  v64 = v244 / v19;
  v70 = (((3.62148525801996e+22 * v33) * v46) * v20) / v280;
  v76 = (((8.390300335725608e-08 * v220) * v70) * v280) / v232;
  v83 = (5.67904438810946e-12 * (1.0 + (v220 * v220))) / (v220 * v46);
  v84 = v353 / v46;
  v95 = ((2.0 * v356) * pow(v32, v359)) / (((v371 * v184) * v33) * v46);
  v140 = v141_mfactor * 1e-12;
  v144 = v141_mfactor * v486;
  value->mfactor = set->mfactor;
  value->p_diameter = v172;
  value->p_thickness = v184;
  value->p_ms = v196;
  value->p_mu0_hk = v208;
  value->p_alpha = v220;
  value->p_eta = v232;
  value->p_ra = v244;
  value->p_tmr0 = v256;
  value->p_vh = v268;
  value->p_temperature = v280;
  value->p_t_ref = v292;
  value->p_t_curie = v303;
  value->p_ki_exponent = v315;
  value->p_spin_wave = v327;
  value->p_demag = v339;
  value->p_mu0_hoff = v353;
  value->p_vcma = v356;
  value->p_vcma_exponent = v359;
  value->p_oxide = v371;
  value->p_s0 = v384;
  value->p_v_lo = v401;
  value->p_v_hi = v414;
  value->p_c0 = v427;
  value->p_c1 = v432;
  value->p_c2 = v437;
  value->p_c3 = v442;
  value->p_c4 = v447;
  value->p_c5 = v452;
  value->p_c6 = v457;
  value->p_c7 = v462;
  value->p_c8 = v467;
  value->p_c9 = v472;
  value->p_c10 = v477;
  value->p_c11 = v482;
  value->p_tref = v486;
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
  cache->v1109 = v140;
  cache->v1110 = v144;
  (void)temperature;
  (void)connected;
  (void)collapsed;
  return fatal;
}

/* What no voltage changes. */
static void mtj_prepare(struct mtj_instance *in) {
  const double v157_v_lo = in->value.p_v_lo; /* v_lo */
  const double v169 = 1.0 / v157_v_lo;
  const double v163_v_hi = in->value.p_v_hi; /* v_hi */
  const double v171 = 1.0 / v163_v_hi;
  const double v172 = v169 + v171;
  const double v176 = v163_v_hi - v157_v_lo;
  const double v114 = in->cache.v114;
  const double v283 = 1.0 + v114;
  const double v285_vh = in->value.p_vh; /* vh */
  const double v286 = v285_vh * v285_vh;
  const double v1109 = in->cache.v1109;
  const double v1110 = in->cache.v1110;
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
  in->cache.v172 = v172;
  in->cache.v176 = v176;
  in->cache.v283 = v283;
  in->cache.v286 = v286;
  in->g[8] = v1109; /* a by a */
  in->c[8] = v1110;
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
  const double v153_abstime = info->abstime; /* $abstime */
  const double v157_v_lo = in->value.p_v_lo; /* v_lo */
  const double v163_v_hi = in->value.p_v_hi; /* v_hi */
  const double v178_c0 = in->value.p_c0; /* c0 */
  const double v179_c1 = in->value.p_c1; /* c1 */
  const double v180_c2 = in->value.p_c2; /* c2 */
  const double v181_c3 = in->value.p_c3; /* c3 */
  const double v182_c4 = in->value.p_c4; /* c4 */
  const double v183_c5 = in->value.p_c5; /* c5 */
  const double v184_c6 = in->value.p_c6; /* c6 */
  const double v185_c7 = in->value.p_c7; /* c7 */
  const double v186_c8 = in->value.p_c8; /* c8 */
  const double v187_c9 = in->value.p_c9; /* c9 */
  const double v188_c10 = in->value.p_c10; /* c10 */
  const double v189_c11 = in->value.p_c11; /* c11 */
  const double v214_V_a = x[in->node[2]]; /* V(a) */
  const double v330_tref = in->value.p_tref; /* tref */
  const double v873_mfactor = in->value.mfactor; /* $mfactor */
  const double v114 = in->cache.v114;
  const double v116 = in->cache.v116;
  const double v172 = in->cache.v172;
  const double v176 = in->cache.v176;
  const double v283 = in->cache.v283;
  const double v286 = in->cache.v286;
  double v151, v165, v920, v218, v975, v337, v230, v232, v980, v234, v981, v239, v1064, v1067, v1068, v1098;
  double v1101, v1102, v1105, v1106, v1066, v1108;
  int32_t v159;
  v151 = v150_s0 * v149_V_p_n;
  if (v153_abstime > 0.0) goto block2;
  v159 = 0;
  goto block4;
block2:;
  const int32_t v158 = v151 >= v157_v_lo;
  v159 = v158;
block4:;
  if (v159) goto block5;
  v218 = 0.0;
  v975 = 0.0;
  goto block7;
block5:;
  if (!(v151 < v163_v_hi)) goto block9;
  v165 = v151;
  v920 = v150_s0;
  goto block10;
block9:;
  v165 = v163_v_hi;
  v920 = 0.0;
block10:;
  const double v177 = ((((2.0 / v165) - v172) * v157_v_lo) * v163_v_hi) / v176;
  const double v929 = (((0.0 - ((v920 * 2.0) / (v165 * v165))) * v157_v_lo) * v163_v_hi) / v176;
  const double v191 = v188_c10 + (v177 * v189_c11);
  const double v193 = v187_c9 + (v177 * v191);
  const double v195 = v186_c8 + (v177 * v193);
  const double v941 = ((v929 * v193) + (((v929 * v191) + ((v929 * v189_c11) * v177)) * v177)) * v177;
  const double v197 = v185_c7 + (v177 * v195);
  const double v199 = v184_c6 + (v177 * v197);
  const double v950 = (v929 * v199) + (((v929 * v197) + (((v929 * v195) + v941) * v177)) * v177);
  const double v201 = v183_c5 + (v177 * v199);
  const double v203 = v182_c4 + (v177 * v201);
  const double v205 = v181_c3 + (v177 * v203);
  const double v962 = (v929 * v205) + (((v929 * v203) + (((v929 * v201) + (v950 * v177)) * v177)) * v177);
  const double v207 = v180_c2 + (v177 * v205);
  const double v209 = v179_c1 + (v177 * v207);
  const double v213 = exp(-(v178_c0 + (v177 * v209)));
  const double v974 = (-((v929 * v209) + (((v929 * v207) + (v962 * v177)) * v177))) * v213;
  v218 = v213;
  v975 = v974;
block7:;
  if (v214_V_a >= 1.0) goto block11;
  v337 = v218;
  goto block13;
block11:;
  const double v223 = v218 + 10.0;
  v337 = v223;
block13:;
  v230 = (v214_V_a - 1.0) * 1000.0;
  if (!(0.0 > v230)) goto block15;
  v232 = 0.0;
  v980 = 0.0;
  goto block16;
block15:;
  v232 = v230;
  v980 = 1000.0;
block16:;
  if (!(1.0 < v232)) goto block18;
  v234 = 1.0;
  v981 = 0.0;
  goto block19;
block18:;
  v234 = v232;
  v981 = v980;
block19:;
  v239 = v150_s0 * (1.0 - (2.0 * v234));
  const double v280 = (1.0 - v239) * v114;
  const double v289 = 2.0 * (v283 + ((v149_V_p_n * v149_V_p_n) / v286));
  const double v291 = 1.0 - (v280 / v289);
  const double v999 = (((((v149_V_p_n + v149_V_p_n) / v286) * 2.0) * v280) / (v289 * v289)) * v149_V_p_n;
  const double v1001 = (0.0 - (((0.0 - ((0.0 - (v981 * 2.0)) * v150_s0)) * v114) / v289)) * v149_V_p_n;
  const double v311 = (v149_V_p_n * v291) / v116;
  const double v1003 = (v291 + v999) / v116;
  const double v1004 = v1001 / v116;
  v1064 = v873_mfactor * v311;
  v1067 = v873_mfactor * ((0.0 - v337) + (1e-12 * v214_V_a));
  v1068 = v873_mfactor * (v330_tref * v214_V_a);
  v1098 = v873_mfactor * v1003;
  v1101 = v873_mfactor * v1004;
  v1102 = v873_mfactor * (-v1003);
  v1105 = v873_mfactor * (-v1004);
  v1106 = v873_mfactor * (0.0 - v975);
  v1066 = v873_mfactor * (-v311);
  v1108 = v873_mfactor * v975;
  in->resist[0] = v1064; /* p */
  in->resist[1] = v1066; /* n */
  in->resist[2] = v1067; /* a */
  in->react[2] = v1068;
  in->g[0] = v1098; /* p by p */
  in->g[1] = v1102; /* p by n */
  in->g[2] = v1101; /* p by a */
  in->g[3] = v1102; /* n by p */
  in->g[4] = v1098; /* n by n */
  in->g[5] = v1105; /* n by a */
  in->g[6] = v1106; /* a by p */
  in->g[7] = v1108; /* a by n */
  in->o_z = v239;
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
  dst[in->node[2]] += in->g[6] * x[in->node[0]] + in->g[7] * x[in->node[1]] + in->g[8] * x[in->node[2]] - in->resist[2];
}

static void mtj_load_spice_rhs_tran(void *inst, void *model, double *dst, double *x, double alpha) {
  struct mtj_instance *in = inst;
  (void)model;
  dst[in->node[0]] += in->g[0] * x[in->node[0]] + in->g[1] * x[in->node[1]] + in->g[2] * x[in->node[2]] - in->resist[0];
  dst[in->node[1]] += in->g[3] * x[in->node[0]] + in->g[4] * x[in->node[1]] + in->g[5] * x[in->node[2]] - in->resist[1];
  dst[in->node[2]] += in->g[6] * x[in->node[0]] + in->g[7] * x[in->node[1]] + in->g[8] * x[in->node[2]] + alpha * (in->c[8] * x[in->node[2]]) - in->resist[2];
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
  *in->g_to[8] += in->g[8];
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
  *in->g_to[8] += in->g[8] + alpha * in->c[8];
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
  {{2, 2}, offsetof(struct mtj_instance, c_to[8]), ENTRY_RESIST | ENTRY_REACT}
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
static const char *mtj_name_49[] = {"z"};

static const struct osdi_param_opvar mtj_parameters[] = {
  {mtj_name_0, 0, "Multiplier (Verilog-A $mfactor)", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_1, 0, "diameter of the junction", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_2, 0, "thickness of the free layer", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_3, 0, "saturation magnetisation at t_ref", "A/m", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_4, 0, "effective anisotropy field at t_ref, demagnetisation subtracted", "T", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_5, 0, "resistance-area product, parallel", "ohm m^2", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_6, 0, "TMR at 0 V and t_ref", "", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_7, 0, "offset (stray) field along the pinned layer; above 0 it favours parallel", "T", PARAMETER_REAL | KIND_INSTANCE, 0},
  {mtj_name_8, 0, "thickness of the tunnel barrier: the field of VCMA, and RA where it varies", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
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
  {mtj_name_48, 0, "VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v)", "1/V", PARAMETER_REAL | KIND_OUTPUT, 0},
  {mtj_name_49, 0, "m_z: 1 parallel, -1 antiparallel", "", PARAMETER_REAL | KIND_OUTPUT, 0}
};

#define mtj_DESCRIPTOR { \
  "mtj", 3, 3, mtj_nodes, \
  9, mtj_jacobian, \
  0, NULL, offsetof(struct mtj_instance, collapsed), \
  NULL, 0, \
  36, 24, 14, mtj_parameters, \
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
  double p_oxide; /* m, thickness of the tunnel barrier: the field of VCMA, and RA where it varies */
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
  {mtj_static_name_8, 0, "thickness of the tunnel barrier: the field of VCMA, and RA where it varies", "m", PARAMETER_REAL | KIND_INSTANCE, 0},
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
