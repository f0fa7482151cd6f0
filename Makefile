# `make test` is everything: what a contributor runs, and what CI runs.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 10s
SCREENSHOTS ?= .build/screenshots

# Tests that need a foreign program skip where it is missing. In CI that would
# hide them, so there they fail: they read this variable.
ifneq ($(CI),)
export SALLYPORT_REQUIRE_TOOLS := 1
endif

# What is mutated, and what of it is known to survive. The tests that are left out
# start databases and processes, and meet in them what others meet in memory.
MUTATE := $(GO) run ./internal/tools/mutate -seed 1 -survivors internal/tools/mutate/survivors.txt \
	-packages ./account,./mfa,./directory,./token,.,./httpadapter,./internal/form,./internal/page,./internal/typed \
	-without '^Test(P1OneWinner|P4Parallel.*|P4Departed.*|P7LoginsUnderKill|P10Upkeep.*|P10Flood.*|P15Stores|Floors.*|NamesNoMachine|SkipsAreHonest)$$'

.PHONY: test everything texts examples help tools lint race e2e interop requests screenshots pictures fuzz bench bench-scale listing held actors winners model crash faults upkeep floods times proofs torture tables mutate mutate-changed rooms
.NOTPARALLEL:

test: ## what CI runs: lint, race, e2e, interop, 60 mutants, and three seconds of each fuzz target
	scripts/timed $(MAKE) everything

everything: tools lint race e2e interop mutate-changed
	scripts/fuzz 3s new

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Installs the foreign programs that tests call, when it may.
tools: ## install the foreign programs that tests call, where it may
	scripts/tools

