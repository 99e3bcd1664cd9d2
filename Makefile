# What can be done with this repository. Every target is a script of the same name in scripts/ or one line.
.DEFAULT_GOAL := help
.PHONY: help run test build dev gen bench matrix lint fmt clean

help: ## Show this list
	@echo "Quarterdeck. Start with: make run"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: ## Install what is missing, build, start the panel and print its address
	@scripts/run

test: ## Run all tests and count them
	@scripts/test

build: ## Build target/release/quarterdeck, one binary with everything inside
	@scripts/build

dev: ## Run from source with live reload, on http://localhost:5173/admin
	@scripts/dev

gen: ## Make the generated files again (API description, client, documentation)
	@scripts/gen

bench: ## Measure against the floor of PostgreSQL itself, into bench/results/
	@bench/run

matrix: ## Prove the panel on each PostgreSQL from 14 to 18 (scripts/postgres-matrix --tests: its Rust tests too)
	@scripts/postgres-matrix

lint: ## Check formatting, clippy, Biome and licences
	@scripts/lint

fmt: ## Format all sources
	@cargo fmt --all
	@npm --prefix ui run --silent format

clean: ## Remove everything that was built; data in .quarterdeck stays
	@cargo clean
	@rm -rf ui/dist ui/node_modules ui/tools/node_modules
