#!/usr/bin/env bash
# The test lab: real peers and real images on a Debian machine, as root. Safe to run again; a second run does nothing.
#   npm run lab [-- --require]     --require: fail, instead of leaving quietly, where a lab cannot be had
# HOLDFAST_LAB_DIR (default ~/.cache/holdfast-lab) receives an OCI layout "images" with the tags "debian" and "big", and a
# Debian package "package.deb" that can be installed into "debian" without a network.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab=${HOLDFAST_LAB_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast-lab}
scratch=
codename=
storage=()
source "$here/lab/peers.sh"
source "$here/lab/images.sh"
source "$here/lab/package.sh"

main() {
  if [[ $EUID != 0 || $(release_field ID) != debian ]]; then
    say 'needs root on a Debian machine with apt-get and a Debian archive; nothing was done'
    [[ ${1-} != --require ]] || exit 1
    exit 0
  fi
  codename=$(release_field VERSION_CODENAME)
  mkdir -p "$(dirname "$lab")"
  exec 9>"$lab.lock"
  flock 9
  install_peers
  [[ $(cat "$lab/recipe" 2>/dev/null) == "$(recipe)" ]] || build
  [[ -e $lab/package.deb ]] || fetch_package
  say "images are at oci:$lab/images:debian and oci:$lab/images:big"
}

build() {
  trap clean EXIT
  trap 'exit 130' INT TERM
  scratch=$(mktemp -d "$(scratch_parent)/holdfast-lab.XXXXXX")
  storage=(--storage-driver overlay --root "$scratch/root" --runroot "$scratch/run")
  rm -rf "$lab.new" "$lab.old"
  mkdir "$lab.new"
  build_images "$lab.new" "$scratch"
  recipe >"$lab.new/recipe"
  [[ ! -e $lab ]] || mv "$lab" "$lab.old"
  mv "$lab.new" "$lab"
}

clean() {
  rm -rf "$lab.new" "$lab.old"
  [[ -z $scratch ]] || remove_scratch "$scratch"
}

# What the images are made from: when it changes, they are built anew.
recipe() {
  { echo "$codename $(dpkg --print-architecture)"; cat "$here/lab/images.sh" "$here"/lab/Dockerfile.*; } | sha256sum | cut -c 1-64
}

release_field() {
  sed -nE "s/^$1=\"?([^\"]*)\"?$/\1/p" /etc/os-release 2>/dev/null || true
}

# Runs a command quietly; what it said is shown only when it fails.
logged() {
  local output status=0
  output=$("$@" 2>&1 9>&-) || status=$?
  ((status == 0)) || printf '%s\n' "$output" | tail -n 15 >&2
  return "$status"
}

say() {
  echo "lab: $*"
}

fail() {
  say "$*" >&2
  exit 1
}

main "$@"
