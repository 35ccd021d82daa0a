# build   bin/hookflash
# prompts what the server says, spoken by espeak-ng and flite where they are; build does it
# run     build it and serve the demo domain on loopback
# quick   format, vet, unit tests: under two minutes, no root, no other programs
# test    quick, then what it leaves out, real phones and servers, and every attack at a small size; installs what it needs
# check   lint, then test: run it before a push
# bench   everything timed, beside Kamailio in the same run
# soak    every attack, kill test and swarm at its full figure; takes hours
SHELL := /bin/bash
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.13.2
export CGO_ENABLED := 0

.PHONY: build prompts run quick test check bench soak

build:
	$(GO) run ./prompts/build -optional
	$(GO) build -buildvcs=false -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/hookflash ./cmd/hookflash

prompts:
	$(GO) run ./prompts/build

run: build
	bin/hookflash serve

quick:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) test -short -vet=off ./...

test: quick
	interop/setup
	$(MAKE) build
	$(GO) test -count=1 ./media/codec ./media/dtmf ./media/wav ./internal/sim
	$(GO) vet -tags interop ./interop/...
	$(GO) test -tags interop -count=1 -p 1 -timeout 30m ./interop/...

check:
	$(GO) run $(GOLANGCI) run ./...
	$(MAKE) test

bench:
	interop/setup
	$(MAKE) build
	$(GO) test -run '^$$' -bench . -benchmem ./...
	bench/run.sh

soak:
	interop/setup
	$(MAKE) build
	HOOKFLASH_SIZE=full $(GO) test -tags interop -count=1 -p 1 -timeout 12h -v ./...
