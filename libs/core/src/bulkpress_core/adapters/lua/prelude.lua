-- What all scripts share; it is put after the first line of each of them. KEYS[1] is the prefix of every key.
--
--   job:<id>                  hash    the job: asked, purpose (if not compression), state, totals, tenant's weight, predicted cost,
--                                     accepted (when it was handed in, or tried again)
--   deleted:<id>              hash    what is left to delete of a job that is already forgotten
--   file:<id>:<number>        hash    one file: n name, s size, k key (of what did not come
--                                     with the job, its origin as JSON), m id of its upload in parts, c cost, h digest, u own settings, v heavy,
--                                     st state, a attempts, d those given back, e those of them that ended with an error, t token,
--                                     p when claimed,
--                                     and once ended: r reason, x detail, o object, b bytes, w seconds, z decisions,
--                                     y CRC-32, q cached, i audit
--   wait:<id>                 list    numbers of the job's files that wait in its lane, next one first
--   wait:<id>:heavy           list    the same for the heavy lane
--   digests:<id>              hash    number of the first file with each digest, while the job receives files
--   twins:<id>:<number>       list    files with the same digest as that one, which wait until it has ended
--   failed:<id>               list    numbers of the files that have failed
--   story:<id>                list    what happened to the job, in order: the number of a file that ended, 'o' opened,
--                                     'r' retried, 'c' cancelled, 'f' finished
--   hooks                     zset    ids of webhook messages to be sent, by when: <job>.<sequence in it>
--   hook:<id>                 hash    a message: k kind of event, n number of the file, at when, s state, i attempts,
--                                     c last status, e last error, t last attempt, r when asked to be sent again, b body
--   address:<tenant>:<sha1>   hash    a webhook's address that failed: gone (answers 410 in a row), until (wait)
--   known:<tenant>:<name>     string  <id>:<number> of a file that was pressed under that name
--   lane:<lane>               hash    clock (virtual time), turn (last one given), waiting (files)
--   lane:<lane>:load          hash    f:<tenant> files that wait, c:<tenant> and j:<job> what they will cost, in ms
--   lane:<lane>:pace          hash    cost of files that have ended, and the ms for which workers had them; recent ones
--                                     count most
--   lane:<lane>:tenants       zset    tenants with files waiting, by virtual time: the cost of what they have had
--   lane:<lane>:absent        zset    the same for tenants without, as long as it is ahead of the clock
--   lane:<lane>:turns:<tenant>  zset  the tenant's jobs with files waiting, by turn
--   lane:<lane>:since         zset    jobs with files waiting, by since when some of them always were
--   lane:<lane>:due           zset    <id>:<number> of claimed and deferred files, by the end of lease or deferral
--   receiving                 zset    jobs that receive files, by when they last did
--   awaiting                  zset    jobs whose clients are to put files into the object store, by when they were last heard of
--   unopened                  zset    jobs handed in and not opened, by when
--   expiring                  zset    all jobs, by when they expire
--   tenants                   hash    whose each of those is: where its objects lie, should its record go by itself
--   jobs:<tenant>             zset    the tenant's jobs, by when they were created
--   audit:<tenant>            stream  receipts of jobs deleted on demand
--   actions:<tenant>          stream  the audit log: t time, c caller, o operation, s status, j job, r request, a address
--   key:<id>                  hash    an API key: tenant, name, scopes, digest of its text, created, expires, used, revoked,
--                                     former (digest before the last rotation), former_until, added_by
--   keys                      zset    ids of all API keys, by when they were made
--   rate:<tenant>             hash    requests, bytes: when all of that quota will be there again, if none is taken
--   uploads:<tenant>          zset    ids of uploads under way, by when they are taken for broken off
--   charged:<tenant>          hash    bytes that each upload was charged with when it began; 0 once it got them back
--   open:<tenant>             string  how many files of all its jobs have not ended
--   opens                     hash    the same of each job: what to take back when its record has gone by itself
--   once:<tenant>:<digest>    hash    an idempotency key: digest of the request, job, lease (until when it is being received)
--   stories                   channel ids of jobs whose story went on, or that were deleted
--
-- Times are integers, milliseconds since 1970. A reply begins with 'ok' or with the word for what is refused.
-- A write whose reply was lost is sent again with the same call id, and must then answer as it did before.

