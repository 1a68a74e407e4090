package chat

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// Origin is the kind of provider that made a signature. Another kind would refuse it.
type Origin string

// Origins.
const (
	OriginAnthropic Origin = "anthropic"
	OriginGoogle    Origin = "google"
	OriginOpenAI    Origin = "openai"
	// OriginCompatible is a server that follows OpenAI's chat completions. It signs nothing, but some want their model's thoughts
	// back: what stands for a signature says where they were.
	OriginCompatible Origin = "compatible"
)

// Signature is a provider's proof of what its model thought. The provider wants it back, unchanged, with the turn that it belongs
// to; no other can read it. It goes round the loop through the client, so that any replica of the gateway can serve the next turn.
type Signature struct {
	Origin Origin
	Value  string
}

// For is the value to send to a provider of this origin: empty where the signature is another's.
func (s Signature) For(o Origin) string {
	if s.Origin != o {
		return ""
	}
	return s.Value
}

// mark stands before a foreign signature, and no provider's own begins with it.
const mark = "fairlead:"

// Mark is the signature as a client of a protocol whose own origin is native carries it: a foreign one with its origin before it.
func (s Signature) Mark(native Origin) string {
	if s.Value == "" || s.Origin == native {
		return s.Value
	}
	return mark + string(s.Origin) + ":" + s.Value
}

// unsigned stands for the signature of a thought that has none.
const unsigned = mark + ":"

// MarkThought is as Mark, and not empty for a thought that nobody signed: the providers who sign theirs refuse it, so that it must
// not pass untouched to them in a later turn.
func (s Signature) MarkThought(native Origin) string {
	if s.Value == "" {
		return unsigned
	}
	return s.Mark(native)
}

// Unmark is the reverse of Mark and of MarkThought.
func Unmark(text string, native Origin) Signature {
	if text == "" {
		return Signature{}
	}
	if marked, foreign := strings.CutPrefix(text, mark); foreign {
		before, after, _ := strings.Cut(marked, ":")
		return Signature{Origin: Origin(before), Value: after}
	}
	return Signature{Origin: native, Value: text}
}

// Marked says whether a request holds a signature that went through a protocol which is not its provider's. Only the gateway can
// read it, so that the request must not pass untouched. It may err on the side of translating.
func Marked(body []byte) bool {
	// Gemini's signatures are base64. The mark has nine bytes, and so looks the same wherever it stands behind others of that length.
	const encoded = "ZmFpcmxlYWQ6"
	return bytes.Contains(body, []byte(mark)) || bytes.Contains(body, []byte(seal)) || bytes.Contains(body, []byte(encoded))
}

// seal separates the id of a call from a signature behind it. Ids are letters, digits, `-` and `_` in all protocols.
const seal = "__sig_"

// Seal is the id of a call with a signature behind it, for protocols that have no other place for the signature of a call:
// clients give ids back unchanged. Without a signature it is the id.
func Seal(id string, s Signature) string {
	if s.Value == "" {
		return id
	}
	return id + seal + base64.RawURLEncoding.EncodeToString([]byte(string(s.Origin)+":"+s.Value))
}

// Unseal is the reverse of Seal.
func Unseal(id string) (string, Signature) {
	before, after, found := strings.Cut(id, seal)
	if !found {
		return id, Signature{}
	}
	text, err := base64.RawURLEncoding.DecodeString(after)
	if origin, value, ok := strings.Cut(string(text), ":"); err == nil && ok {
		return before, Signature{Origin: Origin(origin), Value: value}
	}
	return id, Signature{}
}

// SignTexts gives texts of a turn the signatures back that came behind them as thoughts without words, which is how they go through
// a protocol that has a place for the signatures of thoughts alone. Only Google signs texts. The parts are changed in place.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures#signatures_in_non-functioncall_parts
func SignTexts(parts []Part) []Part {
	kept := parts[:0]
	for _, p := range parts {
		last := len(kept) - 1
		wordless := p.Kind == KindThinking && p.Text == "" && p.Signature.Origin == OriginGoogle
		if wordless && last >= 0 && kept[last].Kind == KindText && kept[last].Signature.Value == "" {
			kept[last].Signature = p.Signature
			continue
		}
		kept = append(kept, p)
	}
	return kept
}
