#!/usr/bin/env bash
# Real components for the tests: MariaDB, Redis and an IPFS node on free ports of 127.0.0.1, with passwords of their
# own and everything they keep below .services in the checkout.
#
#   services.sh start    installs what is missing, starts what does not run, writes .services/env
#   services.sh stop     ends what start started, and nothing else
#   services.sh install  only installs
#   services.sh status   says what runs
#
# .services/env holds lines `export NAME=VALUE` for shells and for make. Starting twice does nothing the second time.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state="$root/.services"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/imageguard-services"
ipfs_home="$cache/ipfs"
jsipfs="$ipfs_home/node_modules/.bin/jsipfs"
# The files of one version of the IPFS node are made complete elsewhere, then moved here.
ipfs_stamp="$ipfs_home/complete"
patience=60
# Where Debian has mariadbd; people who are not root often lack it.
PATH="$PATH:/usr/sbin"

say() { printf 'services: %s\n' "$*"; }

fail() {
    printf 'services: %s\n' "$*" >&2
    exit 1
}

# --- installing ---------------------------------------------------------------------------------------------------

# Debian's own daemons are not wanted: ours run from the checkout, on other ports.
apt_install() {
    local -a as_root=()
    command -v apt-get >/dev/null || fail "$* must be installed by hand: there is no apt-get here."
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "Installing needs root. On Debian: sudo apt-get install --no-install-recommends $*"
        as_root=(sudo -n)
    fi
    say "installing $*"
    "${as_root[@]}" apt-get update -qq </dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

install_packages() {
    local -a missing=()
    { command -v mariadbd && command -v mariadb-install-db && command -v mariadb; } >/dev/null || missing+=(mariadb-server)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    if [ "${#missing[@]}" -gt 0 ]; then
        apt_install "${missing[@]}"
    fi
}

# One at a time, however many checkouts share the cache.
install_ipfs() {
    local wanted fresh
    wanted=$(sha256sum <"$root/installers/dev/ipfs/package.json")
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    if ! { [ -x "$jsipfs" ] && [ -f "$ipfs_stamp" ] && [ "$(cat "$ipfs_stamp")" = "$wanted" ]; }; then
        say "installing the IPFS node into $ipfs_home (some minutes, once)"
        fresh=$(mktemp -d "$cache/fresh.XXXXXX")
        cp "$root/installers/dev/ipfs/package.json" "$fresh/"
        if ! (cd "$fresh" && npm install --no-audit --no-fund --loglevel=error </dev/null >"$cache/npm.log" 2>&1); then
            tail -n 20 "$cache/npm.log" >&2
            rm -rf "$fresh"
            fail "The IPFS node could not be installed; $cache/npm.log has everything npm said."
        fi
        [ -x "$fresh/node_modules/.bin/jsipfs" ] || fail "npm installed no jsipfs."
        printf '%s\n' "$wanted" >"$fresh/complete"
        rm -rf "$ipfs_home"
        mv "$fresh" "$ipfs_home"
    fi
    exec 9>&-
}

# --- processes ----------------------------------------------------------------------------------------------------

# A number is used again for another process some day; its number and the time it began are not.
began() { awk '{sub(/.*\) /, ""); print $20}' "/proc/$1/stat" 2>/dev/null; }

is_running() {
    local pid at
    [ -f "$state/$1.pid" ] || return 1
    read -r pid at <"$state/$1.pid" || return 1
    [ -n "$at" ] && [ "$(began "$pid")" = "$at" ]
}

# launch NAME COMMAND...: in a session of its own, so that a Ctrl-C meant for something else does not end it.
launch() {
    local name=$1 pid
    shift
    setsid "$@" </dev/null >"$state/$name.log" 2>&1 8>&- 9>&- &
    pid=$!
    printf '%s %s\n' "$pid" "$(began "$pid")" >"$state/$name.pid"
}

# until_answers NAME COMMAND...: COMMAND succeeds, or the process has ended, or patience has.
until_answers() {
    local name=$1 deadline=$((SECONDS + patience))
    shift
    until "$@" >/dev/null 2>&1; do
        if ! is_running "$name" || [ "$SECONDS" -ge "$deadline" ]; then
            tail -n 20 "$state/$name.log" >&2
            fail "$name does not answer; $state/$name.log has everything it said."
        fi
        sleep 0.1
    done
    say "$name answers"
}

end() {
    local name=$1 pid at deadline=$((SECONDS + 20))
    if is_running "$name"; then
        read -r pid at <"$state/$name.pid"
        kill "$pid" 2>/dev/null || true
        while is_running "$name"; do
            [ "$SECONDS" -lt "$deadline" ] || kill -9 "$pid" 2>/dev/null || true
            sleep 0.05
        done
        say "$name ended"
    fi
    rm -f "$state/$name.pid"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

secret() { head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# keep NAME VALUE: what the tests read.
keep() { (umask 077 && printf 'export %s=%s\n' "$1" "$2" >"$state/$1.env"); }

# --- the three ----------------------------------------------------------------------------------------------------

start_mysql() {
    local port code data="$state/mysql"
    if is_running mysql; then return; fi
    rm -rf "$data"
    port=$(free_port) code=$(secret)
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$data" --auth-root-authentication-method=normal \
        --skip-test-db >"$state/mysql-init.log" 2>&1 || fail "MariaDB could not make its tables: $state/mysql-init.log"
    (umask 077 && cat >"$state/mysql.sql") <<SQL
CREATE DATABASE imguard CHARACTER SET utf8mb4;
CREATE USER 'imguard'@'127.0.0.1' IDENTIFIED BY '$code';
GRANT ALL ON *.* TO 'imguard'@'127.0.0.1' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User IN ('', 'root');
FLUSH PRIVILEGES;
SQL
    # The socket lies in the folder of the data, by a relative name: the whole path may be longer than a socket allows.
    launch mysql mariadbd --no-defaults --user="$(id -un)" --datadir="$data" --bind-address=127.0.0.1 --port="$port" \
        --socket=mysql.sock --skip-log-bin --skip-name-resolve --innodb-buffer-pool-size=64M \
        --init-file="$state/mysql.sql"
    keep IMGUARD_TEST_MYSQL "mysql+asyncmy://imguard:$code@127.0.0.1:$port/imguard"
    until_answers mysql env MYSQL_PWD="$code" mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" \
        --user=imguard --execute='SELECT 1' imguard
}

start_redis() {
    local port code
    if is_running redis; then return; fi
    mkdir -p "$state/redis"
    port=$(free_port) code=$(secret)
    # The password stands in a file: a command line can be read by everybody on the machine.
    (umask 077 && printf 'requirepass %s\n' "$code" >"$state/redis.conf")
    launch redis redis-server "$state/redis.conf" --bind 127.0.0.1 --port "$port" --dir "$state/redis" \
        --save '' --appendonly no
    keep IMGUARD_TEST_REDIS "redis://:$code@127.0.0.1:$port/0"
    until_answers redis env REDISCLI_AUTH="$code" redis-cli -e -h 127.0.0.1 -p "$port" ping
}

start_ipfs() {
    local port
    if is_running ipfs; then return; fi
    rm -rf "$state/ipfs"
    port=$(free_port)
    IPFS_PATH="$state/ipfs" "$jsipfs" init --profile=test --empty-repo >"$state/ipfs-init.log" 2>&1 ||
        fail "The IPFS node could not make its folder: $state/ipfs-init.log"
    # Alone: no peers, no directory of peers, nothing but the HTTP interface.
    python3 - "$state/ipfs/config" "$port" <<'PY'
import json
import sys

path, port = sys.argv[1:]
with open(path, encoding="utf-8") as source:
    config = json.load(source)
nothing = "/ip4/127.0.0.1/tcp/0"
config["Addresses"].update(API=f"/ip4/127.0.0.1/tcp/{port}", Gateway=nothing, RPC=nothing, Swarm=[])
config["Routing"]["Type"] = "none"
config["Pubsub"]["Enabled"] = False
with open(path, "w", encoding="utf-8") as target:
    json.dump(config, target)
PY
    launch ipfs env IPFS_PATH="$state/ipfs" "$jsipfs" daemon --offline
    keep IMGUARD_TEST_IPFS "ipfs+http://127.0.0.1:$port"
    until_answers ipfs python3 -c \
        "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:$port/api/v0/id', method='POST'), timeout=5)"
}

start() {
    install_packages
    install_ipfs
    start_mysql
    start_redis
    start_ipfs
    # A second node of a test's own, which it may stop and start.
    keep IMGUARD_TEST_JSIPFS "$jsipfs"
    (umask 077 && cat "$state"/IMGUARD_*.env >"$state/env.part")
    mv "$state/env.part" "$state/env"
    say "the tests find them by $state/env"
}

stop() {
    rm -f "$state/env"
    for name in ipfs redis mysql; do end "$name"; done
    rm -f "$state"/*.env "$state/mysql.sql" "$state/redis.conf"
}

status() {
    local name result=0
    for name in mysql redis ipfs; do
        if is_running "$name"; then say "$name runs"; else say "$name does not run" && result=1; fi
    done
    return "$result"
}

mkdir -p "$state"
chmod 700 "$state"
# One of us at a time in a checkout.
exec 8>"$state/lock"
flock 8
case "${1:-}" in
start | stop | status) "$1" ;;
install) install_packages && install_ipfs ;;
*) fail "say start, stop, status or install" ;;
esac
