import asyncio, time, sys
sys.path.insert(0,'/work/main/tests')
import pytest
from test_push import *  # noqa

@pytest.mark.timeout(300)
async def test_measure(opened, fcm):
    push = opened.livestream.push
    for start in range(0, 100_000, 10_000):
        await add_followers(range(start, start+10_000))
    t=time.perf_counter(); await notify(push); t1=time.perf_counter()-t
    print("notify 100k", round(t1,2)); 
    t=time.perf_counter(); await notify(push); print("again", round(time.perf_counter()-t,4))
    t=time.perf_counter(); n=await push.send_due(NOW); d=time.perf_counter()-t
    print("sent", n, round(d,2), round(n/d), "per s; at once", fcm.most_at_once, "grants", len(fcm.grants))
