"""Screening so far: two campaigns of this semester, the same two a year ago, one that runs today; sheets, rules, talks.

Sheets are scored and sealed by the product's own functions and written in bulk, as students would have sent them; talks get
the urgency that the rules give. Numbers follow the table of the demo college at 3,000 students (census of older grades 96 %,
31 void, 14 declined; freshmen 98.4 %, 61 to be talked to and 4 acute) and scale with its size.
"""

from collections import defaultdict
from datetime import timedelta

from psycopg2.extras import execute_values

from odoo.tools import SQL

from ..tools import cipher, clock, keys

YEAR = timedelta(days=364)
BASE = 3000
# who answers how: (kind, students of a school of 3,000)
OLDER = {"void": 30, "void_flag": 1, "declined": 14, "acute": 2, "item": 17, "total": 23, "watch": 84}
FRESHMEN = {"void": 9, "void_flag": 0, "declined": 6, "acute": 4, "item": 24, "total": 37, "watch": 58}
LAST_OLDER = {"void": 24, "void_flag": 0, "declined": 11, "acute": 1, "item": 9, "total": 15, "watch": 41}
LAST_FRESHMEN = {"void": 12, "void_flag": 0, "declined": 9, "acute": 2, "item": 19, "total": 26, "watch": 52}
INTERNS = {"void": 3, "void_flag": 0, "declined": 2, "acute": 0, "item": 4, "total": 6, "watch": 15}
FLAGS_BEFORE = timedelta(days=2, hours=1)
MUST = ("void_flag", "acute", "item", "total")
QUIET_TOTALS = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (17, 13, 12, 12, 11, 10, 9, 7, 5, 4),
)
NOTES = (
    "近两周睡眠不好，主要是考试和实习安排带来的压力，愿意再来聊一次。",
    "和室友有些矛盾，已经缓和。谈话后表示轻松一些，约定月底电话联系。",
    "适应大学生活较慢，想家。介绍了适应小组，本人愿意参加。",
)
SHEET_COLUMNS = (
    "company_id",
    "campaign_id",
    "student_id",
    "round",
    "submitted_at",
    "class_id",
    "college_id",
    "gender",
    "entry_year",
    "scale_id",
    "row_key",
    "state",
    "reasons",
    "seconds",
    "total",
    "band_id",
    "is_over",
    "has_flag",
    "answers_cipher",
    "rule_bits",
    "f1",  # each scale of the demo has one factor
)
FLAG_COLUMNS = (
    "company_id",
    "campaign_id",
    "student_id",
    "scale_id",
    "flag_id",
    "response_id",
    "urgency",
    "is_followup",
    "raised_at",
    "college_id",
)


def build(world):
    """Make campaigns, sheets and talks; without a key file nothing can be sealed, so nothing is made."""
    try:
        keys.content_ring()
    except cipher.CipherError:
        world.say("screening: no key file, left out")
        return
    Builder(world).build()


