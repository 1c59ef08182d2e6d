--[[
KEYS[1]  the state, as in acquire-slot.lua
ARGV     holder, fence ('' when the answer to the acquisition was lost, so that nobody knows it), channel

Answers 1 when it was his to free; whoever waits is told.
]]
local stored = redis.call('HGET', KEYS[1], 'h:' .. ARGV[1])
if not stored or (ARGV[2] ~= '' and cjson.decode(stored).f ~= ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[1], 'h:' .. ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if tonumber(redis.call('HGET', KEYS[1], 'wanted') or 0) > now then redis.call('PUBLISH', ARGV[3], '') end
return 1
