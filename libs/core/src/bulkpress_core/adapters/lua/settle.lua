#!lua flags=allow-oom
-- ARGV: job, number, lane, token, call, now, state, bytes_out, the name under which it is known ('' for none), then the
-- names and values of the file's other fields, its size among them if that was not known before. Replies with the number of twins that it lets go and the job's fields.
local job, number, lane, token, call, now, state, bytes_out, known_as = unpack(ARGV, 1, 9)
local is = standing(job, number, token, call, state)
if is == 'lost' then return {'lease_lost'} end
local HALF_LIFE = 300000  -- of what is known of the lane's pace, in milliseconds of a worker's time

-- Learn the pace of the lane's workers: what was predicted of the file against how long one of them has had it.
local function learn(lane, cost, took)
  local pace = key('lane', lane, 'pace')
  local known_cost, known_ms = unpack(redis.call('HMGET', pace, 'cost', 'ms'))
  local fade = 0.5 ^ (took / HALF_LIFE)
  redis.call('HSET', pace, 'cost', exact((known_cost or 0) * fade + cost), 'ms', exact((known_ms or 0) * fade + took))
  redis.call('PEXPIRE', pace, DAY)
end

local released = 0
if is == 'held' then
  local file = key('file', job, number)
  redis.call('ZREM', key('lane', lane, 'due'), job .. ':' .. number)
  redis.call('HSET', file, 'st', state, 't', call, 'b', bytes_out, unpack(ARGV, 10))
  local tenant, expires = unpack(redis.call('HMGET', key('job', job), 'tenant', 'expires'))
  count_ended(tenant, job, number, state, redis.call('HGET', file, 's'), bytes_out, now)
  if known_as ~= '' and state ~= 'failed' then
    redis.call('SET', key('known', tenant, known_as), job .. ':' .. number, 'PXAT', expires)
  end
  local cost, claimed_at, cached = unpack(redis.call('HMGET', file, 'c', 'p', 'q'))
  redis.call('HDEL', file, 'p')
  if claimed_at and not cached then learn(lane, cost, math.max(0, now - claimed_at)) end
  local twins = take_twins(job, number)
  if lane == HEAVY then  -- as heavy as the one that was just pressed
    for _, twin in ipairs(twins) do redis.call('HSET', key('file', job, twin), 'v', 1) end
  end
  let_wait('LPUSH', lane, tenant, job, twins, #twins * cost, now)  -- of the same content, and so of the same cost
  released = #twins
end
return {'ok', released, redis.call('HGETALL', key('job', job))}
