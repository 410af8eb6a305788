#!lua flags=allow-oom
-- ARGV: job, number, lane, token, call, until, and 'unread' if it was not even tried: no error of the file's. The file keeps its place in `due`; being pending there, and not running,
-- is what tells a deferral from a dead worker.
local job, number, lane, token, call = unpack(ARGV, 1, 5)
local is = standing(job, number, token, call, 'pending')
if is == 'lost' then return {'lease_lost'} end
if is == 'held' then
  local file = key('file', job, number)
  redis.call('HSET', file, 'st', 'pending', 't', call)
  redis.call('HINCRBY', file, 'd', 1)
  if not ARGV[7] then redis.call('HINCRBY', file, 'e', 1) end
  redis.call('ZADD', key('lane', lane, 'due'), ARGV[6], job .. ':' .. number)
end
return {'ok'}
