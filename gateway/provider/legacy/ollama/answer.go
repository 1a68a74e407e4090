package ollama

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// answer is what /api/chat and /api/generate answer: the whole of it, or one line of a stream.
type answer struct {
	CreatedAt  string  `json:"created_at"`
	Message    message `json:"message"`
	Response   string  `json:"response"`
	Done       bool    `json:"done"`
	DoneReason string  `json:"done_reason"`
	// Logprobs of the tokens, in a form that OpenAI's protocol shares.
	Logprobs        []json.RawMessage `json:"logprobs"`
	PromptEvalCount int64             `json:"prompt_eval_count"`
	EvalCount       int64             `json:"eval_count"`
	// Error is set instead of all else where a stream broke.
	Error json.RawMessage `json:"error"`
}

// errUnfinished means that an answer lacks its end.
var errUnfinished = errors.New("the upstream's answer ended before it was done")

// parse reads a whole answer or a line. An error that the upstream reports in it is an *openai.Error.
func parse(b []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("decoding the upstream's answer: %w", err)
	}
	if isError(a.Error) {
		return a, reported(b)
	}
	a.PromptEvalCount, a.EvalCount = max(a.PromptEvalCount, 0), max(a.EvalCount, 0)
	return a, nil
}

// isError says whether the member `error` holds one.
func isError(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != `""`
}

// whole reads an answer that is not streamed, which must be done.
func whole(b []byte) (answer, error) {
	a, err := parse(b)
	if err == nil && !a.Done {
		err = errUnfinished
	}
	return a, err
}

// stream shows each line of a stream to emit until one says that it is done, and returns that one.
func (d *decoder) stream(src io.Reader, emit func(answer) error) (answer, error) {
	for line, err := range lines(src) {
		if err != nil {
			return answer{}, err
		}
		a, err := parse(line)
		if err != nil {
			return answer{}, err
		}
		d.begin(a.CreatedAt)
		if err := emit(a); err != nil || a.Done {
			return a, err
		}
	}
	return answer{}, errUnfinished
}

// usage is what the last line says about the cost. Ollama leaves a count of 0 out, so one of them is enough to be known.
func (a answer) usage() provider.Usage {
	return provider.Usage{Known: a.PromptEvalCount+a.EvalCount > 0, InputTokens: a.PromptEvalCount, OutputTokens: a.EvalCount}
}

// wireUsage is the same as the client reads it.
func (a answer) wireUsage() *openai.Usage {
	return &openai.Usage{
		PromptTokens: a.PromptEvalCount, CompletionTokens: a.EvalCount, TotalTokens: a.PromptEvalCount + a.EvalCount,
	}
}

// finish is why the answer ended. Ollama says `stop` after calls of tools as well, and agents stop their loop on it.
func (a answer) finish(calledTools bool) string {
	switch {
	case a.DoneReason == "length":
		return openai.FinishLength
	case calledTools:
		return openai.FinishToolCalls
	}
	return openai.FinishStop
}

func (a answer) logprobs() *openai.Logprobs {
	if len(a.Logprobs) == 0 {
		return nil
	}
	return &openai.Logprobs{Content: a.Logprobs}
}
