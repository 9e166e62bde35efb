# One image for the web application, the worker, the commands and the S3 server; one for the proxy.
# Packages come only from the hashed lock. INDEX_URL chooses another package index than pip's own:
#   docker build --build-arg INDEX_URL=https://…/simple .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG INDEX_URL=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
WORKDIR /opt/ganh
COPY requirements/bootstrap.lock requirements/run.lock requirements/
RUN export ${INDEX_URL:+PIP_INDEX_URL="$INDEX_URL" UV_DEFAULT_INDEX="$INDEX_URL"} \
    && python -m venv .venv \
    && .venv/bin/python -m pip install --require-hashes -r requirements/bootstrap.lock \
    && .venv/bin/uv pip install --python .venv/bin/python --require-hashes \
         --compile-bytecode -r requirements/run.lock \
    && .venv/bin/python -m pip uninstall --yes uv

FROM ${PYTHON_IMAGE} AS ganh
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin ganh \
    && install -d -o ganh -g ganh -m 0700 /objects /objects/ganh /backups
WORKDIR /opt/ganh
COPY --from=packages /opt/ganh/.venv .venv
COPY integrations integrations
COPY sellers sellers
COPY market market
RUN .venv/bin/python -m compileall -q integrations sellers market
ENV PATH=/opt/ganh/.venv/bin:$PATH PYTHONPATH=/opt/ganh PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 GANH_ENV=production HOST=0.0.0.0 PORT=8000
USER ganh
EXPOSE 8000
ENTRYPOINT ["python", "-m", "market.cli"]
CMD ["serve"]

FROM caddy:2-alpine AS proxy
RUN addgroup -g 10001 ganh && adduser -D -H -u 10001 -G ganh ganh \
    && chown -R ganh:ganh /data /config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER ganh
