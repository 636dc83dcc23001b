# syntax=docker/dockerfile:1
# The API, without torch: its encoder is an ONNX model, or search is by words.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/hybrid_search && \
    /opt/hybrid_search/bin/pip install '.[postgresql]'

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data hybrid_search && \
    install --directory --owner=hybrid_search /data
COPY --from=build /opt/hybrid_search /opt/hybrid_search
ENV PATH=/opt/hybrid_search/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HYBRID_SEARCH_SERVE_BIND=0.0.0.0:8000
USER hybrid_search
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["hybrid-search", "serve"]
