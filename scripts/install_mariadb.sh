#!/bin/sh
# MariaDB for the database tests: by apt where it is missing and we may; else say what to do.
# Only the programs are wanted: the tests start a server of their own.
set -eu
PATH="$PATH:/usr/sbin:/usr/local/sbin"

if command -v mariadbd >/dev/null 2>&1 && command -v mariadb-install-db >/dev/null 2>&1; then
  exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends mariadb-server
  exit 0
fi

cat >&2 <<'MESSAGE'
****************************************************************************
There is no MariaDB, so the tests on it are skipped. Install it with
    sudo apt-get install --no-install-recommends mariadb-server
****************************************************************************
MESSAGE
[ -z "${CI:-}" ]
