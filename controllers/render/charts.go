package render

import "fmt"

// row is a heading and the charts below it.
type row struct {
	title  string
	charts []chart
}

// chart is one panel of a dashboard.
type chart struct {
	title, unit string
	lines       []line
}

// line is one expression of a chart, and what its series are called.
type line struct{ name, expr string }

func (c chart) queries() []query {
	queries := make([]query, len(c.lines))
	for i, l := range c.lines {
		queries[i] = query{RefID: string(rune('A' + i)), Expr: l.expr, LegendFormat: l.name}
	}
	return queries
}

// dashboardRows are what a dashboard shows of the replicas that s selects.
func dashboardRows(s string) []row {
	model := s + `,gen_ai_request_model=~"$model"`
	return []row{
		{"Requests", requestCharts(s, model)},
		{"Time", timeCharts(model)},
		{"Tokens, cache and limits", tokenCharts(s, model)},
		{"Targets", targetCharts(model)},
		{"Stores", storeCharts(s)},
		{"Replicas", replicaCharts(s)},
	}
}

func requestCharts(s, model string) []chart {
	const requests = "gen_ai_server_request_duration_seconds_count"
	return []chart{
		{"Requests by status", "reqps", []line{{"{{fairlead_status_class}}", sumRate("fairlead_status_class", requests, model)}}},
		{"Requests by model", "reqps", []line{{"{{gen_ai_request_model}}", sumRate("gen_ai_request_model", requests, model)}}},
		{"Share of 5xx", "percentunit", []line{{
			"{{gen_ai_request_model}}",
			sumRate("gen_ai_request_model", requests, model+`,fairlead_status_class="5xx"`) + " / " + sumRate("gen_ai_request_model", requests, model),
		}}},
		{"Waiting for a server to start", "short", []line{{"{{pod}}", fmt.Sprintf(`sum by (pod) (fairlead_requests_held{%s})`, s)}}},
		{"Under way", "short", []line{{"{{pod}}", fmt.Sprintf(`sum by (pod) (%s{%s})`, metricInFlight, s)}}},
	}
}

func timeCharts(model string) []chart {
	return []chart{
		{"Duration", "s", quantiles("gen_ai_server_request_duration_seconds_bucket", model)},
		{"Time to first token", "s", quantiles("gen_ai_server_time_to_first_token_seconds_bucket", model)},
		{"Time to first token by model, 95 %", "s", []line{{"{{gen_ai_request_model}}", fmt.Sprintf(
			`histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_server_time_to_first_token_seconds_bucket{%s}[$__rate_interval])))`, model)}}},
	}
}

func tokenCharts(s, model string) []chart {
	const tokens = "gen_ai_client_token_usage_sum"
	return []chart{
		{"Tokens by kind", "short", []line{{"{{gen_ai_token_type}}", sumRate("gen_ai_token_type", tokens, model)}}},
		{"Tokens by model", "short", []line{{"{{gen_ai_request_model}}", sumRate("gen_ai_request_model", tokens, model)}}},
		{"Cost of an hour by model", "currencyUSD", []line{{"{{gen_ai_request_model}}", fmt.Sprintf(
			`sum by (gen_ai_request_model) (increase(fairlead_cost_usd_total{%s}[1h]))`, model)}}},
		{"Cache", "reqps", []line{{"{{result}}", sumRate("result", "fairlead_cache_requests_total", s)}}},
		{"Spent budgets met", "reqps", []line{{"{{budget}} {{action}}", sumRate("budget, action", "fairlead_budget_exceeded_total", s)}}},
		{"Limits counted without Redis", "bool", []line{{"{{pod}}", fmt.Sprintf(`max by (pod) (fairlead_limits_degraded{%s})`, s)}}},
		{"Memory of the cache", "bytes", []line{{"{{pod}}", fmt.Sprintf(`sum by (pod) (fairlead_cache_stored_bytes{%s})`, s)}}},
	}
}

func targetCharts(model string) []chart {
	const attempts = "fairlead_attempts_total"
	failed := model + `,fairlead_outcome=~"unreachable|not_allowed|timeout|server_error|cut"`
	return []chart{
		{"Attempts by outcome", "reqps", []line{{"{{fairlead_outcome}}", sumRate("fairlead_outcome", attempts, model)}}},
		{"Attempts by target", "reqps", []line{{"{{fairlead_target}}", sumRate("fairlead_target", attempts, model)}}},
		{"Share of failures by target", "percentunit", []line{{
			"{{fairlead_target}}", sumRate("fairlead_target", attempts, failed) + " / " + sumRate("fairlead_target", attempts, model),
		}}},
	}
}

func storeCharts(s string) []chart {
	return []chart{
		{"Stores that answer", "bool", []line{{"{{store}}", fmt.Sprintf(`min by (store) (fairlead_store_up{%s})`, s)}}},
		{"Backlog of the ledger", "bytes", []line{{"{{pod}}", fmt.Sprintf(`sum by (pod) (fairlead_ledger_backlog_bytes{%s})`, s)}}},
		{"Lag of the ledger", "s", []line{{"{{pod}}", fmt.Sprintf(`max by (pod) (fairlead_ledger_lag_seconds{%s})`, s)}}},
		{"Usage not recorded", "reqps", []line{
			{"unmetered", fmt.Sprintf(`sum(rate(fairlead_ledger_unmetered_total{%s}[$__rate_interval]))`, s)},
			{"refused", fmt.Sprintf(`sum(rate(fairlead_ledger_refused_total{%s}[$__rate_interval]))`, s)},
		}},
		{"Answers not written to Redis", "reqps", []line{{"{{reason}}", sumRate("reason", "fairlead_cache_dropped_total", s)}}},
	}
}

func replicaCharts(s string) []chart {
	return []chart{
		{"Models served", "short", []line{{"{{pod}}", fmt.Sprintf(`max by (pod) (fairlead_snapshot_models{%s})`, s)}}},
		{"Memory", "bytes", []line{{"{{pod}}", fmt.Sprintf(`sum by (pod) (process_resident_memory_bytes{%s})`, s)}}},
		{"CPU", "short", []line{{"{{pod}}", sumRate("pod", "process_cpu_seconds_total", s)}}},
	}
}

// sumRate adds up how fast a counter grows, for each value of some labels.
func sumRate(by, counter, selected string) string {
	return fmt.Sprintf(`sum by (%s) (rate(%s{%s}[$__rate_interval]))`, by, counter, selected)
}

func quantiles(buckets, selected string) []line {
	lines := make([]line, 0, 3)
	for _, q := range []string{"0.5", "0.95", "0.99"} {
		lines = append(lines, line{q, fmt.Sprintf(`histogram_quantile(%s, sum by (le) (rate(%s{%s}[$__rate_interval])))`, q, buckets, selected)})
	}
	return lines
}
