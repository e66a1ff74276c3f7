from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import clock
from .psych_post import SCOPE_ROLES

FAR = "9999-12-31"


class PsychScope(models.Model):
    """Where a user may do what, and when: user × unit × role × dates, computed from the roster alone.

    A membership with reach over a subtree has a row for every unit below, so a record rule needs only
    ``unit.scope_ids any [user, role, dates]``. A whole-school post has one row on the root unit, found through
    ``company.psych_scope_ids``. Rules compare the dates themselves, so a right ends when its date passes even
    if no scheduled action runs. Rows are written by this model only; nobody has rights on the table.
    """

    _name = "psych.scope"
    _description = "Right that follows the roster"
    _log_access = False
    _rec_name = "role"

    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade")
    unit_id = fields.Many2one("psych.unit", required=True, index=True, ondelete="cascade")
    school_id = fields.Many2one("res.company", index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    role = fields.Selection(SCOPE_ROLES, required=True)
    membership_id = fields.Many2one("psych.membership", required=True, index=True, ondelete="cascade")
    deputy_id = fields.Many2one("psych.membership.deputy", index="btree_not_null", ondelete="cascade")
    date_start = fields.Date(required=True)
    date_end = fields.Date(required=True, help="Last day of the right; 9999-12-31 when open.")

    _user_role = models.Index("(user_id, role, unit_id)")
    _unit_user = models.Index("(unit_id, user_id)")

    # ----------------------------------------------------------------------
    # Writing
    # ----------------------------------------------------------------------

    @api.model
    def _rebuild(self, memberships):
        """Recompute the rows of ``memberships`` in one statement and bring the groups of their users in line."""
        if not memberships:
            return
        self._flush_sources()
        ids = tuple(memberships.ids)
        before = self._users_of(ids)
        self.env.cr.execute(SQL("DELETE FROM psych_scope WHERE membership_id IN %s", ids))
        self._insert(SQL("m.id IN %s", ids))
        self._sync_groups(before | self._users_of(ids))

    @api.model
    def _extend_to_units(self, units):
        """Add the rows that posts above give on newly made ``units``."""
        if not units:
            return
        self._flush_sources()
        self._insert(SQL("u.id IN %s AND m.unit_id <> u.id", tuple(units.ids)))

    @api.model
    def _rebuild_for_units(self, units):
        """Recompute after ``units`` moved in the tree: every membership whose reach may touch them."""
        self._flush_sources()
        paths = [path + "%" for path in units.mapped("parent_path") if path]
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT m.id FROM psych_membership m
                    JOIN psych_post p ON p.id = m.post_id AND p.reach IN ('subtree', 'college')
                    JOIN psych_unit mu ON mu.id = m.unit_id
                   WHERE m.state = 'appointed' AND (
                         mu.parent_path LIKE ANY(%(paths)s)
                      OR EXISTS (SELECT 1 FROM psych_unit u WHERE u.parent_path LIKE ANY(%(paths)s)
                                    AND (u.parent_path LIKE mu.parent_path || '%%' OR u.college_id = mu.college_id))
                      OR EXISTS (SELECT 1 FROM psych_scope s JOIN psych_unit u ON u.id = s.unit_id
                                  WHERE s.membership_id = m.id AND u.parent_path LIKE ANY(%(paths)s)))""",
                paths=paths,
            )
        )
        self._rebuild(self.env["psych.membership"].browse([row[0] for row in self.env.cr.fetchall()]))

    @api.model
    def _rebuild_all(self, company=None):
        """Recompute everything of one school (or all): after an import or a change of the year, in one batch."""
        domain = [("state", "=", "appointed")] + ([("company_id", "=", company.id)] if company else [])
        # named seam: rights are written by the system from the whole roster
        self._rebuild(self.env["psych.membership"].sudo().search(domain))

    def _flush_sources(self):
        for model in (
            "psych.membership",
            "psych.membership.deputy",
            "psych.post",
            "psych.unit",
            "res.users",
            "psych.scope",
        ):
            self.env[model].flush_model()

    def _insert(self, condition):
        """Insert the rows of all appointed memberships that fulfil the SQL ``condition`` over m, p, mu, u."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psych_scope (user_id, unit_id, school_id, company_id, role, membership_id, deputy_id,
                                         date_start, date_end)
                SELECT holder.user_id, u.id, CASE WHEN p.reach = 'school' THEN m.company_id END, m.company_id, role.code,
                       m.id, holder.deputy_id, holder.date_start, holder.date_end
                  FROM psych_membership m
                  JOIN psych_post p ON p.id = m.post_id
                  JOIN psych_unit mu ON mu.id = m.unit_id
                  JOIN res_company c ON c.id = m.company_id
             LEFT JOIN psych_unit college ON college.id = mu.college_id
                  JOIN psych_unit u ON
                       (p.reach = 'unit' AND u.id = mu.id)
                    OR (p.reach = 'school' AND u.id = c.psych_unit_id)
                    OR (p.reach = 'subtree' AND u.parent_path LIKE mu.parent_path || '%%')
                    OR (p.reach = 'college' AND u.parent_path LIKE COALESCE(college.parent_path, mu.parent_path) || '%%')
            CROSS JOIN LATERAL (
                    SELECT DISTINCT unnest(ARRAY[p.role, p.second_role]) AS code
                  ) role
            CROSS JOIN LATERAL (
                    SELECT m.user_id, NULL::int AS deputy_id, m.date_start, COALESCE(m.access_until, %(far)s) AS date_end
                     UNION ALL
                    SELECT d.user_id, d.id, GREATEST(d.date_start, m.date_start),
                           LEAST(d.date_end, COALESCE(m.access_until, %(far)s))
                      FROM psych_membership_deputy d
                     WHERE d.membership_id = m.id AND (d.confirmed_by_id IS NOT NULL OR NOT p.is_clinical)
                  ) holder
                  JOIN res_users usr ON usr.id = holder.user_id AND usr.active
                 WHERE m.state = 'appointed' AND role.code IS NOT NULL AND role.code <> 'none' AND holder.date_start <= holder.date_end AND %(condition)s
                """,
                far=fields.Date.to_date(FAR),
                condition=condition,
            )
        )
        self.env["psych.scope"].invalidate_model()

    # ----------------------------------------------------------------------
    # Groups
    # ----------------------------------------------------------------------

    @api.model
    def _users_of(self, membership_ids):
        self.env.cr.execute(
            SQL(
                """SELECT user_id FROM psych_scope WHERE membership_id IN %(ids)s
                    UNION SELECT user_id FROM psych_membership WHERE id IN %(ids)s AND user_id IS NOT NULL
                    UNION SELECT user_id FROM psych_membership_deputy
                           WHERE membership_id IN %(ids)s AND user_id IS NOT NULL""",
                ids=tuple(membership_ids),
            )
        )
        return self.env["res.users"].browse([row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _users_with_dates_passed(self):
        """Return the users whose groups may differ from the rows valid today (small: only real differences)."""
        wanted, held = self._groups_by_user(None)
        different = {
            user for user in set(wanted) | set(held) if wanted.get(user, set()) != held.get(user, set())
        }
        return self.env["res.users"].browse(sorted(different))

    @api.model
    def _sync_groups(self, users):
        """Give ``users`` exactly the groups of their posts valid today: one write per group, only differences."""
        if not users:
            return
        wanted, held = self._groups_by_user(users)
        changes = {}
        for user in users:
            for group in wanted.get(user.id, set()) - held.get(user.id, set()):
                changes.setdefault((group, True), []).append(user.id)
            for group in held.get(user.id, set()) - wanted.get(user.id, set()):
                changes.setdefault((group, False), []).append(user.id)
        for (group, add), user_ids in sorted(changes.items()):
            command = fields.Command.link(group) if add else fields.Command.unlink(group)
            # named seam: rights follow the roster
            self.env["res.users"].sudo().browse(user_ids)._psych_write_groups(command)

    @api.model
    def _groups_by_user(self, users):
        """Return ``({user id: wanted group ids}, {user id: held group ids})`` over the groups that posts carry."""
        today = clock.today(self.env)
        condition = SQL("AND s.user_id IN %s", tuple(users.ids)) if users else SQL()
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT s.user_id, rel.res_groups_id FROM psych_scope s
                     JOIN psych_membership m ON m.id = s.membership_id
                     JOIN psych_post_res_groups_rel rel ON rel.psych_post_id = m.post_id
                    WHERE s.date_start <= %(today)s AND s.date_end >= %(today)s %(condition)s""",
                today=today,
                condition=condition,
            )
        )
        wanted = {}
        for user, group in self.env.cr.fetchall():
            wanted.setdefault(user, set()).add(group)
        self.env.cr.execute(
            SQL(
                """SELECT s.uid, s.gid FROM res_groups_users_rel s
                    WHERE s.gid IN (SELECT res_groups_id FROM psych_post_res_groups_rel) %s""",
                SQL("AND s.uid IN %s", tuple(users.ids)) if users else SQL(),
            )
        )
        held = {}
        for user, group in self.env.cr.fetchall():
            held.setdefault(user, set()).add(group)
        return wanted, held

    # ----------------------------------------------------------------------
    # Asking
    # ----------------------------------------------------------------------

    @api.model
    def _valid_domain(self, user, roles, date=None):
        """Return the domain of the rows of ``user`` with one of ``roles`` on ``date`` (default today)."""
        date = date or clock.today(self.env)
        return [
            ("user_id", "=", user.id),
            ("role", "in", tuple(roles)),
            ("date_start", "<=", date),
            ("date_end", ">=", date),
        ]

    @api.model
    def _holders(self, company, roles, unit=None, date=None):
        """Return the active users who hold one of ``roles`` today: in ``unit`` when given, else anywhere in the school.

        Asked at the moment of use, so vacancies, leave with deputies and ends are already in it.
        """
        roles = (roles,) if isinstance(roles, str) else tuple(roles)
        date = date or clock.today(self.env, company)
        domain = [
            ("company_id", "=", company.id),
            ("role", "in", roles),
            ("date_start", "<=", date),
            ("date_end", ">=", date),
        ]
        if unit:
            domain.append(("unit_id", "=", unit.id))
        rows = self.sudo().search(domain)  # named seam: the table has no rights of its own
        return rows.user_id.sudo(False).with_env(self.env).filtered("active")
