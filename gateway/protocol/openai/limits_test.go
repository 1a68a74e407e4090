package openai

import (
	"runtime"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// TestManyDetails: a thought that comes in very many entries costs what its text costs, and not its square.
func TestManyDetails(t *testing.T) {
	const entries = 4000
	entry := `{"type":"reasoning.text","index":0,"text":"` + strings.Repeat("x", 1000) + `"}`
	body := `{"model":"m","messages":[{"role":"assistant","reasoning_details":[` + strings.Repeat(entry+",", entries-1) + entry + `]}]}`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	req, err := Chat{}.Decode(call(protocol.Chat), []byte(body))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if parts := req.Messages[0].Parts; len(parts) != 1 || len(parts[0].Text) != 1000*entries {
		t.Errorf("%d parts", len(parts))
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 50*uint64(len(body)) {
		t.Errorf("a request of %d bytes made the gateway allocate %d", len(body), allocated)
	}
}
