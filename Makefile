# APIQ. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO      ?= go
BIN     := bin/apiq
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# The corpora are beside the project for its developers; without them their gates say that they were left out.
DATA    ?=
# The product is Go alone, so that it builds without a C compiler; only the race detector needs one.
export CGO_ENABLED ?= 0

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.0
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

GO_SOURCES   := $(shell find functions shared infra statemachines dashboard/embed.go -name '*.go' 2>/dev/null) go.mod go.sum
DASH_SOURCES := $(shell find dashboard -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/test-results/*' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z/-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}'

.PHONY: run
run: build ## build everything and start APIQ on http://127.0.0.1:8080
	@$(BIN) serve

.PHONY: demo
demo: build ## do the whole main job in the terminal
	@$(BIN) demo

.PHONY: build
build: dashboard $(BIN) ## build the dashboard and the binary

$(BIN): $(GO_SOURCES) dashboard/dist/index.html
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o $@ ./infra/local

.PHONY: build/functions
build/functions: ## build the functions of the AWS home for arm64, those that changed
	@./.ci/functions arm64 build/functions

.PHONY: dashboard
dashboard: dashboard/dist/index.html ## build the dashboard

dashboard/node_modules/.package-lock.json: dashboard/package.json dashboard/package-lock.json
	cd dashboard && npm ci --no-audit --no-fund
	@touch $@

dashboard/dist/index.html: dashboard/node_modules/.package-lock.json $(DASH_SOURCES)
	cd dashboard && npm run build
	@touch dashboard/dist/.gitkeep $@

.PHONY: test
test: ## everything a newcomer runs: Go with -race, dashboard units, browser tests
	@./.ci/browser
	$(MAKE) test/go test/corpus test/dashboard test/e2e
	@echo "left out: the AWS home over DynamoDB Local and the real binaries (make test/aws; needs Java 17 and Maven), its templates (make test/cdk), expressions against JSONata's own implementation (make test/oracle)"

# Only packages that have tests; `make vet` looks at all of them. Two dependencies go without the detector: the arithmetic of Argon2 (ten times as slow with it,
# and most of what signing in costs in tests), and SQLite, which is C by birth. Neither shares memory with ours. Not so their neighbours: where code
# without the detector has an instance of a generic type of sync or sync/atomic, the linker may take that one for all, and what it orders is lost.
RACE   = -race $(addprefix -gcflags=,$(addsuffix =-race=false,golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b modernc.org/sqlite/lib))
TESTED = $(shell $(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
.PHONY: test/go
test/go: ## Go tests with the race detector
	DATA= CGO_ENABLED=1 $(GO) test $(RACE) -vet=off -timeout 15m $(TESTED)

# The corpora bound time and memory, so their gates run without the race detector; only packages that have one.
CORPUS_PACKAGES = $(shell grep -rl --include='*_test.go' 'os.Getenv("DATA")' shared | xargs -n1 dirname | sort -u | sed 's,^,./,')
.PHONY: test/corpus
test/corpus: ## the gates over real documents, goals and recordings (DATA=../shared/data)
	@if [ -z "$(DATA)" ]; then echo "corpus gates left out: DATA is not set (they need the corpora, e.g. DATA=../shared/data)"; \
	else DATA=$(abspath $(DATA)) $(GO) test -timeout 15m $(CORPUS_PACKAGES) && DATA=$(abspath $(DATA)) ./.ci/eval; fi

shared/expr/oracle/node_modules/.package-lock.json: shared/expr/oracle/package.json shared/expr/oracle/package-lock.json
	cd shared/expr/oracle && npm ci --no-audit --no-fund
	@touch $@

.PHONY: test/oracle
test/oracle: ## expressions against the reference implementation of JSONata (needs node and npm)
	@./.ci/oracle

.PHONY: test/aws
test/aws: ## the AWS home without an account: every adapter's suite, and the end-to-end suite over the real binaries
	@./.ci/aws

.PHONY: test/dashboard
test/dashboard: dashboard/node_modules/.package-lock.json ## dashboard: types, lint, units, sizes
	cd dashboard && npm run typecheck && npm run lint && npm test
	$(MAKE) dashboard && cd dashboard && npm run size

.PHONY: test/e2e
test/e2e: build ## the browser tests against the real process
	@./.ci/browser
	cd dashboard && APIQ_BIN=$(abspath $(BIN)) npm run e2e

.PHONY: lint
lint: ## gofmt, vet, staticcheck, golangci-lint, Biome
	$(MAKE) vet staticcheck
	$(GO) run $(GOLANGCI_LINT) run ./...
	cd dashboard && npm run lint

.PHONY: vet
vet: ## gofmt and go vet
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || (gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w on these"; exit 1)
	$(GO) vet ./...

.PHONY: staticcheck
staticcheck: ## staticcheck alone
	$(GO) run $(STATICCHECK) ./...

.PHONY: canary
canary: ## a secret of each kind, in five forms: in no answer and in no byte that is kept; a planted one is found
	$(GO) test ./infra/local ./shared/call ./shared/connection ./infra/hometest -run Canary -count=1 -v | grep -E '^(---|\s+---|ok|FAIL|panic)'

.PHONY: security
security: ## known vulnerabilities, unsafe code, committed secrets, without asking any service
	@./.ci/security

.PHONY: generate
generate: ## write the generated files anew: OpenAPI document, API reference, dashboard client
	$(GO) run ./infra/local openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json
	cd dashboard && npm run generate

.PHONY: verify
verify: generate ## generated files are what their sources say
	@git diff --exit-code -- docs/openapi.json dashboard/src || (echo "generated files had drifted: commit what 'make generate' wrote"; exit 1)
	$(GO) mod verify

.PHONY: bench
bench: ## ratios: import, search, planning, engine, requests per second
	@./.ci/bench

.PHONY: bench/specs
bench/specs: ## what importing, searching and reading large documents costs: ratios to the decoder, peak memory, goals
	@./.ci/bench-specs

.PHONY: bench/engine
bench/engine: ## what durable steps, waiting runs and a start of the process cost, each beside its goal
	@./.ci/bench-engine

# KILLS in all, over HOMES processes side by side; SEED repeats what chance chose.
KILLS ?= 2000
HOMES ?= 2
SEED  ?= 0

.PHONY: chaos-kill
chaos-kill: build ## kill the process at random points, again and again, and count the effects of its runs at their peer
	@$(GO) run ./infra/chaos/kill -bin $(BIN) -kills $(KILLS) -homes $(HOMES) -seed $(SEED)

.PHONY: chaos-net
chaos-net: ## runs against servers and networks that misbehave: how each ends, bounds of calls, effects, memory
	@./.ci/chaos-net

.PHONY: bench/login
bench/login: ## whether a clock tells an account that there is from one that there is not: 200 tries each, a rank test
	APIQ_TIMING=1 $(GO) test ./shared/identity -run 'TestTiming|TestMannWhitney' -v -count 1

.PHONY: bench/cold
bench/cold: ## cold start, memory and size of each function; writes docs/cold-starts.md
	@./.ci/cold

.PHONY: price/measure
price/measure: ## what a run consumes on the AWS home's stand, into docs/price-measured.json
	@./.ci/dynamodb-local >/dev/null
	APIQ_AWS_TESTS=1 APIQ_CONSUMPTION=$(abspath docs/price-measured.json) $(GO) test ./infra/awstest/stand -run '^$$' -bench Consumption -benchtime 100x

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (default 30s)
	@./.ci/fuzz

.PHONY: clean
clean: ## remove what was built; the data folder stays
	rm -rf bin build dashboard/dist/* dashboard/test-results dashboard/playwright-report
	touch dashboard/dist/.gitkeep

# The AWS home. ENV is dev, staging or prod; CONTEXT is further -c name=value (infra/cdk/config).
ENV     ?= dev
CONTEXT ?=
CDK     := CDK_DISABLE_CLI_TELEMETRY=true JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 infra/cdk/node_modules/.bin/cdk
CDK_ENV  = --no-notices --output build/assembly/$(ENV) -c env=$(ENV) $(CONTEXT)

infra/cdk/node_modules/.package-lock.json: infra/cdk/package.json infra/cdk/package-lock.json
	cd infra/cdk && npm ci --no-audit --no-fund
	@touch $@

.PHONY: synth
synth: infra/cdk/node_modules/.package-lock.json ## the AWS home as templates, offline, in build/assembly/ENV; how many resources each stack has
	@rm -rf build/assembly/$(ENV)
	@$(CDK) synth --quiet --no-staging $(CDK_ENV)
	@cd infra/cdk && $(GO) run ./count ../../build/assembly/$(ENV)

.PHONY: diff
diff: infra/cdk/node_modules/.package-lock.json build/functions dashboard ## what a deployment to ENV would change (needs an account)
	$(CDK) diff --all --no-staging $(CDK_ENV)

.PHONY: deploy
deploy: infra/cdk/node_modules/.package-lock.json build/functions dashboard ## deploy to ENV (needs an account); see docs/operations.md
	$(CDK) deploy --all --require-approval never --concurrency 4 $(CDK_ENV)

.PHONY: test/cdk
test/cdk: ## the AWS home's templates: tests, cdk-nag, CloudFormation's and Step Functions' validators
	@./.ci/cdk

.PHONY: test/idp
test/idp: ## sign-in, and connections' grants, through a provider that others wrote: zitadel/oidc's example, on loopback
	cd infra/idp && $(GO) test ./...

.PHONY: price
price: ENV = prod
price: synth ## what the AWS home costs a month, from its templates and docs/price-measured.json; writes docs/price.md
	cd infra/cdk && $(GO) run ./price -assembly ../../build/assembly/$(ENV) -measured ../../docs/price-measured.json -out ../../docs/price.md
