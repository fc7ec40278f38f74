# What there is to do:
#
#   make demo      the main job on real processes, in under a minute after the build
#   make test      the whole test suite
#   make lint      the format of the sources
#   make model     every variant of the protocol's model, by spin
#   make conformance   sandbox-cloud by the vendor's own client, from the package index
#   make release   the programs as they are installed, in .build/release
#   make clean     removes what was built

# The flag fails a build in which a target imports one that Package.swift does not
# give it; with it here, the house's layers need no build of their own.
BUILD := swift build --explicit-target-dependency-import-check error

.PHONY: demo test lint model conformance clean dependencies
.DEFAULT_GOAL := test

# One debug build serves both, so that either is quick after the other.
demo: dependencies
	$(BUILD) --build-tests
	packaging/demo.sh "$$($(BUILD) --show-bin-path)"

test: dependencies
	$(BUILD) --build-tests
	swift test --skip-build

lint:
	swift format lint --strict -r Sources Tests Package.swift

model:
	@packaging/install-missing.sh spin
	CC=clang Tests/Model/run.sh

conformance: dependencies
	@packaging/install-missing.sh python3-venv
	$(BUILD) --product sandbox-cloud
	Tests/Conformance/run.sh "$$($(BUILD) --show-bin-path)/sandbox-cloud"

clean:
	swift package clean

dependencies:
	@packaging/install-missing.sh

-include packaging/install.mk
