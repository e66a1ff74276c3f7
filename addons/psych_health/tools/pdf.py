"""HTML to PDF with WeasyPrint: no process, no temporary file, no script, no network.

Plain Python without Odoo; `models/organisation/ir_actions_report.py` calls it behind Odoo's report action.
"""

import functools
import io
import logging

import lxml.html
from lxml import etree
from PyPDF2 import PdfReader, PdfWriter

_logger = logging.getLogger(__name__)

LOCAL = "http://reports.invalid/"  # a name that resolves nowhere; stands for files that we hand out ourselves

PAGE_CSS = """
@page {{ size: {size}; margin: {top}mm {right}mm {bottom}mm {left}mm; }}
"""

# Running header and footer of Odoo's own layouts: `div.header` and `div.footer` are taken out of the flow,
# `span.page` and `span.topage` are the counters that wkhtmltopdf filled by script.
CORE_LAYOUT_CSS = """
@page { @top-center { content: element(core_header); width: 100%; }
        @bottom-center { content: element(core_footer); width: 100%; } }
body > .header { position: running(core_header); }
body > .footer { position: running(core_footer); }
.page::after { content: counter(page); }
.topage::after { content: counter(pages); }
body { font-family: "Noto Sans CJK SC", "Source Han Sans SC", sans-serif; }
"""


@functools.cache
def engine():
    """Import WeasyPrint on first use (it takes a second and needs system libraries).

    :return: the module, or None where its libraries are missing
    """
    # it reports every style that it does not know and every refused address; fontTools every table of a font
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("weasyprint.progress").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        _logger.info("PDF engine not available: %s", error)
        return None
    return weasyprint


def make_fetcher(read_local):
    """Build the gate for what a document may load: embedded data and files that we hand out ourselves.

    :param read_local: called with a path (``/module/static/…``), returns bytes or None
    :return: a WeasyPrint URL fetcher
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class LocalFetcher(URLFetcher):
        """Refuses every address outside of this process."""

        def fetch(self, url, headers=None):
            """Return the bytes of an allowed address, else refuse."""
            if url.startswith("data:"):
                return super().fetch(url, headers)
            content = read_local(url.removeprefix(LOCAL[:-1])) if url.startswith(LOCAL) else None
            if content is None:
                raise ValueError("Reports load nothing from outside.")
            kind = "text/css" if url.split("?")[0].endswith(".css") else ""
            return URLFetcherResponse(url, content, {"Content-Type": kind} if kind else None)

    return LocalFetcher(allowed_protocols=["data"], allow_redirects=False)


def page_css(size, landscape, top, right, bottom, left):
    """:return: the ``@page`` rule for a paper size such as ``A4`` (margins in millimetres)"""
    size = f"{size} landscape" if landscape else size
    return PAGE_CSS.format(size=size, top=top, right=right, bottom=bottom, left=left)


def harmless(html, header=None, footer=None):
    """Take scripts and foreign base addresses out of a document and put header and footer into it.

    :param str html: a whole document
    :param header: lxml element of a running header, or None
    :param footer: lxml element of a running footer, or None
    :return: the document as text
    """
    document = lxml.html.document_fromstring(html)
    for node in document.xpath("//script | //base | //iframe | //object | //embed"):
        node.drop_tree()
    body = document.body
    for place, node in ((0, header), (1, footer)):
        if node is not None:
            body.insert(place if header is not None else 0, node)
    return "<!DOCTYPE html>" + etree.tostring(document, encoding="unicode", method="html")


def render(html, styles, read_local):
    """Lay out one document.

    :param str html: a whole document, already `harmless`
    :param list styles: style sheets as text, later ones win
    :param read_local: see `make_fetcher`
    :return: the PDF as bytes
    """
    weasyprint = engine()
    fetcher = make_fetcher(read_local)
    sheets = [weasyprint.CSS(string=style, url_fetcher=fetcher) for style in styles]
    document = weasyprint.HTML(string=html, base_url=LOCAL, url_fetcher=fetcher)
    return document.write_pdf(stylesheets=sheets)


def merge(documents):
    """:return: several PDF documents as one"""
    if len(documents) == 1:
        return documents[0]
    writer = PdfWriter()
    for document in documents:
        for page in PdfReader(io.BytesIO(document)).pages:
            writer.add_page(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()
