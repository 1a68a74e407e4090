package protocols

import (
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestNew makes sure that a ModelProvider whose protocol the API knows is never refused by the data plane.
func TestNew(t *testing.T) {
	all := New()
	for _, p := range []v1alpha1.Protocol{v1alpha1.ProtocolOpenAI, v1alpha1.ProtocolOllama} {
		if all[p] == nil {
			t.Errorf("nothing speaks %s", p)
		}
	}
	if len(all) != 2 {
		t.Errorf("%d protocols, want the two of the API", len(all))
	}
}
