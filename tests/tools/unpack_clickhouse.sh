#!/bin/sh
# unpack_clickhouse.sh FOLDER: the distribution's ClickHouse 18.16 as files in FOLDER/clickhouse-18.16.1.
# Installs nothing and starts nothing: installing the package would make an account, folders and a service.
# Nothing to do where FOLDER has it already (FORCE=1 unpacks all the same).
set -eu
folder=$1
version=18.16.1
ready=$folder/clickhouse-$version

if [ -z "${FORCE:-}" ] && [ -d "$ready" ]; then
  exit 0
fi
not_run() {
  echo "ClickHouse $version cannot be had here: $1" >&2
  echo "  do: run this where apt knows the packages clickhouse-server and clickhouse-common, as root" >&2
  exit 1
}
for program in apt-get apt-cache dpkg; do
  command -v "$program" >/dev/null || not_run "there is no $program"
done
has_package() { apt-cache show clickhouse-server 2>/dev/null | grep -q "^Version: $version"; }
if ! has_package && [ "$(id -u)" = 0 ]; then apt-get -qq update || true; fi
has_package || not_run "no package source has clickhouse-server $version"

draft=$(mktemp -d "$folder/.clickhouse-XXXXXX")
trap 'rm -rf "$draft"' EXIT
chmod 755 "$draft"
mkdir "$draft/packages" "$draft/root"

# apt drops root's rights for a download, which a folder of root's refuses; the files are root's either way.
cd "$draft/packages"
apt-get -qq -o APT::Sandbox::User="$(id -un)" download clickhouse-server clickhouse-common ||
  not_run "the packages could not be downloaded"
# The libraries that these need and the system lacks; only root may ask apt for them.
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$draft/archives/partial"
  apt-get -qq -y -o APT::Sandbox::User=root -o Dir::Cache::archives="$draft/archives" --no-install-recommends \
    --download-only install clickhouse-server >/dev/null || true
  for package in "$draft"/archives/lib*.deb; do
    if [ -e "$package" ]; then cp "$package" .; fi
  done
fi
for package in *.deb; do dpkg -x "$package" "$draft/root"; done

libraries=$draft/root/usr/lib/x86_64-linux-gnu:$draft/root/lib/x86_64-linux-gnu
missing=$(LD_LIBRARY_PATH=$libraries ldd "$draft/root/usr/sbin/clickhouse-server" | grep 'not found' | sort -u || true)
[ -z "$missing" ] || not_run "libraries are missing: $missing"

rm -rf "$ready"
mv "$draft/root" "$ready"
echo "ClickHouse $version unpacked in $ready"
