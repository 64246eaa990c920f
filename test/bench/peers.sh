#!/bin/sh
# Installs the programs that npm run bench measures beside Starline, as far as Debian and Ubuntu have them. The others are skipped by name.
set -eu

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

as_root apt-get update
as_root apt-get install --yes --no-install-recommends mariadb-client mydumper pgloader postgresql-client python3-mysqldb python3-pip

# No package of Debian's: where there is no index of Python's packages to be reached, it is skipped too.
python3 -m pip install --user --break-system-packages pygrametl || echo 'pygrametl could not be installed' >&2