lint: ## gofmt, go vet, staticcheck, doc comments, floors
	scripts/gofmt
	$(GO) mod verify
	$(GO) vet ./...
	cd bench && $(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run ./internal/tools/doccheck
	$(GO) run ./internal/tools/rooms -pairs 3 -knot 5 -params 5 >/dev/null
	$(GO) test -run '^Test(Floors|NamesNoMachine|SkipsAreHonest)' .

# Every test, fuzz corpora included, except those that drive the command. The
# race detector needs a C compiler; without one (and without the right to
# install it) the tests run all the same, and this says so. A program under the
# detector sleeps when it ends, by default for a second, for what its goroutines still
# do: here a tenth, as the tests of each package are one such program, and tests start more.
race: ## every test with the race detector
	@command -v gcc >/dev/null || echo 'SKIP: race detector, for want of gcc'
	GORACE="atexit_sleep_ms=100 $$GORACE" $(GO) test $$(command -v gcc >/dev/null && echo -race) -skip '^TestE2E' ./...
	cd bench && $(GO) test -bench . -benchtime 1x ./... # they check what they measure

# The tests named TestE2E… build the command and drive it from outside.
e2e: ## the tests that build the command and drive it from outside
	$(GO) test -count=1 -run '^TestE2E' ./cmd/...

# The adapter on other people's routers, and other people's clients: a module of
# its own, so that ./... above does not reach it.
#
# What drives the command is run each time: the go command does not know that it
# depends on it.
interop: ## the adapter and a guard on chi, gin, echo and fiber, the OpenAPI document, foreign clients, and a browser
	cd interop && $(GO) vet ./... && $(GO) test $$(command -v gcc >/dev/null && echo -race) .
	cd interop && $(GO) test -count=1 ./documents ./clients ./browser

# The short form, 2,000, runs in `interop`. Another seed each time; SALLYPORT_SEED is that of
# a run to be repeated.
requests: ## 100,000 requests that are made of the OpenAPI document find no fault of the server
	cd interop && SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 180m -v -run '^TestP16Requests$$' ./documents

# Pictures of the pages, in light and dark, on a telephone and on a desk.
screenshots: ## pictures of the pages into SCREENSHOTS, .build/screenshots
	cd interop && SALLYPORT_SCREENSHOTS="$(abspath $(SCREENSHOTS))" $(GO) test -count=1 -run '^Test(Screenshots|Webapp|WebappErrors)$$' -v ./browser

# Those that the README shows.
pictures: ## the pictures of the README into docs/pictures
	cd interop && SALLYPORT_PICTURES="$(abspath docs/pictures)" $(GO) test -count=1 -run '^TestPictures$$' ./browser

# Long forms of tests that run short in `race`. First 200 callers in 50 races
# for each thing that is good once, and a thousand guesses at once, on every
# store; the guesses without the race detector, under which a call would not
# get its turn within the half minute it has.
winners: ## 200 callers race for each thing that is good once, on every store
	SALLYPORT_LONG=1 $(GO) test -race -count=1 -timeout 120m -v -run '^TestP1OneWinner$$' .
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^TestP4(Parallel|Departed|EveryKind)' .

# Sequences of calls that are made up at random, compared with a model of the engine,
# on every store; and bugs that are planted to see whether the model finds them. Long:
# the flags of rapid in MODELFLAGS make it shorter, -rapid.checks=1000 for one.
model: ## sequences of calls against a model of the engine, and planted bugs it has to find
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 600m -v -run '^TestModel$$' ./internal/modeltest $(MODELFLAGS)
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 120m -v -run '^TestPlanted$$' ./internal/modeltest

# 200 kills under load, of a store and of an engine, and a thousand files of each
# kind of damage.
crash: ## 200 kills of a process that writes, and thousands of damaged files
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^TestP7LoginsUnderKill$$' .
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^Test(P7KillUnderLoad|DamagedFiles|ForeignFiles)$$' ./store/boltstore

# Every call on the store breaks once, in every way. It has no longer form.
faults: ## every call on the store breaks once, in every way
	$(GO) test -race -count=1 -run '^TestP8' .

# Upkeep beside 64 writers, and beside one whose waits are measured: let the
# machine do nothing else.
upkeep: ## upkeep beside 64 writers, and what it makes a lone one wait
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 30m -v -run '^TestP10Upkeep' .

# A thousand wrong logins at the door, hashed as dearly as by default, and good
# ones meanwhile; and what a hundred thousand misses leave in the store.
floods: ## a thousand wrong logins at the door, good ones meanwhile, and what strangers leave
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^TestP10(Flood|HashesAtOnce|Strangers)' .

# A list of a hundred thousand accounts, and how much memory it takes over idle; the
# short form, 20,000 in 6 MiB, runs in `race`.
listing: ## a list of 100,000 accounts takes at most 16 MiB over idle
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 30m -v -run '^TestAdminListRoom$$' ./cmd/sallyport

# Five thousand calls that wait for their links, beside as many that a bare handler lets
# wait; and how soon a call is answered whose link is approved at another node. The short
# form of the first, 400 calls, runs in `e2e`, of the second in `race`.
held: ## 5,000 held calls take at most 8 KiB each beyond net/http, and how soon they are answered
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 10m -v -run '^TestE2EHeldRoom$$' ./cmd/sallyport
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 20m -v -run '^TestLinkReleaseTimes$$' .

# A client, its owner, a mail scanner, a thief who has the password, and a second node, in
# all million orders of their steps; each 4,999th runs in `race`.
actors: ## five actors about one link, in every order of their steps, most of an hour
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 240m -v -run '^TestFiveActors$$' .

# Whether times tell what answers do not. Better on a machine that does nothing
# else; the figures are judged by whoever reads them.
times: ## whether times tell what answers do not
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^TestP9(RightOrWrong|KnownOrUnknown|States|Askers|PasswordlessTime)$$' .

# The suite of storetest on every store, with long sequences and histories.
torture: ## long sequences and histories against every store
	SALLYPORT_LONG=1 $(GO) test -count=1 -timeout 60m -v -run '^Test(Contract|LogStore|Unbroken|BrokenStores)$$' ./store/...

# Tables in docs that are written from the code; a test finds one that is stale.
tables: ## the tables in docs that are written from the code
	SALLYPORT_WRITE_TABLES=1 $(GO) test -count=1 -run '^Test(PageTable|RecordsPage|InputPage|BudgetsPage|StatusPage|MeaningsPage|FactorsPage)$$' . ./store/storetest

texts: ## the list of what the pages say, internal/page/texts/en.json
	$(GO) test -count=1 -run '^TestTexts$$' ./internal/page -update

# Twice, since what was recorded is embedded in what makes the document.
examples: ## the recorded answers of httpadapter/apidocs, and what is made of them: OpenAPI, Postman
	$(GO) test -count=1 -run '^TestExamples$$' ./httpadapter/apidocs -update
	$(GO) test -count=1 ./httpadapter/apidocs -update

# Every fuzz target for FUZZTIME each.
fuzz: ## every fuzz target, FUZZTIME=10s each
	scripts/fuzz $(FUZZTIME)

# All of these, and what they found into the tables of docs/proofs.md and the pages beside it.
proofs: ## upkeep, floods, listing, held, actors, times, winners, model, crash, faults, fuzz and mutate, hours, into docs/proofs*.md
	dir=$$(mktemp -d) && export SALLYPORT_REPORT=$$dir && \
	$(MAKE) upkeep floods listing held actors times winners model crash faults fuzz && $(GO) run ./internal/tools/proofs $$dir && rm -r $$dir
	$(MAKE) mutate

# 600 small changes of the code, and how many of them a test notices into
# docs/proofs-tests.md. It fails, and writes nothing there, if one survived that is not
# listed in internal/tools/mutate/survivors.txt.
mutate: ## 600 small changes of the code, does a test notice each? about 15 minutes, into docs/proofs-tests.md
	dir=$$(mktemp -d) && trap 'rm -r "$$dir"' EXIT && \
	$(MUTATE) -n 600 -report $$dir && $(GO) run ./internal/tools/proofs $$dir

# The same with fewer, in files that are new since the last tag or 20 commits ago.
# What there was no time for is said, and does not fail. Survivors that are not
# listed are printed; they fail where so few are noticed that a sample of code of
# which 85 % are would not be so low by chance (42 of 60).
mutate-changed: ## 60 such changes in files that are new, in eight minutes at most
	$(MUTATE) -n 60 -base auto -limit 8m -lenient

# The limits are those that the root package is meant to keep.
rooms: ## which files of the root use each other, and functions with many parameters
	$(GO) run ./internal/tools/rooms -pairs 3 -knot 5 -params 5

# What it costs beside other libraries, and under load, into bench/README.md and
# bench/plots. Let the machine do nothing else. A quick look that writes nothing
# there: cd bench && go run ./report -passes 1 -time 0.1
bench: ## what it costs beside other libraries and under load, 20 minutes, into bench/README.md
	cd bench && $(GO) run ./report

bench-scale: ## what a million accounts cost, an hour, into bench/README.md
	cd bench && $(GO) run ./report -scale
