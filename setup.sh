#!/usr/bin/env bash
# Makes .venv with the tested set of packages; quick when nothing changed. `make setup` calls it.
set -euo pipefail
cd "$(dirname "$0")"

python=${PYTHON:-python3}
stamp=.venv/.taskmill-setup
want=$(cat pyproject.toml constraints.txt setup.sh | sha256sum | cut -d' ' -f1)

if [ -x .venv/bin/taskmill ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
    exit 0
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: Python 3.11 or newer is needed; name one with PYTHON=/path/to/python3.11 make setup" >&2
    exit 1
}

echo "setup: making .venv"
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip=(.venv/bin/python -m pip --disable-pip-version-check)

# PyTorch goes first and through pip, which looks for local wheels too. Without a GPU its CUDA build is refused.
if ! .venv/bin/python -c 'import torch' 2>/dev/null; then
    torch=$(grep '^torch==' constraints.txt)
    if ! command -v nvidia-smi >/dev/null && "${pip[@]}" install --dry-run "$torch" 2>/dev/null | grep -q nvidia; then
        echo "setup: this machine has no GPU and pip would fetch gigabytes of CUDA for $torch." >&2
        echo "setup: install PyTorch's CPU build into .venv first (see pytorch.org, 'Start locally', CPU), then repeat." >&2
        exit 1
    fi
    echo "setup: installing $torch"
    "${pip[@]}" install -qq "$torch"
fi

echo "setup: installing taskmill and the tested set"
if "${pip[@]}" install --quiet uv 2>/dev/null; then
    .venv/bin/uv pip install --quiet --python .venv/bin/python --constraint constraints.txt --editable '.[dev,bench]' ||
        "${pip[@]}" install --quiet --constraint constraints.txt --editable '.[dev,bench]'
else
    "${pip[@]}" install --quiet --constraint constraints.txt --editable '.[dev,bench]'
fi

echo "$want" >"$stamp"
