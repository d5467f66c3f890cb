#!/usr/bin/env bash
# Everything that a change must pass: vet, lint and all tests with the race detector, against a real
# Postgres and a real Asterisk. Fetches what is missing; a tool that cannot be had is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

summary=()
failed=0
step() {
	local name="$1" began=$SECONDS result=ok
	shift
	echo "==> $name"
	"$@" || { result=FAILED && failed=1; }
	summary+=("$(printf '%-6s  %4ds  %s' "$result" $((SECONDS - began)) "$name")")
	echo "    $result after $((SECONDS - began))s"
}

report() {
	echo
	printf '%s\n' "${summary[@]}"
	if [ "$failed" -ne 0 ]; then
		echo "FAILED after ${SECONDS}s"
		exit 1
	fi
	echo "all passed in ${SECONDS}s"
}

have_toolchain() {
	if ! command -v go >/dev/null; then
		echo "no go on PATH: install Go $(sed -n 's/^go //p' go.mod) or newer" >&2
		return 1
	fi
	# The race detector needs cgo.
	command -v gcc >/dev/null || scripts/apt-install.sh gcc libc6-dev || return
	# A test runs the line that the server prints for newcomers.
	command -v curl >/dev/null || scripts/apt-install.sh curl || return
	go version
}
have_lint() { lint="$(scripts/golangci-lint.sh)"; }
have_asterisk() {
	ORGPBX_TEST_ASTERISK="$(scripts/asterisk.sh)" || return
	export ORGPBX_TEST_ASTERISK
	"$ORGPBX_TEST_ASTERISK" -V
}
have_chromium() { scripts/chromium.sh; }
have_axe() { scripts/axe.sh; }

step "Go toolchain" have_toolchain
step "golangci-lint" have_lint
step "Asterisk" have_asterisk
step "Chromium" have_chromium
step "axe-core" have_axe
if [ "$failed" -ne 0 ]; then
	report
fi

step "go vet" go vet ./...
step "lint" "$lint" run
# Most tests with an Asterisk wait for audio, so more of them run at once than there are cores.
step "go test -race" scripts/postgres.sh go test -race -timeout 20m -parallel 8 ./...
report
