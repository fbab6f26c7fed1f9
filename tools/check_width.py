# SPDX-License-Identifier: Apache-2.0

"""Check that pages fit on a telephone.

``python tools/check_width.py doc/build/html`` opens each page in Chromium, in
a frame of 390 pixels, and names the pages that scroll sideways.  Without
Chromium, it checks nothing and says so.
"""

import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WIDTH = 390
# For all pages together; a browser that hangs ends the check.
TIMEOUT_SECONDS = 600

# The file is next to the pages, since a frame of another origin is closed.
FRAMES = '''<!DOCTYPE html>
<iframe id="frame" width="%d" height="800" style="border: 0"></iframe>
<pre id="widths"></pre>
<script>
const pages = %s, widths = {}, frame = document.getElementById('frame');
let page;
frame.onload = () => {
    if (page) {
        widths[page] = frame.contentDocument.documentElement.scrollWidth;
    }
    page = pages.pop();
    if (page) {
        frame.src = page;
    } else {
        document.getElementById('widths').textContent = JSON.stringify(widths);
    }
};
frame.src = 'about:blank';
</script>
'''
CHROMIUM = (
    'chromium', '--headless', '--no-sandbox', '--disable-gpu',
    '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    '--allow-file-access-from-files', '--virtual-time-budget=600000',
    '--dump-dom')


def measure(root: pathlib.Path) -> dict[str, int]:
    """Return the width of each page below a directory."""
    pages = [str(path.relative_to(root)) for path in root.rglob('*.html')]
    frames = root / 'check-width.html'
    frames.write_text(FRAMES % (WIDTH, json.dumps(pages)))
    try:
        with tempfile.TemporaryDirectory() as profile:
            printed = subprocess.run(
                [*CHROMIUM, f'--user-data-dir={profile}', frames.as_uri()],
                check=True, capture_output=True, text=True,
                timeout=TIMEOUT_SECONDS).stdout
    finally:
        frames.unlink()
    found = re.search('<pre id="widths">(.+?)</pre>', printed)
    widths = json.loads(html.unescape(found[1])) if found else {}
    missing = sorted({*pages} - {*widths})
    if missing:
        raise SystemExit('Not measured: ' + ', '.join(missing))
    return widths


def main() -> int:
    """Return 1 where a page does not fit."""
    if shutil.which(CHROMIUM[0]) is None:
        print('Chromium is not installed; the pages were not measured.')
        return 0
    widths = measure(pathlib.Path(sys.argv[1]).absolute())
    too_wide = {page: width for page, width in widths.items()
                if width > WIDTH}
    for page, width in sorted(too_wide.items()):
        print(f'{page} takes {width} pixels where there are {WIDTH}')
    return 1 if too_wide else 0


if __name__ == '__main__':
    sys.exit(main())
