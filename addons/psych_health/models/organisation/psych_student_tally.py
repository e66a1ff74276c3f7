from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import trigger

COUNTED = ("active", "company_id", "college_id", "class_id", "enrolment_state")
#: every statement on students adds one row for each class whose number it changed
TALLY = """INSERT INTO psych_student_tally (company_id, college_id, class_id, present)
    SELECT company_id, college_id, class_id, sum(step) FROM ({steps}) changed
     WHERE active AND enrolment_state IN ('enrolled', 'on_leave')
     GROUP BY company_id, college_id, class_id HAVING sum(step) <> 0"""
MORE = "SELECT *, 1 AS step FROM new_rows"
LESS = "SELECT *, -1 AS step FROM old_rows"
STEPS = {"insert": MORE, "delete": LESS, "update": f"{MORE} UNION ALL {LESS}"}


class PsychStudentTally(models.Model):
    """How many students of the register are present, per class; colleges and the school are sums of it.

    Insert-only, like the deltas of a campaign: no two writers wait for each other, and a number is right within the transaction
    that changed it. Once a day the rows of a class are folded into one. Without it the form of a school of 100,000 students
    would count 100,000 rows.
    """

    _name = "psych.student.tally"
    _description = "Count of students"
    _log_access = False

    company_id = fields.Integer(required=True)
    college_id = fields.Integer()
    class_id = fields.Integer(index=True)
    present = fields.Integer(string="Students present", required=True)

    def init(self):
        """Make the triggers; count the present register anew."""
        tallies = {event: TALLY.format(steps=steps) for event, steps in STEPS.items()}
        trigger.after_statements(self.env.cr, "psych_student", "psych_student_tally", tallies)
        self.env.cr.execute(
            """DELETE FROM psych_student_tally;
               INSERT INTO psych_student_tally (company_id, college_id, class_id, present)
               SELECT company_id, college_id, class_id, count(*) FROM psych_student
                WHERE active AND enrolment_state IN ('enrolled', 'on_leave') GROUP BY company_id, college_id, class_id"""
        )

    @api.model
    def _count(self, column, ids):
        """Return ``{id: students present}``.

        :param str column: ``class_id``, ``college_id`` or ``company_id``
        :param ids: ids of these records; one without students is left out
        """
        self.env["psych.student"].flush_model(COUNTED)
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT %(column)s, sum(present)::int FROM psych_student_tally WHERE %(column)s = ANY (%(ids)s) GROUP BY 1",
                    column=SQL.identifier(column),
                    ids=list(ids),
                )
            )
        )

    @api.autovacuum
    def _gc_fold(self):
        """Make one row of each class; rows that are committed meanwhile stay as they are."""
        self.env.cr.execute(
            """WITH gone AS (DELETE FROM psych_student_tally RETURNING company_id, college_id, class_id, present)
               INSERT INTO psych_student_tally (company_id, college_id, class_id, present)
               SELECT company_id, college_id, class_id, sum(present) FROM gone
                GROUP BY company_id, college_id, class_id HAVING sum(present) <> 0"""
        )
