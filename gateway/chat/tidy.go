package chat

// Tidy brings a whole answer into the form that a Sequence gives to a stream: calls have arguments, and a choice that called tools
// and stopped has finished with FinishToolCalls.
func (a *Answer) Tidy() {
	for i := range a.Choices {
		c := &a.Choices[i]
		for _, p := range c.Parts {
			if p.Kind != KindToolCall {
				continue
			}
			if len(p.ToolCall.Arguments) == 0 {
				p.ToolCall.Arguments = []byte("{}")
			}
			if c.Finish.Reason == FinishStop {
				c.Finish.Reason = FinishToolCalls
			}
		}
	}
}
