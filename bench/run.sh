#!/usr/bin/env bash
# hookflash and Kamailio under the same load, turn about; see README.md beside this file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
parts=$here/signalling
HOOKFLASH=${HOOKFLASH:-$here/../bin/hookflash}
PAIRS=${PAIRS:-5}
DURATION=${DURATION:-10}
MEMORY_PAIRS=${MEMORY_PAIRS:-$PAIRS}
MEASURES=${MEASURES:-proxy-1000 proxy-2000 forward-1000 memory-2000 register-2000 register-20000 register-auth-1000 bridge-100 bridge-1000 proxy-7000}
address=127.9.9.1:5060
phones=127.9.9.2

fail() { echo "bench: $1" >&2; exit 1; }
for tool in sipp kamailio python3 ss pkill setsid; do
  command -v "$tool" >/dev/null || fail "$tool is missing: run interop/setup"
done
[ -x "$HOOKFLASH" ] || fail "$HOOKFLASH is missing: run make build"

work=$(mktemp -d "${TMPDIR:-/tmp}/hookflash-bench.XXXXXX")
export TMPDIR=$work KAM_RUN=$work/kamailio # the parts keep their files there too
server= pid= sampler= spec= web=
mkdir -p "$here/results" "$KAM_RUN"
results=$here/results/$(date +%Y%m%d-%H%M%S).csv
echo "pair,measure,server,rate,seconds,ok,fail,retrans,cpu_ms_per_call,pss_kb,p99_ms,goroutines_idle,goroutines_load,busy" >"$results"

stop() {
  [ -z "$sampler" ] || { kill "$sampler" 2>/dev/null; wait "$sampler" 2>/dev/null; sampler=; } || true
  case $server in
  hookflash)
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    ;;
  kamailio) "$parts/run-kamailio.sh" stop || true ;;
  esac
  server=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# settings writes the configuration of hookflash; noauth trusts the phones, auth asks them for digest,
# forward trusts them, too, and has front0000 forward all calls to user0000, and so on.
settings() {
  local trusted=
  [ "$1" = auth ] || trusted="trusted: [$phones/32]"
  web=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  rm -rf "$work/data"
  {
    printf 'domain: bench.test\nlisten: {sip: ["udp:%s"], http: "%s"}\n' "$address" "$web"
    [ "$1" != bridge ] || printf 'assist: all\n'
    printf 'data: %s/data\n%s\ndigest: [MD5]\nshutdown: {drain: 1s}\nlog: {level: warn}\nusers:\n' "$work" "$trusted"
    for number in $(seq -f %04g 0 999); do
      printf '  - {name: user%s, password: pass%s}\n' "$number" "$number"
      [ "$1" != forward ] || printf '  - {name: front%s, password: pass%s, forward: {unconditional: user%s}}\n' "$number" "$number" "$number"
    done
  } >"$work/bench.yaml"
}

fetch() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())' "http://$web$1" 2>/dev/null; }

goroutines() { fetch /metrics | awk '$1 == "go_goroutines" {print int($2)}'; }

# mode_of_kamailio MODE: it relays where hookflash forwards or stands between the phones.
mode_of_kamailio() { case $1 in forward | bridge) echo noauth ;; *) echo "$1" ;; esac; }

# start SERVER noauth|auth|forward|bridge: leaves server, pid and spec.
start() {
  for _ in $(seq 100); do
    ss -Hlun | grep -q "$address " || break
    sleep 0.1
  done
  ss -Hlun | grep -q "$address " && fail "udp:$address is taken by another program"
  if [ "$1" = kamailio ]; then
    spec=$("$parts/run-kamailio.sh" start "$(mode_of_kamailio "$2")")
    server=kamailio
    [ -s "${spec#pidfile:}" ] || fail "Kamailio did not start: $(tail -n 5 "$KAM_RUN/log")"
    return
  fi
  settings "$2"
  "$HOOKFLASH" serve --config "$work/bench.yaml" >"$work/hookflash.log" 2>&1 </dev/null &
  pid=$! server=hookflash spec=$pid
  for _ in $(seq 100); do
    fetch /readyz >/dev/null && return
    kill -0 "$pid" 2>/dev/null || fail "hookflash did not start: $(tail -n 20 "$work/hookflash.log")"
    sleep 0.1
  done
  fail "hookflash is not ready after 10 s: $(tail -n 20 "$work/hookflash.log")"
}

# measure PAIR MEASURE SERVER RATE SECONDS noauth|auth|forward|bridge: one row of results.
measure() {
  local pair=$1 name=$2 rate=$4 seconds=$5 mode=$6 idle="" line kept
  start "$3" "$mode"
  : >"$work/goroutines"
  if [ "$3" = hookflash ]; then
    idle=$(goroutines || true)
    while sleep $((seconds / 3 + 1)); do goroutines || true; done >"$work/goroutines" 2>/dev/null &
    sampler=$!
  fi
  case $name in
  forward*)
    callees=$parts/scenarios/users.csv
    if [ "$3" = hookflash ]; then
      sed 's/^user/front/' "$callees" >"$work/fronts.csv"
      callees=$work/fronts.csv
    fi
    CALLEES=$callees KEEP=1 "$parts/bench-proxy.sh" "$address" "$spec" "$rate" "$seconds" "$3"
    ;;
  register*) KEEP=1 "$parts/bench-register.sh" "$address" "$spec" "$rate" "$seconds" "$mode" "$3" ;;
  *) KEEP=1 "$parts/bench-proxy.sh" "$address" "$spec" "$rate" "$seconds" "$3" ;;
  esac >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err" >&2; fail "$name of $3 did not run"; }
  line=$(grep ' rate=' "$work/out") || { cat "$work/out" "$work/err" >&2; fail "$name of $3 printed no figures"; }
  kept=$(sed -n 's/^kept //p' "$work/out")
  stop
  python3 "$here/row.py" "$pair,$name,$3" "$line" "$kept" "$idle" "$work/goroutines" >>"$results"
  echo "  $name pair $pair: $line"
  rm -rf "$kept"
}

# both PAIR MEASURE RATE SECONDS MODE: who goes first changes with every pair.
both() {
  local order="hookflash kamailio"
  [ $(($1 % 2)) = 1 ] || order="kamailio hookflash"
  for one in $order; do measure "$1" "$2" "$one" "$3" "$4" "$5"; done
}

echo "bench: $MEASURES, $PAIRS pairs of $DURATION s, rows go to ${results#"$here/../"}"
for name in $MEASURES; do
  rate=${name##*-}
  for pair in $(seq "$PAIRS"); do
    case $name in
    memory-*) [ "$pair" -gt "$MEMORY_PAIRS" ] || both "$pair" "$name" "$rate" "${MEMORY_SECONDS:-40}" noauth ;;
    register-auth-*) both "$pair" "$name" "$rate" "$DURATION" auth ;;
    proxy-7000) [ "$pair" -gt 1 ] || measure "$pair" "$name" hookflash "$rate" 10 noauth ;;
    forward-*) both "$pair" "$name" "$rate" "$DURATION" forward ;;
    bridge-*) both "$pair" "$name" "$rate" "$DURATION" bridge ;;
    proxy-* | register-*) both "$pair" "$name" "$rate" "$DURATION" noauth ;;
    *) fail "unknown measurement $name" ;;
    esac
  done
done
python3 "$here/table.py" "$results"
