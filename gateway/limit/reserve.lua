-- Admits one request: all of its claims, or none. What a replica owes is charged in either case.
--
-- KEYS: for each claim its window, a hash of the window's number w and of what was charged to it, r and t; and its slots, a sorted
-- set of leases by when they end.
-- ARGV: name of the replica, milliseconds of a lease, and for each claim: milliseconds of the window; for requests and for tokens
-- the limit, what is needed, what is wanted ahead, what is owed; for slots the limit, what is needed, what is wanted ahead, and
-- the number of the first. Where nothing is needed, nothing is granted.
-- Returns the time in milliseconds, 1 for admitted, and for each claim what is granted and what is left of the three.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local replica, lease = ARGV[1], tonumber(ARGV[2])
local fields = {'r', 't'}
local admitted = 1
local claims = {}

for i = 1, #KEYS / 2 do
  local arg = 2 + (i - 1) * 13
  local length = tonumber(ARGV[arg + 1])
  local c = {w = math.floor(now / length), ends = length - now % length, used = {}, left = {}, need = {}, ahead = {}, owed = 0}
  local held = redis.call('HMGET', KEYS[2 * i - 1], 'w', 'r', 't')
  for k = 1, 2 do
    local a = arg + 1 + (k - 1) * 4
    local owed = tonumber(ARGV[a + 4])
    c.need[k], c.ahead[k] = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
    c.used[k] = owed
    if tonumber(held[1]) == c.w then
      c.used[k] = c.used[k] + tonumber(held[k + 1])
    end
    c.left[k] = math.max(tonumber(ARGV[a + 1]) - c.used[k], 0)
    c.owed = c.owed + owed
  end
  c.need[3], c.ahead[3], c.first = tonumber(ARGV[arg + 11]), tonumber(ARGV[arg + 12]), tonumber(ARGV[arg + 13])
  c.left[3] = 0
  if c.need[3] > 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[2 * i], '-inf', now)
    c.left[3] = math.max(tonumber(ARGV[arg + 10]) - redis.call('ZCARD', KEYS[2 * i]), 0)
  end
  for k = 1, 3 do
    if c.need[k] > c.left[k] then
      admitted = 0
    end
  end
  claims[i] = c
end

local reply = {now, admitted}
for i, c in ipairs(claims) do
  local granted = {0, 0, 0}
  for k = 1, 3 do
    if admitted == 1 and c.need[k] > 0 then
      -- A sixteenth of what is left: see aheadShare.
      granted[k] = c.need[k] + math.min(c.ahead[k], math.floor((c.left[k] - c.need[k]) / 16))
      c.left[k] = c.left[k] - granted[k]
    end
    reply[#reply + 1] = granted[k]
    reply[#reply + 1] = c.left[k]
  end
  if c.owed + granted[1] + granted[2] > 0 then
    redis.call('HSET', KEYS[2 * i - 1], 'w', c.w, 'r', c.used[1] + granted[1], 't', c.used[2] + granted[2])
    redis.call('PEXPIRE', KEYS[2 * i - 1], c.ends + 1000)
  end
  for n = 0, granted[3] - 1 do
    redis.call('ZADD', KEYS[2 * i], now + lease, replica .. ':' .. string.format('%.0f', c.first + n))
  end
  if granted[3] > 0 then
    redis.call('PEXPIRE', KEYS[2 * i], lease)
  end
end
return reply
