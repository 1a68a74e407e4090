package openai

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// mistrals finds the models of Mistral's own API, by its names for them: others who serve these models have other names. That API
// refuses every field that it does not know.
// Sources: https://docs.mistral.ai/getting-started/models/models_overview/,
// https://github.com/openai/openai-agents-python/issues/442
var mistrals = regexp.MustCompile(
	`^(?:labs-)?(?:mistral|ministral|magistral|codestral|devstral|pixtral|voxtral)-(?:[a-z0-9.\-]+-)?(?:latest|\d{4})$|^open-mi[sx]tral-`)

// beyondMistral are the parameters that it does not know, seed by another name. Streams have their usage without being asked.
// Source: https://docs.mistral.ai/api/#tag/chat
var beyondMistral = []string{
	chat.ParamLogitBias, chat.ParamLogprobs, chat.ParamTopLogprobs, chat.ParamTopK, chat.ParamMinP, chat.ParamRepeatPenalty,
}

// mistralID is what an id of a call has to look like there.
var mistralID = regexp.MustCompile(`^[A-Za-z0-9]{9}$`)

// mistralCallID is the id of a call, or a short name for one that Mistral would refuse because another provider made it.
func mistralCallID(id string) string {
	if mistralID.MatchString(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:5])[:9]
}

// takes adds a parameter under the name that it has upstream, if the upstream knows it.
func (e *encoder) takes(name, as string) {
	switch {
	case e.mistral && slices.Contains(beyondMistral, name):
		return
	case e.mistral && name == chat.ParamSeed:
		as = "random_seed"
	}
	e.add(as, e.ledger.Take(name))
}

// loseNames notes that the participants' names are left out, for which it has no place.
func (e *encoder) loseNames() {
	if slices.ContainsFunc(e.req.Messages, func(m chat.Message) bool { return m.Name != "" }) {
		e.ledger.Lose("messages.name")
	}
}

// mistralReasoning: it can think or not, nothing between. Magistral cannot but think, and has no such parameter.
// Source: https://docs.mistral.ai/capabilities/reasoning/
func (e *encoder) mistralReasoning(r *chat.Reasoning) {
	asked := effortOf(r) != ""
	switch {
	case strings.HasPrefix(e.model, "magistral") && (r.Off || asked):
		e.ledger.Lose("reasoning_effort")
	case r.Off:
		e.add("reasoning_effort", []byte(`"none"`))
	case asked:
		e.add("reasoning_effort", []byte(`"high"`))
	}
}
