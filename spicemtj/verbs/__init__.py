"""The command line's verbs, one a file. Each has `add(subparsers)` and `run(args) -> Outcome`."""
