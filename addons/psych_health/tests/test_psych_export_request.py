"""Lists with names leave only approved, once, under password, formula-safe."""

import io

from odoo.exceptions import AccessError, UserError

from ..tools import sealed_sheet
from .common import PsychCommon


class TestPsychExportRequest(PsychCommon):
    def ask(self, user, **vals):
        return (
            self.env["psych.export.request"]
            .with_user(user)
            .create(
                {
                    "kind": "roster",
                    "purpose": "Dormitory check",
                    "recipient": "Logistics",
                    "delete_on": "2026-12-01",
                    **vals,
                }
            )
        )

    def open(self, content, password):
        import msoffcrypto
        import openpyxl

        file = msoffcrypto.OfficeFile(io.BytesIO(content))
        self.assertTrue(file.is_encrypted())
        file.load_key(password=password)
        plain = io.BytesIO()
        file.decrypt(plain)
        return list(openpyxl.load_workbook(plain).active.values)

    def test_ask_approve_take_once(self):
        self.students[0].name = "=HYPERLINK(1)"
        row = self.ask(self.u_station)
        with self.assertRaises(AccessError):
            row._take()
        row.with_user(self.u_head).action_approve()
        with self.assertRaises(AccessError):
            row.with_user(self.u_head)._take()
        rows = self.open(*row._take())
        self.assertEqual(len(rows) - 1, row.row_count)
        self.assertEqual(row.row_count, 4, "only the own college")
        self.assertIn("'=HYPERLINK(1)", [cell for line in rows for cell in line])
        with self.assertRaises(AccessError):
            row._take()
        self.assertEqual(len(row.file_hash), 64)

    def test_who_decides(self):
        row = self.ask(self.u_station, state="approved", user_id=self.u_head.id)
        self.assertEqual((row.state, row.user_id), ("asked", self.u_station))
        for user in (self.u_station, self.u_admin, self.u_centre):
            with self.assertRaises(AccessError):
                row.with_user(user).action_approve()
        own = self.ask(self.u_head)
        with self.assertRaises(AccessError):
            own.action_approve()
        with self.assertRaises(AccessError):
            row.write({"state": "approved"})
        with self.assertRaises(UserError):
            row.sudo().unlink()
        for user in (self.u_tutor, self.u_leader, self.u_duty, self.u_student):
            self.assertFalse(row.with_user(user).has_access("read"))

    def test_safe_cells(self):
        for bad in ("=1", "+1", "-1", "@x", "\t=1", "\r=1"):
            self.assertTrue(sealed_sheet.safe(bad).startswith("'"))
        self.assertEqual(sealed_sheet.safe("13800000000"), "13800000000")
        self.assertEqual(sealed_sheet.safe(-3), -3)
        self.assertNotIn("\x00", sealed_sheet.safe("a\x00b"))
