# Every target is one line into scripts/; `make help` tells what each does.
SHELL := /bin/bash
export HTTP_PORT ODOO_HOME RUN_DIR DEMO DEMO_STUDENTS DEMO_SEED PG_PORT ONLY TAGS PYTEST REUSE

.DEFAULT_GOAL := help
.PHONY: help run stop update shell reset-demo clean lint format test bench simulate soak screenshots i18n lock

help: ## this list
	@echo "Settings: HTTP_PORT=8069  ODOO_HOME=/path/to/odoo-19.0  DEMO_STUDENTS=3000  DEMO=0 (empty database)"
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1 \t\2/p' Makefile | expand -t 22

run: ## set up what is missing, serve, print the address and the accounts
	@scripts/run.sh run
stop: ## end the server and the database
	@scripts/run.sh stop
update: ## bring the database to the state of the code, serve again
	@scripts/run.sh update
shell: ## Odoo's Python shell on the database
	@scripts/run.sh shell
reset-demo: ## throw the database away and build the demo college anew
	@scripts/run.sh reset-demo
clean: ## end everything and remove all that was fetched or generated (also the data!)
	@scripts/run.sh clean
lint: ## ruff, pylint-odoo
	@scripts/setup.sh dev && scripts/lint.sh
format: ## let ruff rewrite the Python files
	@scripts/setup.sh dev && .run/venv/bin/ruff format . && .run/venv/bin/ruff check --fix .
test: ## everything that proves the product (ONLY=lint,health,crisis,i18n,server picks parts, TAGS=… or PYTEST=… narrows, REUSE=1 keeps templates)
	@scripts/setup.sh dev && .run/venv/bin/python scripts/run_tests.py
bench: ## ours and the peer side by side, as ratios
	@scripts/setup.sh dev && .run/venv/bin/python bench/run.py
soak: ## a census of the demo college of 10,000 under load, the server killed three times (SOAK=students)
	@scripts/setup.sh dev && PSYCH_SOAK=$(or $(SOAK),10000) ONLY=server TAGS=/none PYTEST="tests/test_screening_load.py -k soak" REUSE=$(or $(REUSE),update) .run/venv/bin/python scripts/run_tests.py && cat .run/log/test/soak.txt
simulate: ## live through a semester of 10,000 students under a virtual clock (SIM_STUDENTS, SIM_DAYS, SIM_SEED)
	@scripts/setup.sh dev && .run/venv/bin/python scripts/simulate.py
screenshots: ## pictures of each role's screens for the README
	@scripts/setup.sh dev && scripts/run.sh run && .run/venv/bin/python scripts/screenshots.py
i18n: ## export terms, merge translations, list what has no Chinese
	@scripts/setup.sh dev && .run/venv/bin/python scripts/run_tests.py i18n
lock: ## resolve requirements.in and requirements-dev.in into the lock files
	@scripts/lock.sh
