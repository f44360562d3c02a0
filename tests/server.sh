# Sourced: starts a server whose catalog the tour has filled, and stops it at the end.

start_server() {
    local target="${CARGO_TARGET_DIR:-target}"
    # With all of the workspace, so that what the tests built is not built again.
    cargo build --quiet --workspace --all-targets
    modeldex="$target/debug/modeldex"
    data="$(mktemp -d)"
    trap 'kill "$server" 2> /dev/null || true; wait "$server" 2> /dev/null || true; rm -rf "$data"' EXIT
    "$modeldex" --data-dir "$data" tour --exit --listen 127.0.0.1:0 > "$data/tour.log" 2>&1 \
        || { cat "$data/tour.log"; return 1; }
    "$modeldex" --data-dir "$data" up --listen 127.0.0.1:0 > "$data/url" 2> "$data/server.log" &
    server=$!
    for _ in $(seq 100); do
        MODELDEX_URL="$(sed -n 's/^Modeldex is at //p' "$data/url")"
        [ -n "$MODELDEX_URL" ] && break
        sleep 0.1
    done
    [ -n "$MODELDEX_URL" ] || { cat "$data/server.log"; return 1; }
    export MODELDEX_URL modeldex data
    echo "$1: server at $MODELDEX_URL"
}
