#!/usr/bin/env bash
# The pages in a real Chromium: what a person sees, the keyboard, and axe on both themes, on a
# desktop and on a phone. Every page is pictured into PICTURES_DIR, to look at.
# Usage: tests/browser.sh CACHE_DIR [PICTURES_DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$1"
. tests/server.sh
start_server browser
NODE_PATH="$cache/node/node_modules" node tests/browser/pages.cjs "$MODELDEX_URL" "${2:-}"
