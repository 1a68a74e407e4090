package telemetry

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestStoreUp(t *testing.T) {
	reg := prometheus.NewRegistry()
	redis, postgres := NewStoreUp(reg, "redis"), NewStoreUp(reg, "postgres")
	if n := testutil.CollectAndCount(reg); n != 0 {
		t.Errorf("got %d series before there is a store, want none", n)
	}
	redis.Set(true)
	postgres.Set(false)
	want := `
# HELP fairlead_store_up Whether a store answers.
# TYPE fairlead_store_up gauge
fairlead_store_up{store="postgres"} 0
fairlead_store_up{store="redis"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	postgres.Unset()
	if n := testutil.CollectAndCount(reg); n != 1 {
		t.Errorf("got %d series, want that of redis alone", n)
	}
}
