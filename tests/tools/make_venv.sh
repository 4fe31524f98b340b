#!/bin/sh
# make_venv.sh FOLDER: a virtual environment of Python 3.11 or newer with pip in it; nothing to do where it is there.
# $PYTHON, where set, is the Python to use.
set -eu
folder=$1

is_new_enough() {
  "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -x "$folder/bin/python" ] && is_new_enough "$folder/bin/python" && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
  exit 0
fi

for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
  if is_new_enough "$candidate"; then
    python=$candidate
    break
  fi
done
if [ -z "${python:-}" ]; then
  echo "error: no Python 3.11 or newer among: ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}" >&2
  echo "  do: install one (Debian 12 or newer: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path" >&2
  exit 1
fi

# Debian ships Python without ensurepip; a pip from elsewhere can still fill the environment.
if "$python" -c 'import ensurepip' 2>/dev/null; then
  "$python" -m venv --clear "$folder"
elif "$python" -m virtualenv --version >/dev/null 2>&1; then
  "$python" -m virtualenv --quiet --clear "$folder"
elif "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv --clear --without-pip "$folder"
  "$python" -m pip --python "$folder/bin/python" install --quiet pip
else
  echo "error: $("$python" -V) has neither ensurepip, virtualenv nor pip, so no environment can be made" >&2
  echo "  do: apt-get install python3-venv (Debian, Ubuntu), or name another: make setup PYTHON=/path" >&2
  exit 1
fi
