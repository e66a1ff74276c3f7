from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.psych_health.tests.door import door_as
from odoo.addons.psych_health.tools import clock, door

from .common import MARKER, ToyCommon


@tagged("security")
class TestGate(ToyCommon):
    # roles
    def test_matrix(self):
        self.assertReads(self.u_counsellor)  # own entry
        self.assertReads(self.u_head)  # whole school
        self.assertReads(self.u_tutor)  # own class
        for user in (
            self.u_centre,
            self.u_tutor_b,
            self.u_station,
            self.u_leader,
            self.u_admin,
            self.u_office,
            self.u_duty,
        ):
            with self.subTest(user.login):
                self.assertNotReads(user)

    def test_check_open(self):
        gate = self.as_user(self.u_counsellor)["psych.gate"]
        with self.assertRaises(AccessError):
            gate._check_open(self.of(self.u_counsellor), "notes")
        with door_as(self.u_counsellor):
            gate._check_open(self.of(self.u_counsellor), "notes")
            with self.assertRaises(AccessError):
                gate._check_open(self.of(self.u_counsellor), "answers")
        with self.assertRaises(AccessError), door_as(self.u_centre):
            self.as_user(self.u_centre)["psych.gate"]._check_open(self.of(self.u_centre), "notes")

    def test_right_ends_by_the_date_alone(self):
        """Promise 7: no write, no scheduled action; the row's last day was yesterday."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE psych_scope SET date_end = current_date - 2 WHERE user_id = %s AND role = 'tutor'",
            (self.u_tutor.id,),
        )
        self.env.invalidate_all()
        self.assertNotReads(self.u_tutor)

    def test_lockout_wins(self):
        for user in (self.u_counsellor, self.u_head):
            self.env["psych.lockout"].create(
                {
                    "user_id": user.id,
                    "student_id": self.student.id,
                    "reason": "kin",
                    "date_start": "2020-01-01",
                }
            )
        for user in (self.u_counsellor, self.u_head):
            self.assertNotReads(user)
            found = self.as_user(user)["test_psych.note"].search([("id", "=", self.note.id)])
            self.assertFalse(found)
        self.assertReads(self.u_tutor)

    def test_grant_opens_one_record_for_its_time(self):
        start = clock.now()
        grant = self.env["psych.access.grant"].create(
            {
                "model": "test_psych.note",
                "res_id": self.note.id,
                "user_id": self.u_centre.id,
                "content_right": "notes",
                "date_start": start,
                "date_end": start.replace(hour=start.hour + 1),
                "company_id": self.company.id,
            }
        )
        other = self.of(self.u_counsellor).create({"note": MARKER, "company_id": self.company.id})
        self.assertNotReads(self.u_centre)
        grant.state = "active"
        self.assertReads(self.u_centre)
        self.assertNotReads(self.u_centre, other)
        self.assertNotReads(self.u_leader)
        with clock.frozen(start.replace(hour=start.hour + 2)):
            self.assertNotReads(self.u_centre)
        self.env["psych.lockout"].create(
            {
                "user_id": self.u_centre.id,
                "student_id": self.student.id,
                "reason": "kin",
                "date_start": "2020-01-01",
            }
        )
        self.assertNotReads(self.u_centre)

    def test_signed_link_opens_own_sheet_only(self):
        sheets = self.env["test_psych.sheet"].create(
            [
                {"student_id": s.id, "answers": MARKER, "company_id": self.company.id}
                for s in self.students[:2]
            ]
        )
        public = self.env.ref("base.public_user")
        with door_as(student=self.students[0]):
            own, other = sheets.with_user(public).sudo()
            self.assertEqual(own.answers, MARKER)
            self.assertClosed(other.answers)
            self.assertClosed(self.note.with_user(public).sudo().note)

    def test_student_reads_own_sheet(self):
        sheet = self.env["test_psych.sheet"].create(
            {"student_id": self.student.id, "answers": MARKER, "company_id": self.company.id}
        )
        self.assertReads(self.u_student, sheet, "answers")
        self.assertNotReads(self.u_student2, sheet, "answers")
        self.assertReads(self.u_counsellor, sheet, "answers")

    def test_second_arrival_empties_the_door(self):
        with door_as(self.u_tutor_b):
            door.arrive(door.Identity(door.KIND_RPC, self.u_counsellor.id))
            self.assertIsNone(door.identity())
            self.assertClosed(self.of(self.u_counsellor).note)

    # shut while foreign code runs
    def plant(self, code, **vals):
        return self.env["ir.actions.server"].create(
            {
                "name": "planted",
                "state": "code",
                "code": code,
                "model_id": self.env["ir.model"]._get_id("test_psych.note"),
                **vals,
            }
        )

    def assertPlantedGetsNothing(self, call):
        self.env.cr.execute("UPDATE test_psych_case SET name = NULL")
        with door_as(self.u_counsellor) as scope:
            try:
                call()
            except Exception as error:
                self.assertNotIn("MARKER", str(error))
            self.assertFalse(scope.openings)
        self.env.flush_all()
        self.env.cr.execute("SELECT name FROM test_psych_case")
        self.assertNotIn("MARKER", str(self.env.cr.fetchall()))

    def test_planted_server_action(self):
        case = self.env["test_psych.case"].create({"company_id": self.company.id})
        codes = (
            f"env['test_psych.case'].browse({case.id}).sudo().write({{'name': record.note}})",
            "raise UserError(record.note)",
            f"env['test_psych.case'].browse({case.id}).sudo().write({{'name': str(record.read(['note']))}})",
            f"env['test_psych.case'].browse({case.id}).sudo().write({{'name': str(record._psych_open_texts(['note']))}})",
            f"env['test_psych.case'].browse({case.id}).sudo().write({{'name': str(record._psych_rows(['note']))}})",
        )
        for code in codes:
            action = self.plant(code)
            with self.subTest(code):
                note = self.of(self.u_counsellor)
                context = {"active_model": note._name, "active_id": note.id, "active_ids": note.ids}
                self.assertPlantedGetsNothing(
                    lambda action=action, context=context: (
                        action.with_user(self.u_counsellor).with_context(**context).run()
                    )
                )

    def test_planted_after_the_person_read_it(self):
        case = self.env["test_psych.case"].create({"company_id": self.company.id})
        action = self.plant(f"env['test_psych.case'].browse({case.id}).sudo().write({{'name': record.note}})")
        with door_as(self.u_counsellor):
            note = self.of(self.u_counsellor)
            self.assertEqual(note.note, MARKER)
            action.with_user(self.u_counsellor).with_context(
                active_model=note._name, active_id=note.id, active_ids=note.ids
            ).run()
            self.assertEqual(note.note, MARKER)  # and the person still reads afterwards
        self.assertClosed(case.name)

    def test_planted_hook_runs_shut(self):
        """What planted code leaves in the transaction finds the gate shut, too."""
        case = self.env["test_psych.case"].create({"company_id": self.company.id})
        action = self.plant(
            f"env.cr.precommit.add(lambda: env['test_psych.case'].browse({case.id}).sudo()"
            f".write({{'name': env['test_psych.note'].browse({self.note.id}).note}}))"
        )
        with door_as(self.u_counsellor):
            note = self.of(self.u_counsellor)
            action.with_user(self.u_counsellor).with_context(
                active_model=note._name, active_id=note.id, active_ids=note.ids
            ).run()
            self.env.cr.precommit.run()
            self.assertEqual(note.note, MARKER)
        self.assertTrue(case.name)
        self.assertClosed(case.name)

    def test_planted_name_of_a_report(self):
        with door_as(self.u_counsellor):
            name = safe_eval("object.note", {"object": self.of(self.u_counsellor)})
            self.assertClosed(name)

    def test_planted_template(self):
        template = "<p t-out='object.note'/>"
        note = self.of(self.u_counsellor)
        with door_as(self.u_counsellor):
            render = self.env(user=self.u_counsellor)["mail.render.mixin"]
            for engine, text in (("qweb", template), ("inline_template", "{{ object.note }}")):
                result = render.sudo()._render_template(text, note._name, note.ids, engine=engine)
                self.assertNotIn("MARKER", str(result))
            view = self.env["ir.ui.view"].create(
                {
                    "name": "planted",
                    "type": "qweb",
                    "arch": "<p t-out='note.note'/>",
                    "key": "test_psych.planted",
                }
            )
            html = note.env["ir.qweb"]._render(view.id, {"note": note})
            self.assertNotIn("MARKER", html)

    def test_planted_rule(self):
        case = self.env["test_psych.case"].create({"name": "x", "company_id": self.company.id})
        code = (
            f"[('name', '!=', user.env['test_psych.case'].browse({case.id})"
            f".write({{'name': user.env['test_psych.note'].browse({self.note.id}).note}}))]"
        )
        rule = {
            "name": "planted",
            "model_id": self.env["ir.model"]._get_id("test_psych.case"),
            "domain_force": code,
        }
        try:
            self.env["ir.rule"].create(rule)
        except Exception:
            return
        self.assertPlantedGetsNothing(lambda: self.as_user(self.u_counsellor)["test_psych.case"].search([]))

    def test_planted_manual_field(self):
        self.env["ir.model.fields"].create(
            {
                "name": "x_planted",
                "model_id": self.env["ir.model"]._get_id("test_psych.note"),
                "ttype": "char",
                "state": "manual",
                "compute": "for r in self: r['x_planted'] = r.note",
                "depends": "name",
                "store": False,
            }
        )
        with door_as(self.u_counsellor):
            note = self.of(self.u_counsellor)
            self.assertEqual(note.note, MARKER)
            self.assertClosed(note.x_planted)

    def test_planted_scheduled_action(self):
        case = self.env["test_psych.case"].create({"company_id": self.company.id})
        cron = self.env["ir.cron"].create(
            {
                "name": "planted",
                "interval_number": 1,
                "interval_type": "days",
                "user_id": self.u_counsellor.id,
                "model_id": self.env["ir.model"]._get_id("test_psych.note"),
                "state": "code",
                "code": f"env['test_psych.case'].sudo().browse({case.id}).write("
                f"{{'name': env['test_psych.note'].browse({self.note.id}).note}})",
            }
        )
        with door_as(self.u_counsellor):
            cron.with_user(self.u_counsellor).sudo(False).ir_actions_server_id.sudo().run()
        self.assertClosed(case.name)

    def test_related_field_gives_nothing(self):
        case = self.env["test_psych.case"].create(
            {"company_id": self.company.id, "note_ids": [Command.link(self.note.id)]}
        )
        with door_as(self.u_counsellor):
            self.assertClosed(case.with_user(self.u_counsellor).sudo().note_ids.note)
