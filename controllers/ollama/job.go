package ollama

import (
	"context"
	"sync"
)

// job is work that is begun at most once. It begins when the job before it, on the same server, has ended, so that two never touch
// it at the same time. The Filler's lock guards it.
type job struct {
	work func(context.Context)
	// after is closed when the job before has ended; nil where there was none.
	after <-chan struct{}
	// stop ends the work; nil before it has begun.
	stop context.CancelFunc
	// done is closed when the work has ended.
	done chan struct{}
}

func newJob(work func(context.Context), after <-chan struct{}) *job {
	return &job{work: work, after: after, done: make(chan struct{})}
}

// begin begins the work, unless it has begun.
func (j *job) begin(ctx context.Context, working *sync.WaitGroup) {
	if j.stop != nil {
		return
	}
	ctx, j.stop = context.WithCancel(ctx)
	stop := j.stop
	working.Go(func() {
		defer close(j.done)
		defer stop()
		if j.after != nil {
			<-j.after
		}
		j.work(ctx)
	})
}

// dismiss ends the work and returns what is closed when nothing of it goes on; nil where nothing does.
func (j *job) dismiss() <-chan struct{} {
	if j.stop == nil {
		return j.after
	}
	j.stop()
	return j.done
}
