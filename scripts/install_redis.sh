#!/bin/sh
# Redis for the tests with Celery: by apt where it is missing and we may; else say what to do.
# Only the programs are wanted: the tests start a server of their own.
set -eu

if command -v redis-server >/dev/null 2>&1; then
  exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends redis-server
  exit 0
fi

cat >&2 <<'MESSAGE'
****************************************************************************
There is no Redis, so the tests with Celery are skipped. Install it with
    sudo apt-get install --no-install-recommends redis-server
****************************************************************************
MESSAGE
[ -z "${CI:-}" ]
