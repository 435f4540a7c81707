-- Arguments: a file of requests, one a line (method, path, token, body, separated by tabs), which each
-- thread repeats in turn; the number of connections of a thread; the idle milliseconds at the beginning;
-- how many milliseconds a connection pauses on average before it sends the next request.
-- Prints one line of JSON at the end.
local threads = 0

function setup(thread)
  thread:set('number', threads)
  threads = threads + 1
end

function init(args)
  requests = {}
  for line in io.lines(args[1]) do
    local method, path, token, body = line:match('^(.-)\t(.-)\t(.-)\t(.*)$')
    local headers = {['Authorization'] = 'Bearer ' .. token}
    if body == '' then body = nil else headers['Content-Type'] = 'application/json' end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  -- Threads begin far from each other, so that they do not ask for the same thing at once.
  at = math.floor(number * #requests / 2)
  fresh, idle_ms, pause_ms = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
end

-- A busy server accepts connections one by one, which would be measured as very slow first answers.
-- So all connections are made first, and then all begin at once.
function delay()
  -- Drawn anew each time, so that connections do not fall into step.
  if fresh == 0 then return math.random(0, 2 * pause_ms) end
  fresh = fresh - 1
  return idle_ms
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "errors": ' ..
    '{"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
