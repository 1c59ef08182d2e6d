--[[
KEYS[1]  the state, as in acquire-slot.lua
ARGV     holder, fence, length of the lease in milliseconds

Answers 1, or 0: the lease is over, or of an older epoch, or of a run of the server that may have forgotten others.
]]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
if redis.call('HGET', KEYS[1], 'run') ~= run then return 0 end
local stored = redis.call('HGET', KEYS[1], 'h:' .. ARGV[1])
if not stored then return 0 end
local lease = cjson.decode(stored)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if lease.f ~= ARGV[2] or lease.e <= now then return 0 end
lease.l = tonumber(ARGV[3])
lease.e = now + lease.l
redis.call('HSET', KEYS[1], 'h:' .. ARGV[1], cjson.encode(lease))
return 1
