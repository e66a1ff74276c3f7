from odoo import fields, models

UNIT_ROLES = [
    ("school", "School"),
    ("leading_group", "Leading group"),
    ("centre", "Centre"),
    ("office", "Office"),
    ("college", "College or department"),
    ("station", "Station"),
    ("tutoring_room", "Growth-tutoring room"),
    ("teaching_office", "Teaching office"),
    ("union", "Union of class members"),
    ("union_branch", "Branch of the union"),
    ("association", "Mental-health association"),
    ("section", "Psychology section of a student union"),
    ("class", "Class"),
    ("building", "Dorm building"),
    ("floor", "Floor"),
    ("room", "Dorm room"),
    ("committee", "Committee"),
    ("other", "Other"),
]


class PsychUnitKind(models.Model):
    """A kind of unit: what a school calls it, on which level of the network it stands, under what it hangs.

    Kinds are data, so a college that says 系部 and 宿舍 renames the kinds and everything follows. The two
    regulations count levels differently (four in S1-Art22, five in S2), so a kind carries both numbers.
    """

    _name = "psych.unit.kind"
    _description = "Kind of unit"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    role = fields.Selection(UNIT_ROLES, required=True, default="other")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")

    s1_level = fields.Integer(
        string="Warning level (four levels)",
        help="S1-Art22: 1 school, 2 college, 3 class, 4 dorm room. 0: outside the chain.",
    )
    s2_level = fields.Integer(
        string="Network level (five levels)",
        help="S2: 1 leading group, 2 student affairs, League and centre, 3 station, 4 class, 5 dorm room. "
        "0: outside the network.",
    )
    clause_refs = fields.Char(string="Clauses", help="Clauses that ask for this unit, for example S2-L3-0a.")
    parent_kind_ids = fields.Many2many(
        "psych.unit.kind",
        "psych_unit_kind_parent_rel",
        "kind_id",
        "parent_id",
        string="Stands under",
        help="A unit of this kind hangs under a unit of one of these kinds. Empty: anywhere.",
    )
    post_ids = fields.One2many("psych.post", "kind_id", string="Posts to fill")

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "A kind of unit with this code exists already."
    )
