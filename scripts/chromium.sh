#!/usr/bin/env bash
# Prints the path of the Chromium that the browser tests use, installing Debian's when it is not there.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v chromium >/dev/null || scripts/apt-install.sh chromium
command -v chromium
