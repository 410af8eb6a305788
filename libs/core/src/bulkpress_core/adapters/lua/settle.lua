#!lua flags=allow-oom
-- ARGV: job, number, lane, token, call, now, state, bytes_out, then the names and values of the file's other fields.
-- Replies with the job's fields.
local job, number, lane, token, call, now, state, bytes_out = unpack(ARGV, 1, 8)
local is = standing(job, number, token, call, state)
if is == 'lost' then return {'lease_lost'} end
if is == 'held' then
  local file = key('file', job, number)
  redis.call('ZREM', key('lane', lane, 'due'), job .. ':' .. number)
  redis.call('HSET', file, 'st', state, 't', call, 'b', bytes_out, unpack(ARGV, 9))
  count_ended(job, state, redis.call('HGET', file, 's'), bytes_out, now)
end
return {'ok', redis.call('HGETALL', key('job', job))}
