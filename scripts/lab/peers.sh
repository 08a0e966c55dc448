# The tools that tests and bench compare Holdfast with, all from Debian.

peers=(
  skopeo umoci buildah podman crun runc bubblewrap docker-registry docker.io btrfs-progs
  mmdebstrap libarchive-tools attr libcap2-bin isal pigz zstd strace time
  squashfs-tools erofs-utils fuse-overlayfs uidmap busybox-static
)

missing_peers() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${peers[@]}" 2>/dev/null || true)
  comm -23 <(printf '%s\n' "${peers[@]}" | sort) <(sed -n 's/^ii *//p' <<<"$installed" | sort)
}

# Stale or absent package lists show as a failed install: only then are they fetched.
install_peers() {
  local missing
  mapfile -t missing < <(missing_peers)
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  logged apt_get install "${missing[@]}" && return
  logged apt_get update && logged apt_get install "${missing[@]}" || fail "apt-get could not install ${missing[*]}"
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}
