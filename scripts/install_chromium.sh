#!/bin/sh
# Chromium for the browser tests: by apt where it is missing and we may; else say what to do.
set -eu

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then
    exit 0
  fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends chromium fonts-noto-core
  exit 0
fi

cat >&2 <<'MESSAGE'
****************************************************************************
There is no Chromium, so the browser tests cannot run. Install it with
    sudo apt-get install --no-install-recommends chromium fonts-noto-core
****************************************************************************
MESSAGE
[ -z "${CI:-}" ]
