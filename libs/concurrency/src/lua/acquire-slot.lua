--[[
Takes a slot of all and a slot of the user, or none, by this server's clock.

KEYS[1]  the state: one hash, so that whatever loses a part of it (an eviction, a DEL) loses all of it, epoch included
           epoch, run, from    since when grants are made, and by which run of the server
           next, last          fences that are left of the block drawn from PostgreSQL
           wanted              until when a freed slot is worth a notice
           h:<holder>          one lease, as JSON { f: fence, e: expires, l: length, b: background, u: user, k: rate key }
KEYS[2]  the pace of the rate key, a hash: not_before, reason, kept, room, halved, turn, and <kind>.cap, .level, .rate, .seen
ARGV[1]  the wish, as JSON (SlotAsk)
ARGV[2]  a block of fences, as JSON { first, last, isFirst, askedAt, askedFor }, or ''

Answers JSON (SlotAnswer), or { need = 'fences', askedAt, askedFor }: come again with a block.

A server that restarted, or a replica that was promoted, may hold a state that lacks the last grants: it has another run
id than the one that wrote the epoch, and begins a new one. The time of all entries is in milliseconds.
]]
local state, pace = KEYS[1], KEYS[2]
local ask = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''

local fields, leases = {}, {}
local flat = redis.call('HGETALL', state)
for i = 1, #flat, 2 do
  local holder = string.match(flat[i], '^h:(.+)$')
  if holder then leases[holder] = cjson.decode(flat[i + 1]) else fields[flat[i]] = flat[i + 1] end
end

local is_lost = fields.epoch == nil or fields.run ~= run
local asked_for = is_lost and '' or fields.epoch
if is_lost or tonumber(fields.next) > tonumber(fields.last) then
  -- A block that was on its way for long might be older than one that was used and lost since.
  local block = ARGV[2] ~= '' and cjson.decode(ARGV[2]) or nil
  local is_fresh = block and block.askedFor == asked_for and now >= block.askedAt and now < block.askedAt + ask.leaseMs
  if not is_fresh then
    return cjson.encode({ need = 'fences', askedAt = now, askedFor = asked_for })
  end
  fields.next, fields.last = block.first, block.last
  if is_lost then
    leases = {}
    redis.call('DEL', state)
    fields.epoch, fields.run = ask.holder, run
    fields.from = block.isFirst and now or now + ask.leaseMs
    redis.call('HSET', state, 'epoch', fields.epoch, 'run', run, 'from', string.format('%.0f', fields.from))
  end
  redis.call('HSET', state, 'next', block.first, 'last', block.last)
end

local function answer(fields_of_it)
  fields_of_it.epoch = fields.epoch
  return cjson.encode(fields_of_it)
end

-- A wish for nothing only opens the store.
if ask.most == 0 then return answer({}) end

local from = tonumber(fields.from)
if from > now then
  -- A clock that was set back must not make the wait longer than a lease.
  if from > now + ask.leaseMs then
    from = now + ask.leaseMs
    redis.call('HSET', state, 'from', string.format('%.0f', from))
  end
  return answer({ denied = 'epoch', waitMs = from - now })
end

local p = {}
if ask.rateKey then
  local stored = redis.call('HGETALL', pace)
  for i = 1, #stored, 2 do p[stored[i]] = stored[i + 1] end
end
local not_before = tonumber(p.not_before or 0)
-- What somebody waits for and was held back goes first: until then the model is not for background work.
local kept = tonumber(p.kept or 0)
if ask.isBackground and kept > now then return answer({ denied = 'background', waitMs = math.ceil(kept - now) }) end
local function hold_back(wait_ms)
  if ask.isBackground or now + wait_ms + 2000 <= kept then return end
  redis.call('HSET', pace, 'kept', string.format('%.0f', now + wait_ms + 2000))
end
if not_before > now then
  hold_back(not_before - now)
  return answer({
    denied = 'paused',
    because = p.reason or 'rate-limited',
    waitMs = not_before - now,
    isPaced = true,
  })
end

local user = cjson.encode({ ask.tenantId, ask.userId })
local in_use, of_user, in_background, of_user_in_background, of_key = 0, 0, 0, 0, 0
for holder, lease in pairs(leases) do
  if lease.e > now + lease.l then
    lease.e = now + lease.l
    redis.call('HSET', state, 'h:' .. holder, cjson.encode(lease))
  end
  if lease.e <= now then
    redis.call('HDEL', state, 'h:' .. holder)
  else
    in_use = in_use + 1
    if lease.u == user then of_user = of_user + 1 end
    if lease.b then in_background = in_background + 1 end
    if lease.b and lease.u == user then of_user_in_background = of_user_in_background + 1 end
    if lease.k == ask.rateKey then of_key = of_key + 1 end
  end
end

local refused
if in_use >= ask.most then
  refused = 'all'
elseif of_user >= ask.mostPerUser then
  refused = 'user'
elseif ask.isBackground and (in_background >= ask.mostBackground or of_user_in_background >= ask.mostBackgroundPerUser) then
  refused = 'background'
end
if refused then
  if tonumber(fields.wanted or 0) < now + 600000 then
    redis.call('HSET', state, 'wanted', string.format('%.0f', now + 900000))
  end
  return answer({ denied = refused, inUse = in_use })
end

-- As memori.take_pace in PostgreSQL: below the last tenth of a bucket only what flows in is given out.
local costs = {
  requests = 1,
  inputTokens = ask.inputTokens,
  outputTokens = ask.outputTokens,
  tokens = ask.inputTokens + ask.outputTokens,
}
local wait, step, levels = 0, 0, {}
for kind, cost in pairs(costs) do
  if p[kind .. '.cap'] then
    local cap, rate = tonumber(p[kind .. '.cap']), tonumber(p[kind .. '.rate'])
    local passed = math.max(0, now - tonumber(p[kind .. '.seen']))
    local level = math.min(cap, tonumber(p[kind .. '.level']) + rate * passed)
    wait = math.max(wait, (math.min(cap, cost + cap / 10) - level) / rate)
    step = math.max(step, cost / rate)
    levels[kind] = level - cost
  end
end
if p.room and of_key >= math.floor(tonumber(p.room)) then
  wait, step = math.max(wait, 250), math.max(step, 100)
end
if wait > 0 then
  local turn = math.min(now + 30000, math.max(now + wait, tonumber(p.turn or 0) + step))
  redis.call('HSET', pace, 'turn', string.format('%.3f', turn))
  hold_back(turn - now)
  return answer({ denied = 'paced', waitMs = math.max(1, math.ceil(turn - now)), inUse = in_use, isPaced = true })
end
for kind, level in pairs(levels) do
  redis.call('HSET', pace, kind .. '.level', string.format('%.3f', level), kind .. '.seen', string.format('%.0f', now))
end

local fence = tonumber(fields.next)
redis.call('HSET', state, 'next', string.format('%.0f', fence + 1), 'h:' .. ask.holder, cjson.encode({
  f = string.format('%.0f', fence),
  e = now + ask.leaseMs,
  l = ask.leaseMs,
  b = ask.isBackground,
  u = user,
  k = ask.rateKey,
}))
return answer({ fence = string.format('%.0f', fence), inUse = in_use + 1, isPaced = p.room ~= nil })
