-- What all scripts share; it is put after the first line of each of them. KEYS[1] is the prefix of every key.
--
--   job:<id>                  hash    the job: asked, state, totals
--   deleted:<id>              hash    what is left to delete of a job that is already forgotten
--   file:<id>:<number>        hash    one file: n name, s size, k key, c cost, st state, a attempts, d deferrals,
--                                     t token, and once ended: r reason, x detail, o object, b bytes, w seconds, z decisions
--   lane:<lane>               hash    clock (virtual time), turn (last one given), waiting (files)
--   lane:<lane>:tenants       zset    tenants with files waiting, by virtual time: the predicted cost of what they have had
--   lane:<lane>:absent        zset    the same for tenants without, as long as it is ahead of the clock
--   lane:<lane>:turns:<tenant>  zset  the tenant's jobs with files waiting, by turn
--   lane:<lane>:pending:<id>  list    numbers of the job's files that wait, next one first
--   lane:<lane>:due           zset    <id>:<number> of claimed and deferred files, by the end of lease or deferral
--   unopened                  zset    jobs handed in and not opened, by when
--   expiring                  zset    all jobs, by when they expire
--   tenants                   hash    whose each of those is: where its objects lie, should its record go by itself
--
-- Times are integers, milliseconds since 1970. A reply begins with 'ok' or with the word for what is refused.
-- A write whose reply was lost is sent again with the same call id, and must then answer as it did before.

local function key(...)
  return KEYS[1] .. table.concat({...}, ':')
end

local function exact(number)  -- Lua's own way of writing numbers keeps 14 digits
  return string.format('%.17g', number)
end

local function job_exists(job)
  return redis.call('EXISTS', key('job', job)) == 1
end

local function add_waiting(lane, files)
  redis.call('HINCRBY', key('lane', lane), 'waiting', files)
end

-- Give the job the next turn, or the very first. A tenant that was away starts at the lane's clock, or later
-- if it had had more than that: neither does idling save up credit nor leaving wipe out what was had.
local function enter(lane, tenant, job, first)
  local turns, tenants, absent = key('lane', lane, 'turns', tenant), key('lane', lane, 'tenants'), key('lane', lane, 'absent')
  local turn
  if first then
    local head = redis.call('ZRANGE', turns, 0, 0, 'WITHSCORES')
    turn = head[2] and exact(tonumber(head[2]) - 1) or 0
  else
    turn = redis.call('HINCRBY', key('lane', lane), 'turn', 1)
  end
  redis.call('ZADD', turns, turn, job)
  if not redis.call('ZSCORE', tenants, tenant) then
    local clock = tonumber(redis.call('HGET', key('lane', lane), 'clock') or 0)
    local had = tonumber(redis.call('ZSCORE', absent, tenant) or 0)
    redis.call('ZREM', absent, tenant)
    redis.call('ZADD', tenants, exact(math.max(clock, had)), tenant)
  end
end

-- Take a tenant without waiting files out of the lane, remembering what it has had.
local function leave_if_done(lane, tenant)
  local tenants, absent = key('lane', lane, 'tenants'), key('lane', lane, 'absent')
  if redis.call('EXISTS', key('lane', lane, 'turns', tenant)) == 0 then
    local had = redis.call('ZSCORE', tenants, tenant)
    if had then
      redis.call('ZREM', tenants, tenant)
      redis.call('ZADD', absent, had, tenant)
    end
  end
end

local function finish_with_last_file(job, now)
  local sums = redis.call('HMGET', key('job', job), 'files', 'done', 'kept', 'failed')
  if tonumber(sums[1]) == sums[2] + sums[3] + sums[4] then
    redis.call('HSET', key('job', job), 'state', 'finished', 'finished', now)
  end
end

-- Add one ended file to its job's totals.
local function count_ended(job, state, bytes_in, bytes_out, now)
  redis.call('HINCRBY', key('job', job), state, 1)
  if state ~= 'failed' then
    redis.call('HINCRBY', key('job', job), 'bytes_in', bytes_in)
    redis.call('HINCRBY', key('job', job), 'bytes_out', bytes_out)
  end
  finish_with_last_file(job, now)
end

-- Whether the token still gives a right to the file; `call` tells a repeated call from a second one.
local function standing(job, number, token, call, state_after)
  local file = redis.call('HMGET', key('file', job, number), 'st', 't')
  if not job_exists(job) then return 'lost' end
  if file[1] == 'running' and file[2] == token then return 'held' end
  if file[1] == state_after and file[2] == call then return 'repeated' end
  return 'lost'
end
