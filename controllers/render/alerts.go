package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// runbooks is where each alert has a section of its own.
const runbooks = "https://github.com/fairlead-dev/fairlead/blob/main/docs/production.md#"

// Severities of alerts: somebody has to look now, or within the day.
const (
	critical = "critical"
	warning  = "warning"
)

// alert is one rule. What it says names no threshold that it does not have.
type alert struct {
	name, severity, hold string
	expr                 string
	summary, description string
}

func (a alert) rule(g *v1alpha1.Gateway) map[string]any {
	return map[string]any{
		"alert":  a.name,
		"expr":   a.expr,
		"for":    a.hold,
		"labels": map[string]any{"severity": a.severity, "namespace": g.Namespace, "gateway": g.Name},
		"annotations": map[string]any{
			"summary":     fmt.Sprintf("Gateway %s: %s", key(g), a.summary),
			"description": a.description,
			"runbook_url": runbooks + strings.ToLower(a.name),
		},
	}
}

// alerts of a gateway, about what it has: no store that it does not use, and no certificate that it does not show.
func alerts(in GatewayInput) []alert {
	g := in.Gateway
	s := selector(g)
	least, _ := Replicas(g)
	if least == 0 {
		return nil
	}
	all := slices.Concat(replicaAlerts(s, least), answerAlerts(s), targetAlerts(s))
	if uses(g.Spec.Redis) || uses(g.Spec.Postgres.AsStore()) {
		all = append(all, storeAlert(s))
	}
	if uses(g.Spec.Redis) {
		all = append(all, redisAlerts(s)...)
	}
	if uses(g.Spec.Postgres.AsStore()) {
		all = append(all, ledgerAlerts(s, in.BacklogBytes)...)
	}
	if g.Spec.TLS != nil {
		all = append(all, certificateAlerts(s)...)
	}
	return all
}

func uses(s *v1alpha1.Store) bool {
	return s != nil && s.Mode != "" && s.Mode != v1alpha1.StoreDisabled
}

func replicaAlerts(s string, least int32) []alert {
	return []alert{
		{
			"FairleadGatewayDown", critical, "2m",
			fmt.Sprintf(`absent(%s{%s})`, metricInFlight, s),
			"no replica is there",
			"Prometheus has read the metrics of no replica for two minutes. Clients get no answers.",
		},
		{
			"FairleadReplicaMissing", warning, "15m",
			fmt.Sprintf(`count(%s{%s}) < %d`, metricInFlight, s, least),
			"a replica is missing",
			fmt.Sprintf("{{ $value }} of at least %d replicas are there.", least),
		},
		{
			"FairleadReplicasDisagree", warning, "10m",
			fmt.Sprintf(`max(fairlead_snapshot_models{%[1]s}) - min(fairlead_snapshot_models{%[1]s}) > 0`, s),
			"replicas serve different routes",
			"Replicas differ by {{ $value }} models. One of them does not see what the API server publishes.",
		},
		{
			"FairleadAccessLogLost", warning, "5m",
			fmt.Sprintf(`sum(increase(fairlead_access_log_dropped_total{%s}[15m])) > 0`, s),
			"lines of the access log are lost",
			"{{ $value | humanize }} lines were lost in 15 minutes, because nobody took them off the standard output fast enough.",
		},
	}
}

func answerAlerts(s string) []alert {
	const requests = "gen_ai_server_request_duration_seconds_count"
	return []alert{
		{
			"FairleadErrors", critical, "10m",
			fmt.Sprintf(`sum(rate(%[1]s{%[2]s,fairlead_status_class="5xx"}[5m])) / sum(rate(%[1]s{%[2]s}[5m])) > 0.05`, requests, s),
			"requests fail",
			"{{ $value | humanizePercentage }} of the requests of the last five minutes were answered with a 5xx.",
		},
		{
			"FairleadModelDown", critical, "5m",
			fmt.Sprintf(`sum by (gen_ai_request_model) (rate(%[1]s{%[2]s,fairlead_status_class="5xx"}[5m])) > 0 `+
				`unless sum by (gen_ai_request_model) (rate(%[1]s{%[2]s,fairlead_status_class="2xx"}[5m])) > 0`, requests, s),
			"a model answers nobody",
			"Every request for {{ $labels.gen_ai_request_model }} of the last five minutes failed.",
		},
	}
}

