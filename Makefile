.PHONY: check test bench clean

check: ## lint, types and every test: what CI runs
	./scripts/test

test: ## the quick tests alone
	./scripts/test -m "not slow"

bench: ## every benchmark in one run; what they print becomes docs/benchmarks.md
	.venv/bin/python benchmarks/all.py --page docs/benchmarks.md

clean:
	rm -rf .venv .setup dist build .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
