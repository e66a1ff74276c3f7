import re
from collections import Counter, defaultdict

from odoo import api, models

from ...tools import clock
from ...tools.roster_clean import unit_key

#: column of the roster -> code of the post it fills in the class
POSTS = {"tutor": "tutor", "class_teacher": "class_teacher"}
_TITLE = re.compile(r"(?:老师|辅导员|班主任|教师)$")
_SEVERAL = re.compile(r"[、,，/;；]+")
ACTIVE = ("nominated", "trained", "appointed")


class PsychRosterStaff(models.AbstractModel):
    """Tutors and class teachers named in a roster: who is meant, and the posts that follow.

    A class without one gets the person nominated, and appointed where the post asks for nothing more. Where somebody
    else holds the post the person is only nominated: the old one stays until the hand-over is accepted (safety F9).
    """

    _name = "psych.roster.staff"
    _description = "Staff named in a roster"

    @api.model
    def _people(self, company):
        """``{key: partners}`` of the staff of the school by name, login and staff number."""
        people = defaultdict(lambda: self.env["res.partner"])
        users = self.env["res.users"].search([("share", "=", False), ("company_ids", "in", company.id)])
        staff = self.env["res.partner"].search(
            [("psych_is_staff", "=", True), ("company_id", "in", (False, company.id))]
        )
        for partner in staff | users.partner_id:
            for text in (partner.name, partner.psych_staff_number):
                if text:
                    people[unit_key(text)] |= partner
        for user in users:
            people[unit_key(user.login)] |= user.partner_id
            people[unit_key(user.login.split("@")[0])] |= user.partner_id
        return people

    @api.model
    def _resolve(self, company, values, classes, report):
        """The staff changes that the file asks for.

        :param classes: Place or None per row
        :param report: callable (row index, field, code, value, other)
        :return: list of (class place, post code, partner)
        """
        wanted, people = [], None
        for column, code in POSTS.items():
            texts = values.get(column)
            if not texts:
                continue
            people = people or self._people(company)
            votes, first = defaultdict(Counter), {}
            for index, (place, text) in enumerate(zip(classes, texts, strict=False)):
                if place and text:
                    votes[place][text] += 1
                    first.setdefault((place, text), index)
            for place, counter in votes.items():
                text = counter.most_common(1)[0][0]
                if len(counter) > 1:
                    report(first[place, text], column, "staff_differs", text, place.name)
                partner = self._person(people, text, first[place, text], column, report)
                if partner:
                    wanted.append((place, code, partner))
        return wanted

    def _person(self, people, text, index, column, report):
        """The one member of staff that ``text`` names, else nobody and a remark."""
        name = _SEVERAL.split(text)[0]
        found = people.get(unit_key(name)) or people.get(unit_key(_TITLE.sub("", name)))
        if found and len(found) == 1:
            return found
        code = "staff_ambiguous" if found else "staff_unknown"
        if (column, code, text) not in report.said:
            report.said.add((column, code, text))
            report(index, column, code, text)
        return None

    @api.model
    def _plan(self, company, wanted):
        """Split the wishes into what is new, what replaces somebody, and what is so already.

        :param wanted: list of (unit id, unit name, post code, partner id)
        :return: list of {"unit", "name", "post", "partner", "holders"} that change something
        """
        posts = self._posts(company)
        people = {
            partner.id: partner
            for partner in self.env["res.partner"].browse({row[3] for row in wanted}).exists()
            if partner.active
        }
        held = defaultdict(lambda: self.env["psych.membership"])
        for membership in self.env["psych.membership"].search(
            [
                ("unit_id", "in", [row[0] for row in wanted]),
                ("post_id", "in", [post.id for post in posts.values()]),
                ("state", "in", ACTIVE),
            ]
        ):
            held[membership.unit_id.id, membership.post_id.id] |= membership
        plan, nobody = [], self.env["res.partner"]
        for unit, name, code, partner in wanted:
            post = posts.get(code)
            if not post or partner not in people:
                continue
            step = {"unit": unit, "name": name, "post": post, "partner": people[partner], "holders": nobody}
            if memberships := held.get((unit, post.id)):
                if people[partner] in memberships.partner_id:
                    continue
                step["holders"] = memberships.filtered(lambda m: m.state == "appointed").partner_id
            plan.append(step)
        return plan

    def _posts(self, company):
        """{code: post}, the school's own post before the shared one; clinical posts never come from a file."""
        posts = self.env["psych.post"].search(
            [
                ("code", "in", list(POSTS.values())),
                ("company_id", "in", (False, company.id)),
                ("is_clinical", "=", False),
            ]
        )
        return {post.code: post for post in posts.sorted(lambda post: bool(post.company_id))}

    @api.model
    def _summary(self, plan):
        """The plan for the preview: ``[{post, unit, person, holder}]``."""
        return [
            {
                "post": step["post"].name,
                "unit": step["name"],
                "person": step["partner"].name,
                "holder": ", ".join(step["holders"].mapped("name")),
            }
            for step in plan
        ]

    @api.model
    def _apply(self, plan):
        """Nominate, and appoint where nobody is replaced and the post asks for nothing more; return the memberships."""
        Membership = self.env["psych.membership"].with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        today, source = clock.today(self.env), self.env._("Roster import")
        made = Membership._nominate_many(
            [
                {
                    "post_id": step["post"].id,
                    "unit_id": step["unit"],
                    "partner_id": step["partner"].id,
                    "date_start": today,
                    "nominated_by": source,
                }
                for step in plan
            ]
        )
        made.flush_recordset()
        ready = made.browse()
        for step, membership in zip(plan, made, strict=False):
            post = step["post"]
            if (
                not step["holders"]
                and not post.needs_pledge
                and not post.needs_training
                and membership.nomination_complete
            ):
                ready |= membership
        if ready:
            ready.action_appoint()
        return made.with_env(self.env)
