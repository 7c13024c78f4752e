# Two commands: `make demo` and `make test`. Each does the set-up it needs.
SHELL := /bin/bash
ENV := . robot_ws/install/env.sh &&
ARGS ?=
SOURCES := robot_ws/src sim scripts tests bench

.PHONY: help setup demo test test-slow gate nightly navigation navigation-nightly eval talks check bench gazebo-root lock clean
help:            ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup:           ## install and build everything that running needs
	@scripts/setup

demo: setup      ## a visitor asks aloud and is led to the counter, in simulation (ARGS="--speed 1.0 --screen")
	@./guide demo $(ARGS)

test:            ## set up and run the tests (under 20 minutes on 2 cores)
	@scripts/setup --tests
	@$(ENV) python -m pytest -m "not slow" -n 2 --dist loadfile $(ARGS)

test-slow: setup ## the long runs: each node killed while guiding, twenty seeds, ten requests
	@$(ENV) python -m pytest -m slow $(ARGS)

gate: setup      ## the simulation's regression gate: 17 scenarios, fixed seeds, thresholds (10 minutes on 2 cores)
	@./guide sim suite sim/scenarios/gate --seeds 6 --thresholds sim/scenarios/gate/_thresholds.yaml --out .guide/gate $(ARGS)

nightly: setup   ## the same scenarios with 118 seeds each: 2,006 runs
	@./guide sim suite sim/scenarios/gate --seeds 118 --thresholds sim/scenarios/gate/_thresholds.yaml --out .guide/nightly $(ARGS)

navigation: setup ## the robot alone among people, boxes and glass: 12 scenarios with 17 seeds each, thresholds (10 minutes on 2 cores)
	@./guide sim suite sim/scenarios/navigation --seeds 17 --thresholds sim/scenarios/navigation/_thresholds.yaml --out .guide/navigation $(ARGS)

navigation-nightly: setup ## the same scenarios with 200 seeds each: 2,400 runs
	@./guide sim suite sim/scenarios/navigation --seeds 200 --thresholds sim/scenarios/navigation/_thresholds.yaml --out .guide/navigation-nightly $(ARGS)

eval: setup      ## how well visitors' sentences are understood: tables by kind, confusions, trust; into docs/understanding.md
	@$(ENV) python -m bench.understanding --out docs/understanding.md $(ARGS)

talks: setup     ## 554 made-up visitors talk with the conversation; the table goes into docs/conversations.md (a minute)
	@$(ENV) python -m bench.talks --write docs/conversations.md $(ARGS)

check: setup     ## lint and types
	@$(ENV) ruff check $(SOURCES) && ruff format --check $(SOURCES)
	@$(ENV) scripts/check_types

bench: setup     ## all benchmarks, one table, into docs/benchmarks.md
	@$(ENV) python -m bench.all $(ARGS)

gazebo-root:     ## Gazebo 11 in a folder outside the tree, for the tests that compare with it
	@scripts/gazebo_root

lock: setup      ## make the locks anew from requirements/*.in
	@scripts/lock

clean:           ## remove what set-up and runs have made
	rm -rf .venv .guide robot_ws/build robot_ws/install robot_ws/log
