#!/usr/bin/env bash
# Prints the path of an Asterisk 22 that the tests can run: the one on PATH where there is one,
# else one unpacked from Debian into the cache, which needs neither root nor a chroot.
# Usage: ORGPBX_TEST_ASTERISK="$(scripts/asterisk.sh)"
set -euo pipefail

major=22
cache="${ORGPBX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/orgpbx}"
tree="$cache/asterisk-$major"
mirror="${ORGPBX_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

is_wanted_version() {
	"$1" -V 2>/dev/null | grep -q "^Asterisk $major\."
}

# Debian's stable releases have no Asterisk, so the packages come from sid. They are unpacked, not
# installed, and run through their own dynamic loader: the machine's own libraries stay as they are.
# The apt here has its own lists, state and cache, all below the directory given.
fetch_packages() {
	local apt="$1"
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	: >"$apt/status"
	echo "deb [signed-by=$keyring] $mirror sid main" >"$apt/sources.list"
	local options=(
		-qq
		-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" -o Dir::State::Status="$apt/status"
		-o Dir::Cache="$apt" -o Dir::Cache::Archives="$apt/archives"
		-o APT::Install-Recommends=false -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none
		-o APT::Sandbox::User=root -o Debug::NoLocking=true
	)
	apt-get "${options[@]}" update >&2
	apt-get "${options[@]}" install --download-only --yes asterisk asterisk-core-sounds-en-gsm >&2
}

unpack_packages() {
	local apt="$1" dir="$2" package
	for package in "$apt"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dir" --no-same-owner \
			--exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale'
	done
	# Installing would have made this link to the voice that the sounds package brings.
	ln -s en_US_f_Allison "$dir/usr/share/asterisk/sounds/en"
}

write_launcher() {
	cat >"$1/asterisk" <<'LAUNCHER'
#!/bin/sh
# Runs this tree's Asterisk with this tree's libraries.
root=$(dirname "$(readlink -f "$0")")
for loader in "$root"/usr/lib/*/ld-linux-*.so.*; do
	exec "$loader" --library-path "$(dirname "$loader")" "$root/usr/sbin/asterisk" "$@"
done
LAUNCHER
	chmod 755 "$1/asterisk"
}

build_tree() {
	local dir
	local tool
	for tool in apt-get dpkg-deb; do
		if ! command -v "$tool" >/dev/null; then
			echo "no Asterisk $major: put one on PATH or name it in ORGPBX_TEST_ASTERISK ($tool is missing, so none can be fetched from Debian)" >&2
			return 1
		fi
	done
	if [ ! -e "$keyring" ]; then
		scripts/apt-install.sh debian-archive-keyring
	fi
	work="$(mktemp -d "$tree.XXXXXX")"
	trap 'rm -rf "$work"' EXIT
	dir="$work/tree"
	mkdir "$dir"
	fetch_packages "$work/apt"
	unpack_packages "$work/apt" "$dir"
	write_launcher "$dir"
	if ! is_wanted_version "$dir/asterisk"; then
		echo "the Asterisk from $mirror sid is not a working $major: $("$dir/asterisk" -V 2>&1 || true)" >&2
		return 1
	fi
	rm -rf "$tree"
	mv "$dir" "$tree"
}

cd "$(dirname "$0")/.."
if [ -n "${ORGPBX_TEST_ASTERISK:-}" ]; then
	echo "$ORGPBX_TEST_ASTERISK"
	exit
fi
if found="$(command -v asterisk)" && is_wanted_version "$found"; then
	echo "$found"
	exit
fi
mkdir -p "$cache"
exec 9>"$tree.lock"
flock 9
if ! is_wanted_version "$tree/asterisk"; then
	build_tree
fi
echo "$tree/asterisk"
