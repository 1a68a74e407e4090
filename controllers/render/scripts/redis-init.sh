# Makes the volume ready for the redis-server of this image, or refuses to.
set -eu
umask 077
said=$(redis-server --version)
version=$(echo "$said" | sed -n 's/.* v=\([0-9]*\.[0-9]*\).*/\1/p')
if [ -z "$version" ]; then
  echo "redis-server does not say its version: $said"
  exit 1
fi
# The format of what is written changes with the minor version, and only newer servers read older ones.
if [ -s /data/VERSION ]; then
  has=$(cat /data/VERSION)
  newest=$(printf '%s\n%s\n' "$has" "$version" | sort -t . -k 1,1n -k 2,2n | tail -n 1)
  if [ "$newest" != "$version" ]; then
    why="The volume holds data of Redis $has, which Redis $version of the image cannot read. Nothing was changed. Set spec.redis.managed.image to an image of Redis $has or newer."
    echo "$why"
    printf %s "$why" >/dev/termination-log
    exit 100
  fi
fi
printf %s "$version" >/data/VERSION.new
mv /data/VERSION.new /data/VERSION
# The passwords that the server takes are in this file from then on: it writes what the operator changes there itself. A password
# that is not in it belongs to a Secret that was made anew, and is added.
digest=$(cat /etc/fairlead/password | tr -d '\n' | sha256sum)
digest=${digest%% *}
acl=/data/users.acl
if [ ! -s "$acl" ]; then
  printf 'user default on #%s ~* &* +@all\nuser probe on nopass +ping\n' "$digest" >"$acl.new"
  mv "$acl.new" "$acl"
elif ! grep -q "#$digest" "$acl"; then
  sed "s/^user default on /&#$digest /" "$acl" >"$acl.new"
  mv "$acl.new" "$acl"
fi
printf %s "$version" >/dev/termination-log
