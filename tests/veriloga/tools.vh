`ifndef TOOLS
`define TOOLS
`define PARALLEL(a, b) ((a) * (b) / ((a) + (b)))
`define P(name, value, about) (* desc = about *) parameter real name = value from (0:inf)
`define WITH_GAIN
`endif
