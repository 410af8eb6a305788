#!lua flags=no-writes
-- ARGV: job. Replies, of each lane in which its files wait: how many files are claimed before its next one, how many of
-- other jobs before its last one, what is pressed until its next one is claimed and until its last one has ended (in
-- predicted milliseconds), and how many of those the lane's workers get done in one ('' if unknown, or nobody works). Replies with nothing
-- more than 'ok' once one of its files was claimed. What comes later is not foreseen. O(tenants waiting), to a bound.
local MOST_JOBS, MOST_TENANTS, MOST_RUNNING = 100, 1000, 64
local NEAR = 1e-9  -- sums of shares are compared to within that part of a file's charge
local job = ARGV[1]
local tenant, state, opened, usual, own_weight =
  unpack(redis.call('HMGET', key('job', job), 'tenant', 'state', 'opened', 'lane', 'weight'))
if not tenant then return {'job_not_found'} end
if state ~= 'running' then return {'ok'} end

local function load(lane, kind, whose)
  return tonumber(redis.call('HGET', key('lane', lane, 'load'), kind .. ':' .. whose) or 0)
end

-- Files of the tenant's other jobs, and their cost, before the job's first of `n` and before its last: its jobs alternate.
local function own_before(lane, n)
  local turns = key('lane', lane, 'turns', tenant)
  local looked = redis.call('ZRANGE', turns, 0, MOST_JOBS - 1)
  local first, last = {files = 0, cost = 0}, {files = 0, cost = 0}
  local seen, passed = n, false
  for _, other in ipairs(looked) do
    if other == job then
      passed = true
    else
      local files = redis.call('LLEN', wait_list(lane, other))
      local each = load(lane, 'j', other) / math.max(files, 1)
      local rounds = math.min(files, passed and n - 1 or n)
      last.files, last.cost = last.files + rounds, last.cost + rounds * each
      if not passed then first.files, first.cost = first.files + 1, first.cost + each end
      seen = seen + files
    end
  end
  local unseen = math.max(0, load(lane, 'f', tenant) - seen)
  local each = load(lane, 'c', tenant) / math.max(1, load(lane, 'f', tenant))
  local jobs_left = redis.call('ZCARD', turns) - #looked - (passed and 0 or 1)
  local rounds = math.min(unseen, jobs_left * (passed and n - 1 or n))
  last.files, last.cost = last.files + rounds, last.cost + rounds * each
  if not passed then
    local more = redis.call('ZRANK', turns, job) - #looked
    first.files, first.cost = first.files + more, first.cost + more * each
  end
  return first, last
end

-- How many of its `files` a tenant that has had `had` gets before one that will have had `limit`.
local function claims_before(limit, had, charge, files, goes_first)
  if had > limit then return 0 end
  local shares = (limit - had) / charge
  local claims = math.ceil(shares - NEAR)
  if goes_first and math.abs(shares - claims) < NEAR then claims = claims + 1 end
  return math.min(files, claims)
end

-- Add what other tenants get before this one has had `first_at`, and `last_at`.
local function add_others(lane, first, first_at, last, last_at)
  local tenants = key('lane', lane, 'tenants')
  local found = redis.call('ZRANGE', tenants, '-inf', exact(last_at), 'BYSCORE', 'LIMIT', 0, MOST_TENANTS, 'WITHSCORES')
  local scale = 1
  if #found == 2 * MOST_TENANTS then
    scale = redis.call('ZCOUNT', tenants, '-inf', exact(last_at)) / MOST_TENANTS
  end
  for at = 1, #found, 2 do
    local other, had = found[at], tonumber(found[at + 1])
    local files = load(lane, 'f', other)
    if other ~= tenant and files > 0 then
      local head = redis.call('ZRANGE', key('lane', lane, 'turns', other), 0, 0)[1]
      local weight = head and tonumber(redis.call('HGET', key('job', head), 'weight') or 1) or 1
      local each = load(lane, 'c', other) / files
      for _, side in ipairs({{first, first_at}, {last, last_at}}) do
        local claims = claims_before(side[2], had, math.max(each, 1) / weight, files, other < tenant) * scale
        side[1].files, side[1].cost = side[1].files + claims, side[1].cost + claims * each
      end
    end
  end
end

-- How many files are pressed just now, and their cost.
local function running(lane)
  local count, cost = 0, 0
  for _, member in ipairs(redis.call('ZRANGE', key('lane', lane, 'due'), 0, MOST_RUNNING - 1)) do
    local file = redis.call('HMGET', key('file', member), 'st', 'c')
    if file[1] == 'running' then count, cost = count + 1, cost + tonumber(file[2]) end
  end
  return count, cost
end

local function place(lane, n)
  local own_cost = load(lane, 'j', job) / n
  local had = tonumber(redis.call('ZSCORE', key('lane', lane, 'tenants'), tenant) or 0)
  local first, last = own_before(lane, n)
  local first_at = had + first.cost / own_weight
  local last_at = had + (last.cost + (n - 1) * own_cost) / own_weight
  add_others(lane, first, first_at, last, last_at)
  local busy, under_way = running(lane)  -- all workers are, as long as files wait
  local workers = math.max(1, busy)
  local half = under_way / workers / 2  -- of a file that is under way, on average, is left when a worker is free
  local until_claimed = first.cost + half
  local until_ended = last.cost + (n - 1) * own_cost + half + workers * own_cost  -- the others do as much meanwhile
  local cost, ms = unpack(redis.call('HMGET', key('lane', lane, 'pace'), 'cost', 'ms'))
  local rate = busy > 0 and cost and tonumber(ms) > 0 and exact(busy * cost / ms) or ''
  return {math.floor(first.files), math.floor(last.files), exact(until_claimed), exact(until_ended), rate}
end

local was = opened and cjson.decode(opened) or {}
local places = {}
for at, lane in ipairs({usual, HEAVY}) do
  local waiting = redis.call('LLEN', wait_list(lane, job))
  if waiting ~= was[at] then return {'ok'} end
  if waiting > 0 then table.insert(places, place(lane, waiting)) end
end
return {'ok', unpack(places)}
