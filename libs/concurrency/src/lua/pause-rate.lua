--[[
Only ever lengthens a pause: the longer word of the provider counts.

KEYS[1]  the pace, as in acquire-slot.lua
ARGV     milliseconds from now, reason
]]
local time = redis.call('TIME')
local until_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[1])
if until_ms > tonumber(redis.call('HGET', KEYS[1], 'not_before') or 0) then
  redis.call('HSET', KEYS[1], 'not_before', string.format('%.0f', until_ms), 'reason', ARGV[2])
end
