package alerts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"sigs.k8s.io/yaml"
)

// rendered is where the operator's own tests keep what it renders for a gateway that says everything.
const rendered = "../../controllers/render/testdata/gateway-exposed/"

// rules are the expressions of the alerts by their names.
func rules(t *testing.T) map[string]string {
	t.Helper()
	var content struct {
		Spec struct {
			Groups []struct {
				Rules []struct{ Alert, Expr string }
			}
		}
	}
	read(t, "prometheusrule-main.yaml", &content)
	found := map[string]string{}
	for _, g := range content.Spec.Groups {
		for _, r := range g.Rules {
			found[r.Alert] = r.Expr
		}
	}
	if len(found) == 0 {
		t.Fatal("there is no alert")
	}
	return found
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(rendered + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// panels are the expressions of the dashboard by the titles of their panels, with values for Grafana's variables.
func panels(t *testing.T) map[string]string {
	t.Helper()
	var object struct{ Data map[string]string }
	read(t, "configmap-main-dashboard.yaml", &object)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	for _, text := range object.Data {
		if err := json.Unmarshal([]byte(text), &board); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]string{}
	for _, p := range board.Panels {
		for i, q := range p.Targets {
			found[fmt.Sprint(p.Title, " ", i)] = strings.NewReplacer("$__rate_interval", "5m", "$model", ".*").Replace(q.Expr)
		}
	}
	return found
}

// TestExpressionsCanBeRead by Prometheus.
func TestExpressionsCanBeRead(t *testing.T) {
	for name, expression := range rules(t) {
		if _, err := parser.NewParser(parser.Options{}).ParseExpr(expression); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, expression := range panels(t) {
		if _, err := parser.NewParser(parser.Options{}).ParseExpr(expression); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// pod is one of the gateway's replicas, in the labels of a series.
const pod = `namespace="ai",pod="main-7d4b9c8f6-x2x9q"`

// healthy is what three replicas export of which nothing is wrong, for an hour.
const healthy = `load 1m
  fairlead_requests_in_flight{` + pod + `} 1x60
  fairlead_requests_in_flight{namespace="ai",pod="main-7d4b9c8f6-aaaaa"} 0x60
  fairlead_requests_in_flight{namespace="ai",pod="main-7d4b9c8f6-bbbbb"} 0x60
  fairlead_snapshot_models{` + pod + `} 5x60
  fairlead_snapshot_models{namespace="ai",pod="main-7d4b9c8f6-aaaaa"} 5x60
  fairlead_access_log_dropped_total{` + pod + `} 3x60
  gen_ai_server_request_duration_seconds_count{` + pod + `,gen_ai_request_model="chat",fairlead_status_class="2xx"} 0+100x60
  gen_ai_server_request_duration_seconds_count{` + pod + `,gen_ai_request_model="chat",fairlead_status_class="5xx"} 0+1x60
  fairlead_attempts_total{` + pod + `,gen_ai_request_model="chat",fairlead_target="a",fairlead_outcome="answered"} 0+100x60
  fairlead_attempts_total{` + pod + `,gen_ai_request_model="chat",fairlead_target="a",fairlead_outcome="timeout"} 0+1x60
  fairlead_store_up{` + pod + `,store="redis"} 1x60
  fairlead_store_up{` + pod + `,store="postgres"} 1x60
  fairlead_limits_degraded{` + pod + `} 0x60
  fairlead_cache_dropped_total{` + pod + `,reason="size"} 0+5x60
  fairlead_cache_dropped_total{` + pod + `,reason="store"} 4x60
  fairlead_cache_unreadable_total{` + pod + `} 0x60
  fairlead_ledger_lag_seconds{` + pod + `} 2x60
  fairlead_ledger_backlog_bytes{` + pod + `} 1000x60
  fairlead_ledger_unmetered_total{` + pod + `} 7x60
  fairlead_ledger_damaged_total{` + pod + `} 0x60
  fairlead_ledger_refused_total{` + pod + `} 0x60
  fairlead_tls_certificate_expiry_timestamp_seconds{` + pod + `} 8640000x60
`

// TestAlerts: each one fires on what it is about, and on nothing else.
func TestAlerts(t *testing.T) {
	all := rules(t)
	wrong := map[string]string{
		"FairleadGatewayDown": `load 1m
  fairlead_requests_in_flight{namespace="ai",pod="main-2-7d4b9c8f6-x2x9q"} 1x60`,
		"FairleadReplicaMissing": `load 1m
  fairlead_requests_in_flight{` + pod + `} 1x60`,
		"FairleadReplicasDisagree": `load 1m
  fairlead_snapshot_models{` + pod + `} 5x60
  fairlead_snapshot_models{namespace="ai",pod="main-7d4b9c8f6-aaaaa"} 4x60`,
		"FairleadAccessLogLost": `load 1m
  fairlead_access_log_dropped_total{` + pod + `} 0+1x60`,
		"FairleadErrors": `load 1m
  gen_ai_server_request_duration_seconds_count{` + pod + `,fairlead_status_class="2xx"} 0+9x60
  gen_ai_server_request_duration_seconds_count{` + pod + `,fairlead_status_class="5xx"} 0+1x60`,
		"FairleadModelDown": `load 1m
  gen_ai_server_request_duration_seconds_count{` + pod + `,gen_ai_request_model="chat",fairlead_status_class="2xx"} 9x60
  gen_ai_server_request_duration_seconds_count{` + pod + `,gen_ai_request_model="code",fairlead_status_class="2xx"} 0+900x60
  gen_ai_server_request_duration_seconds_count{` + pod + `,gen_ai_request_model="chat",fairlead_status_class="5xx"} 0+1x60`,
		"FairleadTargetFailing": `load 1m
  fairlead_attempts_total{` + pod + `,gen_ai_request_model="chat",fairlead_target="a",fairlead_outcome="answered"} 0+4x60
  fairlead_attempts_total{` + pod + `,gen_ai_request_model="chat",fairlead_target="a",fairlead_outcome="cut"} 0+3x60
  fairlead_attempts_total{` + pod + `,gen_ai_request_model="chat",fairlead_target="a",fairlead_outcome="unreachable"} 0+3x60`,
		"FairleadStoreDown": `load 1m
  fairlead_store_up{` + pod + `,store="redis"} 0x60`,
		"FairleadLimitsDegraded": `load 1m
  fairlead_limits_degraded{` + pod + `} 1x60`,
		"FairleadCacheNotShared": `load 1m
  fairlead_cache_dropped_total{` + pod + `,reason="store"} 0+1x60`,
		"FairleadCacheUnreadable": `load 1m
  fairlead_cache_unreadable_total{` + pod + `} 0+1x60`,
		"FairleadLedgerBehind": `load 1m
  fairlead_ledger_lag_seconds{` + pod + `} 0+60x60`,
		"FairleadLedgerFilling": `load 1m
  fairlead_ledger_backlog_bytes{` + pod + `} 250000000x60`,
		"FairleadUsageLost": `load 1m
  fairlead_ledger_unmetered_total{` + pod + `} 0+1x60
  fairlead_ledger_damaged_total{` + pod + `} 0x60`,
		"FairleadUsageRefused": `load 1m
  fairlead_ledger_refused_total{` + pod + `} 0+1x60`,
		"FairleadCertificateExpiring": `load 1m
  fairlead_tls_certificate_expiry_timestamp_seconds{` + pod + `} 1000000x60`,
		"FairleadCertificateExpired": `load 1m
  fairlead_tls_certificate_expiry_timestamp_seconds{` + pod + `} 100x60`,
	}
	if got, want := slices.Sorted(maps.Keys(wrong)), slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
		t.Fatalf("the cases are %v, the alerts %v", got, want)
	}
	for name, series := range wrong {
		t.Run(name, func(t *testing.T) {
			if !fires(t, all[name], series) {
				t.Errorf("it keeps quiet: %s", all[name])
			}
			if fires(t, all[name], healthy) {
				t.Errorf("it fires although nothing is wrong: %s", all[name])
			}
			// Another gateway, whose name begins alike, is none of this one's business.
			other := strings.ReplaceAll(series, `pod="main-7d4b9c8f6`, `pod="main-2-7d4b9c8f6`)
			if name != "FairleadGatewayDown" && fires(t, all[name], other) {
				t.Errorf("it fires for another gateway: %s", all[name])
			}
		})
	}
}

// fires evaluates an expression at the end of the hour that series describe.
func fires(t *testing.T, expression, series string) bool {
	t.Helper()
	storage := promqltest.LoadedStorage(t, series)
	t.Cleanup(func() {
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
	})
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, promqltest.DefaultMaxSamplesPerQuery)
	query, err := engine.NewInstantQuery(t.Context(), storage, nil, expression, time.Unix(0, 0).Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	result := query.Exec(context.WithoutCancel(t.Context()))
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	vector, err := result.Vector()
	if err != nil {
		t.Fatal(err)
	}
	return len(vector) > 0
}
