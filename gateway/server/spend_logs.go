package server

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// logs answers /spend/logs: single events, or for a span of time without a filter what each day sums up to.
func (q *spendQuery) logs(ctx context.Context) (answer any, next string, err error) {
	f, err := q.filter()
	if err != nil {
		return nil, "", err
	}
	filtered := f.KeyID != "" || f.User != "" || f.Model != "" || f.RequestID != ""
	summarize, err := q.summarize(!f.From.IsZero() || !f.To.IsZero(), filtered)
	if err != nil {
		return nil, "", err
	}
	if summarize {
		answer, err = q.summary(ctx, span{f.From, f.To})
		return answer, "", err
	}
	page, err := q.Logs(ctx, f)
	if err != nil {
		return nil, "", err
	}
	entries := make([]logEntry, len(page.Events))
	for i, e := range page.Events {
		entries[i] = entryOf(e)
	}
	return entries, page.Next, nil
}

// summarize reads the parameter. LiteLLM sums up wherever there are dates; here a filter asks for single events unless it says
// otherwise, because sums are not kept by more than one name.
func (q *spendQuery) summarize(dated, filtered bool) (bool, error) {
	text := q.query.Get("summarize")
	if text == "" {
		return dated && !filtered, nil
	}
	wanted, err := strconv.ParseBool(text)
	switch {
	case err != nil:
		return false, fault.Invalid(fault.CodeInvalidValue, "summarize", "'summarize' must be true or false, not '%s'.", fault.Clip(text))
	case wanted && (filtered || !dated):
		return false, fault.Invalid(fault.CodeInvalidValue, "summarize",
			"'summarize=true' needs 'start_date' or 'end_date' and takes no filter. Ask /global/spend/report?group_by=key, user or model.")
	}
	return wanted, nil
}

func (q *spendQuery) filter() (f ledger.Filter, err error) {
	s, err := q.span()
	if err != nil {
		return f, err
	}
	f = ledger.Filter{
		From: s.from, To: s.to, User: q.query.Get("user_id"), Model: q.query.Get("model"), RequestID: q.query.Get("request_id"),
		Limit: ledger.DefaultLimit, Cursor: q.query.Get("cursor"),
	}
	if f.KeyID, err = q.keyID(); err != nil {
		return f, err
	}
	if text := q.query.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > ledger.MaxLimit {
			return f, fault.Invalid(fault.CodeInvalidValue, "limit", "'limit' must be from 1 to %d.", ledger.MaxLimit)
		}
	}
	return f, nil
}

// keyID reads api_key: the ID of a key, or its GatewayKey as namespace/name. A key itself has no place in a URL, which proxies log.
func (q *spendQuery) keyID() (string, error) {
	text := q.query.Get("api_key")
	if strings.HasPrefix(text, "sk-") {
		return "", fault.Invalid(fault.CodeInvalidValue, "api_key",
			"'api_key' must be the ID of a key or its GatewayKey as namespace/name, never the key itself. Replace that key: URLs are logged.")
	}
	if k := q.keys.Find(text); k != nil {
		return k.ID, nil
	}
	if strings.Contains(text, "/") {
		return "", fault.Invalid(fault.CodeInvalidValue, "api_key", "There is no GatewayKey '%s' at this gateway.", fault.Clip(text))
	}
	return text, nil
}

// logEntry is one event in LiteLLM's words.
type logEntry struct {
	RequestID        string      `json:"request_id"`
	CallType         string      `json:"call_type"`
	APIKey           string      `json:"api_key"`
	Spend            json.Number `json:"spend"`
	TotalTokens      int64       `json:"total_tokens"`
	PromptTokens     int64       `json:"prompt_tokens"`
	CompletionTokens int64       `json:"completion_tokens"`
	StartTime        time.Time   `json:"startTime"`
	EndTime          time.Time   `json:"endTime"`
	CompletionStart  *time.Time  `json:"completionStartTime"`
	Model            string      `json:"model"`
	ModelGroup       string      `json:"model_group"`
	Provider         string      `json:"custom_llm_provider"`
	User             string      `json:"user"`
	EndUser          string      `json:"end_user"`
	CacheHit         string      `json:"cache_hit"`
	Status           string      `json:"status"`
	Metadata         logMetadata `json:"metadata"`
}

// logMetadata is what LiteLLM has no words for.
type logMetadata struct {
	EventID            string `json:"event_id"`
	State              string `json:"state"`
	HTTPStatus         int    `json:"http_status"`
	Operation          string `json:"operation"`
	Key                string `json:"key"`
	Alias              string `json:"alias"`
	Target             string `json:"target"`
	Attempts           int    `json:"attempts"`
	Stream             bool   `json:"stream"`
	CachedPromptTokens int64  `json:"cached_prompt_tokens"`
	CacheWriteTokens   int64  `json:"cache_write_tokens"`
	ReasoningTokens    int64  `json:"reasoning_tokens"`
	TokensEstimated    bool   `json:"tokens_estimated"`
	Priced             bool   `json:"priced"`
	DurationMillis     int64  `json:"duration_ms"`
	FirstByteMillis    int64  `json:"first_byte_ms"`
}

func entryOf(e *ledger.Event) logEntry {
	u := &e.Usage
	entry := logEntry{
		RequestID: e.RequestID, CallType: callType(e.Operation), APIKey: e.KeyID, Spend: number(e.Cost),
		TotalTokens: u.InputTokens + u.OutputTokens, PromptTokens: u.InputTokens, CompletionTokens: u.OutputTokens,
		StartTime: e.Start.UTC(), EndTime: e.Start.Add(e.Duration).UTC(),
		Model: e.UpstreamModel, ModelGroup: e.Model, Provider: e.Provider, User: e.User, EndUser: e.User,
		CacheHit: "False", Status: "failure",
		Metadata: logMetadata{
			EventID: e.ID.String(), State: e.State.String(), HTTPStatus: e.Status, Operation: e.Operation, Key: e.Key, Alias: e.Alias,
			Target: e.Target, Attempts: e.Attempts, Stream: e.Stream, CachedPromptTokens: u.CachedInputTokens,
			CacheWriteTokens: u.CacheWriteTokens, ReasoningTokens: u.ReasoningTokens, TokensEstimated: e.Estimated, Priced: e.Priced,
			DurationMillis: e.Duration.Milliseconds(), FirstByteMillis: e.FirstByte.Milliseconds(),
		},
	}
	if e.FirstByte > 0 {
		first := e.Start.Add(e.FirstByte).UTC()
		entry.CompletionStart = &first
	}
	if e.CacheHit {
		entry.CacheHit = "True"
	}
	if e.State == ledger.Complete {
		entry.Status = "success"
	}
	return entry
}

// callType is LiteLLM's name of an operation, where it has one.
func callType(operation string) string {
	switch operation {
	case "chat":
		return "acompletion"
	case "text_completion", "responses", "image_generation", "image_edit", "speech", "transcription", "moderation", "rerank":
		return "a" + operation
	case "embeddings":
		return "aembedding"
	}
	return operation
}

// number is an amount as a JSON number, exactly.
func number(u money.USD) json.Number { return json.Number(u.String()) }
