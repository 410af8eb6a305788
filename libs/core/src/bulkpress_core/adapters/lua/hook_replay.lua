#!lua
-- ARGV: job, tenant, id, now. Replies with the message's fields, or with nothing more than 'ok' if there is none.
local job, tenant, id, now = unpack(ARGV, 1, 4)
local url = redis.call('HGET', key('job', job), 'webhook')
if not url or redis.call('EXISTS', key('hook', id)) == 0 then return {'ok'} end
redis.call('DEL', key('address', tenant, redis.sha1hex(url)))
redis.call('HSET', key('hook', id), 's', 'pending', 'i', 0, 'r', now)
redis.call('ZADD', key('hooks'), now, id)
return {'ok', redis.call('HGETALL', key('hook', id))}
