#!lua
-- ARGV: lane, token, end of the lease, now. Replies with job, tenant, what was asked of the job, number, the file's
-- fields, the job's purpose ('' for compression) and its record's version ('' for the first), or with nothing more than 'ok' when the lane is empty.
local lane, token, lease_ends, now = unpack(ARGV, 1, 4)
local tenants = key('lane', lane, 'tenants')

-- The next job with a record. One whose record went by itself, long after its end, loses its place here.
local tenant, had, job
repeat
  local least = redis.call('ZRANGE', tenants, 0, 0, 'WITHSCORES')
  if not least[1] then return {'ok'} end
  tenant, had = least[1], tonumber(least[2])
  job = redis.call('ZRANGE', key('lane', lane, 'turns', tenant), 0, 0)[1]
  local there = job and job_exists(job)
  if job and not there then withdraw(lane, tenant, job) end
  if not job then leave_if_done(lane, tenant) end
until there

redis.call('ZREM', key('lane', lane, 'turns', tenant), job)
local pending = wait_list(lane, job)
local number = redis.call('LPOP', pending)
local file = key('file', job, number)
redis.call('HINCRBY', file, 'a', 1)
redis.call('HSET', file, 'st', 'running', 't', token, 'p', now)
redis.call('ZADD', key('lane', lane, 'due'), lease_ends, job .. ':' .. number)
local cost = tonumber(redis.call('HGET', file, 'c'))
add_waiting(lane, tenant, job, -1, -cost)

local asked = redis.call('HMGET', key('job', job), 'asked', 'weight', 'purpose', 'v')
local charge = math.max(cost, 1) / tonumber(asked[2])
redis.call('ZADD', tenants, exact(had + charge), tenant)
redis.call('HSET', key('lane', lane), 'clock', exact(had))
redis.call('ZREMRANGEBYSCORE', key('lane', lane, 'absent'), '-inf', exact(had))
if redis.call('EXISTS', pending) == 1 then enter(lane, tenant, job) end
leave_if_done(lane, tenant)
return {'ok', job, tenant, asked[1] or '', number, redis.call('HGETALL', file), asked[3] or '', asked[4] or ''}
