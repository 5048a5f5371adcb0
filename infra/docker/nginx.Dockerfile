# nginx with the client built in: docker build --file infra/docker/nginx.Dockerfile --tag rookery/nginx .
# With --build-arg CLIENT=prebuilt the client is the one in target/docker/client; then NODE may be
# the same image as BASE.

ARG BASE=debian:bookworm-slim
ARG NODE=node:22-bookworm-slim

# The client's dependencies alone, so that their layer outlives changes of the sources.
FROM ${BASE} AS skeleton
COPY . /src
RUN mkdir -p /skeleton/client && cp /src/client/package.json /src/client/package-lock.json /skeleton/client

FROM ${NODE} AS build
ARG CLIENT=source
WORKDIR /src/client
COPY --from=skeleton /skeleton/client .
RUN [ "$CLIENT" = prebuilt ] || npm ci --no-audit --no-fund --loglevel=error
COPY . /src
RUN if [ "$CLIENT" = prebuilt ]; then cp -R ../target/docker/client /out; \
    else npm run --silent build && cp -R dist /out; fi

FROM ${BASE}
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends nginx \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /var/www
COPY --from=build /out /usr/share/rookery/client
COPY infra/nginx /usr/share/rookery/nginx
USER 10003:10003
EXPOSE 8080 8443 9200
# Graceful; run.sh sees to it that it ends.
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["/usr/share/rookery/nginx/container/health.sh"]
ENTRYPOINT ["/usr/share/rookery/nginx/container/run.sh"]

ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rookery nginx" \
      org.opencontainers.image.description="Load balancer of the cores, and the client" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
