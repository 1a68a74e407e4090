package telemetry

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/gateway/money"
)

func TestOutcomesSayWhetherTheTargetIsWell(t *testing.T) {
	m := NewMetrics(prometheus.NewRegistry())
	if o, at := m.Last("m", "t", "p"); o != OutcomeUnknown || !at.IsZero() {
		t.Errorf("before the target is known: %v at %v", o, at)
	}
	target := m.Target("m", "t", "p")
	if o, at := target.Last(); o != OutcomeUnknown || !at.IsZero() {
		t.Errorf("before any attempt: %v at %v", o, at)
	}
	at := time.Unix(100, 0)
	for o := OutcomeAnswered; o < outcomes; o++ {
		target.Record(o, at)
		if o.String() == OutcomeUnknown.String() {
			t.Errorf("outcome %d has no name", o)
		}
		want := o
		if o == OutcomeClientGone {
			want = OutcomeCut // a client that goes away says nothing about the target
		}
		if last, when := m.Last("m", "t", "p"); last != want || !when.Equal(at) {
			t.Errorf("after %v: last is %v at %v", o, last, when)
		}
		if n := testutil.ToFloat64(m.attempts.WithLabelValues("m", "t", "p", o.String())); n != 1 {
			t.Errorf("%v was counted %v times", o, n)
		}
	}
}

func TestSeriesAreBounded(t *testing.T) {
	m := NewMetrics(prometheus.NewRegistry())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for status := range 600 {
				m.Begin()
				m.End(&Exchange{Operation: "chat", Status: status, Start: time.Unix(0, 0), FirstByte: time.Unix(1, 0), TokensKnown: true})
			}
		})
	}
	wg.Wait()
	if n := testutil.CollectAndCount(m.duration); n != 5 {
		t.Errorf("%d series of durations, want one for each class of status", n)
	}
	if n := testutil.ToFloat64(m.inFlight); n != 0 {
		t.Errorf("%v requests in flight", n)
	}
}

// TestCost: what requests cost is added up whatever became of them, also of those that their clients left.
func TestCost(t *testing.T) {
	m := NewMetrics(prometheus.NewRegistry())
	for _, status := range []int{200, StatusClientGone, 429} {
		m.Begin()
		m.End(&Exchange{Operation: "chat", Model: "m", Status: status, Cost: money.USD(250_000_000)})
	}
	if got := testutil.ToFloat64(m.cost.WithLabelValues("m")); got != 0.75 {
		t.Errorf("three requests of $0.25 cost $%v", got)
	}
}

// onlyM3 routes one model with one target.
type onlyM3 struct{}

func (onlyM3) HasModel(model string) bool { return model == "m3" }

func (onlyM3) HasTarget(model, target, _ string) bool { return model == "m3" && target == "t" }

func TestRetainForgets(t *testing.T) {
	m := NewMetrics(prometheus.NewRegistry())
	for i := range 10 {
		model := fmt.Sprint("m", i)
		m.Begin()
		m.End(&Exchange{Operation: "chat", Model: model, Status: 200})
		m.Target(model, "t", "p").Record(OutcomeAnswered, time.Unix(0, 0))
		m.Target(model, "removed", "p").Record(OutcomeAnswered, time.Unix(0, 0))
	}
	m.Begin()
	m.End(&Exchange{Operation: "chat", Status: 404})
	m.Retain(onlyM3{})
	if n := testutil.CollectAndCount(m.duration); n != 2 {
		t.Errorf("%d series of durations, want those of m3 and of unknown models", n)
	}
	if n := testutil.CollectAndCount(m.cost); n != 2 {
		t.Errorf("%d series of costs, want those of m3 and of unknown models", n)
	}
	if n := testutil.CollectAndCount(m.attempts); n != int(outcomes)-1 {
		t.Errorf("%d series of attempts, want those of the one target that m3 has left", n)
	}
	m.Begin()
	m.End(&Exchange{Operation: "chat", Model: "m0", Status: 200})
	if n := testutil.CollectAndCount(m.duration); n != 3 {
		t.Errorf("%d series: a model that comes back has none", n)
	}
}

func BenchmarkEnd(b *testing.B) {
	m := NewMetrics(prometheus.NewRegistry())
	x := &Exchange{Operation: "chat", Model: "m", Status: 200, Start: time.Unix(0, 0), FirstByte: time.Unix(1, 0), TokensKnown: true, InputTokens: 7}
	b.ReportAllocs()
	for b.Loop() {
		m.Begin()
		m.End(x)
		m.Target("m", "t", "p").Record(OutcomeAnswered, x.Start)
	}
}
