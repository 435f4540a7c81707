#!/bin/sh
# The browser of tests/browser: Debian's, if this machine may have it. Without one those tests are skipped,
# except under CI, where they fail.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "getting chromium for the browser tests"
    (apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium) >/dev/null 2>&1 && exit 0
fi
echo "BROWSER TESTS WILL BE SKIPPED: no chromium on this machine; get it with: apt-get install chromium" >&2
[ -z "$CI" ]
