import lxml.html

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ...tools import pdf

OUR_CLASS = "psych_page"


class IrActionsReport(models.Model):
    """Odoo's report action with WeasyPrint as the engine for PDF (docs/decisions.md, 2026-11-22)."""

    _inherit = "ir.actions.report"

    @api.model
    def get_wkhtmltopdf_state(self):
        """The client asks this before it downloads a PDF; our engine is always recent enough."""
        return "ok" if pdf.engine() else super().get_wkhtmltopdf_state()

    def _get_layout(self):
        """Our documents bring their own style and skip the style sheets of the web client."""
        if self.env.context.get("psych_pdf_layout"):
            return self.env.ref("psych_health.report_minimal_layout")
        return super()._get_layout()

    def _prepare_html(self, html, report_model=False):
        """Choose the layout by the document: ours carry the class of `report_layout`."""
        text = html.decode() if isinstance(html, bytes) else html
        ours = pdf.engine() and OUR_CLASS in text
        return super(IrActionsReport, self.with_context(psych_pdf_layout=bool(ours)))._prepare_html(
            html, report_model=report_model
        )

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Print record by record where each is kept as an attachment.

        Core splits the joint document by outlines that only wkhtmltopdf writes.
        """
        prepare = super()._render_qweb_pdf_prepare_streams
        if not (pdf.engine() and res_ids and self._get_report(report_ref).attachment):
            return prepare(report_ref, data, res_ids=res_ids)
        streams = {}
        for res_id in dict.fromkeys(res_ids):
            streams.update(prepare(report_ref, data, res_ids=[res_id]))
        return streams

    @api.model
    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        """Lay the documents out with WeasyPrint instead of calling wkhtmltopdf.

        :raises UserError: when the system libraries of the engine are missing
        """
        if not pdf.engine():
            raise UserError(
                self.env._(
                    "PDF documents need the packages libpangoft2-1.0-0 and libharfbuzz-subset0 on the server. "
                    "Ask the operator to install them; nothing was lost."
                )
            )
        report = self._get_report(report_ref) if report_ref else self
        ours = OUR_CLASS in "".join(bodies)
        page = report._psych_page_css(ours, landscape, specific_paperformat_args or {})
        styles = [page, self._psych_report_css() if ours else pdf.CORE_LAYOUT_CSS]
        headers = self._psych_running_elements(header, "header")
        footers = self._psych_running_elements(footer, "footer")
        documents = []
        for index, body in enumerate(bodies):
            top = headers[index] if index < len(headers) else None
            bottom = footers[index] if index < len(footers) else None
            documents.append(pdf.render(pdf.harmless(str(body), top, bottom), styles, self._psych_local_file))
        return pdf.merge(documents)

    def _psych_page_css(self, ours, landscape, specific):
        """:return: the page rule of this report's paper format; arguments of the document win"""
        paper = self.get_paperformat()
        if ours and not self.paperformat_id:
            paper = self.env.ref("psych_health.paperformat_portrait").sudo()  # sudo: as core reads formats
        orientation = specific.get("data-report-landscape") or landscape or paper.orientation == "Landscape"
        size = paper.format if paper.format not in (False, "custom") else "A4"
        if paper.format == "custom":
            size = f"{paper.page_width}mm {paper.page_height}mm"
        return pdf.page_css(
            size,
            orientation and paper.format != "custom",
            float(specific.get("data-report-margin-top") or paper.margin_top),
            paper.margin_right,
            float(specific.get("data-report-margin-bottom") or paper.margin_bottom),
            paper.margin_left,
        )

    @api.model
    def _psych_running_elements(self, html, name):
        """:return: the `div.header` or `div.footer` elements of core's joint document, one per body"""
        if not html:
            return []
        document = lxml.html.document_fromstring(str(html))
        return document.xpath(f"//div[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")

    @api.model
    def _psych_report_css(self):
        """:return: the style sheet of our documents"""
        with file_open("psych_health/report/report_layout.css", "r") as stream:
            return stream.read()

    @api.model
    def _psych_local_file(self, path):
        """Hand out what a document may load: asset bundles and static files of addons.

        :return: bytes, or None when the path is neither
        """
        path = path.split("?")[0]
        if path.startswith("/web/assets/"):
            # sudo: bundles are public files, the reader of a report need not read attachments
            domain = [("url", "=", path), ("public", "=", True)]
            # named seam: a picture of the page that the report itself names
            return self.env["ir.attachment"].sudo().search(domain, limit=1).raw or None
        parts = path.strip("/").split("/")
        if len(parts) > 2 and parts[1] == "static" and ".." not in parts:
            try:
                with file_open("/".join(parts), "rb") as stream:
                    return stream.read()
            except FileNotFoundError:
                return None
        return None
