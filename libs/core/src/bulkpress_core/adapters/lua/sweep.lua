#!lua flags=allow-oom
-- ARGV: lane, now, max_attempts, limit, reason and detail of a file that is failed.
-- Replies with how many files were returned and how many were failed.
local lane, now, max_attempts = ARGV[1], ARGV[2], tonumber(ARGV[3])
local due = key('lane', lane, 'due')
local returned, failed = 0, 0

local function fail(tenant, job, number)
  local file = key('file', job, number)
  redis.call('HSET', file, 'st', 'failed', 'r', ARGV[5], 'x', ARGV[6])
  count_ended(tenant, job, number, 'failed', 0, 0, now)
  failed = failed + 1
end

for _, member in ipairs(redis.call('ZRANGE', due, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])) do
  redis.call('ZREM', due, member)
  local job, number = string.match(member, '^(.*):(%d+)$')
  local tenant, cancelled = unpack(redis.call('HMGET', key('job', job), 'tenant', 'cancelled'))
  if tenant and cancelled == '0' then  -- else it was cancelled, or the record went by itself
    local file = key('file', job, number)
    local state, attempts, given_back = unpack(redis.call('HMGET', file, 'st', 'a', 'd'))
    if state == 'running' and attempts - (given_back or 0) >= max_attempts then
      fail(tenant, job, number)
      for _, twin in ipairs(take_twins(job, number)) do fail(tenant, job, twin) end  -- they would take as many workers with them
    else
      redis.call('HSET', file, 'st', 'pending')
      let_wait('LPUSH', lane, tenant, job, {number}, cost_of(job, number), now)
      returned = returned + 1
    end
  end
end
return {'ok', returned, failed}
