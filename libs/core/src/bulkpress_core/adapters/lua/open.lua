#!lua
-- ARGV: job, call, now, lane. Replies with the number of files put into the lane.
local job, call, now, lane = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local record = redis.call('HMGET', key('job', job), 'state', 'files', 'tenant', 'opened_by')
local state, files, tenant, opened_by = record[1], tonumber(record[2]), record[3], record[4]
if not state then return {'job_not_found'} end
if opened_by == call then return {'ok', files} end
if state == 'receiving' then return {'conflict', 'the job is still receiving files: seal it before opening it'} end
if state ~= 'queued' then return {'ok', 0} end

redis.call('HSET', key('job', job), 'state', 'running', 'lane', lane, 'opened_by', call)
redis.call('ZREM', key('unopened'), job)
local pending = key('lane', lane, 'pending', job)
for first = 0, files - 1, 1000 do  -- Lua passes no more than some thousand arguments at once
  local numbers = {}
  for number = first, math.min(first + 999, files - 1) do numbers[#numbers + 1] = number end
  redis.call('RPUSH', pending, unpack(numbers))
end
if files > 0 then
  add_waiting(lane, files)
  enter(lane, tenant, job)
else
  finish_with_last_file(job, now)
end
return {'ok', files}
