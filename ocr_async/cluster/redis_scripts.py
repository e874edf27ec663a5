"""What Redis does in one step each, by its own clock: lend a permit, renew and take back permits, let all wait."""

from __future__ import annotations

_NOW = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
"""

# Turns as in `place`: one that waits has the number of its turn in `line`, and in `seen` when it last asked.

TAKE = (
    _NOW
    + """\
local tat, held, line, seen, turns, pause = unpack(KEYS)
local most, interval, lease, holder, number = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local rest = tonumber(redis.call('GET', pause) or 0) - now
if rest > 0 then return tostring(rest) .. ' paused' end
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', held, '-inf', now)
  for _, who in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - tonumber(ARGV[6]))) do
    redis.call('ZREM', seen, who)
    redis.call('ZREM', line, who)
  end
  local last = tonumber(redis.call('HGET', turns, '') or 0)
  local turn = tonumber(redis.call('ZSCORE', line, holder) or math.max(redis.call('HGET', turns, holder) or 0, last) + 1)
  local first = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
  if redis.call('ZCARD', held) >= most or (first[1] and tonumber(first[2]) < turn) then
    redis.call('ZADD', line, turn, holder)
    redis.call('ZADD', seen, now, holder)
    for _, key in ipairs({line, seen}) do redis.call('EXPIRE', key, 60) end
    return 'full'
  end
  redis.call('ZREM', line, holder)
  redis.call('ZREM', seen, holder)
  redis.call('HSET', turns, holder, turn, '', math.max(turn, last))
  redis.call('EXPIRE', turns, 60)
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
)

RENEW = (
    _NOW
    + """\
for _, permit in ipairs(ARGV) do
  if permit ~= ARGV[1] then redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[1]), permit) end
end
"""
)

RETURN = """
local held, line, holder, permit = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if redis.call('ZREM', held, permit) == 0 then return '' end
local first = redis.call('ZRANGE', line, 0, 0)[1]
if first and first ~= holder then redis.call('PUBLISH', 'ocr-async:' .. first, held) end
return first or ''
"""

PAUSE = (
    _NOW
    + """\
local till = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.6f', till), 'EX', math.ceil(till - now) + 1)
"""
)
