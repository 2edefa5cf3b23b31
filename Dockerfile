FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml ./
RUN python -m venv /opt/prodops && /opt/prodops/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app app
COPY connectors connectors
COPY migrations migrations
RUN /opt/prodops/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --create-home --home-dir /data prodops
COPY --from=build /opt/prodops /opt/prodops
ENV PATH=/opt/prodops/bin:$PATH PYTHONUNBUFFERED=1 PRODOPS_DATABASE_URL=sqlite:////data/prodops.db
USER prodops
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
CMD ["prodops", "serve", "--host", "0.0.0.0", "--port", "8000"]
