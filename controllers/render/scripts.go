package render

// The shell needs no more than what every image of a store on Debian or Alpine has, busybox included.
import _ "embed"

// Exit codes of the init containers of stores. With each, the container's termination message says in a sentence what is wrong, in
// words that are the same every time. When they succeed, the message is the version of the store whose data is on the volume: the
// major version of PostgreSQL, and `major.minor` of Redis.
const (
	// ExitVersion: the image is of a version that cannot read what is on the volume.
	ExitVersion = 100
	// ExitRestore: the newest backup cannot be restored.
	ExitRestore = 101
	// ExitForeign: on the volume is something that is no database.
	ExitForeign = 102
)

// InitContainer is the name of the container that makes a store's volume ready.
const InitContainer = "init"

var (
	//go:embed scripts/redis-init.sh
	redisInit string
	//go:embed scripts/postgres-init.sh
	postgresInit string
	//go:embed scripts/postgres-backup.sh
	postgresBackup string
)
