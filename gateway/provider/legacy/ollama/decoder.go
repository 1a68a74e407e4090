package ollama

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/openai"
)

// decoder is what the decoders of all operations have in common: what stays the same through one answer.
type decoder struct {
	req     *openai.Request
	newID   func() string
	now     func() time.Time
	id      string
	created int64
}

// begin fixes the answer's id and time when its first part has come, the time as the upstream says it.
func (d *decoder) begin(createdAt string) {
	if d.id != "" {
		return
	}
	created, err := time.Parse(time.RFC3339, createdAt)
	if err != nil {
		created = d.now()
	}
	d.id, d.created = d.newID(), created.Unix()
}

// Error translates an unsuccessful answer.
func (d *decoder) Error(status int, upstream []byte) *openai.Error { return failure(status, upstream) }
