#!lua flags=allow-oom
-- ARGV: tenant, now, upload, bytes that came, bytes a day (0: any number).
local tenant, now, upload, bytes, bytes_a_day = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local taken = redis.call('HGET', key('charged', tenant), upload)
if not taken then return {'ok'} end  -- it was ended before: the reply to that was lost
redis.call('HDEL', key('charged', tenant), upload)
redis.call('ZREM', key('uploads', tenant), upload)
if bytes_a_day > 0 then give(tenant, 'bytes', bytes - taken, bytes_a_day, DAY, now) end
return {'ok'}
