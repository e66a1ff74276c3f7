"""First settings of a fresh database, run in ``odoo shell``: Chinese, Beijing time, the administrator's password.

PSYCH_SECRETS names the folder with ``admin_password``; without it the password stays as it is. PSYCH_BASE_URL is
the address that links in messages begin with.
"""

import os
from pathlib import Path

LANG, TZ = "zh_CN", "Asia/Shanghai"


def main(env):
    """Set language, time zone and password, and compile the asset bundles that the first pages ask for."""
    env["res.lang"]._activate_lang(LANG)
    env["ir.default"].set("res.partner", "lang", LANG)
    env["ir.default"].set("res.partner", "tz", TZ)
    users = env["res.users"].with_context(active_test=False).search([])
    users.partner_id.write({"lang": LANG, "tz": TZ})
    env.company.partner_id.write({"lang": LANG, "tz": TZ, "country_id": env.ref("base.cn").id})
    if base_url := os.environ.get("PSYCH_BASE_URL"):
        env["ir.config_parameter"].set_param("web.base.url", base_url)
    folder = os.environ.get("PSYCH_SECRETS")
    if folder:
        env.ref("base.user_admin").password = Path(folder, "admin_password").read_text().strip()
    env.cr.commit()
    for bundle in (
        "web.assets_web",
        "web.assets_frontend",
        "web.assets_frontend_minimal",
        "web.assets_frontend_lazy",
    ):
        assets = env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=True)
        assets.css()
        assets.js()
    env.cr.commit()


main(env)  # noqa: F821  (the shell's environment)
