"""Ground of the attack tests: the small school, toy records with a marker, people who may and may not."""

from odoo.addons.psych_health.tests.common import PsychCommon
from odoo.addons.psych_health.tests.door import door_as
from odoo.addons.psych_health.tools import confidential

MARKER = "MARKER-7f3a plain text of a note"


class ToyCommon(PsychCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.students[0]
        cls.other = cls.students[2]
        cls.note = cls.as_user(cls.u_counsellor)["test_psych.note"].create(
            {
                "student_id": cls.student.id,
                "note": MARKER,
                "plan": MARKER,
                "company_id": cls.company.id,
            }
        )
        cls.note.flush_recordset()

    @classmethod
    def as_user(cls, user):
        """Return the environment of ``user``, without sudo."""
        return cls.env(user=user, su=False)

    def of(self, user, record=None):
        """Return ``record`` (the note) as ``user``."""
        return (record or self.note).with_env(self.as_user(user))

    def assertClosed(self, value):
        """The value is a mark or empty, never text."""
        self.assertNotIn("MARKER", str(value))
        self.assertTrue(not value or confidential.is_mark(value), value)

    def assertReads(self, user, record=None, field="note"):
        with door_as(user):
            self.assertEqual(self.of(user, record)[field], MARKER)

    def assertNotReads(self, user, record=None, field="note"):
        with door_as(user):
            self.assertClosed(self.of(user, record)[field])