local GONE_TIMES = 3
local MINUTE, DAY = 60000, 86400000
local HEAVY = 'compression-heavy'
local LANES = {'compression-express', 'compression', HEAVY}

local function key(...)
  return KEYS[1] .. table.concat({...}, ':')
end

local function exact(number)  -- Lua's own way of writing numbers keeps 14 digits
  return string.format('%.17g', number)
end

local function job_exists(job)
  return redis.call('EXISTS', key('job', job)) == 1
end

local function wait_list(lane, job)
  return lane == HEAVY and key('wait', job, 'heavy') or key('wait', job)
end

-- Lua passes no more than some thousand arguments at once.
local function push(side, list, numbers)
  for first = 1, #numbers, 1000 do
    redis.call(side, list, unpack(numbers, first, math.min(first + 999, #numbers)))
  end
end

-- Count files of the job that wait in the lane, and what they will cost; fewer of them with negative numbers. Called when
-- the list of those that wait is as it will be.
local function add_waiting(lane, tenant, job, files, cost)
  redis.call('HINCRBY', key('lane', lane), 'waiting', files)
  local load = key('lane', lane, 'load')
  if redis.call('HINCRBY', load, 'f:' .. tenant, files) > 0 then
    redis.call('HINCRBYFLOAT', load, 'c:' .. tenant, exact(cost))
  else
    redis.call('HDEL', load, 'f:' .. tenant, 'c:' .. tenant)
  end
  if redis.call('EXISTS', wait_list(lane, job)) == 1 then
    redis.call('HINCRBYFLOAT', load, 'j:' .. job, exact(cost))
  else
    redis.call('HDEL', load, 'j:' .. job)
    redis.call('ZREM', key('lane', lane, 'since'), job)
  end
end

-- Remember since when files of the job wait in the lane, unless some did before.
local function wait_since(lane, job, now)
  redis.call('ZADD', key('lane', lane, 'since'), 'NX', now, job)
end

local function cost_of(job, number)
  return tonumber(redis.call('HGET', key('file', job, number), 'c'))
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

-- Take a job out of the lane, with the files of it that wait there.
local function withdraw(lane, tenant, job)
  if redis.call('ZREM', key('lane', lane, 'turns', tenant), job) == 1 then
    local files = redis.call('LLEN', wait_list(lane, job))
    local cost = tonumber(redis.call('HGET', key('lane', lane, 'load'), 'j:' .. job) or 0)
    redis.call('DEL', wait_list(lane, job))
    add_waiting(lane, tenant, job, -files, -cost)
    leave_if_done(lane, tenant)
  end
end

local function withdraw_from_all(tenant, job)
  for _, lane in ipairs(LANES) do withdraw(lane, tenant, job) end
  redis.call('DEL', key('wait', job), key('wait', job, 'heavy'))  -- of a job that was never opened
end

-- Let files of that cost together wait in the lane from now on, in front of the job's others or behind them.
local function let_wait(side, lane, tenant, job, numbers, cost, now)
  if #numbers == 0 then return end
  push(side, wait_list(lane, job), numbers)
  add_waiting(lane, tenant, job, #numbers, cost)
  wait_since(lane, job, now)
  if side == 'LPUSH' then
    enter(lane, tenant, job, true)
  elseif not redis.call('ZSCORE', key('lane', lane, 'turns', tenant), job) then
    enter(lane, tenant, job)
  end
end

-- Go on with the job's story, and wake whoever listens.
local function tell(job, ...)
  local story, chapters = key('story', job), {...}
  if redis.call('RPUSH', story, unpack(chapters)) == #chapters then
    redis.call('PEXPIREAT', story, redis.call('HGET', key('job', job), 'forget'))
  end
  redis.call('PUBLISH', key('stories'), job)
end

-- Put a webhook message into the outbox, if the job has an address to tell.
local function notify(job, kind, number, now)
  local there, forget = unpack(redis.call('HMGET', key('job', job), 'webhook', 'forget'))
  if not there then return end
  local id = job .. '.' .. redis.call('HINCRBY', key('job', job), 'hooks', 1)
  redis.call('HSET', key('hook', id), 'k', kind, 'n', number, 'at', now, 's', 'pending', 'i', 0)
  redis.call('PEXPIREAT', key('hook', id), forget)
  redis.call('ZADD', key('hooks'), now, id)
end

-- Returns whether it did.
local function finish_with_last_file(job, now)
  local sums = redis.call('HMGET', key('job', job), 'files', 'done', 'kept', 'failed', 'cancelled')
  if tonumber(sums[1]) == sums[2] + sums[3] + sums[4] + sums[5] then
    redis.call('HSET', key('job', job), 'state', 'finished', 'finished', now)
    notify(job, 'job.finished', '', now)
    return true
  end
  return false
end

-- Count files that have not ended, of the tenant and of the job: more of them, or with a negative number fewer.
local function count_open(tenant, job, files)
  if redis.call('INCRBY', key('open', tenant), files) <= 0 then redis.call('DEL', key('open', tenant)) end
  if redis.call('HINCRBY', key('opens'), job, files) <= 0 then redis.call('HDEL', key('opens'), job) end
end

-- When the whole of a metered quota is there again, after `units` more of it were taken (domain/limits.py).
local function give(tenant, quota, units, most, window, now)
  local whole_at = math.max(now, tonumber(redis.call('HGET', key('rate', tenant), quota) or 0)) + units * window / most
  redis.call('HSET', key('rate', tenant), quota, exact(whole_at))
  redis.call('PEXPIRE', key('rate', tenant), DAY)
end

-- What remains of a metered quota, and in how many milliseconds all of it is there again.
local function stand(tenant, quota, most, window, now)
  local whole_in = math.max(0, tonumber(redis.call('HGET', key('rate', tenant), quota) or 0) - now)
  return math.max(0, math.floor((window - whole_in) * most / window + 0.000001)), math.ceil(whole_in)
end

-- Take units of it, if there are so many. Returns 0, or in how many milliseconds there will be.
local function take(tenant, quota, units, most, window, now)
  local whole_in = math.max(0, tonumber(redis.call('HGET', key('rate', tenant), quota) or 0) - now)
  local wait = whole_in + math.max(1, units) * window / most - window
  if wait > 0.001 then return math.ceil(wait) end
  give(tenant, quota, units, most, window, now)
  return 0
end

-- Add one ended file to its job's totals.
local function count_ended(tenant, job, number, state, bytes_in, bytes_out, now)
  count_open(tenant, job, -1)
  redis.call('HINCRBY', key('job', job), state, 1)
  if state == 'failed' then
    redis.call('RPUSH', key('failed', job), number)
    redis.call('PEXPIREAT', key('failed', job), redis.call('HGET', key('job', job), 'forget'))
    notify(job, 'file.failed', number, now)
  else
    redis.call('HINCRBY', key('job', job), 'bytes_in', bytes_in)
    redis.call('HINCRBY', key('job', job), 'bytes_out', bytes_out)
  end
  if finish_with_last_file(job, now) then tell(job, number, 'f') else tell(job, number) end
end

-- Take the numbers of the files that waited for this one to end.
local function take_twins(job, number)
  local twins = key('twins', job, number)
  local numbers = redis.call('LRANGE', twins, 0, -1)
  if #numbers > 0 then redis.call('DEL', twins) end
  return numbers
end

-- Whether the token still gives a right to the file; `call` tells a repeated call from a second one.
local function standing(job, number, token, call, state_after)
  local cancelled = redis.call('HGET', key('job', job), 'cancelled')
  if not cancelled then return 'lost' end
  local file = redis.call('HMGET', key('file', job, number), 'st', 't')
  if file[1] == state_after and file[2] == call then return 'repeated' end
  if cancelled == '0' and file[1] == 'running' and file[2] == token then return 'held' end
  return 'lost'
end
