#!/usr/bin/env bash
# Plants each known bug in a scratch copy of the sources, and shows that the tests catch it.
#
#   tests/planted.sh [NAME...]     all bugs, or those whose file name contains one of the words
#
# A patch begins with a line that says the bug in words. The script fails when a bug is not caught, or when a patch no
# longer applies: then the code has moved on, and the patch must follow.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
worlds=${WORLDS:-4000}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target} RUST_BACKTRACE=0

cd "$here"
git ls-files -z -- . ':!tests/planted' | xargs -0 cp --parents -t "$scratch"
cd "$scratch"

# The simulation finds nearly all; what it does not see, the tests of the two crates must.
sees_a_bug() {
    cargo build -q -p hostile >log 2>&1 || { echo "does not compile:"; cat log; return 2; }
    if ! "$CARGO_TARGET_DIR/debug/hostile" 0 "$worlds" 1 >log 2>&1; then
        grep -m1 -A1 "panicked at" log | tail -n1 || tail -n1 log
        return 0
    fi
    # The quickest to build come first. A bug that does not compile, or a full disk, is none that was caught.
    for tests in '-p rollout --test deciding' '-p rollout --lib' '-p control --lib' '-p rollout -p control'; do
        # shellcheck disable=SC2086 # words, not one word
        cargo test -q $tests --no-run >log 2>&1 || { echo "does not compile:"; cat log; return 2; }
        # shellcheck disable=SC2086 # words, not one word
        cargo test -q $tests >log 2>&1 || { grep -m1 "panicked at" log || tail -n1 log; return 0; }
    done
    return 1
}

escaped=0
if seen=$(sees_a_bug) || [ $? = 2 ]; then
    echo "without any planted bug: $seen"
    exit 1
fi
for patch in "$here"/tests/planted/*.patch; do
    name=$(basename "$patch" .patch)
    words=$(head -n1 "$patch")
    wanted=$((!$#))
    for word in "$@"; do
        [[ $name == *"$word"* ]] && wanted=1
    done
    [ "$wanted" = 1 ] || continue
    if ! patch -p1 -s -F0 --no-backup-if-mismatch <"$patch" >log 2>&1; then
        echo "DOES NOT APPLY  $name: $words"
        escaped=1
        git -C "$here" ls-files -z -- . ':!tests/planted' | (cd "$here" && xargs -0 cp --parents -t "$scratch")
        continue
    fi
    if seen=$(sees_a_bug); then
        echo "caught          $name: $words"
        echo "                by: ${seen:0:110}"
    else
        echo "NOT CAUGHT      $name: $words $seen"
        escaped=1
    fi
    # Taken out by the sources and not by the patch: one that landed elsewhere would leave something behind.
    sed -n 's|^+++ b/||p' "$patch" | (cd "$here" && xargs cp --parents -t "$scratch")
done
exit "$escaped"
