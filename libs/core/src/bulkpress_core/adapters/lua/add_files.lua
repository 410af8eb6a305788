#!lua
-- ARGV: job, call, number of the first file, how many files of the tenant may wait ('' for any number), then name, size, key, cost, digest, heaviness (0 or 1), own settings
-- ('' for none), reason ('' for none) and detail of its failure, and whether it is awaited (0 or 1), of each file. What failed before it was here
-- waits for nothing, and is not tried again.
local job, call, first, most_open = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local record = redis.call('HMGET', key('job', job), 'state', 'files', 'forget', 'added_by', 'cost', 'tenant', 'created')
if not record[1] then return {'job_not_found'} end
if record[4] == call then return {'ok'} end
if record[1] ~= 'receiving' then return {'job_sealed'} end
if tonumber(record[2]) ~= first then return {'conflict', 'the next file of the job is number ' .. record[2]} end

local added = (#ARGV - 4) / 10
if most_open and tonumber(redis.call('GET', key('open', record[6])) or 0) + added > most_open then
  return {'too_many_files_waiting'}
end
local forget, cost, number = record[3], tonumber(record[5]), first
local waiting, heavy_waiting, failed, digests = {}, {}, {}, key('digests', job)
local waits, waits_heavy = 0, 0  -- what those that wait for no twin will cost
local awaited = 0
for i = 5, #ARGV, 10 do
  local digest, heavy = ARGV[i + 4], ARGV[i + 5] == '1'
  local file = key('file', job, number)
  redis.call('HSET', file, 'n', ARGV[i], 's', ARGV[i + 1], 'k', ARGV[i + 2], 'c', ARGV[i + 3], 'st', 'pending', 'a', 0)
  if heavy then redis.call('HSET', file, 'v', 1) end
  if ARGV[i + 6] ~= '' then redis.call('HSET', file, 'u', ARGV[i + 6]) end
  local twin_of
  if digest ~= '' then
    redis.call('HSET', file, 'h', digest)
    if redis.call('HSETNX', digests, digest, number) == 0 then twin_of = redis.call('HGET', digests, digest) end
  end
  redis.call('PEXPIREAT', file, forget)
  if ARGV[i + 7] ~= '' then
    redis.call('HSET', file, 'st', 'failed', 'r', ARGV[i + 7], 'x', ARGV[i + 8])
    table.insert(failed, number)
  elseif ARGV[i + 9] == '1' then
    redis.call('HSET', file, 'st', 'awaiting_upload')
    awaited = awaited + 1
  elseif twin_of then
    redis.call('RPUSH', key('twins', job, twin_of), number)
    redis.call('PEXPIREAT', key('twins', job, twin_of), forget)
  elseif heavy then
    table.insert(heavy_waiting, number)
    waits_heavy = waits_heavy + tonumber(ARGV[i + 3])
  else
    table.insert(waiting, number)
    waits = waits + tonumber(ARGV[i + 3])
  end
  cost = cost + tonumber(ARGV[i + 3])
  number = number + 1
end
push('RPUSH', key('wait', job), waiting)
push('RPUSH', key('wait', job, 'heavy'), heavy_waiting)
for _, list in ipairs({key('wait', job), key('wait', job, 'heavy'), digests}) do
  redis.call('PEXPIREAT', list, forget)
end
redis.call('HSET', key('job', job), 'files', number, 'added_by', call, 'cost', exact(cost))
redis.call('HINCRBYFLOAT', key('job', job), 'waits', exact(waits))
redis.call('HINCRBYFLOAT', key('job', job), 'waits_heavy', exact(waits_heavy))
count_open(record[6], job, added - #failed)
if awaited > 0 then
  redis.call('HINCRBY', key('job', job), 'awaiting', awaited)
  redis.call('ZADD', key('awaiting'), 'NX', record[7], job)
end
if #failed > 0 then
  redis.call('HINCRBY', key('job', job), 'failed', #failed)
  tell(job, unpack(failed))
end
return {'ok'}
