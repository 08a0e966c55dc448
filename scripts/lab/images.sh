# The real images: Debian, made by mmdebstrap and apt-get from whatever archive this machine's apt uses.

# Builds the layout "$1/images" with the tags "debian" and "big", working in the empty directory $2.
build_images() {
  local layout=$1/images work=$2 tag
  say 'building the base file system'
  logged make_base "$work/base.tar" || fail 'mmdebstrap failed'
  for tag in debian big; do
    say "building the image $tag"
    logged buildah "${storage[@]}" build --isolation chroot --network host --layers \
      --tag "$tag" --file "$here/lab/Dockerfile.$tag" "$work" || fail "buildah could not build $tag"
    logged skopeo copy --insecure-policy "containers-storage:[overlay@$work/root+$work/run]localhost/$tag:latest" \
      "oci:$layout:$tag" || fail "skopeo could not write $tag"
  done
}

make_base() {
  local sources options
  mapfile -t sources < <(debian_sources)
  ((${#sources[@]})) || { apt_get update && mapfile -t sources < <(debian_sources); }
  ((${#sources[@]})) || fail "apt knows no Debian archive for $codename"
  mapfile -t options < <(apt_options)
  mmdebstrap --quiet --variant=minbase --include=git,perl,tzdata,ca-certificates "${options[@]/#/--aptopt=}" \
    "$codename" "$1" "${sources[@]}"
}

# One sources.list line for each part of this release that apt has lists of.
debian_sources() {
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sed -nE "s/^Debian $codename(-updates|-security)? (deb .* main)$/\2/p" | sort -u
}

# How this machine's apt reaches its archive: proxies, and trust in old snapshots.
apt_options() {
  apt-config dump | grep -E '^Acquire::(https?::(Proxy|Verify)|Check-)[^ ]* "[^"]+";$' || true
}

# Layers are compared through overlayfs, which memory has and is quicker at; a disk below may itself be an overlay.
scratch_parent() {
  local free available
  free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) || free=0
  available=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
  if ((free > 4000000 && available > 8000000)); then echo /dev/shm; else dirname "$lab"; fi
}

remove_scratch() {
  umount --quiet --recursive "$1/root/overlay" 2>/dev/null || true
  rm -rf --one-file-system "$1"
}
