#!/bin/sh
# unpack_postgres.sh MAJOR FOLDER: Debian's PostgreSQL as files in FOLDER/postgresql-MAJOR, programs in its bin/.
# Installs nothing and starts nothing: installing the package would create a cluster and start it.
# Nothing to do where the system has that major, or FOLDER has it already (FORCE=1 unpacks all the same).
set -eu
major=$1 folder=$2
ready=$folder/postgresql-$major

if [ -z "${FORCE:-}" ] && { [ -x "/usr/lib/postgresql/$major/bin/postgres" ] || [ -d "$ready" ]; }; then
  exit 0
fi
not_run() {
  echo "PostgreSQL $major cannot be had here: $1" >&2
  echo "  do: install your system's PostgreSQL $major packages (server, client, contrib)" >&2
  exit 1
}
for program in apt-get apt-cache dpkg; do
  command -v "$program" >/dev/null || not_run "there is no $program"
done
has_package() { apt-cache show "postgresql-$major" 2>/dev/null | grep -q '^Filename:'; }
if ! has_package && [ "$(id -u)" = 0 ]; then apt-get -qq update || true; fi
has_package || not_run "no package source has postgresql-$major"

draft=$(mktemp -d "$folder/.postgresql-$major-XXXXXX")
trap 'rm -rf "$draft"' EXIT
chmod 755 "$draft"
mkdir "$draft/packages" "$draft/root" "$draft/root/bin"

# apt drops root's rights for a download, which a folder of root's refuses; the files are root's either way.
cd "$draft/packages"
apt-get -qq -o APT::Sandbox::User="$(id -un)" download "postgresql-$major" "postgresql-client-$major" libpq5 ||
  not_run "the packages could not be downloaded"
# The libraries that these need and the system lacks; only root may ask apt for them.
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$draft/archives/partial"
  apt-get -qq -y -o APT::Sandbox::User=root -o Dir::Cache::archives="$draft/archives" --no-install-recommends \
    --download-only install "postgresql-$major" >/dev/null || true
  for package in "$draft"/archives/lib*.deb; do
    if [ -e "$package" ]; then cp "$package" .; fi
  done
fi
for package in *.deb; do dpkg -x "$package" "$draft/root"; done

# The programs find lib and share by their own path, their shared libraries only by the environment: hence a wrapper each.
# $ready is where the files will be once the draft is renamed.
real=usr/lib/postgresql/$major/bin
libraries=$(cd "$draft/root" && find . -name '*.so.*' -path './usr/lib/*' ! -path "./usr/lib/postgresql/*" \
  -exec dirname {} + | sort -u | sed "s|^\.|$ready|" | paste -sd: -)
for program in "$draft/root/$real"/*; do
  name=${program##*/}
  cat >"$draft/root/bin/$name" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH=$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec $ready/$real/$name "\$@"
WRAPPER
  chmod 755 "$draft/root/bin/$name"
done
missing=$(LD_LIBRARY_PATH=$(echo "$libraries" | sed "s|$ready|$draft/root|g") \
  ldd "$draft/root/$real/postgres" "$draft/root/$real/psql" "$draft/root/$real/initdb" | grep 'not found' | sort -u || true)
[ -z "$missing" ] || not_run "libraries are missing: $missing"

rm -rf "$ready"
mv "$draft/root" "$ready"
echo "PostgreSQL $major unpacked in $ready"
