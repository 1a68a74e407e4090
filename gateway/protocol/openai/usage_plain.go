package openai

// plainCounts reads a usage object as nearly all servers write it: whole numbers, and objects of whole numbers. ok is false for anything else,
// which encoding/json then reads at ten times the cost.
func plainCounts(raw []byte) (w upstreamUsage, ok bool) {
	c := counter{b: raw}
	ok = c.object(func(name []byte) bool {
		switch string(name) {
		case "prompt_tokens_details":
			return c.object(func(name []byte) bool { return c.cached(&w.PromptDetails, name) })
		case "input_tokens_details":
			return c.object(func(name []byte) bool { return c.cached(&w.InputDetails, name) })
		case "completion_tokens_details":
			return c.object(func(name []byte) bool { return c.thought(&w.CompletionDetails, name) })
		case "output_tokens_details":
			return c.object(func(name []byte) bool { return c.thought(&w.OutputDetails, name) })
		}
		return c.number(w.count(name))
	})
	c.space()
	return w, ok && c.i == len(raw)
}

// count is where a number of the object belongs, nil for one that says nothing here.
func (w *upstreamUsage) count(name []byte) *int64 {
	switch string(name) {
	case "prompt_tokens":
		return &w.Prompt
	case "completion_tokens":
		return &w.Completion
	case "input_tokens":
		return &w.Input
	case "output_tokens":
		return &w.Output
	case "total_tokens":
		return &w.Total
	case "prompt_cache_hit_tokens":
		return &w.DeepSeekCacheHits
	case "cached_tokens":
		return &w.MoonshotCached
	}
	return nil
}

// counter reads objects of numbers. Its methods are false where it meets anything else.
type counter struct {
	b []byte
	i int
}

func (c *counter) cached(d *cacheCounts, name []byte) bool {
	switch string(name) {
	case "cached_tokens":
		return c.number(&d.Cached)
	case "cache_write_tokens":
		return c.number(&d.Written)
	}
	return c.number(nil)
}

func (c *counter) thought(d *thinkCounts, name []byte) bool {
	if string(name) == "reasoning_tokens" {
		return c.number(&d.Reasoning)
	}
	return c.number(nil)
}

// object shows the name of each member to value, which has to read what follows.
func (c *counter) object(value func(name []byte) bool) bool {
	if !c.next('{') {
		return false
	}
	if c.next('}') {
		return true
	}
	for {
		name, ok := c.name()
		if !ok || !c.next(':') || !value(name) {
			return false
		}
		if !c.next(',') {
			return c.next('}')
		}
	}
}

// name reads a name in lower case, which has no escapes.
func (c *counter) name() ([]byte, bool) {
	if !c.next('"') {
		return nil, false
	}
	from := c.i
	for c.i < len(c.b) && (c.b[c.i] == '_' || 'a' <= c.b[c.i] && c.b[c.i] <= 'z') {
		c.i++
	}
	if c.i == len(c.b) || c.b[c.i] != '"' {
		return nil, false
	}
	c.i++
	return c.b[from : c.i-1], true
}

// number reads a number of at most 18 digits, without a sign, a fraction or an exponent.
func (c *counter) number(to *int64) bool {
	const most = 18
	c.space()
	digits := c.digits()
	if len(digits) == 0 || len(digits) > most || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	if to != nil {
		*to = 0
		for _, d := range digits {
			*to = *to*10 + int64(d-'0')
		}
	}
	// A fraction or an exponent is no comma and no brace, which must come next.
	return true
}

func (c *counter) digits() []byte {
	from := c.i
	for c.i < len(c.b) && '0' <= c.b[c.i] && c.b[c.i] <= '9' {
		c.i++
	}
	return c.b[from:c.i]
}

func (c *counter) next(b byte) bool {
	c.space()
	if c.i == len(c.b) || c.b[c.i] != b {
		return false
	}
	c.i++
	return true
}

func (c *counter) space() {
	for c.i < len(c.b) && (c.b[c.i] == ' ' || c.b[c.i] == '\n' || c.b[c.i] == '\t' || c.b[c.i] == '\r') {
		c.i++
	}
}
