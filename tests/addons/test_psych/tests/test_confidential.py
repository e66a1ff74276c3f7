import os

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.psych_health.tests.door import door_as
from odoo.addons.psych_health.tools import cipher, confidential, keys

from .common import MARKER, ToyCommon


@tagged("security")
class TestConfidential(ToyCommon):
    def row(self, record=None):
        record = record or self.note
        self.env.cr.execute(
            "SELECT row_key, note_cipher, plan_cipher, student_id FROM test_psych_note WHERE id = %s",
            (record.id,),
        )
        return self.env.cr.dictfetchone()

    def tamper(self, sql, *params):
        self.env.flush_all()
        self.env.cr.execute(sql, params)
        self.env.invalidate_all()

    # stored form
    def test_stored_as_noise(self):
        row = self.row()
        self.assertTrue(row["note_cipher"].startswith("v1.k1."))
        self.assertNotIn("MARKER", str(row))
        self.assertNotEqual(row["note_cipher"], row["plan_cipher"])
        self.assertEqual(len(row["row_key"]), 32)

    def test_author_reads(self):
        self.assertReads(self.u_counsellor)
        self.assertReads(self.u_counsellor, field="plan")

    # cache
    def test_no_leak_by_cache(self):
        """Trap 3: what one person opened is nobody else's in the same transaction."""
        with door_as(self.u_counsellor) as scope:
            note = self.of(self.u_counsellor)
            self.assertEqual(note.note, MARKER)
            self.assertClosed(note.with_user(self.u_centre).note)
            self.assertClosed(note.sudo().note)
            self.assertClosed(note.with_user(self.env.ref("base.user_root")).note)
            self.assertEqual(list(scope.openings), [(self.env.cr.dbname, note._name, note.id, "notes")])
        self.assertClosed(note.note)  # nobody at the door any more
        with door_as(self.u_centre):
            self.assertClosed(note.note)
            self.assertClosed(note.with_user(self.u_centre).note)

    def test_nobody_at_the_door(self):
        self.assertClosed(self.of(self.u_counsellor).note)
        with door_as():
            self.assertClosed(self.of(self.u_counsellor).note)
        root = self.env.ref("base.user_root")
        with door_as(root):
            self.assertClosed(self.of(root).note)

    def test_opening_is_noted_only_for_what_is_read(self):
        others = self.of(self.u_counsellor).create([{"note": MARKER, "company_id": self.company.id}] * 3)
        with door_as(self.u_counsellor) as scope:
            self.assertEqual(others[1].note, MARKER)
            self.assertEqual([key[2] for key in scope.openings], [others[1].id])

    # tampering
    def test_row_moved(self):
        copy = self.of(self.u_counsellor).create({"note": "other", "company_id": self.company.id})
        self.tamper(
            "UPDATE test_psych_note SET note_cipher = %s WHERE id = %s", self.row()["note_cipher"], copy.id
        )
        self.assertNotReads(self.u_counsellor, copy)

    def test_student_relinked_by_sql(self):
        self.tamper("UPDATE test_psych_note SET student_id = %s WHERE id = %s", self.other.id, self.note.id)
        self.assertNotReads(self.u_counsellor)

    def test_field_swapped(self):
        self.tamper("UPDATE test_psych_note SET note_cipher = plan_cipher WHERE id = %s", self.note.id)
        self.assertNotReads(self.u_counsellor)

    def test_token_changed(self):
        token = self.row()["note_cipher"]
        self.tamper(
            "UPDATE test_psych_note SET note_cipher = %s WHERE id = %s", token[:-6] + "AAAAA=", self.note.id
        )
        self.assertNotReads(self.u_counsellor)

    def test_student_cannot_be_changed(self):
        with self.assertRaises(UserError), door_as(self.u_counsellor):
            self.of(self.u_counsellor).student_id = self.other

    def test_relink_with_trace(self):
        self.note._psych_relink(self.other)
        self.assertEqual(self.note.student_id, self.other)
        self.assertReads(self.u_counsellor)

    def test_columns_are_not_written(self):
        for name in ("note_cipher", "row_key"):
            with self.assertRaises(AccessError), door_as(self.u_counsellor):
                self.of(self.u_counsellor).write({name: "v1.k1.AAAA"})
            with self.assertRaises(AccessError):
                self.of(self.u_counsellor).create({name: "x", "company_id": self.company.id})

    @mute_logger("odoo.models")
    def test_columns_are_not_read(self):
        with door_as(self.u_counsellor):
            for name in ("note_cipher", "row_key"):
                with self.assertRaises(AccessError):
                    self.of(self.u_counsellor).read([name])
                with self.assertRaises(AccessError):
                    self.of(self.u_counsellor).search([(name, "!=", False)])
            self.assertNotIn("note_cipher", self.of(self.u_counsellor).fields_get())

    # doors of the ORM
    def test_read_doors(self):
        doors = {
            "read": lambda n: n.read(["note"])[0]["note"],
            "read_all": lambda n: n.read()[0]["note"],
            "search_read": lambda n: n.search_read([("id", "=", n.id)], ["note"])[0]["note"],
            "web_read": lambda n: n.web_read({"note": {}})[0]["note"],
            "web_search_read": lambda n: n.web_search_read([("id", "=", n.id)], {"note": {}})["records"][0][
                "note"
            ],
            "mapped": lambda n: n.mapped("note")[0],
            "new": lambda n: n.new(origin=n).note,
        }
        for name, way in doors.items():
            with self.subTest(name):
                with door_as(self.u_counsellor) as scope:
                    self.assertEqual(way(self.of(self.u_counsellor)), MARKER)
                    self.assertEqual(len(scope.openings), 1)
                for user in (self.u_centre, self.u_tutor_b, self.u_leader, self.u_admin):
                    with door_as(user) as scope:
                        self.assertClosed(way(self.of(user)))
                        self.assertFalse(scope.openings)

    def test_nested_read(self):
        case = self.env["test_psych.case"].create({"name": "C", "company_id": self.company.id})
        self.note.sudo().case_id = case
        spec = {"note_ids": {"fields": {"note": {}}}}
        with door_as(self.u_counsellor) as scope:
            data = case.with_user(self.u_counsellor).web_read(spec)
            self.assertEqual(data[0]["note_ids"][0]["note"], MARKER)
            self.assertEqual(len(scope.openings), 1)
        with door_as(self.u_leader):
            data = case.with_user(self.u_leader).web_read(spec)
            self.assertClosed(data[0]["note_ids"][0]["note"])

    @mute_logger("odoo.models")
    def test_never_searched_sorted_grouped(self):
        notes = self.of(self.u_counsellor)
        with door_as(self.u_counsellor):
            for call in (
                lambda: notes.search([("note", "ilike", "MARKER")]),
                lambda: notes.search([("note", "=", False)]),
                lambda: notes.search([], order="note"),
                lambda: notes.search_count([("note", "ilike", "x")]),
                lambda: notes._read_group([], ["note"]),
                lambda: notes.formatted_read_group([], ["note"], ["__count"]),
                lambda: notes._read_group([], [], ["note:array_agg"]),
                lambda: notes.case_id.search([("note_ids.note", "ilike", "x")]),
            ):
                with self.subTest(), self.cr.savepoint():
                    try:
                        call()
                    except (AccessError, UserError, ValueError) as error:
                        self.assertNotIn("MARKER", str(error))
                    else:
                        self.fail("not refused")

    def test_never_exported(self):
        with self.assertRaises(UserError), door_as(self.u_counsellor):
            self.of(self.u_counsellor).export_data(["note"])
        described = self.of(self.u_counsellor).fields_get(["note"])["note"]
        self.assertFalse(described.get("exportable", True))
        self.assertFalse(described["searchable"] or described["sortable"] or described["groupable"])
        self.assertFalse(described["store"])

    def test_never_imported(self):
        with self.assertRaises(UserError), door_as(self.u_counsellor):
            self.of(self.u_counsellor).load(["name", "note"], [["x", MARKER]])

    def test_copy_takes_no_text(self):
        with door_as(self.u_counsellor):
            copy = self.of(self.u_counsellor).copy()
            self.assertFalse(copy.note)
        self.assertNotEqual(self.row(copy)["row_key"], self.row()["row_key"])
        self.assertFalse(self.row(copy)["note_cipher"])

    def test_no_default(self):
        notes = self.of(self.u_counsellor).with_context(default_note=MARKER, default_row_key="x")
        with door_as(self.u_counsellor):
            self.assertFalse({"note", "row_key"} & set(notes.default_get(["note", "row_key"])))
        with self.assertRaises(AccessError):
            self.env["ir.default"].set("test_psych.note", "note", MARKER)
        field = self.env["ir.model.fields"]._get("test_psych.note", "note")
        with self.assertRaises(AccessError):
            self.env["ir.default"].create({"field_id": field.id, "json_value": '"x"'})

    def test_name_search(self):
        with door_as(self.u_counsellor):
            self.assertNotIn("MARKER", str(self.of(self.u_counsellor).name_search("")))
            self.assertFalse(self.of(self.u_counsellor).name_search("MARKER"))

    # forms
    def test_form_writes_and_keeps(self):
        with door_as(self.u_counsellor):
            with Form(self.of(self.u_counsellor)) as form:
                self.assertEqual(form.note, MARKER)
                form.note = "changed"
                form.name = "N-2"
            self.assertEqual(self.of(self.u_counsellor).note, "changed")
            self.assertEqual(self.of(self.u_counsellor).plan, MARKER)

    def test_onchange_keeps_typed_text(self):
        with door_as(self.u_counsellor):
            notes = self.of(self.u_counsellor).browse()
            typed = {"note": "typed", "plan": False, "student_id": self.student.id}
            spec = {"note": {}, "plan": {}, "student_id": {}, "name": {}}
            value = notes.onchange(typed, ["student_id"], spec)["value"]
            self.assertNotIn("note", value)

    def test_closed_mark_is_not_saved_back(self):
        with door_as(self.u_centre):
            note = self.of(self.u_centre)
            note.write({"name": "N-3", "note": note.note})
            with self.assertRaises(UserError):
                note.write({"note": note.note + " and more"})
            with self.assertRaises(AccessError):
                note.write({"note": "blind overwrite"})
        self.assertEqual(self.note.name, "N-3")
        self.assertReads(self.u_counsellor)

    def test_one2many_commands(self):
        with door_as(self.u_counsellor):
            case = self.as_user(self.u_counsellor)["test_psych.case"].create(
                {"note_ids": [Command.create({"note": MARKER, "company_id": self.company.id})]}
            )
            self.assertEqual(case.note_ids.note, MARKER)
            case.note_ids = [Command.update(case.note_ids.id, {"note": "two"})]
            self.assertEqual(case.note_ids.note, "two")
        self.assertNotIn("MARKER", str(self.row(case.note_ids)))

    def test_write_many(self):
        notes = self.of(self.u_counsellor).create([{"company_id": self.company.id} for _i in range(3)])
        with door_as(self.u_counsellor):
            notes.write({"note": "same", "name": "x"})
            self.assertEqual(notes.mapped("note"), ["same"] * 3)
            notes.write({"note": False})
            self.assertEqual(notes.mapped("note"), [False] * 3)
        self.assertEqual(len({self.row(n)["row_key"] for n in notes}), 3)

    # keys
    def test_key_missing(self):
        os.rename(keys.content_path(), keys.content_path() + ".away")
        try:
            with door_as(self.u_counsellor):
                note = self.of(self.u_counsellor)
                mark = note.note
                self.assertClosed(mark)
                note.write({"name": "N-4", "note": mark})
                with self.assertRaises(UserError):
                    note.write({"note": "new text"})
                with self.assertRaises(UserError):
                    note.create({"note": "new text", "company_id": self.company.id})
        finally:
            os.rename(keys.content_path() + ".away", keys.content_path())
        self.env.invalidate_all()
        self.assertReads(self.u_counsellor)

    def test_wrong_key(self):
        path = keys.content_path()
        os.rename(path, path + ".away")
        cipher.write_key_file(path, ("k1",))
        try:
            with door_as(self.u_counsellor):
                note = self.of(self.u_counsellor)
                self.assertTrue(confidential.is_mark(note.note))
                with self.assertRaises(UserError):
                    note.write({"note": "new text"})
                note.write({"note": note.note})
        finally:
            os.replace(path + ".away", path)
        self.env.invalidate_all()
        self.assertReads(self.u_counsellor)

    def test_key_file_of_others_is_refused(self):
        os.chmod(keys.content_path(), 0o644)
        try:
            self.assertNotReads(self.u_counsellor)
        finally:
            os.chmod(keys.content_path(), 0o600)

    def test_rotation_stops_and_resumes(self):
        notes = self.of(self.u_counsellor).create(
            [{"note": f"{MARKER}", "company_id": self.company.id} for _i in range(5)]
        )
        before = self.row(notes[0])
        with open(keys.content_path(), "a") as out:
            out.write(cipher.new_key_line("k2") + "active=k2\n")
        Note = self.env["test_psych.note"].sudo()
        after, done, broken = Note._psych_rotate(limit=3)
        self.assertEqual((done, broken), (4, 0))  # the first note has two texts
        self.assertReads(self.u_counsellor, notes[4])  # still under the old key
        while after:
            after, _done, broken = Note._psych_rotate(after, limit=2)
            self.assertFalse(broken)
        self.env.cr.execute("SELECT count(*) FROM test_psych_note WHERE note_cipher LIKE 'v1.k1.%%'")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.env.invalidate_all()
        self.assertNotEqual(self.row(notes[0])["note_cipher"], before["note_cipher"])
        self.assertReads(self.u_counsellor, notes[0])
        self.assertEqual(Note._psych_rotate()[:2], (0, 0))

    def test_score_gives_numbers_only(self):
        sheet = self.env["test_psych.sheet"].create(
            {"student_id": self.student.id, "answers": MARKER, "company_id": self.company.id}
        )
        self.assertEqual(
            sheet._psych_score("test_psych.sheet.length", "answers"), {sheet.id: {"length": len(MARKER)}}
        )
        with self.assertRaises(KeyError):
            sheet._psych_score("planted", "answers")
        confidential.scorer("test.text")(lambda text: text)
        with self.assertRaises(TypeError):
            sheet._psych_score("test.text", "answers")

    # free text elsewhere
    def test_no_chat(self):
        note = self.of(self.u_counsellor)
        with door_as(self.u_counsellor):
            for call in (
                lambda: note.message_post(body=MARKER, message_type="comment"),
                lambda: note.message_post(body=MARKER, message_type="email"),
                lambda: note.message_post(body=MARKER),
                lambda: note.message_notify(body=MARKER, partner_ids=self.u_head.partner_id.ids),
                lambda: note._message_log(body=MARKER, message_type="comment"),
                lambda: note.activity_schedule("mail.mail_activity_data_todo", note=MARKER),
                lambda: note.activity_schedule("mail.mail_activity_data_todo", summary=MARKER),
                lambda: note.env["mail.compose.message"].create(
                    {"model": note._name, "res_ids": str(note.ids), "body": MARKER}
                ),
                lambda: note.env["ir.attachment"].create(
                    {"name": "x", "res_model": note._name, "res_id": note.id, "raw": b"x"}
                ),
            ):
                with self.assertRaises(AccessError):
                    call()
            note.sudo().message_post(body="State changed", message_type="notification")
            activity = note.activity_schedule("mail.mail_activity_data_todo")
            with self.assertRaises(AccessError):
                activity.write({"note": MARKER})
            with self.assertRaises(AccessError):
                activity.action_feedback(MARKER)
            self.assertNotIn("N-1", activity.res_name)

    def test_actions_are_not_cached(self):
        self.assertFalse(self.env.ref("test_psych.test_psych_note_action").cache)
        action = self.env["ir.actions.act_window"].create(
            {"name": "x", "res_model": "test_psych.note", "cache": True}
        )
        self.assertFalse(action.cache)
        action.cache = True
        self.assertFalse(action.cache)
