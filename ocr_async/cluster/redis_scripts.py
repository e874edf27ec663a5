"""What Redis does in one step each, by its own clock: lend a permit, renew and take back permits, let all wait."""

from __future__ import annotations

TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local tat, held, waiting, pause = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local most, interval, lease, holder, number = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local rest = tonumber(redis.call('GET', pause) or 0) - now
if rest > 0 then return tostring(rest) .. ' paused' end
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', held, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', waiting, '-inf', now - 0.25)
  local lent, mine = {}, 0
  for _, permit in ipairs(redis.call('ZRANGE', held, 0, -1)) do
    local who = string.match(permit, '^[^:]+')
    lent[who] = (lent[who] or 0) + 1
  end
  mine = lent[holder] or 0
  local free = redis.call('ZCARD', held) < most
  for _, who in ipairs(redis.call('ZRANGE', waiting, 0, -1)) do
    if who ~= holder and (lent[who] or 0) < mine then free = false end
  end
  if not free then
    redis.call('ZADD', waiting, now, holder)
    redis.call('EXPIRE', waiting, 60)
    return 'full'
  end
  redis.call('ZREM', waiting, holder)
end
local wait = 0
if interval > 0 then
  local at = math.max(now, tonumber(redis.call('GET', tat) or 0))
  redis.call('SET', tat, string.format('%.6f', at + interval), 'EX', math.ceil(at + interval - now) + 60)
  wait = at - now
end
if most > 0 then
  redis.call('ZADD', held, now + wait + lease, holder .. ':' .. number)
  redis.call('EXPIRE', held, math.ceil(wait + lease) + 60)
end
return tostring(wait)
"""

RENEW = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
for _, permit in ipairs(ARGV) do
  if permit ~= ARGV[1] then redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[1]), permit) end
end
"""

RETURN = "redis.call('ZREM', KEYS[1], ARGV[1])"

PAUSE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local till = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.6f', till), 'EX', math.ceil(till - now) + 1)
"""
