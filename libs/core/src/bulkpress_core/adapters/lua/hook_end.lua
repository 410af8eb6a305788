#!lua flags=allow-oom
-- ARGV: id, state after it, status ('' for none), error, when to send it again ('' for never), tenant, url, until when
-- others to that address wait ('' for not at all), how long the address is remembered in milliseconds.
local id, state, status, error, again, tenant, url, wait_until, remembered = unpack(ARGV, 1, 9)
local address = key('address', tenant, redis.sha1hex(url))
if redis.call('EXISTS', key('hook', id)) == 1 then
  redis.call('HSET', key('hook', id), 's', state, 'c', status, 'e', error)
  if again ~= '' then redis.call('ZADD', key('hooks'), again, id) else redis.call('ZREM', key('hooks'), id) end
else
  redis.call('ZREM', key('hooks'), id)
end
if state == 'delivered' then
  redis.call('DEL', address)
else
  if status == '410' then redis.call('HINCRBY', address, 'gone', 1) else redis.call('HDEL', address, 'gone') end
  if wait_until ~= '' then redis.call('HSET', address, 'until', wait_until) end
  redis.call('PEXPIRE', address, remembered)
end
return {'ok'}
