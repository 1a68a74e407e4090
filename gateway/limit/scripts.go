package limit

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

//go:embed reserve.lua
var reserveSource string

//go:embed tidy.lua
var tidySource string

//go:embed peek.lua
var peekSource string

// scripts run in Redis, each as one atomic step.
type scripts struct{ reserve, tidy, peek *redis.Script }

func newScripts() scripts {
	return scripts{redis.NewScript(reserveSource), redis.NewScript(tidySource), redis.NewScript(peekSource)}
}
