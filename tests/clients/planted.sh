#!/usr/bin/env bash
# Plants each known bug of a client in a scratch copy, and shows that its cases catch it.
#
#   tests/clients/planted.sh [WORD...]     all bugs, or those whose file name contains one of the words
#
# A patch begins with a line that says the bug in words; the first word of its name is the client.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}
if [ -z "${TIDEGATE:-}" ]; then
  cargo build --quiet --manifest-path "$here/Cargo.toml" -p tidegate
  export TIDEGATE=$CARGO_TARGET_DIR/debug/tidegate
fi

cd "$here"
git ls-files -z | xargs -0 cp --parents -t "$scratch"
cd "$scratch"
tests/clients/run >log 2>&1 || { echo 'without any planted bug:'; cat log; exit 1; }

escaped=0
for patch in "$here"/tests/clients/planted/*.patch; do
  name=$(basename "$patch" .patch)
  wanted=$((!$#))
  for word in "$@"; do
    [[ $name == *"$word"* ]] && wanted=1
  done
  [ "$wanted" = 1 ] || continue
  patch -p1 -s --no-backup-if-mismatch <"$patch" || { echo "DOES NOT APPLY  $name"; exit 1; }
  if tests/clients/run "${name%%-*}" >log 2>&1; then
    echo "NOT CAUGHT      $name: $(head -n1 "$patch")"
    escaped=1
  elif caught=$(grep -m1 "^${name%%-*}: \|^who asks\|error TS" log); then
    echo "caught          $name: $(head -n1 "$patch")"
    echo "                by: ${caught:0:110}"
  else
    echo "DOES NOT RUN    $name"
    cat log
    escaped=1
  fi
  patch -R -p1 -s --no-backup-if-mismatch <"$patch"
done
exit "$escaped"
