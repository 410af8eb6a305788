#!lua
-- ARGV: job, call, now, expires ('' to leave it), names and values of what was asked. Replies with the job's fields.
local job, call, now, expires = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local record = redis.call('HMGET', key('job', job), 'state', 'sealed_by', 'expires')
if not record[1] then return {'job_not_found'} end
if record[2] ~= call then
  if record[1] ~= 'receiving' then return {'job_sealed'} end
  redis.call('HSET', key('job', job), 'state', 'queued', 'sealed_by', call, 'accepted', now, unpack(ARGV, 5))
  if expires ~= '' and tonumber(expires) < tonumber(record[3]) then
    redis.call('HSET', key('job', job), 'expires', expires)
    redis.call('ZADD', key('expiring'), expires, job)
  end
  redis.call('ZREM', key('receiving'), job)
  redis.call('ZADD', key('unopened'), now, job)
  redis.call('DEL', key('digests', job))
end
return {'ok', redis.call('HGETALL', key('job', job))}
