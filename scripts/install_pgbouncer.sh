#!/bin/sh
# PgBouncer for the tests behind a pooler: by apt where it is missing and we may; else say what to do.
# Only the program is wanted: the tests start one of their own.
set -eu
PATH="$PATH:/usr/sbin:/usr/local/sbin"

if command -v pgbouncer >/dev/null 2>&1; then
  exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends pgbouncer
  exit 0
fi

cat >&2 <<'MESSAGE'
****************************************************************************
There is no PgBouncer, so the tests behind it are skipped. Install it with
    sudo apt-get install --no-install-recommends pgbouncer
****************************************************************************
MESSAGE
[ -z "${CI:-}" ]
