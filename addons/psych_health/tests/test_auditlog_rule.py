from odoo.tests import tagged

from .common import PsychCommon


@tagged("post_install", "-at_install")
class TestAuditlogRule(PsychCommon):
    """The log of changes says the same of many records at once as of each by itself."""

    def said(self, records):
        """What the log says of ``records``: by record its name, method, and per field the texts before and after."""
        self.env.flush_all()
        logs = self.env["auditlog.log"].search(
            [("model_model", "=", records._name), ("res_id", "in", records.ids)], order="id"
        )
        return [
            (
                {
                    name: log[name]
                    for name in ("name", "method", "model_id", "model_name", "user_id", "log_type")
                },
                sorted(
                    (
                        line.field_id.id,
                        line.field_name,
                        line.field_description,
                        *(line[f"{when}_value{kind}"] for when in ("old", "new") for kind in ("", "_text")),
                    )
                    for line in log.line_ids
                    if line.field_name != "unit_id"  # the one field in which the records differ
                ),
            )
            for log in logs
        ]

    def posts(self, units):
        """Values of nominations with links, dates, texts with quotes and line ends."""
        criteria = self.env.ref("psych_health.psych_post_class_member").criterion_ids
        return [
            {
                "post_id": self.env.ref("psych_health.psych_post_class_member").id,
                "unit_id": unit.id,
                "student_id": self.students[0].id,
                "criterion_ids": [(6, 0, criteria.ids)],
                "vote_for": 3,
                "nominated_by": 'a "quoted", name\nand \\ more',
            }
            for unit in units
        ]

    def test_many_as_one_by_one(self):
        Membership = self.env["psych.membership"]
        singles, batch = (
            self.env["psych.unit"].concat(
                *(self.make_unit("Twin", "class", self.college_a, entry_year=2026) for _twin in range(2))
            )
            for _set in range(2)
        )
        one_by_one = Membership.concat(*(Membership.create(vals) for vals in self.posts(singles)))
        at_once = Membership.create(self.posts(batch))
        self.env.flush_all()
        change = {
            "vote_total": 5,
            "nominated_by": False,
            "criterion_ids": [(5,)],
            "training_date": "2026-10-01",
        }
        for membership in one_by_one:
            membership.write(change)
        at_once.write(change)
        said, expected = self.said(at_once), self.said(one_by_one)
        self.assertEqual([log["method"] for log, _lines in expected], ["create", "create", "write", "write"])
        self.assertEqual([lines for _log, lines in said], [lines for _log, lines in expected])
        self.assertEqual(
            [{**log, "name": log["name"] and "named"} for log, _lines in said],
            [{**log, "name": log["name"] and "named"} for log, _lines in expected],
        )
        self.assertIn("Twin", said[0][0]["name"])
        self.assertIn("quoted", str(said[0][1]))

    def test_chatter_is_not_logged(self):
        names = self.env["auditlog.rule"].get_auditlog_fields(self.env["psych.membership"])
        self.assertIn("partner_id", names)
        self.assertFalse([name for name in names if name.startswith(("message_", "activity_"))])
