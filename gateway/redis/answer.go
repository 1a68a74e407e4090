package redis

import (
	"errors"

	"github.com/redis/go-redis/v9"
)

// answered says whether Redis did what it was asked, or refused it for a reason that lies in the question. Errors that say that
// this server cannot serve anybody now are no answers.
func answered(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) {
		return true
	}
	if _, refused := errors.AsType[redis.Error](err); !refused {
		return false
	}
	for _, unable := range [...]func(error) bool{
		redis.IsLoadingError, redis.IsReadOnlyError, redis.IsMasterDownError, redis.IsClusterDownError, redis.IsMaxClientsError,
		redis.IsOOMError, redis.IsNoReplicasError, redis.IsAuthError, redis.IsPermissionError, isMisconfigured,
	} {
		if unable(err) {
			return false
		}
	}
	return true
}

// isMisconfigured is for a server that takes no writes because it could not save what it has.
func isMisconfigured(err error) bool { return redis.HasErrorPrefix(err, "MISCONF") }
