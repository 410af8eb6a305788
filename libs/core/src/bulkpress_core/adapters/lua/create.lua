#!lua
-- ARGV: job, call, now, expires, forget (when the record goes by itself), tenant, then the names and values of the job's
-- fields.
local job, call, now, expires, forget, tenant = unpack(ARGV, 1, 6)
if job_exists(job) then
  if redis.call('HGET', key('job', job), 'created_by') == call then return {'ok'} end
  return {'conflict', 'job ' .. job .. ' is there already'}
end
redis.call('HSET', key('job', job), 'created_by', call, 'forget', forget, unpack(ARGV, 7))
redis.call('PEXPIREAT', key('job', job), forget)
redis.call('ZADD', key('expiring'), expires, job)
redis.call('ZADD', key('receiving'), now, job)
redis.call('ZADD', key('jobs', tenant), now, job)
redis.call('HSET', key('tenants'), job, tenant)
return {'ok'}
