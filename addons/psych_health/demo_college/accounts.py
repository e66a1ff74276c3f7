"""One account for each role, with a random password that stands in a file only the owner can read."""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor

ROLES = (
    ("leader", "分管校领导（领导小组组长）"),
    ("director", "学生工作处处长兼心理中心主任"),
    ("vicedirector", "心理中心副主任"),
    ("centre", "专职心理教师"),
    ("counsellor", "兼职心理咨询师"),
    ("stationhead", "学院副书记（辅导站站长）"),
    ("station", "学院辅导站专职教师"),
    ("tutor", "辅导员"),
    ("teacher", "班主任"),
    ("league", "团委负责人"),
    ("duty", "学校总值班"),
    ("security", "保卫处值班员"),
    ("dorm", "宿舍管理员"),
    ("doctor", "校医"),
    ("manager", "系统管理员（本校）"),
    ("student", "学生"),
    ("member", "班级心理委员"),
    ("informant", "寝室心理信息员"),
)
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing to mistake: no 0 O 1 l I


def build(world):
    """Give the role accounts random passwords; nobody else has one.

    A hash takes about half a second of processor time, so they are computed side by side.
    """
    Users = world.env["res.users"]
    world.passwords = {login: "".join(secrets.choice(ALPHABET) for _ in range(14)) for login, _role in ROLES}
    with ThreadPoolExecutor() as pool:
        hashes = list(pool.map(Users._crypt_context().hash, world.passwords.values()))
    for login, hashed in zip(world.passwords, hashes, strict=True):
        Users._set_encrypted_password(world.accounts[login].id, hashed)


def write_file(world, path):
    """Write address, role, login and password of the role accounts to ``path``, readable by its owner only."""
    if not path:
        return
    lines = [f"{'role':<24} {'login':<14} password"]
    lines += [f"{_pad(role, 34)} {login:<14} {world.passwords[login]}" for login, role in ROLES]
    address = world.env["ir.config_parameter"].get_param("web.base.url")
    lines.insert(0, address)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(path, 0o600)


def _pad(text, width):
    """Return ``text`` filled with blanks to ``width`` columns, where a Chinese sign takes two."""
    taken = sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
    return text + " " * max(1, width - taken)
