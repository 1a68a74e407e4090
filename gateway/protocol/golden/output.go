package golden

import (
	"bytes"

	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Output is a protocol.Output that keeps what it gets, as a client would see it.
type Output struct {
	bytes.Buffer
	*sse.Writer
}

// NewOutput returns an empty Output.
func NewOutput() *Output {
	o := &Output{}
	o.Writer = sse.NewWriter(&o.Buffer, func() error { return nil })
	return o
}
