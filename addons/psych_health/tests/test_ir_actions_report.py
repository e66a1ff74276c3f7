import io

from PyPDF2 import PdfReader

from odoo.tests import TransactionCase, tagged

from ..tools import pdf

SAMPLE = """
<t t-name="psych_health.sample_report">
    <t t-call="psych_health.report_html">
        <t t-foreach="docs" t-as="doc">
            <t t-call="psych_health.report_layout">
                <t t-set="title" t-value="'学生心理健康状况报告'" />
                <t t-set="number" t-value="'XL-2026-001'" />
                <t t-set="signatures" t-value="['拟稿', '审核', '签发']" />
                <t t-set="seal" t-value="'心理健康教育中心'" />
                <t t-set="copies" t-value="'本报告一式两份。'" />
                <h2>一、总体情况</h2>
                <script>document.write("script ran")</script>
                <img src="http://127.0.0.1:1/picture.png" />
                <img src="file:///etc/hostname" />
                <table>
                    <thead><tr><th>序号</th><th>内容</th></tr></thead>
                    <tr t-foreach="range(60)" t-as="row">
                        <td><span t-out="row" /></td><td>第<span t-out="row" />项工作记录</td>
                    </tr>
                </table>
            </t>
        </t>
    </t>
</t>
"""


@tagged("psych_pdf")
class TestIrActionsReport(TransactionCase):
    """PDF behind Odoo's report action: Chinese text, running header, page numbers, nothing loaded from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.ui.view"].create(
            {"name": "sample", "type": "qweb", "key": "psych_health.sample_report", "arch": SAMPLE}
        )
        cls.report = cls.env["ir.actions.report"].create(
            {
                "name": "Sample",
                "model": "res.partner",
                "report_type": "qweb-pdf",
                "report_name": "psych_health.sample_report",
            }
        )
        cls.partners = cls.env["res.partner"].create([{"name": "甲"}, {"name": "乙"}])

    def _pages(self, records, report=None):
        report = report or self.report
        content, kind = report.with_context(force_report_rendering=True)._render_qweb_pdf(
            report.report_name, records.ids
        )
        self.assertEqual(kind, "pdf")
        return PdfReader(io.BytesIO(content)).pages

    def setUp(self):
        super().setUp()
        if not pdf.engine():
            self.skipTest("the system libraries of the PDF engine are not installed")

    def test_layout(self):
        """Heading, number and first rows on page 1; header, secrecy mark and page x/y on every page."""
        pages = [page.extract_text() for page in self._pages(self.partners[0])]
        self.assertGreater(len(pages), 1)
        self.assertIn("学生心理健康状况报告", pages[0])
        self.assertIn("XL-2026-001", pages[0])
        for number, text in enumerate(pages, start=1):
            self.assertIn(self.env.company.name, text)
            self.assertIn("Internal document", text)
            self.assertIn(f"{number} / {len(pages)}", text)
            self.assertNotIn("script ran", text)
        self.assertIn("内容", pages[1], "the head of the table is repeated")
        self.assertIn("一式两份", pages[-1])
        self.assertIn("签发", pages[-1])

    def test_nobody_signs_an_empty_page(self):
        """Wherever the text ends, a last page with signatures also carries what they sign."""
        view = self.env["ir.ui.view"].search([("key", "=", "psych_health.sample_report")])
        arch, counts = view.arch_db, set()
        for rows in range(8, 24):
            view.arch_db = arch.replace("range(60)", f"range({rows})")
            pages = [page.extract_text() for page in self._pages(self.partners[0])]
            counts.add(len(pages))
            self.assertIn("签发", pages[-1])
            self.assertIn("项工作记录", pages[-1], f"{rows} rows: nothing but signatures")
        self.assertEqual(counts, {1, 2}, "the end of the page was passed")

    def test_every_record_counts_its_own_pages(self):
        """Two records in one call: each document begins at page 1."""
        single = len(self._pages(self.partners[0]))
        pages = [page.extract_text() for page in self._pages(self.partners)]
        self.assertEqual(len(pages), 2 * single)
        self.assertIn(f"1 / {single}", pages[single])

    def test_in_chinese(self):
        """The layout's own words follow the language of the reader."""
        self.env["res.lang"]._activate_lang("zh_CN")
        report = self.report.with_context(lang="zh_CN")
        html = report._render_qweb_html(report.report_name, self.partners[0].ids)[0].decode()
        self.assertIn('lang="zh-CN"', html)

    def test_attachment_per_record(self):
        """A report that is kept with its record gives each record its own document."""
        self.report.attachment = "'letter %s.pdf' % object.id"
        self._pages(self.partners)
        kept = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", self.partners.ids),
                ("name", "like", "letter"),
            ]
        )
        self.assertEqual(len(kept), 2)
        self.assertTrue(all(item.raw.startswith(b"%PDF") for item in kept))

    def test_core_layout(self):
        """A report with Odoo's own layout keeps its header and page numbers."""
        self.env["ir.ui.view"].create(
            {
                "name": "core sample",
                "type": "qweb",
                "key": "psych_health.core_sample",
                "arch": """
                <t t-name="psych_health.core_sample"><t t-call="web.html_container">
                    <t t-foreach="docs" t-as="o"><t t-call="web.external_layout">
                        <div class="page"><p>正文内容</p></div>
                    </t></t>
                </t></t>""",
            }
        )
        report = self.report.copy({"report_name": "psych_health.core_sample"})
        text = self._pages(self.partners[0], report)[0].extract_text()
        self.assertIn("正文内容", text)

    def test_nothing_from_outside(self):
        """The engine refuses the network, local files and paths outside of static folders."""
        read = self.env["ir.actions.report"]._psych_local_file
        self.assertIsNone(read("/etc/passwd"))
        self.assertIsNone(read("/psych_health/static/../hooks.py"))
        fetcher = pdf.make_fetcher(read)
        for url in (
            "http://127.0.0.1:1/x.png",
            "file:///etc/hostname",
            "ftp://127.0.0.1/x",
            pdf.LOCAL + "etc/passwd",
        ):
            with self.assertRaises(ValueError):
                fetcher.fetch(url)

    def test_state(self):
        """The client is told that PDF works, so that it does not fall back to HTML."""
        self.assertEqual(self.env["ir.actions.report"].get_wkhtmltopdf_state(), "ok")
