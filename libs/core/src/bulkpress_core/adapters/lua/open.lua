#!lua
-- ARGV: job, call, now, lane. Replies with the number of files that wait in the lane, and in the heavy one.
local job, call, now, lane = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local record = redis.call('HMGET', key('job', job), 'state', 'tenant', 'opened_by', 'opened')
local state, tenant, opened_by = record[1], record[2], record[3]
if not state then return {'job_not_found'} end
if opened_by == call then return {'ok', unpack(cjson.decode(record[4]))} end
if state == 'receiving' then return {'conflict', 'the job is still receiving files: seal it before opening it'} end
if state ~= 'queued' then return {'ok', 0, 0} end

local opened, into_heavy = redis.call('LLEN', key('wait', job)), redis.call('LLEN', key('wait', job, 'heavy'))
redis.call('HSET', key('job', job), 'state', 'running', 'lane', lane, 'opened_by', call)
redis.call('HSET', key('job', job), 'opened', cjson.encode({opened, into_heavy}))
redis.call('ZREM', key('unopened'), job)
local costs = redis.call('HMGET', key('job', job), 'waits', 'waits_heavy')
for into, told in pairs({[lane] = {opened, costs[1]}, [HEAVY] = {into_heavy, costs[2]}}) do
  local files, cost = told[1], tonumber(told[2] or 0)
  if files > 0 then
    redis.call('PERSIST', wait_list(into, job))  -- the lane counts these files: they go from there or not at all
    add_waiting(into, tenant, job, files, cost)
    wait_since(into, job, now)
    enter(into, tenant, job)
  end
end
if finish_with_last_file(job, now) then tell(job, 'o', 'f') else tell(job, 'o') end
return {'ok', opened, into_heavy}
