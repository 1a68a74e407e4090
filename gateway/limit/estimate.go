package limit

const (
	// bytesPerToken of a prompt, in the JSON that it comes in. For English text and the tokenizers in use it is a little more, for
	// code and most other languages less.
	bytesPerToken = 4
	// usualOutput is what is reserved for the answer where the request does not bound it. It is modest on purpose: what is
	// reserved and not used is missing to others until the answer has ended.
	usualOutput = 256
)

// mostOutput is what is reserved for an answer at most: more than any model says, so that no sum overflows.
const mostOutput = 1 << 30

// EstimateTokens is what to reserve for a request of which no more is known than how long its body is, and how many tokens its
// answer may have; 0 where it does not say.
func EstimateTokens(bodyBytes, maxOutput int64) int64 {
	if maxOutput <= 0 {
		maxOutput = usualOutput
	}
	return max(bodyBytes, 0)/bytesPerToken + min(maxOutput, mostOutput)
}

const (
	// fileLeast is how long a word is that is an encoded file and no text, in bytes.
	fileLeast = 4 << 10
	// fileTokens is about what the largest picture takes that providers do not make smaller. How many pages a document has, nobody
	// knows here. Source: https://docs.anthropic.com/en/docs/build-with-claude/vision
	fileTokens = 1600
)

// PromptBytes is how long the body of a request is, where each file in it, which is in base64, counts as long as the text of as many
// tokens. By its own length a photograph would be taken for a book.
func PromptBytes(body []byte) int64 {
	var text int
	for len(body) >= fileLeast {
		last := fileLeast - 1
		for last >= 0 && encodes(body[last]) {
			last--
		}
		if last >= 0 {
			text, body = text+last+1, body[last+1:]
			continue
		}
		end := fileLeast
		for end < len(body) && encodes(body[end]) {
			end++
		}
		text, body = text+fileTokens*bytesPerToken, body[end:]
	}
	return int64(text + len(body))
}

// encodes says whether base64 in JSON has a byte; slashes may be escaped.
func encodes(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '+', c == '/', c == '=', c == '-', c == '_', c == '\\':
		return true
	}
	return false
}
