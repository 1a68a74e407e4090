package command

// Images of servers that name none, pinned by the digest of their index. Each runs as an unprivileged user on a read-only root
// file system. PostgreSQL stays at one major version, because a newer one cannot read an older one's files.
const (
	ollamaImage   = "docker.io/ollama/ollama:0.19.0@sha256:bf240c2847a8bc7b2c630b85dab5d1dedcba257b551d5fc9b290ce544d59272a"
	redisImage    = "docker.io/library/redis:8.2.9@sha256:7d1e4ce8b9395088377ab382d1f6cfdbd13b3690795198a0399ab8d683064d6d"
	postgresImage = "docker.io/library/postgres:17.11@sha256:0b657ff48d7f76a1e907f381b1693eb4f2bf54c1d2df4feb6743d7dc601768dd"
)

// gatewayImage is the image that holds the binary of that version.
func gatewayImage(version string) string { return "ghcr.io/fairlead-dev/fairlead:" + version }
