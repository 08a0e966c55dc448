# A small package that needs nothing but what every Debian has.

fetch_package() {
  local downloads
  say 'fetching a package'
  downloads=$(mktemp -d "$lab/package.XXXXXX")
  (cd "$downloads" && { logged apt-get -qq download tree || { logged apt_get update && logged apt-get -qq download tree; }; }) ||
    fail 'apt-get could not download the package tree'
  mv "$downloads"/tree_*.deb "$lab/package.deb"
  rmdir "$downloads"
}
