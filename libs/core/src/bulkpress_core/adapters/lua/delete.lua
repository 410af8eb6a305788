#!lua flags=allow-oom
-- ARGV: job, how many files at most, when to look for its objects again ('' for never), receipt ('' for none), how many
-- receipts a tenant keeps, until when. Replies with how many files are left: call again until none is. The first call
-- already makes the job unknown to everything else; a deletion that was interrupted goes on where it stopped.
local job, limit, look_again_at, receipt = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local rest = key('deleted', job)
local files, forget, hooks = unpack(redis.call('HMGET', key('job', job), 'files', 'forget', 'hooks'))
local tenant = redis.call('HGET', key('tenants'), job)

if tenant then
  count_open(tenant, job, -tonumber(redis.call('HGET', key('opens'), job) or 0))
  withdraw_from_all(tenant, job)
  redis.call('ZREM', key('jobs', tenant), job)
end
if files then
  redis.call('UNLINK', key('job', job), key('digests', job), key('failed', job), key('story', job))
  redis.call('PUBLISH', key('stories'), job)
  redis.call('HSET', rest, 'files', math.max(files, hooks or 0))  -- there may be more messages than files
  redis.call('PEXPIREAT', rest, forget)
  if receipt ~= '' then
    redis.call('XADD', key('audit', tenant), 'MAXLEN', '~', ARGV[5], '*', 'r', receipt)
    redis.call('PEXPIREAT', key('audit', tenant), ARGV[6])
  end
end

files = tonumber(redis.call('HGET', rest, 'files') or 0)
local left = math.max(0, files - limit)
for number = left, files - 1 do
  redis.call('UNLINK', key('file', job, number), key('twins', job, number), key('hook', job .. '.' .. number + 1))
  redis.call('ZREM', key('hooks'), job .. '.' .. number + 1)
  for _, lane in ipairs(LANES) do redis.call('ZREM', key('lane', lane, 'due'), job .. ':' .. number) end
end
redis.call('ZREM', key('receiving'), job)
redis.call('ZREM', key('unopened'), job)
redis.call('ZREM', key('awaiting'), job)
if left > 0 then
  redis.call('HSET', rest, 'files', left)
else
  redis.call('DEL', rest)
  if look_again_at ~= '' then
    if tenant then redis.call('ZADD', key('expiring'), look_again_at, job) end
  else
    redis.call('ZREM', key('expiring'), job)
    redis.call('HDEL', key('tenants'), job)
  end
end
return {'ok', left}
