#!lua flags=allow-oom
-- ARGV: job, how many files at most. Replies with how many are left: call again until none is. The first call
-- already makes the job unknown to everything else; a deletion that was interrupted goes on where it stopped.
local job, limit = ARGV[1], tonumber(ARGV[2])
local rest = key('deleted', job)
local tenant, lane, files, forget = unpack(redis.call('HMGET', key('job', job), 'tenant', 'lane', 'files', 'forget'))

if tenant then
  if lane then
    add_waiting(lane, -redis.call('LLEN', key('lane', lane, 'pending', job)))
    redis.call('DEL', key('lane', lane, 'pending', job))
    redis.call('ZREM', key('lane', lane, 'turns', tenant), job)
    leave_if_done(lane, tenant)
  end
  redis.call('ZREM', key('unopened'), job)
  redis.call('DEL', key('job', job))
  redis.call('HSET', rest, 'lane', lane or '', 'files', files)
  redis.call('PEXPIREAT', rest, forget)
end

lane, files = unpack(redis.call('HMGET', rest, 'lane', 'files'))
files = tonumber(files or 0)
local left = math.max(0, files - limit)
for number = left, files - 1 do
  redis.call('UNLINK', key('file', job, number))
  if lane ~= '' then redis.call('ZREM', key('lane', lane, 'due'), job .. ':' .. number) end
end
if left > 0 then
  redis.call('HSET', rest, 'files', left)
else
  redis.call('DEL', rest)
  redis.call('ZREM', key('expiring'), job)
  redis.call('HDEL', key('tenants'), job)
  redis.call('ZREM', key('unopened'), job)
end
return {'ok', left}
