#!/usr/bin/env bash
# Installs Debian packages. Without root or apt-get it says what to do instead.
# Usage: scripts/apt-install.sh PACKAGE...
set -euo pipefail

if ! command -v apt-get >/dev/null; then
	echo "cannot install $*: this machine has no apt-get; install them by its own package manager" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "cannot install $* without root; run: sudo apt-get install $*" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
install() {
	# RUNLEVEL=1 keeps a package from starting its daemon: the tests start their own.
	RUNLEVEL=1 apt-get install -qq -y --no-install-recommends "$@" >&2
}
# The package lists may be absent or old, but asking for new ones is slow: only when needed.
install "$@" 2>/dev/null || {
	apt-get update -qq >&2
	install "$@"
}