func targetAlerts(s string) []alert {
	const failures = `fairlead_outcome=~"unreachable|not_allowed|timeout|server_error|cut"`
	return []alert{{
		"FairleadTargetFailing", warning, "10m",
		fmt.Sprintf(`sum by (gen_ai_request_model, fairlead_target) (rate(fairlead_attempts_total{%[1]s,%[2]s}[5m])) `+
			`/ sum by (gen_ai_request_model, fairlead_target) (rate(fairlead_attempts_total{%[1]s}[5m])) > 0.5`, s, failures),
		"a target fails",
		"{{ $value | humanizePercentage }} of the attempts at target {{ $labels.fairlead_target }} of {{ $labels.gen_ai_request_model }} fail. " +
			"Others take over where the alias has any.",
	}}
}

func storeAlert(s string) alert {
	return alert{
		"FairleadStoreDown", warning, "10m",
		fmt.Sprintf(`min by (store) (fairlead_store_up{%s}) == 0`, s),
		"a store does not answer",
		"A replica has not reached {{ $labels.store }} for ten minutes. It serves without.",
	}
}

func redisAlerts(s string) []alert {
	return []alert{
		{
			"FairleadLimitsDegraded", warning, "10m",
			fmt.Sprintf(`max(fairlead_limits_degraded{%s}) == 1`, s),
			"rate limits are not shared",
			"Without Redis each replica enforces its share of every limit by itself.",
		},
		{
			"FairleadCacheNotShared", warning, "30m",
			fmt.Sprintf(`sum by (reason) (increase(fairlead_cache_dropped_total{%s,reason!="size"}[15m])) > 0`, s),
			"cached answers are not shared",
			"{{ $value | humanize }} answers were not written to Redis in 15 minutes ({{ $labels.reason }}).",
		},
		{
			"FairleadCacheUnreadable", warning, "15m",
			fmt.Sprintf(`sum(increase(fairlead_cache_unreadable_total{%s}[15m])) > 0`, s),
			"cached answers cannot be read",
			"{{ $value | humanize }} values in Redis were no answers of this version. Somebody else may write to the same Redis.",
		},
	}
}

func ledgerAlerts(s string, backlog int64) []alert {
	found := []alert{
		{
			"FairleadLedgerBehind", warning, "10m",
			fmt.Sprintf(`max(fairlead_ledger_lag_seconds{%s}) > 600`, s),
			"the ledger is behind",
			"Usage of {{ $value | humanizeDuration }} ago is not in PostgreSQL yet. Budgets do not know of it.",
		},
		{
			"FairleadUsageLost", critical, "0m",
			fmt.Sprintf(`sum(increase(fairlead_ledger_unmetered_total{%[1]s}[15m])) + sum(increase(fairlead_ledger_damaged_total{%[1]s}[15m])) > 0`, s),
			"usage is not recorded",
			"{{ $value | humanize }} calls of the last 15 minutes are not, or not completely, accounted for.",
		},
		{
			"FairleadUsageRefused", warning, "0m",
			fmt.Sprintf(`sum(increase(fairlead_ledger_refused_total{%s}[1h])) > 0`, s),
			"PostgreSQL refuses usage",
			"{{ $value | humanize }} events of the last hour were put aside because PostgreSQL does not take them.",
		},
	}
	if backlog > 0 {
		found = append(found, alert{
			"FairleadLedgerFilling", critical, "5m",
			fmt.Sprintf(`max(fairlead_ledger_backlog_bytes{%s}) / %d > 0.8`, s, backlog),
			"the ledger's backlog is nearly full",
			"{{ $value | humanizePercentage }} of a replica's backlog is taken. What happens when it is full, spec.usage.onBacklogFull says.",
		})
	}
	return found
}

func certificateAlerts(s string) []alert {
	left := fmt.Sprintf(`min(fairlead_tls_certificate_expiry_timestamp_seconds{%s}) - time()`, s)
	return []alert{
		{
			"FairleadCertificateExpiring", warning, "1h",
			left + ` < 14 * 86400`,
			"the certificate expires soon",
			"It expires in {{ $value | humanizeDuration }}.",
		},
		{
			"FairleadCertificateExpired", critical, "10m",
			left + ` < 2 * 86400`,
			"the certificate expires within two days, or has",
			"It expires in {{ $value | humanizeDuration }}.",
		},
	}
}
