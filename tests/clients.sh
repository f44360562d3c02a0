#!/usr/bin/env bash
# Real clients against a real server: the tour makes the catalog and the endpoints, then the
# `openai` package speaks to them. Usage: tests/clients.sh CACHE_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$1"
. tests/server.sh
start_server clients
"$cache/python/bin/python" tests/clients/openai_client.py "$MODELDEX_URL"
