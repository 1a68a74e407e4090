package ollama

import (
	"io"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// completionDecoder translates the answer of /api/generate. Legacy completions have no place for thinking, so it is left out.
type completionDecoder struct{ *decoder }

// Body translates a whole answer.
func (d completionDecoder) Body(upstream []byte) ([]byte, provider.Usage, error) {
	a, err := whole(upstream)
	if err != nil {
		return nil, provider.Usage{}, err
	}
	d.begin(a.CreatedAt)
	reason := a.finish(false)
	c := d.completion(openai.CompletionChoice{Text: a.Response, FinishReason: &reason})
	c.Usage = a.wireUsage()
	return openai.Marshal(c), a.usage(), nil
}

// Stream translates a streamed answer.
func (d completionDecoder) Stream(dst openai.EventWriter, src io.Reader) (provider.Usage, error) {
	last, err := d.stream(src, func(a answer) error {
		for part := range openai.Deltas(a.Response) {
			if err := dst.WriteEvent(openai.Marshal(d.completion(openai.CompletionChoice{Text: part}))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return last.usage(), err
	}
	reason := last.finish(false)
	if err := dst.WriteEvent(openai.Marshal(d.completion(openai.CompletionChoice{FinishReason: &reason}))); err != nil {
		return last.usage(), err
	}
	if d.req.IncludeUsage {
		c := d.completion()
		c.Usage = last.wireUsage()
		err = dst.WriteEvent(openai.Marshal(c))
	}
	return last.usage(), err
}

func (d completionDecoder) completion(choices ...openai.CompletionChoice) openai.Completion {
	return openai.Completion{
		ID: "cmpl-" + d.id, Object: openai.ObjectCompletion, Created: d.created, Model: d.req.Model,
		Choices: append([]openai.CompletionChoice{}, choices...),
	}
}
