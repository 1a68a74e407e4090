package command

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch"
)

const (
	// keepEvery is how often the file is written at most. What came after the last write is lost only if the process is killed
	// within that time, and then only matters while the API server is away.
	keepEvery = time.Second
	// keepShare bounds the share of time that writing takes, where there is very much to write: one part in this many.
	keepShare = 20
)

// keeper writes the input that is served to a file, off the path of requests and of changes.
type keeper struct {
	path    string
	log     logr.Logger
	signals chan struct{}

	mu      sync.Mutex
	pending *snapshot.Input
	digest  string
}

func newKeeper(path string, log logr.Logger) *keeper {
	return &keeper{path: path, log: log, signals: make(chan struct{}, 1)}
}

// keep hands over an input that builds the snapshot with that digest. One that routes like the last is not written again.
func (k *keeper) keep(in snapshot.Input, digest string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if digest == k.digest {
		return
	}
	k.pending, k.digest = &in, digest
	watch.Signal(k.signals)
}

// run writes until ctx is done, and then what is left.
func (k *keeper) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			k.write()
			return
		case <-k.signals:
		}
		began := time.Now()
		k.write()
		pause := time.NewTimer(max(keepEvery, keepShare*time.Since(began)))
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// write goes on without the file where it cannot be written: only a start without the API server needs it. The next input is
// then written even if it routes like this one.
func (k *keeper) write() {
	k.mu.Lock()
	in, digest := k.pending, k.digest
	k.pending = nil
	k.mu.Unlock()
	if in == nil {
		return
	}
	err := snapshot.Save(k.path, *in)
	if err == nil {
		return
	}
	k.log.Info("the snapshot could not be kept", "error", err.Error())
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.digest == digest {
		k.digest = ""
	}
}
