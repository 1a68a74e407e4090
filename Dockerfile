# The image of the one binary: operator and gateway. `make demo` builds the same content without a container engine.
FROM docker.io/library/golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=0.1.0
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /fairlead .

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /fairlead /fairlead
USER 65532:65532
ENTRYPOINT ["/fairlead"]
