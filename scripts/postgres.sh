#!/usr/bin/env bash
# Runs a command with ORGPBX_TEST_POSTGRES_URL naming a throw-away Postgres, which is gone when the
# command ends, however it ends. A URL that is already set is used as it is.
# Usage: scripts/postgres.sh go test ./store/...
set -euo pipefail

if [ -n "${ORGPBX_TEST_POSTGRES_URL:-}" ]; then
	exec "$@"
fi

find_bin() {
	local dir
	if dir="$(dirname "$(readlink -f "$(command -v initdb)")" 2>/dev/null)" && [ -x "$dir/pg_ctl" ]; then
		echo "$dir"
		return
	fi
	dir="$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)"
	[ -n "$dir" ] && dirname "$dir"
}

bin="$(find_bin)" || {
	"$(dirname "$0")/apt-install.sh" postgresql
	bin="$(find_bin)"
}

work="$(mktemp -d "${TMPDIR:-/tmp}/orgpbx-postgres.XXXXXX")"
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
	# Postgres refuses to run as root.
	chown postgres: "$work"
	as_owner=(runuser -u postgres --)
fi

stop() {
	# Nothing in it is worth a clean shutdown.
	"${as_owner[@]}" "$bin/pg_ctl" stop --silent -D "$work/data" -m immediate >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd /
"${as_owner[@]}" "$bin/initdb" -D "$work/data" -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C >"$work/initdb.log" || {
	cat "$work/initdb.log" >&2
	exit 1
}
cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$work'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
CONF

start_on() {
	"${as_owner[@]}" "$bin/pg_ctl" start --silent --wait -D "$work/data" -l "$work/data/server.log" -o "-p $1"
}
for attempt in 1 2 3 4 5 6 7 8 9 10; do
	# Below the ports that the kernel hands out and those of the Asterisk harness.
	port=$((5500 + RANDOM % 4000))
	if start_on "$port" >/dev/null 2>&1; then
		break
	fi
	if [ "$attempt" -eq 10 ]; then
		echo "Postgres does not start:" >&2
		tail -n 30 "$work/data/server.log" >&2
		exit 1
	fi
done
cd "$OLDPWD"

# What restarts it, for who asks for that.
printf -v ORGPBX_TEST_POSTGRES_RESTART '%q ' ${as_owner[@]+"${as_owner[@]}"} "$bin/pg_ctl" restart --silent --wait -m fast -D "$work/data" -l "$work/data/server.log" -o "-p $port"
export ORGPBX_TEST_POSTGRES_RESTART
export ORGPBX_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
"$@"
