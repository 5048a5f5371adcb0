# PostgreSQL from Debian's package, for machines that reach no registry. It understands those of
# the official image's settings that compose.yaml uses; where a registry is at hand, use that one.

ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN groupadd --gid 999 postgres \
    && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/sh postgres \
    && apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends postgresql-15 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/lib/postgresql/15 \
    && install -d -o 999 -g 999 -m 700 /var/lib/postgresql/data \
    && install -d -o 999 -g 999 -m 775 /var/run/postgresql
COPY infra/docker/postgres.sh /usr/local/bin/rookery-postgres
ENV PATH=/usr/lib/postgresql/15/bin:$PATH \
    PGDATA=/var/lib/postgresql/data
USER 999:999
VOLUME /var/lib/postgresql/data
EXPOSE 5432
# Ends sessions and itself, after a checkpoint.
STOPSIGNAL SIGINT
ENTRYPOINT ["rookery-postgres"]
