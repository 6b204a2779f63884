# Sourced: the tools of the local AWS, of the versions below, and what several scripts do with them.
# shellcheck shell=bash

# Two places for the tools, because they want different versions of the same libraries.
deploy_tools='aws-sam-cli==1.170.0 cfn-lint==1.58.0 checkov==3.2.459'
cloud_tools='ministack==1.5.33 cbor2==6.2.1 aws-sam-translator==1.115.0 awscli==1.46.2 cryptography==50.0.2'
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/e2e
port=${E2E_PORT:-4577}

say() { printf -- '--- %s (%d s)\n' "$1" "$SECONDS"; }

# $1: the directory; the rest: what is installed there. Anew when a version changes, or when it was not finished.
set_up() {
  local venv=$1
  shift
  [ "$(cat "$venv/done" 2>/dev/null)" = "$*" ] && return
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
  echo "$*" >"$venv/done"
}

# Starts it, with more of its settings if there are any; it ends with the script.
start_cloud() {
  # Of the keys `test` everything is believed; whoever else calls must sign, and may do what their policies say.
  export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test \
    AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true SAM_CLI_TELEMETRY=0
  # Its functions inherit its environment: they get nothing of ours.
  env -i PATH="$PATH" HOME="$work/home" AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL" AWS_ACCESS_KEY_ID=test \
    AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" "$@" \
    "$target/local-aws/bin/ministack" >"$work/cloud.log" 2>&1 &
  cloud=$!
  trap 'kill "$cloud" 2>/dev/null; wait "$cloud" 2>/dev/null || true' EXIT
  for _ in $(seq 100); do
    kill -0 "$cloud" 2>/dev/null || { cat "$work/cloud.log"; exit 1; }
    curl --silent --fail "$AWS_ENDPOINT_URL/_ministack/health" >/dev/null && break
    sleep 0.2
  done
}
