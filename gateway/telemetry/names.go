package telemetry

// Names of metrics. Those that OpenTelemetry's GenAI conventions define have the names and buckets given there, in Prometheus's
// spelling. Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
const (
	// MetricRequestDuration is the time from a request's headers to the last byte of its answer, in seconds.
	MetricRequestDuration = "gen_ai_server_request_duration_seconds"
	// MetricTimeToFirstToken is the time from a request's headers to the first byte of a successful answer, in seconds.
	MetricTimeToFirstToken = "gen_ai_server_time_to_first_token_seconds"
	// MetricTokenUsage is the number of tokens of one request, as the upstream counted them.
	MetricTokenUsage = "gen_ai_client_token_usage"
	// MetricCost adds up what requests cost, in US dollars, by the prices of their targets. It is rounded as floating-point numbers are;
	// the ledger is exact.
	MetricCost = "fairlead_cost_usd_total"
	// MetricAttempts counts the requests sent to targets.
	MetricAttempts = "fairlead_attempts_total"
	// MetricInFlight is the number of requests being served.
	MetricInFlight = "fairlead_requests_in_flight"
	// MetricSnapshotModels is the number of models in the snapshot that is served.
	MetricSnapshotModels = "fairlead_snapshot_models"
	// MetricSnapshotAge is how long ago the served snapshot was swapped in, in seconds.
	MetricSnapshotAge = "fairlead_snapshot_age_seconds"
	// MetricCertificateEnd is when the certificate that clients see expires, in seconds since 1970. It is absent where there is none.
	MetricCertificateEnd = "fairlead_tls_certificate_expiry_timestamp_seconds"
	// MetricLogDropped counts lines of the access log that were lost because the log could not be written fast enough.
	MetricLogDropped = "fairlead_access_log_dropped_total"
	// MetricStoreUp is 1 while a store answers and 0 while it does not. A store that is not configured has no series.
	MetricStoreUp = "fairlead_store_up"
	// MetricLimitsDegraded is 1 while rate limits are counted by each process for itself, because Redis is away.
	MetricLimitsDegraded = "fairlead_limits_degraded"
)

// Names of labels.
const (
	LabelOperation = "gen_ai_operation_name"
	LabelModel     = "gen_ai_request_model"
	LabelTokenType = "gen_ai_token_type"
	LabelProvider  = "gen_ai_provider_name"
	LabelTarget    = "fairlead_target"
	LabelStatus    = "fairlead_status_class"
	LabelOutcome   = "fairlead_outcome"
	LabelStore     = "store"
)

// Values of LabelTokenType.
const (
	tokenInput  = "input"
	tokenOutput = "output"
)

// UnknownModel is the value of LabelModel for every name that no alias has, so that callers cannot make up series.
const UnknownModel = "(unknown)"

// Buckets that the GenAI conventions advise.
func durationBuckets() []float64 {
	return []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
}

func firstTokenBuckets() []float64 {
	return []float64{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
}

func tokenBuckets() []float64 {
	return []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
}
