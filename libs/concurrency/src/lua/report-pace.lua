--[[
What calls met at the provider. Additive increase, multiplicative decrease; faults that come together halve once.
The same as memori.report_pace in PostgreSQL.

KEYS[1]  the state, as in acquire-slot.lua
KEYS[2]  the pace of the rate key
ARGV[1]  the report, as JSON (PaceReport)
]]
local report = cjson.decode(ARGV[1])
local pace = KEYS[2]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

if report.pauseMs > 0 and now + report.pauseMs > tonumber(redis.call('HGET', pace, 'not_before') or 0) then
  redis.call('HSET', pace, 'not_before', string.format('%.0f', now + report.pauseMs),
    'reason', report.pauseReason or 'rate-limited')
end
for _, bucket in ipairs(report.buckets) do
  local kind = bucket.kind
  redis.call('HSET', pace, kind .. '.cap', string.format('%.3f', bucket.limit),
    kind .. '.level', string.format('%.3f', bucket.remaining), kind .. '.rate', string.format('%.9f', bucket.perMs),
    kind .. '.seen', string.format('%.0f', now))
end

local room = tonumber(redis.call('HGET', pace, 'room') or '')
if report.faults > 0 then
  if tonumber(redis.call('HGET', pace, 'halved') or 0) < now - 2000 then
    local in_flight = 0
    local flat = redis.call('HGETALL', KEYS[1])
    for i = 1, #flat, 2 do
      if string.find(flat[i], '^h:') then
        local lease = cjson.decode(flat[i + 1])
        if lease.k == report.rateKey and lease.e > now then in_flight = in_flight + 1 end
      end
    end
    local base = math.min(room or report.most, math.max(2, in_flight + report.faults))
    redis.call('HSET', pace, 'room', math.max(1, math.floor(base / 2)), 'halved', string.format('%.0f', now))
  end
elseif report.oks > 0 and room then
  local grown = room + report.oks / room
  if grown < report.most then
    redis.call('HSET', pace, 'room', string.format('%.3f', grown))
  else
    redis.call('HDEL', pace, 'room')
  end
end
-- A rate key that nobody calls any more needs no memory.
redis.call('PEXPIRE', pace, math.max(3600000, report.pauseMs))
