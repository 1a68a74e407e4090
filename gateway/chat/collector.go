package chat

// Collector makes an Answer of events in the order of a Sequence, for upstreams that only stream, and for those whose whole
// answers look like one event of their streams.
type Collector struct {
	answer Answer
	// open is the part of each choice that grows.
	open []part
}

type part struct {
	Part
	// text is that of a part which came in more than one piece; the first is in Part.
	text, arguments []byte
}

// Event takes the next event. It never fails.
func (c *Collector) Event(e *Event) error {
	switch e.Kind {
	case EventStart:
		c.answer.ID, c.answer.Created = e.ID, e.Created
		if e.Usage.Known {
			c.answer.Usage = e.Usage
		}
	case EventUsage:
		c.answer.Usage = e.Usage
	default:
		c.choice(e)
	}
	return nil
}

// Answer is what has been collected.
func (c *Collector) Answer() *Answer {
	for i := range c.answer.Choices {
		c.seal(i)
	}
	return &c.answer
}

func (c *Collector) choice(e *Event) {
	for len(c.answer.Choices) <= e.Choice {
		c.answer.Choices = append(c.answer.Choices, Choice{})
		c.open = append(c.open, part{})
	}
	choice := &c.answer.Choices[e.Choice]
	choice.Logprobs = append(choice.Logprobs, e.Logprobs...)
	switch e.Kind {
	case EventText:
		c.grow(e, KindText)
	case EventThinking:
		c.grow(e, KindThinking)
	case EventSignature:
		c.sign(e)
	case EventRedacted:
		c.begin(e.Choice, Part{Kind: KindRedacted, Signature: e.Signature})
	case EventToolCall:
		c.begin(e.Choice, Part{Kind: KindToolCall, ToolCall: &ToolCall{ID: e.ID, Name: e.Name}, Signature: e.Signature})
	case EventArguments:
		c.open[e.Choice].arguments = append(c.open[e.Choice].arguments, e.Text...)
	case EventFinish:
		choice.Finish = e.Finish
	}
}

// grow adds text to the open part, if it is of the kind and has not been signed, or begins another.
func (c *Collector) grow(e *Event, k Kind) {
	if o := &c.open[e.Choice]; o.Kind != k || o.Signature.Value != "" {
		c.begin(e.Choice, Part{Kind: k})
	}
	o := &c.open[e.Choice]
	switch {
	case o.text != nil:
		o.text = append(o.text, e.Text...)
	case o.Text == "":
		o.Text = e.Text
	default:
		o.text = append([]byte(o.Text), e.Text...)
	}
	if e.Signature.Value != "" {
		o.Signature = e.Signature
	}
}

// sign gives the open thinking its signature. A signature without thoughts is a thought of its own.
func (c *Collector) sign(e *Event) {
	if e.Signature.Value == "" {
		return
	}
	if c.open[e.Choice].Kind != KindThinking {
		c.begin(e.Choice, Part{Kind: KindThinking})
	}
	c.open[e.Choice].Signature = e.Signature
}

func (c *Collector) begin(choice int, p Part) {
	c.seal(choice)
	c.open[choice] = part{Part: p}
}

// seal moves the open part into the answer.
func (c *Collector) seal(choice int) {
	o := c.open[choice]
	c.open[choice] = part{}
	switch o.Kind {
	case 0:
		return
	case KindToolCall:
		o.ToolCall.Arguments = o.arguments
	default:
		if o.text != nil {
			o.Text = string(o.text)
		}
	}
	c.answer.Choices[choice].Parts = append(c.answer.Choices[choice].Parts, o.Part)
}
