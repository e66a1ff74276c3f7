"""Invented names, numbers and phones. Any likeness to a living person is chance; no phone can be called."""

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
    "谭陆汪范廖石金贾韦夏付方邹熊白孟秦邱侯江尹薛闫段雷龙史陶贺毛郝顾龚邵万覃武钱戴严莫孔向"
)
GIVEN_FEMALE = (
    "雨桐 思琪 欣怡 梓涵 佳怡 诗涵 晓雯 静怡 雅琴 婉清 若曦 语嫣 梦瑶 可欣 紫萱 晨曦 依诺 书瑶 心怡 雪莹 慧敏 丽娟 海燕 春梅 秀英 "
    "晓燕 文静 芷若 巧玲 玉洁 思颖 嘉敏 子晴 亦菲 诗雨 安琪 清妍 乐瑶 筱雅 沐晴 以宁 念慈 知夏 敏 婷 琳 洁 颖 倩 雪 妍 莹 瑶"
).split()
GIVEN_MALE = (
    "浩然 子轩 宇航 俊杰 文博 天佑 志强 建华 明辉 嘉豪 泽宇 子墨 皓轩 奕辰 一鸣 思远 博文 家乐 少华 伟杰 文涛 志远 国栋 晓峰 海涛 "
    "立新 锦程 云帆 景行 承志 佳明 子昂 逸飞 启航 凌云 振宇 书恒 知远 以恒 怀谷 磊 强 涛 鹏 超 凯 斌 峰 旭 晨 睿 毅"
).split()
ETHNICITIES = (
    ("汉族", 880),
    ("土家族", 40),
    ("苗族", 30),
    ("侗族", 15),
    ("瑶族", 12),
    ("回族", 9),
    ("壮族", 8),
    ("彝族", 6),
)


def surname(rng):
    """Return a surname; the first of the list are the more frequent ones, as in life."""
    return SURNAMES[min(int(rng.expovariate(1 / 28)), len(SURNAMES) - 1)]


def person(rng, female):
    """Return ``(name, surname)`` of an invented person."""
    family = surname(rng)
    return family + rng.choice(GIVEN_FEMALE if female else GIVEN_MALE), family


def ethnicity(rng):
    """Return an ethnicity, mostly 汉族."""
    return rng.choices([name for name, _ in ETHNICITIES], [weight for _, weight in ETHNICITIES])[0]


def phone(serial):
    """Return an eleven-digit number that no network can reach: it begins with five zeros."""
    return f"00000{serial % 1_000_000:06}"
