-- Takes back what a replica does not need, charges what it owes, and renews its leases.
--
-- KEYS: for each counter its window and its slots, as in reserve.lua.
-- ARGV: name of the replica, milliseconds of a lease, and for each counter: milliseconds of the window; number of the window that
-- what is given back was granted in; requests and tokens given back; requests and tokens owed; the number of slots given back,
-- and these; the number of slots to renew, and these.
-- Returns the time in milliseconds, as a list.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local replica, lease = ARGV[1], tonumber(ARGV[2])
local at = 2

local function arg()
  at = at + 1
  return tonumber(ARGV[at])
end

local function slot()
  at = at + 1
  return replica .. ':' .. ARGV[at]
end

for i = 1, #KEYS, 2 do
  local length, window = arg(), arg()
  local back, owed = {arg(), arg()}, {arg(), arg()}
  local w = math.floor(now / length)
  local held = redis.call('HMGET', KEYS[i], 'w', 'r', 't')
  local used, current = owed, tonumber(held[1]) == w
  for k = 1, 2 do
    if current then
      used[k] = used[k] + tonumber(held[k + 1])
      if window == w then
        used[k] = math.max(used[k] - back[k], 0)
      end
    end
  end
  if current or used[1] + used[2] > 0 then
    redis.call('HSET', KEYS[i], 'w', w, 'r', used[1], 't', used[2])
    redis.call('PEXPIRE', KEYS[i], length - now % length + 1000)
  end
  for _ = 1, arg() do
    redis.call('ZREM', KEYS[i + 1], slot())
  end
  local renewed = arg()
  for _ = 1, renewed do
    redis.call('ZADD', KEYS[i + 1], now + lease, slot())
  end
  if renewed > 0 then
    redis.call('PEXPIRE', KEYS[i + 1], lease)
  end
end
return {now}
