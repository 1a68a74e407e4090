# syntax=docker/dockerfile:1
# The image of the one binary: operator and gateway. `make image` makes the same content without a container engine.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.2.0 -t ghcr.io/fairlead-dev/fairlead:0.2.0 .
#
# The compiler runs on the machine's own platform, and compiles for the one that is asked for.
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=0.2.0
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /fairlead .

# Authorities, time zones and an unprivileged user; no shell.
FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=0.2.0
ARG REVISION
LABEL org.opencontainers.image.title="Fairlead" \
      org.opencontainers.image.description="Operator and gateway of the model gateway stack" \
      org.opencontainers.image.source="https://github.com/fairlead-dev/fairlead" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /fairlead /fairlead
USER 65532:65532
ENTRYPOINT ["/fairlead"]
