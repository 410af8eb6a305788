#!lua flags=allow-oom
-- ARGV: tenant, now, upload, bytes that were not counted (negative: counted and not sent), bytes a day (0: any number).
local tenant, now, upload, bytes, bytes_a_day = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
redis.call('ZREM', key('uploads', tenant), upload)
if bytes_a_day > 0 and bytes ~= 0 then give(tenant, 'bytes', bytes, bytes_a_day, DAY, now) end
return {'ok'}
