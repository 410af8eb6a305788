#!lua flags=allow-oom
-- ARGV: job, number, lane, token, call, lane to wait in: the same, or the heavy one.
local job, number, lane, token, call, into = unpack(ARGV, 1, 6)
local is = standing(job, number, token, call, 'pending')
if is == 'lost' then return {'lease_lost'} end
if is == 'held' then
  local file = key('file', job, number)
  redis.call('HSET', file, 'st', 'pending', 't', call)
  redis.call('HINCRBY', file, 'd', 1)
  if into == HEAVY then redis.call('HSET', file, 'v', 1) end
  redis.call('ZREM', key('lane', lane, 'due'), job .. ':' .. number)
  local claimed_at = redis.call('HGET', file, 'p')
  local tenant = redis.call('HGET', key('job', job), 'tenant')
  let_wait('LPUSH', into, tenant, job, {number}, cost_of(job, number), claimed_at)
end
return {'ok'}