class Builder:
    """Builds the room for one :class:`World`."""

    def __init__(self, world):
        self.world, self.env, self.company = world, world.env, world.company
        self.chance = world.random("screening")
        ref = world.env.ref
        self.phq, self.gad, self.safe = (
            ref(f"psych_health.psych_scale_{code}") for code in ("phq_9", "gad_7", "safe_5")
        )
        self.owner = world.accounts["centre"]
        self.talkers = world.staff_users.filtered(
            lambda user: (
                user.has_group("psych_health.group_psych_health_centre")
                or user.has_group("psych_health.group_psych_health_counsellor")
            )
        )
        self.talks = 0

    def build(self):
        """Make everything, oldest first; today's campaign last."""
        world, year = self.world, self.world.year
        older = f"{year - 1}, {year - 2}, {year - 3}, {year - 4}"
        autumn = world.semester == "1"
        first = "新生" if autumn else "一年级"
        self.campaign(
            f"{year - 1}年老生心理健康普查",
            str(year - 2),
            world.at(world.day(1, 2), 8) - YEAR,
            0.95,
            LAST_OLDER,
        )
        self.campaign(
            f"{year - 1}级{first}心理健康普查",
            str(year - 1),
            world.at(world.day(5, 3), 8) - YEAR,
            0.975,
            LAST_FRESHMEN,
        )
        self.campaign(
            f"{year}年老生心理健康普查", older, world.at(world.day(1, 2), 8), 0.96, OLDER, term=world.term
        )
        self.campaign(
            f"{year}级{first}心理健康普查",
            str(year),
            world.at(world.day(5, 3), 8),
            0.984,
            FRESHMEN,
            term=world.term,
        )
        self.campaign(
            "顶岗实习学生随访测评", str(year - 2), self.started(), 0.58, INTERNS, term=world.term, opened=True
        )
        world.say(f"screening: 4 campaigns closed, 1 open, {self.talks} talks")

    def started(self):
        """Six days ago at eight."""
        return self.world.at(self.world.today - timedelta(days=6), 8)

    # ----------------------------------------------------------------------
    # Campaigns
    # ----------------------------------------------------------------------

    def campaign(self, name, years, start, share, shape, term=None, opened=False):
        """Make one campaign with its sheets and talks.

        :param float share: share of the invited who took part
        :param dict shape: how many answer how, at 3,000 students
        :param bool opened: still runs today
        """
        close = start + timedelta(days=9 if opened else 8, hours=12)
        campaign = self.env["psych.campaign"].create(
            {
                "name": name,
                "kind": "followup" if opened else "census",
                "company_id": self.company.id,
                "term_id": term.id if term else False,
                "user_id": self.owner.id,
                "entry_years": years,
                "date_open": start,
                "date_close": close,
                "scale_ids": [(6, 0, (self.phq | self.gad).ids)],
                "followup_scale_id": self.safe.id,
                "wave_ids": self.waves(start),
                "reminder_days": 0,
            }
        )
        campaign.action_open()
        sittings = self.sittings(campaign, share, shape)
        self.write_sheets(campaign, sittings)
        self.cover(campaign)
        self.interviews(campaign, sittings, opened)
        if not opened:
            campaign.action_close()

    def waves(self, start):
        """Colleges on three consecutive days."""
        days = defaultdict(list)
        for index, college in enumerate(self.world.colleges):
            days[index % 3].append(college.id)
        return [
            (0, 0, {"unit_ids": [(6, 0, ids)], "opens_at": start + timedelta(days=day)})
            for day, ids in days.items()
        ]

    def sittings(self, campaign, share, shape):
        """Who answered when and how: list of dicts, in the order of the members."""
        members = self.env.execute_query_dict(
            SQL(
                """SELECT m.student_id, m.class_id, m.college_id, m.opens_at, s.gender, s.entry_year
                     FROM psych_campaign_member m JOIN psych_student s ON s.id = m.student_id
                    WHERE m.campaign_id = %s AND m.state = 'invited' AND m.opens_at <= %s ORDER BY s.number""",
                campaign.id,
                clock.now() - timedelta(hours=1),
            )
        )
        took_part = self.chance.sample(members, min(len(members), round(len(members) * share)))
        kinds = []
        for kind, number in shape.items():
            count = round(number * self.world.size / BASE)
            kinds += [kind] * (max(1, count) if number and kind in MUST else count)
        kinds = kinds[: len(took_part)]
        kinds += ["quiet"] * (len(took_part) - len(kinds))
        limit = min(campaign.date_close, clock.now() - timedelta(minutes=3))
        for member, kind in zip(took_part, kinds, strict=True):
            # a rule that fired in the last days would be told to the upper addon as news
            last = limit if kind in ("quiet", "void", "declined") else limit - FLAGS_BEFORE
            member.update(kind=kind, at=self.moment(member["opens_at"], last))
        self.night(took_part, limit)
        return sorted(took_part, key=lambda row: row["at"])

    def moment(self, opens_at, limit):
        """Most answer in the first evenings, by day and before midnight."""
        day = min(
            self.chance.choices((0, 1, 2, 3, 5), (46, 24, 15, 9, 6))[0], max(0, (limit - opens_at).days)
        )
        hour = self.chance.choices((0.5, 4, 6, 9, 11, 12.5, 13.5), (6, 14, 6, 10, 22, 26, 16))[0]
        at = opens_at + timedelta(days=day, hours=hour, minutes=self.chance.randrange(50))
        if at >= limit:
            span = max(2, int((limit - opens_at).total_seconds() // 60))
            at = opens_at + timedelta(minutes=self.chance.randrange(1, span))
        return at

    def night(self, sittings, limit):
        """One acute sheet came in at ten past two at night."""
        for row in [row for row in sittings if row["kind"] == "acute"][:1]:
            opens = clock.local(row["opens_at"], self.company.psych_tz)
            moment = self.world.at(opens.date() + timedelta(days=1), 2, 10)
            if moment < limit:
                row["at"] = moment

    # ----------------------------------------------------------------------
    # Sheets
    # ----------------------------------------------------------------------

    def spread(self, total, count, fixed=()):
        """``count`` answers from 0 to 3 that add up to ``total``; ``fixed`` = {index: value}."""
        row = [0] * count
        for index, value in dict(fixed).items():
            row[index] = value
        free = [index for index in range(count) if index not in dict(fixed)]
        while sum(row) < total:
            index = self.chance.choice(free)
            if row[index] < 3:
                row[index] += 1
        return bytes(row)

    def answers(self, kind):
        """``[(scale, packed, seconds)]`` of one sitting."""
        rng = self.chance
        quiet = [rng.choices(*QUIET_TOTALS)[0] for _scale in range(2)]
        first, second, item, safe = quiet[0], min(9, max(0, quiet[0] + rng.randrange(-3, 3))), 0, None
        if kind == "acute":
            first, second, item, safe = (
                rng.randrange(15, 21),
                rng.randrange(9, 17),
                2,
                rng.choice((b"\1\1\0\0\1", b"\1\1\1\0\0")),
            )
        elif kind == "item":
            first, item, safe = rng.randrange(7, 15), 1, b"\1\0\0\0\0"
        elif kind == "void_flag":
            first, item, safe = 9, 1, b"\1\0\0\0\0"
        elif kind == "total":
            first, second = rng.choice(
                ((rng.randrange(15, 20), rng.randrange(6, 14)), (rng.randrange(8, 14), rng.randrange(15, 19)))
            )
        elif kind == "watch":
            first, second = rng.choice(
                ((rng.randrange(10, 15), rng.randrange(3, 10)), (rng.randrange(4, 10), rng.randrange(10, 15)))
            )
        pace = 0.4 if kind.startswith("void") else 2.2 + rng.random() * 4
        rows = [
            (self.phq, self.spread(first, 9, {8: item}), max(1, round(9 * pace))),
            (self.gad, self.spread(second, 7), max(1, round(7 * pace))),
        ]
        return [*rows, (self.safe, safe, 14)] if safe else rows

    def write_sheets(self, campaign, sittings):
        """Score, seal and insert the sheets and the rules that fired; each sitting learns its ``rules``."""
        Response, Scale = self.env["psych.response"], self.env["psych.scale"]
        sheets, flags, place = [], [], {"id": campaign.id, "round": 1}
        for sitting in sittings:
            common = (
                self.company.id,
                campaign.id,
                sitting["student_id"],
                1,
                sitting["at"],
                sitting["class_id"],
                sitting["college_id"],
                sitting["gender"],
                sitting["entry_year"],
            )
            sitting["rules"] = []
            declined = sitting["kind"] == "declined"
            for scale, packed, seconds in [] if declined else self.answers(sitting["kind"]):
                row = Response._sheet_row(place, scale.id, sitting["student_id"], packed, seconds)
                sheets.append(self.cells(common, row))
                table = Scale._rule_table(scale.id)
                for code in row["codes"]:
                    sitting["rules"].append(
                        (table["urgency"][code], scale == self.safe, code in table["followup"])
                    )
                    flags.append(
                        (
                            common,
                            scale.id,
                            table["flag_ids"][code],
                            table["urgency"][code],
                            scale == self.safe,
                        )
                    )
            if declined:
                for scale in self.phq | self.gad:
                    row = Response._declined_row(scale.id)
                    sheets.append(self.cells(common, row))
        self.insert("psych_response", SHEET_COLUMNS, sheets)
        self.insert(
            "psych_response_flag",
            FLAG_COLUMNS,
            [
                (
                    common[0],
                    common[1],
                    common[2],
                    scale_id,
                    flag_id,
                    None,
                    urgency,
                    is_followup,
                    common[4],
                    common[6],
                )
                for common, scale_id, flag_id, urgency, is_followup in flags
            ],
        )
        self.env.cr.execute(
            """UPDATE psych_response_flag f SET response_id = r.id FROM psych_response r
                WHERE f.campaign_id = %s AND r.campaign_id = f.campaign_id AND r.student_id = f.student_id AND r.scale_id = f.scale_id""",
            (campaign.id,),
        )

    def cells(self, common, row):
        """A sheet in the order of SHEET_COLUMNS."""
        return (
            *common,
            *(row[name] for name in SHEET_COLUMNS[9:-1]),
            row["scores"][0] if row["scores"] else None,
        )

    def insert(self, table, columns, rows):
        """Insert many rows by one statement per thousand."""
        query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES %s"  # noqa: S608 - constants of this file
        execute_values(self.env.cr, query, rows, page_size=1000)

    def cover(self, campaign):
        """Count the coverage per class, as folding the deltas would have."""
        self.env.cr.execute(
            """UPDATE psych_campaign_coverage c SET done = sums.done, declined = sums.declined
                 FROM (SELECT class_id, count(*) FILTER (WHERE state <> 'declined') AS done,
                              count(*) FILTER (WHERE state = 'declined') AS declined
                         FROM psych_response WHERE campaign_id = %s AND scale_id = %s GROUP BY class_id) sums
                WHERE c.campaign_id = %s AND c.class_id = sums.class_id""",
            (campaign.id, self.phq.id, campaign.id),
        )
        self.env["psych.campaign.coverage"]._refresh_shares(campaign.ids)
        self.env.invalidate_all()

    # ----------------------------------------------------------------------
    # Talks
    # ----------------------------------------------------------------------

    def interviews(self, campaign, sittings, opened):
        """Talks for the students whose rules fired: most are over, a few wait, one was not reached."""
        rank = {"acute": 2, "talk": 1, "watch": 0}
        Interview, values = self.env["psych.interview"], []
        for sitting in sittings:
            if not sitting["rules"]:
                continue
            asked = any(is_followup for _urgency, is_followup, _opens in sitting["rules"])
            counted = [
                urgency
                for urgency, is_followup, opens in sitting["rules"]
                if is_followup or not (asked and opens)
            ]
            urgency = max(counted, key=rank.get)
            values.append(
                {
                    "company_id": self.company.id,
                    "campaign_id": campaign.id,
                    "student_id": sitting["student_id"],
                    "college_id": sitting["college_id"],
                    "class_id": sitting["class_id"],
                    "urgency": urgency,
                    "urgency_rank": rank[urgency],
                    "raised_at": sitting["at"],
                    "due_at": Interview._due(self.company, urgency, sitting["at"]),
                    **self.outcome(urgency, sitting, opened, len(values)),
                }
            )
        Interview.create(values)
        self.talks += len(values)
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE psych_response_flag f SET interview_id = i.id FROM psych_interview i
                WHERE f.campaign_id = %s AND i.campaign_id = f.campaign_id AND i.student_id = f.student_id""",
            (campaign.id,),
        )
        self.env.invalidate_all()

    def outcome(self, urgency, sitting, opened, serial):
        """What became of a talk, as values."""
        rng = self.chance
        user = self.talkers[serial % len(self.talkers)]
        if opened and urgency != "acute":
            return {"state": "todo"}
        if urgency == "acute":
            return {
                "state": "done",
                "user_id": self.owner.id,
                "done_at": sitting["at"] + timedelta(minutes=rng.randrange(35, 170)),
                "outcome": "immediate" if serial % 2 else "hospital",
                "is_confirmed": "yes",
                "proposed_tier": "crisis",
                "place": "心理中心",
            }
        state = rng.choices(("done", "refused", "not_reached", "todo"), (88, 6, 3, 3))[0]
        vals = {"state": state, "user_id": user.id}
        if state == "not_reached":
            vals |= {"attempt_count": 2, "last_attempt_at": self.world.ago(days=1)}
        elif state == "refused":
            vals |= {"done_at": sitting["at"] + timedelta(days=2)}
        elif state == "done":
            share = 0.62 if urgency == "talk" else 0.33
            right = rng.random() < share
            vals |= {
                "done_at": sitting["at"]
                + timedelta(days=rng.randrange(1, 4 if urgency == "talk" else 13), hours=2),
                "is_confirmed": "yes" if right else "no",
                "outcome": rng.choice(("support", "counselling")) if right else "none",
                "proposed_tier": ("key" if urgency == "talk" and rng.random() < 0.4 else "daily")
                if right
                else "none",
                "place": "心理中心",
            }
            if right and serial % 5 == 0:
                vals["note"] = rng.choice(NOTES)
        return vals
