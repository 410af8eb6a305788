#!lua flags=allow-oom
-- ARGV: job, now. Whatever has not ended has done so with this one change: readers and `standing` go by the job's count
-- of cancelled files. Replies with the job's fields.
local job, now = ARGV[1], ARGV[2]
local record = redis.call('HMGET', key('job', job), 'state', 'tenant', 'files', 'done', 'kept', 'failed')
if not record[1] then return {'job_not_found'} end
if record[1] ~= 'finished' then
  local ended = record[4] + record[5] + record[6]
  withdraw_from_all(record[2], job)
  count_open(record[2], job, ended - record[3])
  redis.call('HSET', key('job', job), 'cancelled', record[3] - ended, 'state', 'finished', 'finished', now)
  redis.call('ZREM', key('receiving'), job)
  redis.call('ZREM', key('unopened'), job)
  redis.call('ZREM', key('awaiting'), job)
  redis.call('DEL', key('digests', job))
  tell(job, 'c', 'f')
  notify(job, 'job.finished', '', now)
end
return {'ok', redis.call('HGETALL', key('job', job))}
