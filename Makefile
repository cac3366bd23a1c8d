# Jalon : construire, lancer, éprouver. « make » seul dit ce qu’on peut faire.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUF = $(firstword $(wildcard .tools/x/buf_bin-*.data/scripts/buf))
JALON = target/release/jalon
DENY ?= bans licenses sources

.PHONY: help
help: ## Dit ce que fait chaque cible
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Installe ce qui manque pour lancer Jalon (NATS, Postgres)
	@deploy/setup/setup.sh

.PHONY: setup-tests
setup-tests:
	@deploy/setup/setup.sh --tests

.PHONY: build
build: ## Construit target/release/jalon
	cargo build --release -p jalon

.PHONY: demo
demo: setup build ## Lance la démonstration (options : make demo ARGS="…")
	$(JALON) demo $(ARGS)

.PHONY: test
test: setup-tests lint contracts deny-if-present ## Éprouve tout : style, contrats, licences, essais
	cargo build -p jalon
	cargo nextest run --workspace
	@if $(has_doc_tests); then cargo test --doc --workspace; fi

.PHONY: lint
lint: ## Vérifie la mise en forme et le style (rustfmt, clippy)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: contracts
contracts: setup-tests
	$(BUF) lint proto
	@if [ -f proto/baseline.binpb ]; then \
	  echo '$(BUF) breaking proto --against proto/baseline.binpb'; \
	  $(BUF) breaking proto --against proto/baseline.binpb; \
	fi

.PHONY: prove
prove: ## Prouve que les règles d’accès n’ouvrent jamais ce qu’elles doivent fermer (FORMER=dossier : compare)
	@deploy/setup/setup.sh --proofs
	CARGO_TARGET_DIR=target/proofs cargo run --locked --quiet --manifest-path crates/policy-proofs/Cargo.toml -- $(FORMER)

.PHONY: fmt
fmt: ## Met le code en forme
	cargo fmt --all

.PHONY: bench
bench: setup build ## Mesure les performances, à côté de limites mesurées dans la même passe
	@for what in append read project relay latency clocks pages; do $(JALON) bench $$what || exit 1; done

.PHONY: deny
deny: ## Vérifie licences et provenance des dépendances (avis : make deny DENY=advisories)
	@command -v cargo-deny >/dev/null || { echo 'Installation de cargo-deny (plusieurs minutes)…'; cargo install --locked cargo-deny; }
	cargo deny check $(DENY)

.PHONY: deny-if-present
deny-if-present:
	@if command -v cargo-deny >/dev/null; then cargo deny --offline check bans licenses sources; fi

.PHONY: clean
clean: ## Supprime ce que la construction et la démonstration ont écrit
	cargo clean
	rm -rf .jalon

# Un essai de documentation est un bloc Rust dans un commentaire « /// » ou « //! ».
has_doc_tests = find crates services -path '*/src/*.rs' -print0 | xargs -0 awk ' \
  FNR == 1 { open = 0 } \
  /^ *\/\/[\/!] *```/ { open = !open; if (open && /```(rust|no_run|should_panic|compile_fail)? *$$/) found = 1 } \
  END { exit !found }'
