#!lua
-- ARGV: job, call, number of the first file, then name, size, key and cost of each file.
local job, call, first = ARGV[1], ARGV[2], tonumber(ARGV[3])
local record = redis.call('HMGET', key('job', job), 'state', 'files', 'forget', 'added_by')
if not record[1] then return {'job_not_found'} end
if record[4] == call then return {'ok'} end
if record[1] ~= 'receiving' then return {'job_sealed'} end
if tonumber(record[2]) ~= first then return {'conflict', 'the next file of the job is number ' .. record[2]} end
local number = first
for i = 4, #ARGV, 4 do
  local file = key('file', job, number)
  redis.call('HSET', file, 'n', ARGV[i], 's', ARGV[i + 1], 'k', ARGV[i + 2], 'c', ARGV[i + 3], 'st', 'pending', 'a', 0)
  redis.call('PEXPIREAT', file, record[3])
  number = number + 1
end
redis.call('HSET', key('job', job), 'files', number, 'added_by', call)
return {'ok'}
