#!lua
-- ARGV: key id, call, created, when to forget it ('' for never), then the names and values of the key's fields.
local id, call, created, forget = unpack(ARGV, 1, 4)
if redis.call('EXISTS', key('key', id)) == 1 then
  if redis.call('HGET', key('key', id), 'added_by') == call then return {'ok'} end
  return {'conflict', 'key ' .. id .. ' is there already'}
end
redis.call('HSET', key('key', id), 'added_by', call, unpack(ARGV, 5))
if forget ~= '' then redis.call('PEXPIREAT', key('key', id), forget) end
redis.call('ZADD', key('keys'), created, id)
return {'ok'}
