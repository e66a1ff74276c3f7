"""Offices, centre, colleges with stations, classes, dorm buildings with rooms."""

from collections import defaultdict
from datetime import date

from .shape import BEDS, split

OFFICES = (
    ("student_affairs", "学生工作处", "行政楼 201"),
    ("league", "团委", "行政楼 205"),
    ("publicity", "宣传统战部", "行政楼 301"),
    ("academic", "教务处", "行政楼 303"),
    ("personnel", "人事处", "行政楼 305"),
    ("finance", "计划财务处", "行政楼 307"),
    ("security", "保卫处", "南门保卫室"),
    ("logistics", "基建后勤处", "后勤楼 102"),
    ("public_course", "基础与公共课部", "教学楼 A401"),
    ("hospital", "附属医院", "附属医院门诊楼"),
    ("clinic", "医疗服务中心", "学生活动中心 1 楼"),
    ("duty_desk", "学校总值班室", "行政楼 101"),
)


def build(world):
    """Make the tree of units from the school down to the dorm rooms."""
    _build_school(world)
    _build_colleges(world)
    _build_classes(world)
    _build_dorms(world)


def make(world, rows):
    """Create units from ``(name, kind code, parent, extra values)`` in one batch."""
    kinds = {code: world.kind(code).id for code in {row[1] for row in rows}}
    return world.env["psych.unit"].create(
        [
            {
                "name": name,
                "kind_id": kinds[kind],
                "parent_id": parent.id,
                "company_id": world.company.id,
                "sequence": 10 + index,
                **vals,
            }
            for index, (name, kind, parent, vals) in enumerate(rows)
        ]
    )


def _build_school(world):
    root = world.root
    rows = [("大学生心理健康教育工作领导小组", "leading_group", root, {"code": "LDXZ"})]
    rows.append(
        (
            "心理健康教育中心",
            "centre",
            root,
            {"code": "XLZX", "location": "学生活动中心 3 楼", "opening_hours": "周一至周日 8:30–21:30"},
        )
    )
    rows += [(name, code, root, {"location": place, "code": code.upper()}) for code, name, place in OFFICES]
    made = make(world, rows)
    world.leading_group, world.centre = made[0], made[1]
    world.offices = dict(zip([code for code, _name, _place in OFFICES], made[2:], strict=True))
    world.teaching_office, world.union, world.association = make(
        world,
        [
            ("心理健康教育教研室", "teaching_office", world.centre, {"location": "学生活动中心 305"}),
            ("心理委员联合会", "union", world.centre, {}),
            (
                "大学生心理健康协会",
                "association",
                world.offices["league"],
                {
                    "guided_by_id": world.centre.id,
                    "registration_number": f"社团〔{world.year}〕07号",
                    "registered_until": date(world.year + 1, 10, 31),
                },
            ),
        ],
    )


def _build_colleges(world):
    shape = world.shape
    world.colleges = list(
        make(
            world,
            [(c[0], "college", world.root, {"code": f"C{i:02}"}) for i, c in enumerate(shape.colleges, 1)],
        )
    )
    rows = []
    for index, college in enumerate(world.colleges, 1):
        short = college.name.removesuffix("学院")
        rows += [
            (f"{college.name}心理健康辅导站", "station", college, {"location": f"实训楼 {index}01"}),
            (
                f"{college.name}成长辅导室",
                "tutoring_room",
                college,
                {"location": f"实训楼 {index}02", "opening_hours": "周一至周五 12:30–14:00，16:30–18:00"},
            ),
            (f"心理委员联合会{short}分会", "union_branch", college, {"guided_by_id": world.union.id}),
            (f"{college.name}学生会心理部", "student_union_section", college, {}),
        ]
    made = make(world, rows)
    for index, college in enumerate(world.colleges):
        station, tutoring, branch, section = made[4 * index : 4 * index + 4]
        world.stations[college] = station
        world.college_units[college] = {"tutoring_room": tutoring, "union_branch": branch, "section": section}
    Programme = world.env["psych.programme"]
    world.programmes = {}
    for college, row in zip(world.colleges, shape.colleges, strict=True):
        world.programmes[college] = Programme.create(
            [
                {
                    "name": name,
                    "code": f"{college.code}{index:02}",
                    "unit_id": college.id,
                    "company_id": world.company.id,
                    "scheme_name": f"{name}专业人才培养方案（{world.year} 版）",
                    "scheme_year": world.year,
                    "scheme_has_course": True,
                    "scheme_hours": 32,
                }
                for index, name in enumerate(row[3], 1)
            ]
        )


def _build_classes(world):
    """Make the classes of three grades, spread over colleges and programmes by their share of students."""
    shares = [row[1] for row in world.shape.colleges]
    rows, info = [], []
    for grade, (students, classes) in enumerate(zip(world.shape.grades, world.shape.classes, strict=True), 1):
        entry = world.year - grade + 1
        sizes = iter(split(students, [1] * classes))
        for college, count in zip(world.colleges, _at_least_one(split(classes, shares)), strict=True):
            programmes = world.programmes[college]
            numbers = defaultdict(int)
            for position in range(count):
                programme = programmes[min(position * len(programmes) // count, len(programmes) - 1)]
                numbers[programme] += 1
                number = numbers[programme]
                code = f"{entry}{college.code[1:]}{programme.code[-2:]}{number:02}"
                rows.append(
                    (
                        f"{entry}级{programme.name}{number}班",
                        "class",
                        college,
                        {"programme_id": programme.id, "entry_year": entry, "code": code},
                    )
                )
                info.append({"grade": grade, "size": next(sizes), "college": college, "programme": programme})
    world.classes = list(make(world, rows))
    world.class_info = dict(zip(world.classes, info, strict=True))


def _at_least_one(parts):
    """Return ``parts`` with no zero, taken from the largest."""
    parts = list(parts)
    for index, part in enumerate(parts):
        if not part:
            parts[index] += 1
            parts[parts.index(max(parts))] -= 1
    return parts


def _build_dorms(world):
    """Make the buildings and as many rooms as are lived in; floors are a label of the room."""
    shape = world.shape
    buildings = list(
        make(
            world,
            [
                (f"{n} 号公寓", "building", world.root, {"code": f"D{n:02}"})
                for n in range(1, shape.buildings + 1)
            ],
        )
    )
    rows = []
    for building, count in zip(buildings, split(shape.rooms, [1] * shape.buildings), strict=True):
        per_floor = max(1, -(-count // 6))
        for index in range(count):
            floor, door = index // per_floor + 1, index % per_floor + 1
            number = f"{floor}{door:02}"
            rows.append(
                (
                    f"{building.code[1:].lstrip('0')}-{number}",
                    "room",
                    building,
                    {"floor": f"{floor} 楼", "capacity": BEDS, "code": f"{building.code}-{number}"},
                )
            )
    world.buildings = buildings
    world.rooms = list(make(world, rows))
