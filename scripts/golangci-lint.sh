#!/usr/bin/env bash
# Prints the path of the pinned golangci-lint, building it into the cache when it is not there.
# Usage: "$(scripts/golangci-lint.sh)" run
set -euo pipefail

version=v2.15.0
cache="${ORGPBX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/orgpbx}"
lint="$cache/bin/golangci-lint"
# A linter built by an older Go refuses code written for a newer one.
wanted="version ${version#v} built with $(go env GOVERSION) "

is_wanted_version() {
	"$lint" version 2>/dev/null | grep -qF "$wanted"
}

mkdir -p "$cache/bin"
exec 9>"$cache/golangci-lint.lock"
flock 9
if ! is_wanted_version; then
	echo "building golangci-lint $version (some minutes, once)" >&2
	GOBIN="$cache/bin" go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version" >&2
	if ! is_wanted_version; then
		echo "$lint is not what was asked for ($wanted): $("$lint" version 2>&1 || true)" >&2
		exit 1
	fi
fi
echo "$lint"
