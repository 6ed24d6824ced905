"""The crossbar: topology, write schemes, netlist text."""
