# The one-machine home as a container: one process, one volume, no root.
#   docker build -t apiq . && docker run -p 127.0.0.1:8080:8080 -v apiq:/data apiq
# Its address inside is no loopback one, so the egress guard lets nothing private through, the samples included: set APIQ_EGRESS_ALLOW
# to what it may reach (docs/configuration.md).

FROM node:20.20-bookworm-slim AS dashboard
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY dashboard ./
RUN npm run build

FROM golang:1.26-bookworm AS binary
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=dashboard /src/dashboard/dist dashboard/dist
ARG VERSION=dev
# The embedded table needs no C.
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /apiq ./infra/local && mkdir /data

FROM scratch
COPY --from=binary /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=binary /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=binary /apiq /apiq
# Nobody: a number, since there are no names here.
COPY --from=binary --chown=65532:65532 /data /data
USER 65532:65532
ENV APIQ_ADDR=0.0.0.0:8080 APIQ_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/apiq", "health"]
ENTRYPOINT ["/apiq"]
CMD ["serve"]
