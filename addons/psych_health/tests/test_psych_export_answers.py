"""Answers leave approved, once; names in the sealed workbook only; every opening is on the reading log."""

import csv
import io
import json

from fhir.resources.R4B.bundle import Bundle

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .screening import FLAGGED, ScreeningCommon, door_as


@tagged("psych_screening", "post_install", "-at_install")
class TestPsychExportAnswers(ScreeningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.students[0].name = "=1+1"

    def ask(self, user, **vals):
        return (
            self.env["psych.export.request"]
            .with_user(user)
            .create(
                {
                    "kind": "answers",
                    "campaign_id": self.campaign.id,
                    "scale_id": self.phq.id,
                    "file_format": "csv",
                    "purpose": "Reliability of the scale",
                    "recipient": "Teaching office",
                    "delete_on": "2026-12-01",
                    **vals,
                }
            )
        )

    def take(self, row, user):
        row.with_user(self.u_head).action_approve()
        with door_as(user):
            return row.with_user(user)._take()

    def answer(self):
        self.submit(self.students[0], phq=FLAGGED)
        self.submit(self.students[1], phq=[3, 2, 1, 0, 3, 2, 1, 0, 0])

    def test_csv_names_nobody(self):
        self.answer()
        row = self.ask(self.u_centre)
        content, password = self.take(row, self.u_centre)
        self.assertEqual((password, row.row_count, row.state), ("", 2, "taken"))
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        self.assertEqual(len(lines), 3)
        text = content.decode("utf-8-sig")
        for student in self.students:
            self.assertNotIn(student.number, text)
            self.assertNotIn(student.name, text)
        self.assertIn(["0"] * 8 + ["2"], [line[6:15] for line in lines[1:]])
        self.assertNotIn(":", lines[1][3], "the day only: the minute would tell who")
        with self.assertRaises(AccessError), door_as(self.u_centre):
            row._take()

    def test_fhir_is_valid_and_complete(self):
        self.answer()
        content, _password = self.take(self.ask(self.u_centre, file_format="fhir"), self.u_centre)
        bundle = Bundle.model_validate(json.loads(content))
        self.assertEqual(len(bundle.entry), 2)
        sums = sorted(
            sum(item.answer[0].valueInteger for item in entry.resource.item) for entry in bundle.entry
        )
        self.assertEqual(sums, [2, 12])

    def test_named_workbook_is_sealed(self):
        import msoffcrypto
        import openpyxl

        self.answer()
        content, password = self.take(
            self.ask(self.u_centre, file_format="xlsx", with_names=True), self.u_centre
        )
        file = msoffcrypto.OfficeFile(io.BytesIO(content))
        self.assertTrue(file.is_encrypted())
        file.load_key(password=password)
        plain = io.BytesIO()
        file.decrypt(plain)
        cells = [cell for line in openpyxl.load_workbook(plain).active.values for cell in line]
        self.assertIn(self.students[1].number, cells)
        self.assertIn("'=1+1", cells, "a name cannot start a formula")
        for form in ("csv", "fhir"):
            with self.assertRaises(ValidationError):
                self.ask(self.u_centre, file_format=form, with_names=True)

    def test_every_opening_is_logged(self):
        self.answer()
        row = self.ask(self.u_centre)
        row.with_user(self.u_head).action_approve()
        with door_as(self.u_centre) as scope:
            row.with_user(self.u_centre)._take()
            opened = {key[2] for key in scope.openings if key[1] == "psych.response"}
            self.assertIn(row.number, scope.reason)
        sheets = self.responses(self.students[0]) | self.responses(self.students[1])
        self.assertEqual(opened, set(sheets.filtered(lambda sheet: sheet.scale_id == self.phq).ids))

    def test_only_who_may_open_answers(self):
        """Approval is not enough: the gate still decides for the person who takes the file."""
        self.answer()
        for user in (self.u_station, self.u_admin):
            row = self.ask(user)
            row.with_user(self.u_head).action_approve()
            with self.assertRaises(AccessError), door_as(user):
                row.with_user(user)._take()
            self.assertEqual(row.state, "approved")

    def test_asked_from_the_campaign(self):
        action = self.campaign.with_user(self.u_centre).action_export_answers()
        model = self.env["psych.export.request"].with_user(self.u_centre).with_context(**action["context"])
        with Form(model) as form:
            form.purpose, form.recipient, form.delete_on = "Study", "Teaching office", "2026-12-01"
        row = form.record
        self.assertEqual((row.kind, row.campaign_id, row.scale_id), ("answers", self.campaign, self.phq))

    def test_campaign_and_scale_belong_together(self):
        with self.assertRaises(ValidationError):
            self.ask(self.u_centre, scale_id=self.env.ref("psych_health.psych_scale_scl_90").id)
        with self.assertRaises(ValidationError):
            self.ask(self.u_centre, campaign_id=False)
