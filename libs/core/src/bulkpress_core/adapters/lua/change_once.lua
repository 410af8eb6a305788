#!lua flags=allow-oom
-- ARGV: tenant, digest of the key, job, until when it is being received ('' to forget the key).
local tenant, digest, job, lease = unpack(ARGV, 1, 4)
local once = key('once', tenant, digest)
if redis.call('HGET', once, 'job') == job then
  if lease == '' then redis.call('DEL', once) else redis.call('HSET', once, 'lease', lease) end
end
return {'ok'}
