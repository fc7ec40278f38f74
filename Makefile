# What there is to do:
#
#   make demo      the main job on real processes, in under a minute after the build
#   make test      the whole test suite; where the machine allows it, under a real systemd too
#   make lint      the format of the sources
#   make model     every variant of the protocol's model, by spin
#   make conformance   sandbox-cloud by the vendor's own client, the sockets by Varlink's,
#                      completions by the shells; the clients from the package index
#   make screens   the report in a browser and the live view in a terminal; PICTURES=DIR keeps
#                  screenshots
#   make monitoring    metrics, alert rules and real outages, by promtool
#   make release   the programs as they are installed, in .build/release
#   make simulate  minutes of simulated years and of crashes at every boundary of a renewal
#   make soak      hours of the same, every pair of crashes, 2000 kills of the real program
#   make coverage  whether the tests run every branch of the kernel
#   make mutants   small mistakes in the protocol, each of which the tests must notice
#   make bench     footprint, speed and scale in one table; QUICK=--quick at a tenth of the sizes
#   make gate      the instructions of what happens most often, held against the committed
#                  ones; make instructions commits to today's
#   make profile   where time and memory go; WHAT=sweep, cycle, page or signing
#   make clean     removes what was built

# The flag fails a build in which a target imports one that Package.swift does not
# give it; with it here, the house's layers need no build of their own.
BUILD := swift build --explicit-target-dependency-import-check error

.PHONY: demo test lint model conformance monitoring screens simulate soak coverage mutants \
  bench gate instructions profile clean dependencies
.DEFAULT_GOAL := test

# One debug build serves both, so that either is quick after the other.
demo: dependencies
	$(BUILD) --build-tests
	packaging/demo.sh "$$($(BUILD) --show-bin-path)"

test: dependencies
	$(BUILD) --build-tests
	swift test --skip-build
	Tests/SystemTests/run.sh --binaries "$$($(BUILD) --show-bin-path)" \
	  service access payment stop once alerts limits credentials completions || [ $$? = 77 ]

lint:
	swift format lint --strict -r Sources Tests Package.swift

model:
	@packaging/install-missing.sh spin
	CC=clang Tests/Model/run.sh

conformance: dependencies
	@packaging/install-missing.sh python3-venv
	for product in sandbox-cloud renewald renewalctl; do $(BUILD) --product $$product || exit 1; done
	Tests/Conformance/varlink.sh "$$($(BUILD) --show-bin-path)"
	Tests/Conformance/run.sh "$$($(BUILD) --show-bin-path)/sandbox-cloud"

PICTURES ?=
screens: dependencies
	@packaging/install-missing.sh chromium tmux
	$(BUILD) --build-tests
	RENEWALD_PICTURES="$(PICTURES)" swift test --skip-build \
	  --filter 'The report in a browser|The live view'

monitoring: dependencies
	@packaging/install-missing.sh prometheus
	$(BUILD) --build-tests
	Tests/Monitoring/run.py "$$($(BUILD) --show-bin-path)"

# With the flags of the release, so that both share what they build. One seed in TWICE is
# run twice, and second crashes follow one in PAIRS of the first; 1 is all.
FIRST ?= 1
SEEDS ?= 40
YEARS ?= 5
GROUPS ?= 20
TWICE ?= 8
PAIRS ?= 1
JOBS ?= $(shell nproc)
simulate: dependencies
	swift build $(RELEASE_FLAGS) --product renewal-simulator
	$(RELEASE_BIN)/renewal-simulator crashes --pairs --one-in $(PAIRS) --jobs $(JOBS)
	$(RELEASE_BIN)/renewal-simulator --first-seed $(FIRST) --seeds $(SEEDS) --years $(YEARS) \
	  --groups $(GROUPS) --repeat-one-in $(TWICE) --jobs $(JOBS)

soak: dependencies
	$(MAKE) simulate FIRST=100000 SEEDS=100000 TWICE=1
	$(BUILD) --build-tests
	RENEWALD_SOAK=1 swift test --skip-build --filter RenewalSimulationTests
	RENEWALD_KILL_ROUNDS=2000 RENEWALD_SOAK=1 swift test --skip-build --filter ProcessTests

# Its counters need a build of their own: with them, the programs write files where they end.
coverage: dependencies
	Tests/Coverage/run.py

mutants: dependencies
	Tests/Mutants/run.py

bench: dependencies
	for program in renewald renewalctl sandbox-cloud renewal-simulator renewal-bench; do \
	  swift build $(RELEASE_FLAGS) --product $$program || exit 1; \
	done
	Tests/Benchmarks/bench.py --bin $(RELEASE_BIN) $(QUICK)

# Counts instructions, which no busy machine changes; make instructions makes today's
# the limit.
gate instructions: dependencies
	@packaging/install-missing.sh valgrind binutils
	for program in renewald renewal-bench; do \
	  swift build $(RELEASE_FLAGS) --product $$program || exit 1; \
	done
	Tests/Benchmarks/gate.py --bin $(RELEASE_BIN) $(if $(filter instructions,$@),--write)

profile: dependencies
	@packaging/install-missing.sh valgrind binutils
	swift build $(RELEASE_FLAGS) --product renewal-bench
	Tests/Benchmarks/profile.py --bin $(RELEASE_BIN) $(WHAT)

clean:
	swift package clean

dependencies:
	@packaging/install-missing.sh

-include packaging/install.mk
