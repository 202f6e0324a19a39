#!/bin/sh
# layers.sh TREE: checks the includes of TREE/src and TREE/ui.
here=$(cd "$(dirname "$0")" && pwd)
cd "$1" || exit 1
find src ui -type f ! -name '.*' ! -name '*.md' ! -name '*.py' | LC_ALL=C sort | xargs awk -f "$here/layers.awk" || {
    echo "layers: violated (see docs/ARCHITECTURE.md, layers)" >&2
    exit 1
}
echo "ok    layers"
