#!/bin/sh
# Valkey (or Redis 6.2 and newer) with one user, whose password comes from the environment.
set -eu
umask 077
printf 'user default off\nuser ganh on >%s ~* &* %s\n' "$REDIS_PASSWORD" \
  "+@all -@scripting -@dangerous +info +keys" > "${RUN_DIR:-/run/valkey}/users.acl"
exec valkey-server "${CONFIG:-/ganh/valkey.conf}" --aclfile "${RUN_DIR:-/run/valkey}/users.acl" "$@"
