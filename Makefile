# Every habit of the project. A line starting with two hashes describes the target below it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test lint bench bench-deploy fuzz load golden screenshots format prompts tools clean

## list the targets
help:
	@awk '/^## /{text=substr($$0,4); next} text && /^[a-z-]+:/{split($$0,part,":"); printf "  make %-13s %s\n", part[1], text} {text=""}' $(MAKEFILE_LIST)

## start the example server; ARGS are its flags
run:
	go run ./examples/server $(ARGS)

## fetch what is missing, then vet, lint and all tests with a real Postgres and Asterisk
test:
	@scripts/test.sh

## run the linters and say what they find
lint:
	@lint="$$(scripts/golangci-lint.sh)"; "$$lint" run

## rewrite the code as the formatters want it
format:
	@lint="$$(scripts/golangci-lint.sh)"; "$$lint" fmt

## run every benchmark; BENCH is a pattern, such as Admission or InboundCalls
bench:
	@command -v sipp >/dev/null || scripts/apt-install.sh sip-tester
	scripts/postgres.sh go test -run '^$$' -bench '$(or $(BENCH),.)' -benchmem ./...

## time deploys to a real Asterisk, live beside files; ORGS (1,100,1000) are the numbers of organisations, BACKENDS=live leaves files out
bench-deploy:
	@export ORGPBX_TEST_ASTERISK="$$(scripts/asterisk.sh)"; \
	ORGS='$(ORGS)' BACKENDS='$(BACKENDS)' go test -run '^$$' -bench '^BenchmarkDeploy$$' -benchtime 1x -timeout 6h ./examples/server | grep -v '^time='; \
	go test -run '^$$' -bench '^BenchmarkAMillionEvents$$' -benchtime 1x ./asterisk/ami

## run every fuzz target for FUZZTIME (10s), and REQUESTS (100000) random requests
fuzz:
	@FUZZTIME='$(FUZZTIME)' scripts/fuzz.sh
	scripts/postgres.sh go test -count=1 -timeout 2h -v -run TestRandomRequests ./httpapi -args -requests $(or $(REQUESTS),100000)

## have 200 clients at work while the database is restarted; LOAD (30s) is how long before and after
load:
	scripts/postgres.sh go test -count=1 -v -run TestEverythingAcknowledged ./examples/server -args -restart -load $(or $(LOAD),30s)

## rewrite the golden files of generated configuration
golden:
	go test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' | xargs -r -n 1 dirname | sort -u | sed 's|^|./|') -update

## take pictures of the Editor's pages in light, dark and phone width into docs/screenshots
screenshots:
	@scripts/chromium.sh >/dev/null; mkdir -p docs/screenshots
	ORGPBX_SCREENSHOTS="$$PWD/docs/screenshots" go test -count=1 -run 'InABrowser/with_scripts' ./httpapi/editor

## speak the prompts anew from asterisk/prompts/prompts.txt
prompts:
	@scripts/prompts.sh

## fetch the tools that the tests need, so that a plain go test finds them
tools:
	@scripts/golangci-lint.sh
	@scripts/asterisk.sh
	@scripts/chromium.sh
	@scripts/axe.sh

## remove what builds and tests leave in the checkout
clean:
	rm -rf bin coverage.out
	go clean -testcache
