#!lua
-- ARGV: tenant, digest of the key, digest of the request, job, now, until when it is being received, until when the key
-- is remembered. Replies with 'new', 'reused', 'in_use', or 'accepted' and the job that the key stands for.
local tenant, digest, request, job, now, lease, forget = unpack(ARGV, 1, 7)
local once = key('once', tenant, digest)
local known = redis.call('HMGET', once, 'request', 'job', 'lease')
if known[2] and known[2] ~= job then  -- the same job: the reply to this very call was lost
  local state = redis.call('HGET', key('job', known[2]), 'state')
  local accepted, alive = state and state ~= 'receiving', tonumber(known[3]) > tonumber(now)
  if (accepted or alive) and known[1] ~= request then return {'ok', 'reused', ''} end
  if accepted then return {'ok', 'accepted', known[2]} end
  if alive then return {'ok', 'in_use', ''} end
end
redis.call('HSET', once, 'request', request, 'job', job, 'lease', lease)
redis.call('PEXPIREAT', once, forget)
return {'ok', 'new', ''}
