# syntax=docker/dockerfile:1
# One recipe for every image:
#   docker build --target service --build-arg SERVICE=sales --tag guanxi/sales .
#   docker build --target gateway --tag guanxi/gateway .
# Pin the two base images by digest where you build for production.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${PYTHON_IMAGE} AS installer
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /source
COPY requirements/ requirements/
RUN pip install --require-hashes --requirement requirements/bootstrap.txt \
 && uv venv /opt/guanxi/venv
# Says what an image is made of (CycloneDX); stays behind itself.
RUN uv venv /opt/sbom && uv pip install --python /opt/sbom --constraints requirements/lock.txt cyclonedx-bom
# What services and gateway share, in a layer that changes seldom. Versions and hashes come from the lock.
COPY proto/ proto/
COPY services/chassis/ services/chassis/
RUN uv pip install --python /opt/guanxi/venv --constraints requirements/lock.txt --build-constraints requirements/lock.txt \
    ./proto ./services/chassis

# What all services share beside it: the database and what stands on it.
FROM installer AS service-base
RUN uv pip install --python /opt/guanxi/venv --constraints requirements/lock.txt --build-constraints requirements/lock.txt \
    "./services/chassis[service]"

FROM service-base AS service-installer
ARG SERVICE
COPY services/${SERVICE}/ services/${SERVICE}/
RUN uv pip install --python /opt/guanxi/venv --constraints requirements/lock.txt --build-constraints requirements/lock.txt \
    ./services/${SERVICE}
RUN /opt/sbom/bin/cyclonedx-py environment --output-reproducible --output-format JSON \
    --output-file /opt/guanxi/venv/sbom.cdx.json /opt/guanxi/venv

FROM installer AS gateway-installer
COPY gateway/ gateway/
RUN uv pip install --python /opt/guanxi/venv --constraints requirements/lock.txt --build-constraints requirements/lock.txt \
    ./gateway
RUN /opt/sbom/bin/cyclonedx-py environment --output-reproducible --output-format JSON \
    --output-file /opt/guanxi/venv/sbom.cdx.json /opt/guanxi/venv

FROM ${NODE_IMAGE} AS web
WORKDIR /source/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web/ ./
RUN npm run build && npm sbom --sbom-format cyclonedx --package-lock-only > /source/web.cdx.json

# What runs: an interpreter, one package, nobody's shell needed. The pods' arguments name module and verb.
FROM ${PYTHON_IMAGE} AS runtime
ENV PATH=/opt/guanxi/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TZ=UTC
WORKDIR /opt/guanxi
USER 10001:10001
ENTRYPOINT ["python", "-m"]

FROM runtime AS service
COPY --from=service-installer /opt/guanxi/venv /opt/guanxi/venv

FROM runtime AS gateway
COPY --from=gateway-installer /opt/guanxi/venv /opt/guanxi/venv
COPY --from=web /source/web/dist /opt/guanxi/web
COPY --from=web /source/web.cdx.json /opt/guanxi/venv/web.cdx.json
CMD ["gateway", "serve"]
