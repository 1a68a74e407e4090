package bedrock

import (
	"encoding/json"
	"strings"
)

// family is what the models of one maker take beyond what all do. The id of a model, of an inference profile and most of their ARNs
// hold the name of the maker; of an application's inference profile nothing is known.
type family struct {
	claude, nova bool
	// effort says that there is a field reasoning_effort, as the gpt-oss models have it.
	effort bool
}

func familyOf(model string) family {
	return family{
		claude: strings.Contains(model, "anthropic.claude"),
		nova:   strings.Contains(model, "amazon.nova"),
		effort: strings.Contains(model, "openai.gpt"),
	}
}

// cachePoint is what Converse has for a marker of Anthropic's prompt cache, which the other models but Nova refuse. nil where there
// is no marker. A life of five minutes is what there is without saying so, and Nova knows no other.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
func (f family) cachePoint(marker json.RawMessage) *cachePoint {
	if marker == nil || !f.claude && !f.nova {
		return nil
	}
	var m struct{ TTL string }
	point := &cachePoint{Type: "default"}
	if json.Unmarshal(marker, &m) == nil && f.claude && m.TTL == "1h" {
		point.TTL = m.TTL
	}
	return point
}
