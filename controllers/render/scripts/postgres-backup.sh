# Dumps the database into a file of its own, and then deletes the oldest ones. A file has its final name only when all of it was
# written and could be read again, and nothing is deleted for a dump that failed. One runs at a time, whoever started it.
set -eu
umask 077
exec 9>/backup/.lock
flock 9
rm -f /backup/*.part
printf '*:*:*:*:%s\n' "$(cat /etc/fairlead/password)" >/tmp/pgpass
name=/backup/postgres-$(date -u +%Y%m%dT%H%M%SZ).dump
fail() {
  rm -f "$name.part"
  echo "$1"
  printf %s "$1" >/dev/termination-log
  exit 1
}
pg_dump --no-password --format=custom --dbname=postgres --file="$name.part" || fail "The database could not be dumped."
pg_restore --file=/dev/null "$name.part" || fail "The dump could not be read again."
mv "$name.part" "$name"
sync /backup || sync
echo "made $name"
ls /backup | grep '^postgres-.*\.dump$' | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  rm -f "/backup/$old"
  echo "deleted /backup/$old"
done
