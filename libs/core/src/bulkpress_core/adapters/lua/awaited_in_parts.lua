#!lua
-- ARGV: job, number, id of an upload in parts, the id that it takes the place of ('' for none). Replies with the id that
-- counts: another one, if somebody was faster.
local job, number, upload, former = unpack(ARGV, 1, 4)
local cancelled = redis.call('HGET', key('job', job), 'cancelled')
if not cancelled then return {'job_not_found'} end
local file = key('file', job, number)
if cancelled ~= '0' or redis.call('HGET', file, 'st') ~= 'awaiting_upload' then return {'not_awaited'} end
local counts = redis.call('HGET', file, 'm') or ''
if counts == former then
  redis.call('HSET', file, 'm', upload)
  counts = upload
end
return {'ok', counts}
