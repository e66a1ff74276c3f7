"""What columns a roster can have and under which headings colleges write them.

Plain data: the school's own choices (``psych.roster.mapping``) come on top of it. A heading is compared by
:func:`heading_key`, so spaces, stars, brackets, full-width letters and capitals do not matter.
"""

import re
import unicodedata

#: field of the roster -> headings, the usual one first (it is the one of the template)
HEADINGS = {
    "number": (
        "学号",
        "学生学号",
        "学籍号",
        "考生学号",
        "学员编号",
        "学生编号",
        "学生证号",
        "学工号",
        "student number",
        "student no",
        "student id",
        "number",
    ),
    "name": ("姓名", "学生姓名", "名字", "学员姓名", "中文姓名", "student name", "name"),
    "gender": ("性别", "学生性别", "男女", "性別", "gender", "sex"),
    "college": (
        "学院",
        "二级学院",
        "系部",
        "院系",
        "系",
        "院系名称",
        "学院名称",
        "所属学院",
        "所在学院",
        "所属系部",
        "所在系部",
        "系部名称",
        "院部",
        "教学系",
        "所在院系",
        "所属院系",
        "分院",
        "院系部",
        "系院",
        "college",
        "department",
        "faculty",
    ),
    "programme": (
        "专业",
        "专业名称",
        "所学专业",
        "就读专业",
        "专业及方向",
        "专业方向",
        "所在专业",
        "录取专业",
        "major",
        "programme",
        "program",
    ),
    "entry_year": (
        "年级",
        "入学年份",
        "入学年度",
        "所在年级",
        "当前所在级",
        "届别",
        "级别",
        "入学时间",
        "入学日期",
        "入学年月",
        "当前年级",
        "grade",
        "cohort",
        "entry year",
        "year of entry",
    ),
    "class_name": (
        "班级",
        "班级名称",
        "行政班",
        "行政班级",
        "所在班级",
        "自然班",
        "班别",
        "所属班级",
        "班",
        "现班级",
        "教学班",
        "class",
        "class name",
    ),
    "building": (
        "公寓楼栋",
        "公寓",
        "楼栋",
        "公寓楼",
        "宿舍楼",
        "宿舍楼栋",
        "楼号",
        "栋号",
        "公寓名称",
        "公寓号",
        "寝室楼栋",
        "楼宇",
        "宿舍区",
        "栋",
        "幢",
        "building",
        "dormitory building",
    ),
    "room": (
        "寝室",
        "房间号",
        "宿舍",
        "宿舍号",
        "寝室号",
        "房间",
        "房号",
        "宿舍房号",
        "寝室房间号",
        "宿舍房间号",
        "公寓房间号",
        "住宿地址",
        "住宿",
        "宿舍地址",
        "寝室门牌",
        "寝室门牌号",
        "room",
        "dorm",
        "dormitory",
        "dorm room",
    ),
    "phone": (
        "手机号",
        "手机号码",
        "联系电话",
        "手机",
        "电话",
        "本人电话",
        "学生电话",
        "联系方式",
        "移动电话",
        "学生手机",
        "学生手机号",
        "本人手机",
        "本人手机号",
        "本人联系电话",
        "学生联系电话",
        "学生联系方式",
        "电话号码",
        "mobile",
        "phone",
        "telephone",
        "cell",
    ),
    "tutor": (
        "辅导员",
        "辅导员姓名",
        "专职辅导员",
        "带班辅导员",
        "所属辅导员",
        "辅导员老师",
        "政治辅导员",
        "辅导员工号",
        "tutor",
        "counsellor teacher",
    ),
    "class_teacher": (
        "班主任",
        "班主任姓名",
        "班主任老师",
        "班导师",
        "班主任工号",
        "class teacher",
        "head teacher",
    ),
    "guardian_name": (
        "监护人",
        "监护人姓名",
        "家长姓名",
        "家长",
        "父母姓名",
        "联系人",
        "家庭联系人",
        "紧急联系人",
        "紧急联系人姓名",
        "父亲姓名",
        "母亲姓名",
        "家长(监护人)",
        "guardian",
        "parent",
        "guardian name",
        "parent name",
    ),
    "guardian_phone": (
        "监护人电话",
        "监护人手机",
        "监护人手机号",
        "监护人联系电话",
        "监护人联系方式",
        "家长电话",
        "家长手机",
        "家长手机号",
        "家长联系电话",
        "家长联系方式",
        "紧急联系电话",
        "紧急联系人电话",
        "紧急联系人手机",
        "家庭电话",
        "家庭联系电话",
        "父母电话",
        "父亲电话",
        "父亲手机",
        "父亲联系电话",
        "母亲电话",
        "母亲手机",
        "母亲联系电话",
        "联系人电话",
        "guardian phone",
        "parent phone",
    ),
    "birth_date": (
        "出生日期",
        "出生年月",
        "出生年月日",
        "生日",
        "出生",
        "date of birth",
        "birth date",
        "birthday",
    ),
    "ethnicity": ("民族", "族别", "ethnicity", "ethnic group"),
    "day_student": (
        "走读",
        "是否走读",
        "走读住校",
        "走读/住校",
        "住宿情况",
        "是否住校",
        "是否住宿",
        "住校",
        "走读生",
        "住宿方式",
        "住宿类型",
        "day student",
        "boarding",
    ),
    "enrolment_state": (
        "学籍状态",
        "在校状态",
        "学生状态",
        "是否在校",
        "在读状态",
        "学籍情况",
        "状态",
        "enrolment",
        "status",
    ),
}

