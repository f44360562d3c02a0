#!/usr/bin/env bash
# The pages in a real Chromium: what a person sees, the keyboard, and axe on both themes, on a
# desktop and on a phone. Every page is pictured into PICTURES_DIR, to look at. At the end the
# published assets of Azure and a hub of MODELDEX_TEST_LISTINGS models (10,000) are in the catalog
# too, and every count is made again by looking at each model.
# Usage: tests/browser.sh CACHE_DIR [PICTURES_DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$1"
. tests/server.sh
start_server browser
export NODE_PATH="$cache/node/node_modules"
node tests/browser/pages.cjs "$MODELDEX_URL" "${2:-}"
if [ -n "${MODELDEX_TEST_AZUREML_ASSETS:-}" ]; then
    listings="${MODELDEX_TEST_LISTINGS:-10000}"
    start_hub "$listings"
    "$modeldex" --data-dir "$data" catalog add --collection azure \
        "$MODELDEX_TEST_AZUREML_ASSETS/2024-07/assets/models/system" > "$data/azure.log" 2>&1
    "$modeldex" --data-dir "$data" sync hub --from "$HUB_URL"
    node tests/browser/together.cjs "$MODELDEX_URL" "$listings"
else
    echo "SKIPPED: catalogs together: MODELDEX_TEST_AZUREML_ASSETS names no published assets"
fi
