from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock, scoring


class PsychFile(models.Model):
    """The psychological file of a student, one per person (S1-Art18-d, S1-Art21-b): what screening knows, in one place.

    It stores nothing that stands elsewhere: timeline, latest profile, change with reliable-change lines and completeness
    are read from sheets and talks at the moment of opening, by the rights of the reader. Which parts are mandatory for
    which tier is data (``psych.file.rule``).
    """

    _name = "psych.file"
    _description = "Psychological file"
    _order = "student_id"
    _rec_name = "student_id"

    student_id = fields.Many2one("psych.student", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    class_id = fields.Many2one(related="student_id.class_id", string="Class")
    timeline = fields.Text(compute="_compute_timeline")
    change_text = fields.Text(string="Change", compute="_compute_change_text")
    profile = fields.Html(string="Factor profile", compute="_compute_profile", sanitize=False)
    has_profile = fields.Boolean(compute="_compute_profile")
    complete_share = fields.Integer(string="Complete (%)", compute="_compute_complete")
    missing_parts = fields.Text(string="Still missing", compute="_compute_complete")

    _student_uniq = models.UniqueIndex("(student_id)", "This student has a file already.")

    # sudo seam: the file is only a frame; what it shows is read by the rights of the reader
    @api.model
    def _of(self, students):
        """Files of ``students``, made where missing."""
        self = self.sudo()
        known = self.search([("student_id", "in", students.ids)])
        new = students - known.student_id
        known |= self.create(
            [{"student_id": student.id, "company_id": student.company_id.id} for student in new]
        )
        return known

    # sudo seam: as above
    @api.model
    def _of_campaign(self, campaign):
        """Files of everybody who answered a campaign: one per person (S1-Art18-d). Again changes nothing."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_file (student_id, company_id, create_uid, write_uid, create_date, write_date)
               SELECT DISTINCT student_id, company_id, %(uid)s, %(uid)s, %(now)s::timestamp, %(now)s::timestamp
                 FROM psych_response WHERE campaign_id = %(campaign)s AND student_id IS NOT NULL AND state IN ('valid', 'imported')
               ON CONFLICT (student_id) DO NOTHING""",
                uid=self.env.uid,
                now=clock.now(),
                campaign=campaign.id,
            )
        )
        self.invalidate_model()

    def _sheets(self):
        """Sheets of the student that the reader may see, oldest first."""
        return self.env["psych.response"].search(
            [("student_id", "=", self.student_id.id), ("state", "!=", "declined")], order="submitted_at, id"
        )

    def _compute_timeline(self):
        for file in self:
            rows = [
                (
                    sheet.submitted_at,
                    f"{sheet.scale_id.name}: {sheet.total:g} · {sheet.band_id.name or sheet._state_word()}",
                )
                for sheet in file._sheets()
            ]
            talks = self.env["psych.interview"].search([("student_id", "=", file.student_id.id)])
            talk_word = self.env._("Talk")
            words = dict(talks._fields["state"]._description_selection(self.env))
            rows += [(talk.done_at or talk.raised_at, f"{talk_word}: {words[talk.state]}") for talk in talks]
            file.timeline = "\n".join(
                f"{clock.local(moment, file.company_id.psych_tz):%Y-%m-%d}  {text}"
                for moment, text in sorted(rows, key=lambda row: row[0])
            )

    def _compute_profile(self):
        """The latest valid sheet of each scale as a chart, the sheet before it as marks."""
        for file in self:
            groups = (
                file._sheets()
                .filtered(
                    lambda sheet: sheet.state in ("valid", "imported") and sheet.scale_id.kind != "followup"
                )
                .grouped(lambda sheet: sheet.scale_id.number_digest)
            )
            parts = []
            for sheets in groups.values():
                latest, before = sheets[-1], sheets[-2:-1]
                parts.append(
                    Markup("<h4>%s · %s</h4>%s")
                    % (latest.scale_id.name, f"{latest.submitted_at:%Y-%m-%d}", latest._profile_chart(before))
                )
            file.profile = Markup().join(parts)
            file.has_profile = bool(parts)

    def _changes(self):
        """``[(scale, first, last, class of change, limit)]``: same numbers only, first and last valid sheet."""
        self.ensure_one()
        groups = (
            self._sheets()
            .filtered(lambda sheet: sheet.state == "valid")
            .grouped(lambda sheet: sheet.scale_id.number_digest)
        )
        result = []
        for _digest, sheets in groups.items():
            factor = sheets[0].scale_id.factor_ids.filtered("is_main")[:1]
            if len(sheets) < 2 or not factor:
                continue
            kind = scoring.change_class(
                sheets[0].total, sheets[-1].total, factor.reliable_change or None, factor.higher_is_better
            )
            result.append(
                (sheets[-1].scale_id, sheets[0].total, sheets[-1].total, kind, factor.reliable_change)
            )
        return result

    def _compute_change_text(self):
        words = {
            "better": self.env._("reliably better"),
            "worse": self.env._("reliably worse"),
            "same": self.env._("no reliable change"),
            None: self.env._("no line known"),
        }
        for file in self:
            file.change_text = "\n".join(
                f"{scale.name}: {first:g} → {last:g} · {words[kind]}" + (f" (±{limit:g})" if limit else "")
                for scale, first, last, kind, limit in file._changes()
            )

    # ----------------------------------------------------------------------
    # Completeness
    # ----------------------------------------------------------------------

    def _tier(self):
        """Attention tier of the student; without an upper addon everybody is *all*."""
        return "all"

    def _has_part(self, part, answered, waiting):
        """Is a mandatory part there?

        :param answered: ids of students with a sheet that counts; :param waiting: ids of those whose talks all wait
        """
        student = self.student_id
        if part == "contact":
            return bool(student.phone)
        if part == "guardian":
            return bool(student.guardian_name and student.guardian_phone)
        if part == "room":
            return bool(student.room_id or student.whereabouts_place or student.whereabouts_state == "day")
        return student.id in answered if part == "census" else student.id not in waiting

    def _parts_known(self):
        """``(answered, waiting)`` for the files at once, by the rights of the reader (see :meth:`_has_part`)."""
        own = [("student_id", "in", self.student_id.ids)]
        sheets = self.env["psych.response"]._read_group(
            [*own, ("state", "in", ("valid", "imported"))], ["student_id"]
        )
        talks = self.env["psych.interview"]._read_group(own, ["student_id", "state"])
        over = {student.id for student, state in talks if state in ("done", "refused")}
        return {student.id for (student,) in sheets}, {student.id for student, _state in talks} - over

    def _compute_complete(self):
        answered, waiting = self._parts_known()
        for file in self:
            rules = self.env["psych.file.rule"].search(
                [("tier", "in", ("all", file._tier())), ("company_id", "in", (False, file.company_id.id))]
            )
            missing = rules.filtered(lambda rule, file=file: not file._has_part(rule.part, answered, waiting))
            file.missing_parts = "\n".join(
                dict(rules._fields["part"]._description_selection(self.env))[rule.part] for rule in missing
            )
            file.complete_share = round(100 * (len(rules) - len(missing)) / len(rules)) if rules else 100
