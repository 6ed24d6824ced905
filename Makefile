.PHONY: check test bench clean

check: ## lint, types and every test: what CI runs
	./scripts/test

test: ## the quick tests alone
	./scripts/test -m "not slow"

bench: ## every benchmark, one after the other
	@set -e; for file in benchmarks/bench_*.py; do echo "== $$file"; .venv/bin/python "$$file"; done

clean:
	rm -rf .venv .setup dist build .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
