#!/usr/bin/env bash
# Build the sdist and from it the wheel, install that in an empty environment, and run it from another folder.
# May use the package index; nothing else in the tests does.
set -euo pipefail
python="$1"
root="$(cd "$(dirname "$0")/../.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$python" -m build --outdir "$work/dist" "$root" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/dist/*.whl

cd "$work"
"$work/env/bin/stsview" --version
"$work/env/bin/python" -m stsview demo --list >/dev/null
"$work/env/bin/kubectl-stsview" status --help | grep -q '^usage: kubectl stsview status '
[ "$("$work/env/bin/kubectl_complete-stsview" completion z)" = $'zsh\n:4' ]
"$work/env/bin/stsview" completion bash | bash -n
[[ "$("$work/env/bin/stsview" exporter 2>&1 || true)" == *"pip install 'stsview[exporter]'" ]]
"$work/env/bin/python" -m stsview.cli.output.man_pages "$work/man"
diff -r "$work/man" "$work/env/share/man/man1"
PYTHONPATH="$root" "$python" -m tests.packaging.drive "$work/env/bin/stsview" "$work"
