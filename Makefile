# One command each; `make` alone lists them. Everything is done by stack/stack.py.
SHELL := /bin/bash
STACK := stack/bootstrap.sh

.DEFAULT_GOAL := help
.PHONY: help setup run start stop restart status shell psql test test-core lint format \
	bench bench-billing bench-calls bench-crm bench-dialer bench-import bench-stock clean distclean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## fetch what is missing, start nothing
	@$(STACK) setup

run: ## start everything with demo data; Ctrl-C stops it
	@$(STACK) run

start: ## start everything in the background
	@$(STACK) start

stop: ## stop everything
	@$(STACK) stop

restart: ## stop, then start
	@$(STACK) restart

status: ## what runs
	@$(STACK) status

shell: ## Odoo's Python shell on the demo database
	@stack/odoo shell -d $${TELECOM_DB:-telecom_demo}

psql: ## SQL on the demo database
	@stack/psql

test: ## every check and test
	@$(STACK) test

test-core: ## Odoo's own tests of the modules we build on, with our apps installed
	@$(STACK) test core

lint: ## static checks
	@$(STACK) test lint

format: ## let ruff and prettier rewrite the code
	@$(STACK) format

bench: ## all measurements
	@$(STACK) bench

bench-billing: ## measurements of rating and bills
	@$(STACK) bench billing

bench-calls: ## measurements of the call path
	@$(STACK) bench calls

bench-crm: ## measurements of customers and claims
	@$(STACK) bench crm

bench-dialer: ## measurements of predictive dialing: simulated, and with real calls
	@$(STACK) bench dialer

bench-import: ## measurements of reading in numbers to call
	@$(STACK) bench bench_import

bench-stock: ## measurements of boutiques and serial numbers
	@$(STACK) bench stock

clean: ## stop and delete everything under .stack (FORCE=1: without asking)
	@$(STACK) clean

distclean: ## clean, and delete the download cache
	@$(STACK) clean --cache
