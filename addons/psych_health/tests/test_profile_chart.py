import xml.etree.ElementTree as ET

from odoo.tests import BaseCase, tagged

from ..tools import profile_chart


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
