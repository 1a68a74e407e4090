package watch

import (
	"context"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Source is where inputs come from.
type Source interface {
	// Run calls deliver with the input at first and after each change, one call at a time, until ctx is done. A source that
	// cannot be reached is tried again for as long as it takes; an error means that trying again is of no use.
	Run(ctx context.Context, deliver func(snapshot.Input)) error
}
