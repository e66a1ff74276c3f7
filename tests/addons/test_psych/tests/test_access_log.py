import os
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tests.door import door_as
from odoo.addons.psych_health.tools import clock, keys

from .common import MARKER, ToyCommon


@tagged("security")
class TestAccessLog(ToyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Log = cls.env["psych.access.log"]
        cls.Seal = cls.env["psych.access.seal"]

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        # what a test writes to the file outside is not rolled back with the table
        seals = os.path.join(self.psych_keys, f"seals-{self._testMethodName}")
        self.startPatcher(patch.dict(os.environ, {"PSYCH_HEALTH_SEAL_FILE": seals}))

    def open_and_log(self, user, times=1, moment=None):
        """Let ``user`` read the note and write the log as the dispatcher does."""
        with clock.frozen(moment or clock.now()):
            for _i in range(times):
                with door_as(user) as scope:
                    self.assertEqual(self.of(user).note, MARKER)
                    self.Log._record(scope, {key[1:]: what for key, what in scope.openings.items()})
        return self.Log.search([], limit=times)

    def sql(self, query, *params):
        self.env.cr.execute(query, params)

    def refused(self, query, *params):
        with (
            self.assertRaisesRegex(Exception, "append only"),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.sql(query, *params)

    def tamper(self, query, *params):
        """What the owner of the tables can do: switch the trigger off."""
        for table in ("psych_access_log", "psych_access_seal"):
            self.sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.sql(query, *params)
        for table in ("psych_access_log", "psych_access_seal"):
            self.sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    # rows
    def test_row_says_who_what_why(self):
        row = self.open_and_log(self.u_counsellor)
        self.assertEqual(row.user_id, self.u_counsellor.id)
        self.assertEqual(row.user_name, self.u_counsellor.name)
        self.assertEqual((row.role, row.unit_name), ("counsellor", self.centre.name))
        self.assertEqual((row.model, row.res_id), ("test_psych.note", self.note.id))
        self.assertEqual((row.student_id, row.company_id), (self.student.id, self.company.id))
        self.assertEqual((row.content_right, row.field_names, row.door), ("notes", "note", "session"))
        self.assertNotIn("MARKER", str(row.read()))

    def test_only_the_head_reads_the_log(self):
        row = self.open_and_log(self.u_counsellor)
        self.assertIn(row, row.with_user(self.u_head).search([]))
        for user in (
            self.u_counsellor,
            self.u_centre,
            self.u_admin,
            self.u_leader,
            self.u_tutor,
            self.u_nobody,
        ):
            with self.assertRaises(AccessError):
                row.with_user(user).search([])
        for user in (self.u_head, self.u_admin):
            for call in (lambda r: r.unlink(), lambda r: r.write({"reason": "x"}), lambda r: r.create({})):
                with self.assertRaises(AccessError):
                    call(row.with_user(user))

    def test_append_only(self):
        row = self.open_and_log(self.u_counsellor)
        part = f"psych_access_log_{clock.now():%Y_%m}"
        for table in ("psych_access_log", part):
            self.refused(f"UPDATE {table} SET user_name = 'x' WHERE id = %s", row.id)
            self.refused(f"DELETE FROM {table} WHERE id = %s", row.id)
            self.refused(f"TRUNCATE {table}")
        self.Seal._cron_seal()
        self.refused("UPDATE psych_access_seal SET digest = 'x'")
        self.refused("DELETE FROM psych_access_seal")
        self.refused("TRUNCATE psych_access_seal")

    def test_deleted_user_leaves_rows(self):
        row = self.open_and_log(self.u_tutor)
        self.env["psych.scope"].sudo().search([("user_id", "=", self.u_tutor.id)]).unlink()
        self.assertEqual(row.user_name, self.u_tutor.name)
        self.sql(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'psych_access_log'::regclass AND contype = 'f'"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_missing_month_is_made(self):
        moment = datetime(2041, 3, 5)
        row = self.open_and_log(self.u_counsellor, moment=moment)
        self.assertEqual(row.at, moment)

    # seals
    def test_chain_holds(self):
        self.open_and_log(self.u_counsellor, times=3)
        self.Seal._cron_seal()
        self.open_and_log(self.u_counsellor)
        result = self.Seal._check_chain()
        self.assertTrue(result["ok"], result)
        self.assertEqual((result["rows"], result["unsealed"]), (3, 1))
        self.Seal._cron_seal()
        self.assertEqual(self.Seal._check_chain()["unsealed"], 0)
        self.Seal._cron_seal()  # nothing new, no empty seal
        self.assertEqual(self.Seal._check_chain()["seals"], 2)

    def test_months_are_sealed_apart(self):
        self.open_and_log(self.u_counsellor, times=2)
        self.open_and_log(self.u_counsellor, times=2, moment=clock.now() + timedelta(days=31))
        self.Seal._cron_seal()
        self.assertEqual(len(set(self.Seal.search([]).mapped("month"))), 2)
        self.assertTrue(self.Seal._check_chain()["ok"])

    def broken(self):
        with mute_logger("odoo.addons.psych_health.models.privacy.psych_access_seal"):
            result = self.Seal._cron_check_chain()
        self.assertFalse(result["ok"])
        return result

    def test_changed_row_is_named(self):
        rows = self.open_and_log(self.u_counsellor, times=4).sorted("id")
        self.Seal._cron_seal()
        self.tamper("UPDATE psych_access_log SET user_name = 'someone' WHERE id = %s", rows[2].id)
        result = self.broken()
        self.assertEqual((result["row"], result["what"]), (rows[2].id, "a row was changed"))

    def test_deleted_row_is_named(self):
        rows = self.open_and_log(self.u_counsellor, times=4).sorted("id")
        self.Seal._cron_seal()
        for index in (1, 3):
            with self.subTest(index):
                self.cr.execute("SAVEPOINT here")
                self.tamper("DELETE FROM psych_access_log WHERE id = %s", rows[index].id)
                result = self.broken()
                self.assertEqual((result["row"], result["what"]), (rows[index].id, "a row was deleted"))
                self.cr.execute("ROLLBACK TO SAVEPOINT here")

    def test_slipped_in_row_is_named(self):
        rows = self.open_and_log(self.u_counsellor, times=3).sorted("id")
        self.Seal._cron_seal()
        self.sql(
            "INSERT INTO psych_access_log (id, at, user_name) VALUES (%s, %s, 'x')",
            rows[0].id - 1,
            clock.now(),
        )
        result = self.broken()
        self.assertEqual((result["row"], result["what"]), (rows[0].id - 1, "a row was slipped in"))

    def test_seal_tampered(self):
        self.open_and_log(self.u_counsellor, times=2)
        self.Seal._cron_seal()
        self.open_and_log(self.u_counsellor, times=2)
        self.Seal._cron_seal()
        first, last = self.Seal.search([], order="id")
        for query, seal in (
            ("UPDATE psych_access_seal SET row_count = row_count + 1 WHERE id = %s", first),
            ("DELETE FROM psych_access_seal WHERE id = %s", first),
            ("DELETE FROM psych_access_seal WHERE id = %s", last),  # the end cut off: the file outside tells
        ):
            with self.subTest(query):
                self.cr.execute("SAVEPOINT here")
                self.tamper(query, seal.id)
                self.assertIn("seal", self.broken())
                self.cr.execute("ROLLBACK TO SAVEPOINT here")

    def test_chain_recomputed_with_another_key(self):
        """Who holds the database alone cannot seal anew."""
        self.open_and_log(self.u_counsellor, times=2)
        self.Seal._cron_seal()
        with open(keys.log_path()) as stream:
            right = stream.read()
        with open(keys.log_path(), "w") as stream:
            stream.write(right.replace(right[3:8], "AAAAA"))
        self.assertIn("seal", self.broken())
        with open(keys.log_path(), "w") as stream:
            stream.write(right)
        self.assertTrue(self.Seal._check_chain()["ok"])

    def test_seal_file_outside(self):
        self.open_and_log(self.u_counsellor)
        self.Seal._cron_seal()
        with open(keys.seal_file()) as lines:
            last = lines.read().splitlines()[-1]
        self.assertEqual(last.split()[-1], self.Seal.search([], limit=1).digest)
        self.assertFalse(os.stat(keys.seal_file()).st_mode & 0o077)

    # retention
    def test_month_is_dropped_after_its_seal(self):
        past = datetime(2026, 1, 10)
        self.open_and_log(self.u_counsellor, times=2, moment=past)
        with self.assertRaises(UserError):
            self.Log._drop_month(datetime(2026, 1, 1))
        self.open_and_log(self.u_counsellor, times=2)
        self.Seal._cron_seal()
        with self.assertRaises(UserError):
            self.Log._drop_month(clock.now().replace(day=1))
        self.assertEqual(self.Log._drop_month(datetime(2026, 1, 1)), 2)
        self.assertEqual(self.Log.search_count([("at", "<", datetime(2026, 2, 1))]), 0)
        result = self.Seal._check_chain()
        self.assertTrue(result["ok"], result)
        self.assertEqual(result["rows"], 4)
