# Sourced: starts a server whose catalog the tour has filled, and a hub beside it; both stop at the
# end.

stop_all() {
    for process in ${hub:-} ${server:-}; do
        kill "$process" 2> /dev/null || true
        wait "$process" 2> /dev/null || true
    done
    rm -rf "$data"
}

# Waits until a process has said where it is, and prints it; "$1" is what it says before.
address() {
    for _ in $(seq 100); do
        found="$(sed -n "s/^$1//p" "$2")"
        [ -n "$found" ] && break
        sleep 0.1
    done
    echo "$found"
}

# Starts a hub that lists so many models.
start_hub() {
    "${CARGO_TARGET_DIR:-target}/debug/xtask" hub "$1" > "$data/hub" 2>&1 &
    hub=$!
    HUB_URL="$(address "The hub is at " "$data/hub")"
    [ -n "$HUB_URL" ] || { cat "$data/hub"; return 1; }
}

start_server() {
    local target="${CARGO_TARGET_DIR:-target}"
    # With all of the workspace, so that what the tests built is not built again.
    cargo build --quiet --workspace --all-targets
    modeldex="$target/debug/modeldex"
    data="$(mktemp -d)"
    trap stop_all EXIT
    "$modeldex" --data-dir "$data" tour --exit --listen 127.0.0.1:0 > "$data/tour.log" 2>&1 \
        || { cat "$data/tour.log"; return 1; }
    "$modeldex" --data-dir "$data" up --listen 127.0.0.1:0 --allow-process-runtime > "$data/url" 2> "$data/server.log" &
    server=$!
    MODELDEX_URL="$(address "Modeldex is at " "$data/url")"
    [ -n "$MODELDEX_URL" ] || { cat "$data/server.log"; return 1; }
    export MODELDEX_URL modeldex data
    echo "$1: server at $MODELDEX_URL"
}
