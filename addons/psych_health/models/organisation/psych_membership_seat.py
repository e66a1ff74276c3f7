from odoo import fields, models


class PsychMembership(models.Model):
    """Seats by office: posts that follow another post of their holder (S1-Art3, S1-Art4-0, S1-Art8-a, S2-L3-0b)."""

    _inherit = "psych.membership"

    def _sync_ex_officio(self):
        """Create or end the seats that follow these posts (S1-Art3, S1-Art4-0, S1-Art8-a, S2-L3-0b).

        A clinical seat is only nominated: a second person confirms it like any other.
        """
        with self._rights_at_once() as memberships:
            memberships._create_seats()

    def _create_seats(self):
        """Create the seats that follow these posts and are not there yet, all at once, and fill those that may be filled."""
        leaders = self.filtered(lambda m: m.state == "appointed" and m.post_id.follower_ids)
        if not leaders:
            return
        known = {
            (seat.source_id, seat.post_id)
            for seat in self.search([("source_id", "in", leaders.ids), ("state", "!=", "refused")])
        }
        units = {
            (post, company): post._seat_units(company)
            for post in leaders.post_id.follower_ids
            for company in leaders.company_id
        }
        wanted = [
            (membership, post, unit)
            for membership in leaders
            for post in membership.post_id.follower_ids
            if (membership, post) not in known
            and (unit := post._seat_unit(membership, units[post, membership.company_id]))
        ]
        seats = self.create([membership._seat_vals(post, unit) for membership, post, unit in wanted])
        for seat in seats.filtered("post_id.is_clinical"):
            seat.proposed_by_id = seat.source_id.confirmed_by_id
        free = seats.filtered(lambda seat: not seat.post_id.is_clinical)
        for user, group in (
            free.filtered(lambda seat: not seat.post_id.max_count)
            .grouped(lambda seat: seat.source_id.confirmed_by_id)
            .items()
        ):
            group._do_appoint(user)
        for seat in free.filtered("post_id.max_count"):
            if not seat._is_full():
                seat._do_appoint(seat.source_id.confirmed_by_id)

    def _seat_vals(self, post, unit):
        """Return the values of the seat ``post`` in ``unit`` that follows this post."""
        return {
            "post_id": post.id,
            "unit_id": unit.id,
            "partner_id": self.partner_id.id,
            "student_id": self.student_id.id,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "source_id": self.id,
            "criterion_ids": [fields.Command.set(post.criterion_ids.ids)],
        }

    def _is_full(self):
        """True when the unit has as many holders of this post in this time as it may have."""
        return bool(self.post_id.max_count) and self._count_overlapping() >= self.post_id.max_count

    def _count_overlapping(self):
        """Return how many holders of the same post in the same unit overlap this term in time."""
        return self.search_count(
            [
                ("post_id", "=", self.post_id.id),
                ("unit_id", "=", self.unit_id.id),
                ("state", "=", "appointed"),
                ("date_start", "<=", self.date_end or "9999-12-31"),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", self.date_start),
            ]
        )
