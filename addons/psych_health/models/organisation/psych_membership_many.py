from odoo import api, models
from odoo.tools import SQL

#: what differs between nominations to one post; everything else of a nomination hangs on its post and its dates
OWN = ("unit_id", "partner_id", "user_id", "person_name", "company_id")


class PsychMembership(models.Model):
    """Many nominations at once: a roster names the tutors and class teachers of hundreds of classes."""

    _inherit = "psych.membership"

    @api.model
    def _nominate_many(self, vals_list):
        """Nominate members of staff, with the same rows and the same log as ``create()``.

        The first nomination to each post is made by ``create()``; the others are copies of its row with another unit and
        person (2 of 852 instead of all: a quarter of the time of an import).

        :param vals_list: as of ``create()``, with ``post_id``, ``unit_id`` and ``partner_id`` of a person of the unit's school
        :return: the nominations in the order of ``vals_list``
        :raises ValidationError: a post that does not fit its unit or person
        """
        first, alike = {}, []
        for place, vals in enumerate(vals_list):
            alike.append(first.setdefault(self._alike(vals) or place, place))
        patterns = dict(
            zip(first.values(), self.create([vals_list[place] for place in first.values()]), strict=True)
        )
        copied = [place for place in range(len(vals_list)) if place not in patterns]
        copies = self._copy_nominations(
            [vals_list[place] for place in copied], [patterns[alike[place]] for place in copied]
        )
        made = patterns | dict(zip(copied, copies, strict=True))
        return self.concat(*(made[place] for place in range(len(vals_list))))

    def _alike(self, vals):
        """Return what nominations share that differ in their own unit and person alone; None when ``vals`` holds what a
        copied row cannot carry."""
        if not all(self._fields[name].column_type for name in vals):
            return None
        return tuple(sorted((name, value) for name, value in vals.items() if name not in OWN))

    def _copy_nominations(self, vals_list, patterns):
        """Write the rows of ``vals_list`` like those of ``patterns`` (one each) and return them."""
        people = self.env["res.partner"].browse([vals["partner_id"] for vals in vals_list])
        units = self.env["psych.unit"].browse([vals["unit_id"] for vals in vals_list])
        users = [person.user_ids[:1] for person in people]
        self.flush_model()
        names = [field.name for field in self._fields.values() if field.store and field.column_type]
        names = [SQL.identifier(name) for name in names if name != "id" and name not in OWN]
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO psych_membership (unit_id, partner_id, user_id, person_name, company_id, %(names)s)
                   SELECT v.unit_id, v.partner_id, v.user_id, v.person_name, u.company_id, %(values)s
                     FROM unnest(%(patterns)s::int[], %(units)s::int[], %(people)s::int[], %(users)s::int[], %(persons)s::text[])
                          WITH ORDINALITY v(pattern_id, unit_id, partner_id, user_id, person_name, place)
                     JOIN psych_membership p ON p.id = v.pattern_id
                     JOIN psych_unit u ON u.id = v.unit_id
                 ORDER BY v.place RETURNING id""",
                names=SQL(", ").join(names),
                values=SQL(", ").join(SQL("p.%s", name) for name in names),
                patterns=[pattern.id for pattern in patterns],
                units=[unit.id for unit in units],
                people=[person.id for person in people],
                users=[user.id or None for user in users],
                persons=[person.name for person in people],
            )
        )
        made = self.browse([row[0] for row in rows])
        self.env.invalidate_all(flush=False)
        made.check_access("create")
        made._validate_fields(["post_id", "unit_id", "partner_id", "student_id"])
        made._log_copies(patterns, units, people, users)
        return made

    def _log_copies(self, patterns, units, people, users):
        """Log each of ``self`` with the values of its pattern and its own unit and person."""
        Rule, values = self.env["auditlog.rule"], {}
        # named seam: the log reads what the program wrote, as it does in create()
        shown = self.sudo().browse({pattern.id for pattern in patterns})
        read = {row["id"]: row for row in shown.read(Rule.get_auditlog_fields(self))}
        # named seam: as above; the names of unit, person and account
        units_sudo, people_sudo, users_sudo = units.sudo(), people.sudo(), [user.sudo() for user in users]
        for membership, pattern, unit, person, user in zip(
            self, patterns, units_sudo, people_sudo, users_sudo, strict=True
        ):
            values[membership.id] = read[pattern.id] | {
                "id": membership.id,
                "unit_id": (unit.id, unit.display_name),
                "partner_id": (person.id, person.display_name),
                "user_id": user.id and (user.id, user.display_name),
                "person_name": person.name,
            }
        Rule._log_created(self, values)
