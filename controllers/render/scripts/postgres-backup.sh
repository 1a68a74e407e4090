# Dumps the database into a file of its own, and then deletes the oldest ones. A file has its final name only when all of it was
# written and could be read again, and nothing is deleted for a dump that failed. Whoever else does the same meanwhile is not
# disturbed: what a dump that was killed has left is known by its age, which none under way can have.
set -eu
umask 077
find /backup -name 'postgres-*.part' -mmin +360 -exec rm -f {} ';'
printf '*:*:*:*:%s\n' "$(cat /etc/fairlead/password)" >/tmp/pgpass
name=/backup/postgres-$(date -u +%Y%m%dT%H%M%SZ).dump
part=$name.$(hostname).part
trap 'rm -f "$part"' EXIT
trap 'exit 1' TERM
fail() {
  echo "$1"
  printf %s "$1" >/dev/termination-log
  exit 1
}
pg_dump --no-password --format=custom --dbname=postgres --file="$part" || fail "The database could not be dumped."
pg_restore --file=/dev/null "$part" || fail "The dump could not be read again."
mv "$part" "$name"
sync /backup || sync
echo "made $name"
ls /backup | grep '^postgres-.*\.dump$' | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  rm -f "/backup/$old"
  echo "deleted /backup/$old"
done