#: columns that a roster usually carries, that the system knows, and that it leaves out on purpose
LEFT_OUT = (
    "序号",
    "编号",
    "备注",
    "no",
    "remark",
    "床位",
    "床号",
    "床位号",
    "学制",
    "层次",
    "培养层次",
    "导入问题",
    "行",
    "工作表",
    "校区",
    "政治面貌",
    "籍贯",
    "生源地",
    "家庭住址",
    "家庭地址",
    "邮箱",
    "qq",
    "微信",
    "考生号",
    "毕业学校",
)

#: never taken over and worth a word to the administrator: more than the system needs to know
SENSITIVE = (
    "身份证号",
    "身份证",
    "身份证号码",
    "证件号码",
    "证件号",
    "银行卡号",
    "银行账号",
    "银行卡",
    "卡号",
    "id card",
    "户口所在地",
)

_BRACKETS = re.compile(r"[(\[{<【《（].*?[)\]}>】》）]")
_NOT_KEY = re.compile(r"[\s*＊:：()（）\[\]【】<>《》/\\、,，.。\-_—\"'“”‘’#？?！!]+")
_PHONE = re.compile(r"电话|手机|联系方式")
_OTHER_PERSON = re.compile(r"家长|监护|父|母|紧急")


def heading_key(text):
    """What two headings have in common when a person calls them the same."""
    return _NOT_KEY.sub("", unicodedata.normalize("NFKC", str(text))).lower()


def _build_index():
    """heading key -> field; of two fields with the same heading the first one wins."""
    index = {}
    for field, names in HEADINGS.items():
        for name in names:
            index.setdefault(heading_key(name), field)
    return index


KNOWN = _build_index()
#: position of a heading among those of its field: the usual heading wins over the rarer one
RANK = {heading_key(name): rank for names in HEADINGS.values() for rank, name in enumerate(names)}
LEFT_OUT_KEYS = frozenset(map(heading_key, LEFT_OUT))
SENSITIVE_KEYS = frozenset(map(heading_key, SENSITIVE))


def field_of(heading, remembered=None):
    """The roster field a heading stands for, or None.

    :param remembered: {heading key: field or ''} the school's own choices; '' means "leave out"
    """
    key = heading_key(heading)
    if remembered and key in remembered:
        return remembered[key] or None
    if key in KNOWN:
        return KNOWN[key]
    if _OTHER_PERSON.search(str(heading)):
        return "guardian_phone" if _PHONE.search(key) else None
    bare = _BRACKETS.sub("", unicodedata.normalize("NFKC", str(heading)))
    if bare != heading and heading_key(bare) in KNOWN:
        return KNOWN[heading_key(bare)]
    parts = {KNOWN.get(heading_key(part)) for part in re.split(r"[/／、|或]", str(heading))}
    return parts.pop() if len(parts) == 1 else None
