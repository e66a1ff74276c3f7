"""How large each part of the demo college is, for a given number of students. Plain numbers, no environment."""

from dataclasses import dataclass

# share of students, shares of women, programmes; a college of 3,000 has the first four, of 10,000 the first six
COLLEGES = [
    ("护理学院", 30, 0.85, ("护理", "助产")),
    ("临床与公共卫生学院", 26, 0.58, ("临床医学", "预防医学")),
    ("药学院", 22, 0.62, ("药学", "中药学")),
    ("医学技术学院", 22, 0.55, ("医学检验技术", "医学影像技术", "口腔医学技术")),
    ("康复与养老学院", 16, 0.60, ("康复治疗技术", "中医康复技术", "智慧健康养老服务与管理")),
    (
        "健康管理学院",
        14,
        0.66,
        ("健康管理", "医学营养", "老年保健与管理", "婴幼儿托育服务与管理", "卫生信息管理"),
    ),
    ("中医药学院", 14, 0.60, ("针灸推拿", "中医养生保健")),
    ("口腔医学院", 12, 0.60, ("口腔医学", "口腔卫生保健")),
    ("妇幼健康学院", 12, 0.86, ("妇幼保健", "母婴护理")),
    ("食品与营养学院", 10, 0.60, ("食品检验", "营养配餐")),
    ("智慧健康信息学院", 10, 0.40, ("健康大数据", "医疗器械维护")),
    ("公共服务学院", 10, 0.70, ("社会工作", "社区康复")),
]
GRADE_SHARES = (36, 34, 30)  # first, second, third year
SETTLED = {3000: ((24, 22, 20), 365), 10000: ((77, 73, 64), 1240)}  # classes per grade, occupied rooms
BEDS = 6


@dataclass(frozen=True)
class Shape:
    """Sizes of one college. ``grades`` and ``classes`` run from the first to the third year."""

    students: int
    colleges: tuple
    grades: tuple
    classes: tuple
    rooms: int
    buildings: int
    tutors: int
    class_teachers: int
    part_time: int
    station_gap: int
    vacant_tutors: int
    vacant_members: int
    lapsed_members: int
    vacant_informants: int
    lapsed_informants: int

    @property
    def class_count(self):
        return sum(self.classes)


def shape_of(students):
    """Return the :class:`Shape` for this many students (at least 300)."""
    if students < 300:
        raise ValueError("the demo college has at least 300 students")
    count = 2 if students < 1500 else 4 if students < 6000 else 6 if students < 20000 else len(COLLEGES)
    grades = tuple(split(students, GRADE_SHARES))
    residents = students - round(students * 0.295)
    classes, rooms = SETTLED.get(students) or (
        tuple(-(-size // 47) for size in grades),
        -(-residents * 100 // 582),
    )
    total = sum(classes)
    tutors = max(3, round(students / 200))
    return Shape(
        students=students,
        colleges=tuple(COLLEGES[:count]),
        grades=grades,
        classes=classes,
        rooms=rooms,
        buildings=max(2, {3000: 5, 10000: 14}.get(students) or -(-rooms // 180)),
        tutors=tutors,
        class_teachers=min(total, {3000: 48, 10000: 150}.get(students) or round(total * 0.72)),
        part_time=max(2, {3000: 4}.get(students) or round(students / 1100)),
        station_gap=1,
        vacant_tutors=max(1, {10000: 3}.get(students) or round(tutors * 0.06)),
        vacant_members={3000: 3, 10000: 6}.get(students) or max(1, round(total * 0.03)),
        lapsed_members={3000: 2, 10000: 10}.get(students) or max(1, round(total * 0.045)),
        vacant_informants=max(1, round(rooms * 0.041)),
        lapsed_informants=max(1, round(rooms * 0.0165)),
    )


def split(total, shares):
    """Return ``total`` in whole parts that go like ``shares`` and add up to it."""
    parts, given, weight = [], 0, 0
    for share in shares:
        weight += share
        parts.append(round(total * weight / sum(shares)) - given)
        given += parts[-1]
    return parts
