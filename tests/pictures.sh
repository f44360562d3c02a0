#!/usr/bin/env bash
# Takes the pictures of the documents from a server that the tour has filled; with the asset
# folders of a checkout, those are in its catalog too. Usage: tests/pictures.sh CACHE_DIR [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$1"
. tests/server.sh
start_server pictures
if [ -n "${MODELDEX_TEST_AZUREML_ASSETS:-}" ]; then
    "$modeldex" --url "$MODELDEX_URL" catalog add "$MODELDEX_TEST_AZUREML_ASSETS/2024-07" \
        --collection azure > /dev/null
fi
NODE_PATH="$cache/node/node_modules" node tests/browser/pictures.cjs "$MODELDEX_URL" "${2:-docs/pictures}"
