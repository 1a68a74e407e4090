# Makes the database where there is none, or refuses to run on one that the image cannot read. It is made aside and moved into
# place at the end, so that one that was interrupted is never taken for a database. Local connections need no password: only
# probes and this script make them.
set -eu
umask 077
refuse() {
  echo "$2"
  printf %s "$2" >/dev/termination-log
  exit "$1"
}
version=$(postgres --version)
major=$(echo "$version" | sed 's/[^0-9]*\([0-9]*\).*/\1/')
if [ -s "$PGDATA/PG_VERSION" ]; then
  has=$(cat "$PGDATA/PG_VERSION")
  [ "$has" = "$major" ] || refuse 100 "The volume holds a database of PostgreSQL $has, which PostgreSQL $major of the image cannot read. Nothing was changed. Set spec.postgres.managed.image to an image of PostgreSQL $has, or move the data by way of a backup."
  # Who mounts a volume may open all of it to the group, and then the server does not start. Where it is somebody else's, the server
  # says so itself.
  chmod 0700 "$PGDATA" || true
  printf %s "$major" >/dev/termination-log
  exit 0
fi
if [ -e "$PGDATA" ]; then
  rmdir "$PGDATA" || refuse 102 "The folder of the database on the volume is not empty, and holds no database. Nothing was changed."
fi
newest=
if [ -d /backup ]; then
  names=$(ls /backup) || refuse 101 "The volume of backups cannot be read: the log of container init says why. The database is not begun without it. Set spec.postgres.backup.restore to Never to begin with an empty database."
  newest=$(echo "$names" | grep -E '^postgres-[0-9]{8}T[0-9]{6}Z\.dump$' | sort | tail -n 1)
fi
new=$PGDATA.new
rm -rf "$new"
initdb --pgdata="$new" --username=postgres --pwfile=/etc/fairlead/password \
  --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C.UTF-8
echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
if [ -n "$newest" ]; then
  echo "restoring $newest"
  # Nobody but this script reaches the server: it listens on a socket of this container.
  pg_ctl --pgdata="$new" --wait --timeout=3600 --options="-c listen_addresses= -c unix_socket_directories=/tmp -c jit=off" start
  if ! pg_restore --host=/tmp --username=postgres --no-password --dbname=postgres \
    --exit-on-error --single-transaction --no-owner --no-acl "/backup/$newest"; then
    # A server that died of it, on a full disk for one, cannot be stopped.
    pg_ctl --pgdata="$new" --wait --mode=immediate stop || true
    refuse 101 "The backup $newest cannot be restored: the log of container init says why. The database is not begun without it. Where the file is at fault, rename it on the volume of backups to restore the one before it, or set spec.postgres.backup.restore to Never to begin with an empty database."
  fi
  pg_ctl --pgdata="$new" --wait --timeout=3600 --mode=fast stop
fi
mv "$new" "$PGDATA"
sync /data || sync
printf %s "$major" >/dev/termination-log
