package openai

import "strconv"

// parseUsage reads a usage object, which ends every answer; decoding it by reflection would take longer than all else that is
// done for its bytes. A member that is null counts as absent; the error is for anything that is not a count.
func parseUsage(raw []byte) (Usage, *Error) {
	var u Usage
	r := reader{b: raw, keys: make([]key, 0, usualKeys)}
	err := r.counts(func(name []byte, v value) *Error {
		switch string(name) {
		case "prompt_tokens":
			return r.count(v, &u.PromptTokens)
		case "completion_tokens":
			return r.count(v, &u.CompletionTokens)
		case "total_tokens":
			return r.count(v, &u.TotalTokens)
		case "prompt_tokens_details":
			return r.cached(v, &u)
		case "completion_tokens_details":
			return r.reasoning(v, &u)
		}
		return nil
	})
	return u, err
}

// counts reads an object and shows its members to visit.
func (r *reader) counts(visit func(name []byte, v value) *Error) *Error {
	r.space()
	if r.peek() != '{' {
		return r.unexpected("an object")
	}
	return r.members(func(k key, v value) *Error { return visit(k.name(r.b), v) })
}

func (r *reader) cached(v value, u *Usage) *Error {
	if v.kind != kindObject {
		return nil
	}
	u.PromptTokensDetails = &PromptDetails{}
	return r.detail(v, "cached_tokens", &u.PromptTokensDetails.CachedTokens)
}

func (r *reader) reasoning(v value, u *Usage) *Error {
	if v.kind != kindObject {
		return nil
	}
	u.CompletionTokensDetails = &CompletionDetails{}
	return r.detail(v, "reasoning_tokens", &u.CompletionTokensDetails.ReasoningTokens)
}

// detail reads one count out of an object inside the usage.
func (r *reader) detail(v value, name string, to *int64) *Error {
	in := reader{b: r.b[v.start:v.end]}
	return in.counts(func(k []byte, v value) *Error {
		if string(k) != name {
			return nil
		}
		return in.count(v, to)
	})
}

// count reads a number of tokens.
func (r *reader) count(v value, to *int64) *Error {
	if v.kind == kindNull {
		return nil
	}
	n, err := strconv.ParseInt(string(r.b[v.start:v.end]), 10, 64)
	if err != nil || n < 0 {
		return Invalid(CodeInvalidType, "", "The usage holds no number of tokens at %s.", r.at(v.start))
	}
	*to = n
	return nil
}
