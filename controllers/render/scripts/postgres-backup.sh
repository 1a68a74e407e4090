# Dumps the database into a file of its own, and then deletes the oldest ones. A file has its final name only when all of it was
# written and could be read again, and nothing is deleted for a dump that failed. Whoever else does the same meanwhile is not
# disturbed: what a dump that was killed has left is known by its age, which none under way can have. Files of other names are
# nobody's business, be they a person's or the file system's.
set -eu
umask 077
fail() {
  echo "$1"
  printf %s "$1" >/dev/termination-log
  exit 1
}
ls /backup >/dev/null || fail "The volume of backups cannot be read."
# It fails when a dump of another one gets its final name under its eyes.
find /backup -maxdepth 1 -name 'postgres-*.part' -mmin +360 -exec rm -f {} ';' || true
printf '*:*:*:*:%s\n' "$(cat /etc/fairlead/password)" >/tmp/pgpass
new=postgres-$(date -u +%Y%m%dT%H%M%SZ).dump
part=/backup/$new.$(hostname).part
trap 'rm -f "$part"' EXIT
trap 'exit 1' TERM
pg_dump --no-password --format=custom --dbname=postgres --file="$part" || fail "The database could not be dumped."
pg_restore --file=/dev/null "$part" || fail "The dump could not be read again."
mv "$part" "/backup/$new"
sync /backup || sync
echo "made /backup/$new"
# Only what is older than the new one by its name may go. What is newer was made by another one meanwhile, or by a clock that was wrong.
ls /backup | grep -E '^postgres-[0-9]{8}T[0-9]{6}Z\.dump$' | sort -r | sed -n "/^$new\$/,\$p" | tail -n "+$((KEEP + 1))" | while read -r old; do
  rm -f "/backup/$old"
  echo "deleted /backup/$old"
done
