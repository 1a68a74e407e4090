package command

// Images of servers that name none. Each runs as an unprivileged user on a read-only root file system; PostgreSQL stays at one
// major version, because a newer one cannot read an older one's files.
const (
	ollamaImage   = "docker.io/ollama/ollama:0.17.4"
	redisImage    = "docker.io/library/redis:7.4-bookworm"
	postgresImage = "docker.io/library/postgres:17-bookworm"
)

// gatewayImage is the image that holds the binary of that version.
func gatewayImage(version string) string { return "ghcr.io/fairlead-dev/fairlead:" + version }
