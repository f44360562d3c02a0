#!/usr/bin/env bash
# Real clients against a real server: the tour makes the catalog and the endpoints, then the
# packages `openai` and `huggingface_hub` and a client of Kubeflow's catalog speak to them.
# Usage: tests/clients.sh CACHE_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$1"
. tests/server.sh
start_server clients
for client in openai kubeflow huggingface; do
    "$cache/python/bin/python" "tests/clients/${client}_client.py" "$MODELDEX_URL"
done
