#!/bin/sh
# A browser for the tests: Chromium without windows, which is quicker, by apt where it is missing
# and we may; any other Chromium does as well; else say what to do.
set -eu

if command -v chromium-headless-shell >/dev/null 2>&1; then
  exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  if apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-core; then
    exit 0
  fi
fi

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then
    exit 0
  fi
done

cat >&2 <<'MESSAGE'
****************************************************************************
There is no Chromium, so the browser tests cannot run. Install it with
    sudo apt-get install --no-install-recommends chromium-headless-shell fonts-noto-core
****************************************************************************
MESSAGE
[ -z "${CI:-}" ]
