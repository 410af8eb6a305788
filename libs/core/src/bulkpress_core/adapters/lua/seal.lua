#!lua
-- ARGV: job, call, now, level, image_quality. Replies with the job's fields.
local job, call, now = ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HMGET', key('job', job), 'state', 'sealed_by')
if not record[1] then return {'job_not_found'} end
if record[2] ~= call then
  if record[1] ~= 'receiving' then return {'job_sealed'} end
  redis.call('HSET', key('job', job), 'state', 'queued', 'sealed_by', call, 'level', ARGV[4], 'image_quality', ARGV[5])
  redis.call('ZREM', key('receiving'), job)
  redis.call('ZADD', key('unopened'), now, job)
  redis.call('DEL', key('digests', job))
end
return {'ok', redis.call('HGETALL', key('job', job))}
