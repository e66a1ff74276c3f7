"""A three-page letter as PDF: our engine inside the process against a Chromium process, as ratio.

    .run/venv/bin/python bench/bench_pdf.py [repeats=5]

Both lay out the same HTML with a table of 60 rows and Chinese type; Chromium is the engine that needs no
wkhtmltopdf either (docs/decisions.md). No database.
"""

import importlib.util
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
ROWS = "".join(f"<tr><td>{i}</td><td>第{i}项工作记录</td></tr>" for i in range(60))
HTML = f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body class='psych_page'><h1>报告</h1><table>{ROWS}</table></body></html>"


def engine():
    """:return: our engine's module, loaded without Odoo"""
    spec = importlib.util.spec_from_file_location("pdf", REPO / "addons/psych_health/tools/pdf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ours(pdf, css):
    """Lay the document out in this process."""
    pdf.render(pdf.harmless(HTML), [pdf.page_css("A4", False, 27, 22, 24, 26), css], lambda path: None)


def chromium(path):
    """Print the document with a browser process."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "a.html")
        source.write_text(HTML, encoding="utf-8")
        command = [path, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/p"]
        subprocess.run(
            [*command, f"--print-to-pdf={folder}/a.pdf", f"file://{source}"],
            check=True,
            capture_output=True,
            timeout=120,
        )


def median(call):
    """:return: seconds, the median of the repeats"""
    times = []
    for _i in range(REPEATS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main():
    """Measure and print one row."""
    pdf = engine()
    if not pdf.engine():
        sys.exit("the PDF engine's system libraries are missing")
    css = (REPO / "addons/psych_health/report/report_layout.css").read_text(encoding="utf-8")
    ours(pdf, css)
    mine = median(lambda: ours(pdf, css))
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        print(f"three-page letter: ours {mine * 1000:.0f} ms; no Chromium to compare with")
        return
    peer = median(lambda: chromium(browser))
    print(f"three-page letter: ours {mine * 1000:.0f} ms, Chromium {peer * 1000:.0f} ms: {peer / mine:.1f}x")


if __name__ == "__main__":
    main()
