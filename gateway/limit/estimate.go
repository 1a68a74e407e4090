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
