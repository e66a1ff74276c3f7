# The production image: the official Odoo 19.0 with our addons and the locked Python packages.
# The same lock files build the local environment (scripts/venv.sh); tests/test_deploy.py compares the two.
FROM odoo:19.0

USER root
# the same system packages as scripts/system_packages.sh: layout of PDF, Chinese type; venv for the locked packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*

COPY requirements.lock requirements-odoo.lock /opt/psych/
RUN python3 -m venv --system-site-packages /opt/psych/venv \
 && /opt/psych/venv/bin/pip install --no-cache-dir -r /opt/psych/requirements.lock \
 && /opt/psych/venv/bin/pip install --no-cache-dir --no-deps -r /opt/psych/requirements-odoo.lock

COPY odoo.conf /etc/odoo/odoo.conf
COPY addons /opt/psych/addons
COPY scripts/setup_database.py scripts/make_secrets.py /opt/psych/scripts/
COPY --chmod=755 deploy/entrypoint.sh /opt/psych/entrypoint.sh
COPY --chmod=755 deploy/odoo-bin /opt/psych/odoo-bin

ENV ODOO_RC=/etc/odoo/odoo.conf \
    ODOO_ADDONS_PATH=/opt/psych/addons \
    ODOO_DATA_DIR=/var/lib/odoo \
    ODOO_HTTP_INTERFACE=0.0.0.0 \
    ODOO_PROXY_MODE=True \
    PGHOST=db PGPORT=5432 PGUSER=odoo

VOLUME ["/var/lib/odoo"]
EXPOSE 8069 8072
HEALTHCHECK --interval=30s --timeout=10s --start-period=600s --retries=3 \
    CMD curl --fail --silent --show-error http://127.0.0.1:8069/web/health
# starts as root to read the secret files, then hands over to the user odoo
ENTRYPOINT ["/opt/psych/entrypoint.sh"]
CMD ["serve"]
