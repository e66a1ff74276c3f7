import io
import xml.etree.ElementTree as ET

from PyPDF2 import PdfReader

from odoo.tests import BaseCase, tagged

from ..tools import pdf, profile_chart


@tagged("psych_screening", "post_install", "-at_install")
class TestProfileChart(BaseCase):
    """The picture is well-formed whatever the names are, and says each number."""

    def row(self, **vals):
        return {
            "label": "Total",
            "score": 3,
            "top": 5,
            "lines": [2, None],
            "before": 1,
            "over": False,
            **vals,
        }

    def test_numbers_lines_and_marks(self):
        text = profile_chart.svg([self.row(), self.row(score=None), self.row(score=9)], ["A", "B"], "before")
        root = ET.fromstring(text)
        words = [node.text for node in root.iter() if node.text]
        self.assertIn("3", words)
        self.assertIn("1: A", words)
        self.assertIn("◆ before", words)
        self.assertEqual(text.count("<path"), 2, "the factor without a score is left out")
        widths = [float(node.get("width")) for node in root.iter() if node.tag.endswith("rect")]
        self.assertLessEqual(max(widths), profile_chart.WIDTH, "a score above the range stays in the picture")

    def test_a_name_cannot_break_out(self):
        text = profile_chart.svg([self.row(label="<script>x</script>&")], ["</svg>"], "")
        self.assertNotIn("<script", text)
        ET.fromstring(text)

    def test_nothing_to_draw(self):
        self.assertEqual(profile_chart.svg([self.row(score=None)]), "")

    def test_on_paper_it_takes_its_own_height(self):
        if not pdf.engine():
            self.skipTest("the system libraries of the PDF engine are not installed")
        chart = profile_chart.svg([self.row()], before="before")
        page = f"<html><body><p>first</p>{chart * 3}<p>last</p></body></html>"
        paper = pdf.render(pdf.harmless(page), [pdf.page_css("A4", False, 26, 26, 26, 26)], lambda path: None)
        self.assertEqual(len(PdfReader(io.BytesIO(paper)).pages), 1)
