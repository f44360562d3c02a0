#!/usr/bin/env bash
# Real clients against a real server: the tour makes the catalog and the endpoints, then the
# packages `openai` and `huggingface_hub`, a client of Kubeflow's catalog and `lm-eval` speak to
# them, and llama-cpp-python serves a model.
# Usage: tests/clients.sh CACHE_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$1"
export PATH="$cache/python/bin:$PATH"
. tests/server.sh
start_server clients
for client in openai kubeflow huggingface; do
    "$cache/python/bin/python" "tests/clients/${client}_client.py" "$MODELDEX_URL"
done
if python3 -c 'import llama_cpp.server' 2> /dev/null; then
    "$modeldex" import crates/native/tests/fixtures/gguf/tiny-q8_0.gguf --name tiny-gguf
    "$modeldex" deploy workspace/tiny-gguf --endpoint llama --task chat-completion \
        --runtime process --template llama-cpp-python --start-timeout-s 60
    "$cache/python/bin/python" tests/clients/process_client.py "$MODELDEX_URL" llama \
        || { "$modeldex" endpoints logs llama; exit 1; }
else
    echo "SKIPPED: a model that llama-cpp-python serves: the package is not installed"
fi
if [ -e tests/clients/lm_eval.json ]; then
    "$cache/lm-eval/bin/python" tests/clients/lm_eval_client.py "$MODELDEX_URL" crates/cli/samples
else
    echo "SKIPPED: lm-eval: no scores of its own model are there to compare with (--write makes them)"
fi
