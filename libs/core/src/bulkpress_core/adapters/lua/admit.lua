#!lua
-- ARGV: tenant, now, requests a minute (0: any number), and of an upload: id, until when it is open at most, bytes it
-- announces, and the most uploads at once, files waiting and bytes a day ('' for any number).
-- Replies with what refuses it ('' for nothing) and in how many milliseconds to ask again; else, after those two, with
-- what remains of the requests and when they are all there again, and the same of the bytes; -1 where nothing is limited.
local tenant, now, requests = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local upload, until_when, bytes = ARGV[4], ARGV[5], tonumber(ARGV[6] or 0)
local at_once, most_files, bytes_a_day = tonumber(ARGV[7] or ''), tonumber(ARGV[8] or ''), tonumber(ARGV[9] or '')
local uploads, charged = key('uploads', tenant), key('charged', tenant)

-- Give back what was taken by uploads that nobody has heard of for too long: their gateway died.
local function forget_broken_off()
  for _, dead in ipairs(redis.call('ZRANGE', uploads, '-inf', now, 'BYSCORE')) do
    local taken = tonumber(redis.call('HGET', charged, dead) or 0)
    if bytes_a_day and taken > 0 then give(tenant, 'bytes', -taken, bytes_a_day, DAY, now) end
    redis.call('HSET', charged, dead, 0)  -- should it go on all the same, it is charged at its end
    redis.call('ZREM', uploads, dead)
  end
end

local is_repeated = upload and redis.call('HEXISTS', charged, upload) == 1
if requests > 0 and not is_repeated then
  local wait = take(tenant, 'requests', 1, requests, MINUTE, now)
  if wait > 0 then return {'ok', 'requests', wait} end
end
if upload and not is_repeated then
  forget_broken_off()
  if at_once and redis.call('ZCARD', uploads) >= at_once then return {'ok', 'uploads', 1000} end
  if most_files and tonumber(redis.call('GET', key('open', tenant)) or 0) >= most_files then
    return {'ok', 'files', 30000}
  end
  if bytes_a_day then
    local wait = take(tenant, 'bytes', bytes, bytes_a_day, DAY, now)
    if wait > 0 then return {'ok', 'bytes', wait} end
  end
  if at_once or bytes_a_day then
    redis.call('ZADD', uploads, until_when, upload)
    redis.call('HSET', charged, upload, bytes)
    redis.call('PEXPIRE', uploads, DAY)
    redis.call('PEXPIRE', charged, DAY)
  end
end
local left, whole_in = -1, -1
if requests > 0 then left, whole_in = stand(tenant, 'requests', requests, MINUTE, now) end
local left_bytes, whole_bytes_in = -1, -1
if bytes_a_day then left_bytes, whole_bytes_in = stand(tenant, 'bytes', bytes_a_day, DAY, now) end
return {'ok', '', 0, left, whole_in, left_bytes, whole_bytes_in}
