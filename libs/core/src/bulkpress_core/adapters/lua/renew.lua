#!lua flags=allow-oom
-- ARGV: job, number, lane, token, end of the lease.
local job, number, lane, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if standing(job, number, token, '', '') ~= 'held' then return {'lease_lost'} end
redis.call('ZADD', key('lane', lane, 'due'), ARGV[5], job .. ':' .. number)
return {'ok'}
