import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.psych_health.tests.door import door_as
from odoo.addons.psych_health.tools import cipher, keys

from .common import MARKER, ToyCommon

PLAIN = (MARKER + " in a file").encode()


@tagged("security")
class TestDocument(ToyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with door_as(cls.u_counsellor):
            cls.document = cls.as_user(cls.u_counsellor)["psych.document"].create(
                {
                    "res_model": "test_psych.note",
                    "res_id": cls.note.id,
                    "file_name": "MARKER report.txt",
                    "content": base64.b64encode(PLAIN),
                }
            )
        cls.env.flush_all()

    def test_noise_in_database_and_filestore(self):
        attachment = self.document.sudo().attachment_id
        self.assertNotIn(b"MARKER", attachment.raw)
        self.assertEqual((attachment.name, attachment.mimetype), ("document", "application/octet-stream"))
        self.assertFalse(attachment.index_content)
        self.assertNotEqual(attachment.checksum, attachment._compute_checksum(PLAIN))
        self.assertNotIn("MARKER", str(self.document.sudo().read()))
        self.assertEqual((self.document.student_id, self.document.company_id), (self.student, self.company))

    def test_download_by_the_gate(self):
        with door_as(self.u_counsellor) as scope:
            name, kind, data = self.of(self.u_counsellor, self.document)._psych_download()
            self.assertEqual((name, kind, data), ("MARKER report.txt", "text/plain", PLAIN))
            self.assertEqual([key[1] for key in scope.openings], ["psych.document"])
            fields = next(iter(scope.openings.values()))["fields"]
            self.assertEqual(fields, {"content", "file_name"})
        for user in (self.u_centre, self.u_leader, self.u_admin, self.u_nobody):
            with door_as(user), self.assertRaises(AccessError):
                self.of(user, self.document)._psych_download()
        with self.assertRaises(AccessError):
            self.of(self.u_counsellor, self.document)._psych_download()
        with door_as(self.u_counsellor), self.assertRaises(AccessError):
            self.document.with_user(self.u_counsellor).sudo()._psych_download()

    def test_reading_gives_no_content(self):
        with door_as(self.u_counsellor):
            self.assertFalse(self.of(self.u_counsellor, self.document).read(["content"])[0]["content"])
        with door_as(self.u_centre):
            self.assertClosed(self.of(self.u_centre, self.document).file_name)

    def test_as_readable_as_its_record(self):
        self.env["psych.lockout"].create(
            {
                "user_id": self.u_head.id,
                "student_id": self.student.id,
                "reason": "kin",
                "date_start": "2020-01-01",
            }
        )
        Documents = self.env["psych.document"]
        self.assertIn(self.document, Documents.with_user(self.u_tutor).search([]))
        self.assertNotIn(self.document, Documents.with_user(self.u_head).search([]))
        with self.assertRaises(AccessError):
            self.document.with_user(self.u_head).check_access("read")

    def test_not_changed(self):
        with door_as(self.u_counsellor), self.assertRaises(UserError):
            self.of(self.u_counsellor, self.document).content = base64.b64encode(b"other")
        with self.assertRaises(UserError):
            self.env["psych.document"].create(
                {"res_model": "res.partner", "res_id": 1, "content": base64.b64encode(b"x")}
            )

    def test_moved_file_does_not_open(self):
        with door_as(self.u_counsellor):
            other = self.of(self.u_counsellor, self.document).create(
                {"res_model": "test_psych.note", "res_id": self.note.id, "content": base64.b64encode(b"x")}
            )
            other.sudo().attachment_id.raw = self.document.sudo().attachment_id.raw
            with self.assertRaises(AccessError):
                other._psych_download()

    def test_rotation(self):
        with open(keys.content_path(), "a") as out:
            out.write(cipher.new_key_line("k9") + "active=k9\n")
        after, done, broken = self.env["psych.document"].sudo()._psych_rotate()
        self.assertEqual((done, broken), (2, 0))
        self.env.invalidate_all()
        with door_as(self.u_counsellor):
            self.assertEqual(self.of(self.u_counsellor, self.document)._psych_download()[2], PLAIN)
        self.assertEqual(self.env["psych.document"].sudo()._psych_rotate(), (0, 0, 0))
