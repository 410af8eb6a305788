#!lua flags=allow-oom
-- ARGV: lane, now, max_attempts, limit, reason and detail of a file that is failed.
-- Replies with how many files were returned and how many were failed.
local lane, now, max_attempts = ARGV[1], ARGV[2], tonumber(ARGV[3])
local due = key('lane', lane, 'due')
local returned, failed = 0, 0

for _, member in ipairs(redis.call('ZRANGE', due, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])) do
  redis.call('ZREM', due, member)
  local job, number = string.match(member, '^(.*):(%d+)$')
  local tenant = redis.call('HGET', key('job', job), 'tenant')
  if tenant then  -- else the record went by itself
    local file = key('file', job, number)
    local state, size, attempts, deferrals = unpack(redis.call('HMGET', file, 'st', 's', 'a', 'd'))
    if state == 'running' and attempts - (deferrals or 0) >= max_attempts then
      redis.call('HSET', file, 'st', 'failed', 'r', ARGV[5], 'x', ARGV[6])
      count_ended(job, 'failed', size, 0, now)
      failed = failed + 1
    else
      redis.call('HSET', file, 'st', 'pending')
      redis.call('LPUSH', key('lane', lane, 'pending', job), number)
      add_waiting(lane, 1)
      enter(lane, tenant, job, true)
      returned = returned + 1
    end
  end
end
return {'ok', returned, failed}
