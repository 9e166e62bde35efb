# What one does here. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run test check nightly bench lock
PY := .venv/bin/python
# More for pytest: make test ARGS="tests/house -x"
ARGS ?=

help: ## Hiện các lệnh / list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

run: ## Chạy Gánh, Ctrl-C để dừng / install what is missing and run; PORT and GANH_HOME choose where
	@tools/bootstrap run && exec .venv/bin/ganh up

# Three processes for two cores: many tests wait for servers that start or are killed.
test: ## Chạy các phép thử / run the tests
	@tools/bootstrap dev && exec $(PY) -m pytest -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

check: ## Kiểm tra cách viết, kiểu, kiến trúc / style, types and architecture
	@tools/bootstrap dev
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo

nightly: ## Các phép thử dài / the long tests: every width, every language, long faults
	@tools/bootstrap peers && exec $(PY) -m pytest -n 3 --dist loadscope --no-loadscope-reorder -m "nightly or peers" $(ARGS)

bench: ## Đo tốc độ / measure, beside floors of the same run; ARGS="web photos" for some of it
	@tools/bootstrap dev && exec $(PY) -m benchmarks $(ARGS)

lock: ## Khoá lại phiên bản các gói / pin every package anew, with hashes and without host names
	@tools/bootstrap dev
	@tools/lock
