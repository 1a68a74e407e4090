-- Says what is charged to counters, and changes nothing.
--
-- KEYS: for each counter its window and its slots, as in reserve.lua. ARGV: for each counter the milliseconds of its window.
-- Returns the time in milliseconds, and for each counter the requests, tokens and slots.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply = {now}
for i = 1, #KEYS, 2 do
  local held = redis.call('HMGET', KEYS[i], 'w', 'r', 't')
  local current = tonumber(held[1]) == math.floor(now / tonumber(ARGV[(i + 1) / 2]))
  for k = 1, 2 do
    reply[#reply + 1] = current and tonumber(held[k + 1]) or 0
  end
  reply[#reply + 1] = redis.call('ZCOUNT', KEYS[i + 1], '(' .. string.format('%.0f', now), '+inf')
end
return reply
