#!lua
-- ARGV: job, how many files at most, now. Replies with the job's lane, the number of files put into it and into the heavy one.
local job, limit, now = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local tenant, lane, cancelled = unpack(redis.call('HMGET', key('job', job), 'tenant', 'lane', 'cancelled'))
if not tenant then return {'job_not_found'} end
if cancelled ~= '0' then return {'job_cancelled'} end
local numbers = redis.call('LPOP', key('failed', job), limit) or {}
if #numbers == 0 then return {'ok', lane or LANES[1], 0, 0} end  -- a job that was never opened has no lane

local light, heavy = {}, {}
local light_cost, heavy_cost = 0, 0
for _, number in ipairs(numbers) do
  local file = key('file', job, number)
  redis.call('HSET', file, 'st', 'pending', 'a', 0)
  redis.call('HDEL', file, 't', 'd', 'e', 'r', 'x', 'o', 'b', 'w', 'z', 'y', 'q')
  local cost = cost_of(job, number)
  if redis.call('HEXISTS', file, 'v') == 1 then
    table.insert(heavy, number)
    heavy_cost = heavy_cost + cost
  else
    table.insert(light, number)
    light_cost = light_cost + cost
  end
end
redis.call('HINCRBY', key('job', job), 'failed', -#numbers)
count_open(tenant, job, #numbers)
redis.call('HSET', key('job', job), 'state', 'running', 'accepted', now)
redis.call('HDEL', key('job', job), 'finished')
tell(job, 'r')
let_wait('RPUSH', lane, tenant, job, light, light_cost, now)
let_wait('RPUSH', HEAVY, tenant, job, heavy, heavy_cost, now)
return {'ok', lane, #light, #heavy}
