#!lua
-- ARGV: job, number, call, now, reason and detail of its failure ('' for a file that has arrived). Replies with the lane
-- in which it waits now, '' for none.
local job, number, call, now, reason, detail = unpack(ARGV, 1, 6)
local record = redis.call('HMGET', key('job', job), 'state', 'tenant', 'lane', 'cancelled', 'forget')
local state, tenant, lane = record[1], record[2], record[3]
if not state then return {'job_not_found'} end
local file = key('file', job, number)
local is, by, heavy, cost = unpack(redis.call('HMGET', file, 'st', 't', 'v', 'c'))
local into = state == 'running' and (heavy and HEAVY or lane) or ''
if is ~= 'awaiting_upload' and by == call then return {'ok', into} end
if record[4] ~= '0' or is ~= 'awaiting_upload' then return {'not_awaited'} end

redis.call('HSET', file, 't', call)
redis.call('HDEL', file, 'm')
if redis.call('HINCRBY', key('job', job), 'awaiting', -1) > 0 then
  redis.call('ZADD', key('awaiting'), now, job)
else
  redis.call('ZREM', key('awaiting'), job)
end
if reason ~= '' then  -- not in the list of those that failed: there is nothing to try again
  redis.call('HSET', file, 'st', 'failed', 'r', reason, 'x', detail)
  count_open(tenant, job, -1)
  redis.call('HINCRBY', key('job', job), 'failed', 1)
  notify(job, 'file.failed', number, now)
  -- a job that is not opened yet ends when it is
  if state == 'running' and finish_with_last_file(job, now) then tell(job, number, 'f') else tell(job, number) end
  return {'ok', ''}
end
redis.call('HSET', file, 'st', 'pending')
if state == 'running' then
  let_wait('RPUSH', into, tenant, job, {number}, tonumber(cost), now)
else
  local list = wait_list(heavy and HEAVY or '', job)
  redis.call('RPUSH', list, number)
  redis.call('PEXPIREAT', list, record[5])
  redis.call('HINCRBYFLOAT', key('job', job), heavy and 'waits_heavy' or 'waits', cost)
end
return {'ok', into}
