package postgres_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/contract"
	"github.com/fairlead-dev/fairlead/gateway/ledger/postgres"
)

// BenchmarkAccounting is all that a request costs the gateway, from its beginning until PostgreSQL has it: the time that one request
// waits is that of Begin and End, which BenchmarkBeginEnd measures.
func BenchmarkAccounting(b *testing.B) {
	store, err := postgres.New(b.Context(), postgres.Options{Address: stores.Address{URI: storetest.Postgres(b).URI()}, Gateway: "test/main"})
	if err != nil {
		b.Fatal(err)
	}
	l, err := ledger.Open(ledger.Options{Dir: b.TempDir(), Store: store, Log: logr.Discard()})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	before := cpuTime(b)
	for b.Loop() {
		e := contract.Event(0)
		e.Start = time.Time{}
		if err := l.Begin(e); err != nil {
			b.Fatal(err)
		}
		e.State = ledger.Complete
		l.End(e)
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
	if left := l.Backlog().Events; left > 0 {
		b.Errorf("%d events were not shipped", left)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// cpuTime is what this process has used, PostgreSQL not included, in nanoseconds.
func cpuTime(b *testing.B) int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
