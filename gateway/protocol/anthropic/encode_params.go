package anthropic

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// defaultWhole is the most tokens of an answer that is not streamed, where the client did not say: what Anthropic's SDKs believe
// will be written in the ten minutes after which connections break. A stream may take all that the model has.
// Source: _calculate_nonstreaming_timeout of anthropic-sdk-python, 128,000 tokens an hour.
const defaultWhole = 21_333

// maxTokens writes max_tokens, which this protocol requires. More than the model has is no more than all that it has.
func (e *encoder) maxTokens() {
	most := e.family.maxTokens
	asked, ok := decodeParam[int64](e, chat.ParamMaxTokens)
	switch {
	case ok && asked >= 0:
		e.ledger.Take(chat.ParamMaxTokens)
		if e.family.name != "" {
			asked = min(asked, most)
		}
	case e.req.Stream:
		asked = most
	default:
		asked = min(most, defaultWhole)
	}
	e.body.MaxTokens = &asked
}

// params writes what is left of the parameters.
func (e *encoder) params() {
	e.stopSequences()
	e.user()
	e.serviceTier()
	e.takeDefaults()
	x := &e.body.extensions
	x.CacheControl = e.ledger.Take("cache_control")
	x.Container = e.ledger.Take("container")
	x.ContextManagement = e.ledger.Take("context_management")
	x.Diagnostics = e.ledger.Take("diagnostics")
	x.InferenceGeo = e.ledger.Take("inference_geo")
	x.MCPServers = e.ledger.Take("mcp_servers")
	x.Speed = e.ledger.Take("speed")
}

// stopSequences writes the stop sequences. One of white space only is refused by Anthropic.
func (e *encoder) stopSequences() {
	sequences, ok := decodeParam[[]string](e, chat.ParamStop)
	if !ok {
		return
	}
	e.ledger.Take(chat.ParamStop)
	given := len(sequences)
	sequences = slices.DeleteFunc(sequences, blank)
	if len(sequences) < given {
		e.ledger.Lose(e.req.Params.Spelled(chat.ParamStop))
	}
	e.body.StopSequences = sequences
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// user writes the end user's id: `user` of most protocols, or metadata.user_id as this protocol has it.
func (e *encoder) user() {
	if id, ok := decodeParam[string](e, chat.ParamUser); ok && id != "" {
		e.ledger.Take(chat.ParamUser)
		e.body.Metadata = &metadata{UserID: id}
		return
	}
	own, ok := decodeParam[map[string]string](e, chat.ParamMetadata)
	if !ok || own["user_id"] == "" {
		return
	}
	e.body.Metadata = &metadata{UserID: own["user_id"]}
	if len(own) == 1 {
		e.ledger.Take(chat.ParamMetadata)
	}
}

func (e *encoder) serviceTier() {
	tier, _ := decodeParam[string](e, chat.ParamServiceTier)
	switch tier {
	case "auto", tierStandard:
	case tierDefault:
		tier = tierStandard
	default:
		return
	}
	e.ledger.Take(chat.ParamServiceTier)
	e.body.ServiceTier = tier
}

// takeDefaults takes the parameters that ask for nothing but what happens anyway.
func (e *encoder) takeDefaults() {
	for _, d := range [...]struct{ name, value string }{
		{chat.ParamN, "1"},
		{chat.ParamBestOf, "1"},
		{chat.ParamLogprobs, "false"},
		{chat.ParamTopLogprobs, "0"},
		{chat.ParamPresencePenalty, "0"},
		{chat.ParamFrequencyPenalty, "0"},
		{chat.ParamLogitBias, "{}"},
		{chat.ParamModalities, `["text"]`},
		{chat.ParamEcho, "false"},
		{chat.ParamVerbosity, `"medium"`},
		{chat.ParamParallelToolCalls, "true"},
	} {
		if same(e.req.Params.Get(d.name), d.value) {
			e.ledger.Take(d.name)
		}
	}
}

// same says whether raw is the value, however it is written.
func same(raw json.RawMessage, value string) bool {
	var compact bytes.Buffer
	if len(raw) == 0 || json.Compact(&compact, raw) != nil {
		return false
	}
	n, err := strconv.ParseFloat(compact.String(), 64)
	m, notNumber := strconv.ParseFloat(value, 64)
	return compact.String() == value || err == nil && notNumber == nil && n == m
}
