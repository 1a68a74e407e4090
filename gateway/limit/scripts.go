package limit

import (
	"context"
	_ "embed"
	"errors"

	goredis "github.com/redis/go-redis/v9"

	"github.com/fairlead-dev/fairlead/gateway/redis"
)

//go:embed reserve.lua
var reserveSource string

//go:embed tidy.lua
var tidySource string

//go:embed peek.lua
var peekSource string

// scripts run in Redis, each as one atomic step.
type scripts struct{ reserve, tidy, peek *goredis.Script }

func newScripts() scripts {
	return scripts{goredis.NewScript(reserveSource), goredis.NewScript(tidySource), goredis.NewScript(peekSource)}
}

// run runs a script, within the time that a call to Redis may take. The server is sent the script once. An error that is Redis's
// answer, and not due to its being away, is noted: limits are not shared as long as it lasts.
func (l *Limiter) run(ctx context.Context, s *goredis.Script, keys []string, args []any) ([]int64, error) {
	var reply []int64
	err := l.redis.Do(ctx, func(ctx context.Context, r goredis.UniversalClient) error {
		var err error
		reply, err = s.Run(ctx, r, keys, args...).Int64Slice()
		return err
	})
	switch {
	case err == nil && l.trouble.Load() != nil:
		l.trouble.Store(nil)
	case err != nil && !errors.Is(err, redis.ErrAway) && ctx.Err() == nil:
		l.trouble.Store(&err)
	}
	return reply, err
}
