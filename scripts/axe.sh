#!/usr/bin/env bash
# Prints the path of axe-core, which checks the Editor's pages for accessibility in the browser tests. Fetches the
# pinned version from the npm registry into the cache when it is not there. It is under the MPL 2.0 and is no part of
# what this repository builds.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.11.1
sum=7dbfabdfc6062936d79c873ddbb5f811a1219fca3928bd8cc9dd81f1e65f4720 # of axe.min.js
cache="${ORGPBX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/orgpbx}"
axe="$cache/axe-core-$version.min.js"

mkdir -p "$cache"
exec 9>"$cache/axe.lock"
flock 9
if [ ! -f "$axe" ]; then
	command -v npm >/dev/null || scripts/apt-install.sh npm
	folder="$(mktemp -d)"
	trap 'rm -rf "$folder"' EXIT
	(cd "$folder" && npm pack --silent "axe-core@$version" >/dev/null && tar xzf axe-core-*.tgz package/axe.min.js)
	echo "$sum  $folder/package/axe.min.js" | sha256sum --check --quiet >&2
	mv "$folder/package/axe.min.js" "$axe"
fi
echo "$axe"
