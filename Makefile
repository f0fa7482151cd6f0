# `make test` is everything: what a contributor runs, and what CI runs.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 10s

# Tests that need a foreign program skip where it is missing. In CI that would
# hide them, so there they fail: they read this variable.
ifneq ($(CI),)
export SALLYPORT_REQUIRE_TOOLS := 1
endif

.PHONY: test tools lint race e2e interop fuzz bench winners crash faults upkeep proofs torture tables
.NOTPARALLEL:

test: tools lint race e2e interop
	scripts/fuzz 3s new

# Installs the foreign programs that tests call, when it may.
tools:
	scripts/tools

lint:
	scripts/gofmt
	$(GO) mod verify
	$(GO) vet ./...
	cd bench && $(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run ./internal/tools/doccheck
	$(GO) test -run '^Test(Floors|NamesNoMachine|SkipsAreHonest)' .

# Every test, fuzz corpora included, except those that drive the command. The
# race detector needs a C compiler; without one (and without the right to
# install it) the tests run all the same, and this says so.
race:
	@command -v gcc >/dev/null || echo 'SKIP: race detector, for want of gcc'
	$(GO) test $$(command -v gcc >/dev/null && echo -race) -skip '^TestE2E' ./...
	cd bench && $(GO) test -bench . -benchtime 1x ./... # they check what they measure

# The tests named TestE2E… build the command and drive it from outside.
e2e:
	$(GO) test -count=1 -run '^TestE2E' ./cmd/...

# The adapter on other people's routers, and other people's clients: a module of
# its own, so that ./... above does not reach it.
interop:
	cd interop && $(GO) vet ./... && $(GO) test $$(command -v gcc >/dev/null && echo -race) ./...

# Long forms of tests that run short in `race`. First 200 callers in 50 races
# for each thing that is good once, and a thousand guesses at once, on every
# store; the guesses without the race detector, under which a call would not
# get its turn within the half minute it has.
winners:
	SALLYPORT_LONG=1 $(GO) test -race -count=1 -timeout 120m -v -run '^TestP1OneWinner$$' .
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^TestP4Parallel' .

# 200 kills under load, of a store and of an engine, and a thousand files of each
# kind of damage.
crash:
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^TestP7LoginsUnderKill$$' .
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^Test(P7KillUnderLoad|DamagedFiles|ForeignFiles)$$' ./store/boltstore

# Every call on the store breaks once, in every way. It has no longer form.
faults:
	$(GO) test -race -count=1 -run '^TestP8' .

# Upkeep beside 64 writers, and beside one whose waits are measured: let the
# machine do nothing else.
upkeep:
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 30m -v -run '^TestP10Upkeep' .

# The suite of storetest on every store, with long sequences and histories.
torture:
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^Test(Contract|LogStore|Unbroken|BrokenStores)$$' ./store/...

# Tables in docs that are written from the code; a test finds one that is stale.
tables:
	SALLYPORT_WRITE_TABLES=1 $(GO) test -count=1 -run '^TestPageTable$$' ./store/storetest

# Every fuzz target for FUZZTIME each.
fuzz:
	scripts/fuzz $(FUZZTIME)

# All of these, and what they found into the tables of docs/proofs.md.
proofs:
	dir=$$(mktemp -d) && export SALLYPORT_REPORT=$$dir && \
	$(MAKE) upkeep winners crash faults fuzz && $(GO) run ./internal/tools/proofs $$dir && rm -r $$dir

# What it costs beside other libraries, into bench/README.md. Takes minutes; let
# the machine do nothing else.
bench:
	cd bench && $(GO) run ./report
