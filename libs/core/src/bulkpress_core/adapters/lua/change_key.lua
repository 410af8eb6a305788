#!lua flags=allow-oom
-- ARGV: key id, digest that the key must have ('' for any), when to forget it ('' for as before), then the names and
-- values of the fields to set. Replies with the key's fields.
local id, digest, forget = ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HMGET', key('key', id), 'digest', 'revoked')
if not record[1] or record[2] then return {'key_not_found'} end
if digest ~= '' and record[1] ~= digest then return {'conflict', 'key ' .. id .. ' was rotated by somebody else just now'} end
redis.call('HSET', key('key', id), unpack(ARGV, 4))
if forget ~= '' then redis.call('PEXPIREAT', key('key', id), forget) end
return {'ok', redis.call('HGETALL', key('key', id))}
