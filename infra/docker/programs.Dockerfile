# The images of the two programs, in one file so that what both depend on is built once:
#   docker build --file infra/docker/programs.Dockerfile --target core --tag rookery/core .
#   docker build --file infra/docker/programs.Dockerfile --target hub --tag rookery/hub .
# With --build-arg BINARIES=prebuilt they are taken from target/docker instead of being built;
# then RUST may be the same image as BASE.

ARG BASE=debian:bookworm-slim
# The version of rust-toolchain.toml; a test compares them.
ARG RUST=rust:1.95.0-bookworm

# Manifests without sources: the layer of the dependencies outlives changes of the sources.
FROM ${BASE} AS skeleton
COPY . /src
RUN sh /src/infra/docker/skeleton.sh /src /skeleton

FROM ${RUST} AS build
ARG BINARIES=source
WORKDIR /src
COPY --from=skeleton /skeleton .
RUN sh infra/docker/build.sh dependencies
COPY . .
RUN sh infra/docker/build.sh programs

FROM ${BASE} AS runtime
ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM runtime AS core
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates libpq5 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log
COPY infra/docker/setup.sh /usr/local/bin/rookery-setup
COPY --from=build /out/core-service /usr/local/bin/
# Where a database of SQLite's lies, if that is wanted, and what people send. A volume takes its owner
# from here.
WORKDIR /var/lib/rookery
RUN mkdir blobs && chown 10001:10001 . blobs
USER 10001:10001
ENV ROOKERY_CORE_HTTP_LISTEN=0.0.0.0:9101 \
    ROOKERY_CORE_GRPC_LISTEN=0.0.0.0:9201
EXPOSE 9101 9201
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["core-service", "health"]
CMD ["core-service"]
LABEL org.opencontainers.image.title="Rookery core" \
      org.opencontainers.image.description="Stateless chat server: HTTP for clients, gRPC for the hub"

FROM runtime AS hub
COPY --from=build /out/realtime-hub /usr/local/bin/
USER 10002:10002
ENV ROOKERY_HUB_LISTEN=0.0.0.0:8081 \
    ROOKERY_HUB_GRPC_LISTEN=0.0.0.0:9301
EXPOSE 8081 9301
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["realtime-hub", "health"]
CMD ["realtime-hub"]
LABEL org.opencontainers.image.title="Rookery hub" \
      org.opencontainers.image.description="Realtime hub: holds every WebSocket and event stream"
