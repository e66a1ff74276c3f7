"""Export the terms of our addons and merge their Chinese words, run in ``odoo shell``.

For each installed addon of ``addons/``: the exported terms go to ``i18n/<addon>.pot``; the words from
``i18n/zh_CN/*.csv`` (columns ``source,translation``) and, for terms that no table names, from the present
``zh_CN.po`` go to ``i18n/zh_CN.po``. Terms without Chinese are listed.

One English word that is several in Chinese ("Open": 待处理, 处置中) has a row per place in ``i18n/zh_CN/places.csv`` (columns
``source,place,translation``): occurrences that contain ``place`` become an entry of their own, with the place as its context.

PSYCH_I18N=check writes nothing and ends with 1 when a term has no Chinese in the committed ``zh_CN.po``.
"""

import csv
import io
import os
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tools.translate import trans_export

LANG = "zh_CN"
OURS = ("psych_health", "psych_crisis")
HEADER = {"Language": LANG, "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8"}


def exported(env, addon):
    """:return: the addon's terms as Odoo itself exports them"""
    buffer = io.BytesIO()
    trans_export(None, [addon], buffer, "po", env)
    return polib.pofile(buffer.getvalue().decode())


def by_place(folder):
    """:return: dict of source to its rows (place, Chinese)"""
    path, found = folder / LANG / "places.csv", {}
    if path.exists():
        with open(path, encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                found.setdefault(row["source"], []).append((row["place"], row["translation"]))
    return found


def split(terms, places):
    """Give each place of ``places`` an entry of its own.

    :return: dict of (context, source) to Chinese, the places that match nothing
    """
    chinese, unused = {}, []
    for source, rows in places.items():
        entry = terms.find(source)
        for place, word in rows:
            there = (
                [occurrence for occurrence in entry.occurrences if place in occurrence[0]] if entry else []
            )
            if not there:
                unused.append(f"{source!r} at {place!r}")
                continue
            entry.occurrences = [occurrence for occurrence in entry.occurrences if occurrence not in there]
            terms.append(
                polib.POEntry(
                    msgid=source,
                    msgctxt=place,
                    comment=entry.comment,
                    tcomment=entry.tcomment,
                    occurrences=there,
                )
            )
            chinese[place, source] = word
        if entry and not entry.occurrences:
            terms.remove(entry)
    terms.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    return chinese, unused


def squeeze(text):
    """:return: the text with every run of white space as one blank"""
    return " ".join(text.split())


def words(folder):
    """Read the tables of one addon.

    :return: dict of squeezed source to Chinese, list of contradictions
    """
    found, quarrels = {}, []
    for path in sorted(set((folder / LANG).glob("*.csv")) - {folder / LANG / "places.csv"}):
        with open(path, encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                source, chinese = squeeze(row["source"] or ""), row["translation"] or ""
                if found.setdefault(source, chinese) != chinese:
                    quarrels.append(f"{path.name}: {source!r} has two translations")
    return found, quarrels


def needs_words(source):
    """:return: whether a term holds something to translate (an English word outside of placeholders)"""
    if re.search(r"[\u4e00-\u9fff]", source):
        return False
    plain = re.sub(r"%\(\w+\)[a-z]|%[sd]|\{[^}]*\}|<[^>]+>|&\w+;", " ", source)
    return bool(re.search(r"[A-Za-z]{2,}", plain))


def translation(source, table, old):
    """:return: the Chinese of a term, or an empty text"""
    if chinese := table.get(squeeze(source)):
        return chinese
    entry = old.find(source) if old is not None else None
    if entry and entry.msgstr:
        return entry.msgstr
    return "" if needs_words(source) else source


def merge(env, addon, folder):
    """Write the two files of one addon.

    :return: the terms without Chinese
    """
    template = exported(env, addon)
    path = folder / f"{LANG}.po"
    table, quarrels = words(folder)
    placed, unused = split(template, by_place(folder))
    for quarrel in quarrels + [f"places.csv: {text} stands nowhere" for text in unused]:
        print(f"{addon}: {quarrel}")
    old = polib.pofile(str(path)) if path.exists() else None
    template.metadata = {"Project-Id-Version": "Odoo 19.0", **HEADER, "Language": ""}
    merged = polib.POFile()
    merged.metadata = {"Project-Id-Version": "Odoo 19.0", **HEADER}
    for entry in template:
        merged.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgctxt=entry.msgctxt,
                msgstr=placed.get((entry.msgctxt, entry.msgid)) or translation(entry.msgid, table, old),
                comment=entry.comment,
                tcomment=entry.tcomment,
                occurrences=entry.occurrences,
            )
        )
    folder.mkdir(exist_ok=True)
    template.save(str(folder / f"{addon}.pot"))
    merged.save(str(path))
    return [entry.msgid for entry in merged if not entry.msgstr]


def missing(env, addon, folder):
    """:return: exported terms that the committed ``zh_CN.po`` does not translate"""
    path = folder / f"{LANG}.po"
    known = {entry.msgid for entry in polib.pofile(str(path)) if entry.msgstr} if path.exists() else set()
    return [entry.msgid for entry in exported(env, addon) if entry.msgid not in known]


def main(env):
    """Merge or check all installed addons of ours.

    :return: how many terms have no Chinese
    """
    check = os.environ.get("PSYCH_I18N") == "check"
    installed = env["ir.module.module"].search([("state", "=", "installed"), ("name", "in", OURS)])
    total = 0
    for addon in installed.mapped("name"):
        folder = Path(get_module_path(addon)) / "i18n"
        lacking = (missing if check else merge)(env, addon, folder)
        for source in lacking:
            print(f"{addon}: no Chinese: {source!r}")
        print(f"{addon}: {len(lacking)} terms without Chinese")
        total += len(lacking)
    return total


if main(env) and os.environ.get("PSYCH_I18N") == "check":  # noqa: F821  (the shell's environment)
    raise SystemExit(1)
