package upstream

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
)

// tally counts questions by model, whose name is JSON. It is made for a benchmark's upstream: models are few and questions many.
type tally struct{ models sync.Map }

func (t *tally) add(model string) {
	count, ok := t.models.Load(model)
	if !ok {
		count, _ = t.models.LoadOrStore(model, new(atomic.Int64))
	}
	count.(*atomic.Int64).Add(1)
}

// ServeHTTP answers what was counted.
func (t *tally) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	b, separator := []byte{'{'}, ""
	t.models.Range(func(model, count any) bool {
		b = fmt.Appendf(b, "%s%s:%d", separator, model, count.(*atomic.Int64).Load())
		separator = ","
		return true
	})
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '}'))
}
