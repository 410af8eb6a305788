#!lua flags=allow-oom
-- ARGV: now, end of the lease. Replies with id, tenant, url and the message's fields, or with nothing more than 'ok'.
local now, lease_ends = ARGV[1], ARGV[2]
for _ = 1, 1000 do
  local id = redis.call('ZRANGE', key('hooks'), '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
  if not id then return {'ok'} end
  local job = string.match(id, '^(.*)%.%d+$')
  local tenant, url = unpack(redis.call('HMGET', key('job', job), 'tenant', 'webhook'))
  local down = tenant and redis.call('HMGET', key('address', tenant, redis.sha1hex(url)), 'gone', 'until')
  if not tenant or redis.call('EXISTS', key('hook', id)) == 0 then
    redis.call('ZREM', key('hooks'), id)
  elseif tonumber(down[1] or 0) >= GONE_TIMES then
    redis.call('ZREM', key('hooks'), id)
    redis.call('HSET', key('hook', id), 's', 'disabled')
  elseif tonumber(down[2] or 0) > tonumber(now) then
    redis.call('ZADD', key('hooks'), down[2], id)
  else
    redis.call('ZADD', key('hooks'), lease_ends, id)
    redis.call('HINCRBY', key('hook', id), 'i', 1)
    redis.call('HSET', key('hook', id), 't', now)
    return {'ok', id, tenant, url, redis.call('HGETALL', key('hook', id))}
  end
end
return {'ok'}  -- the next call goes on
