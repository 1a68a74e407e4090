package protocols

import (
	"os"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// TestNew makes sure that a ModelProvider whose protocol the API admits is never refused by the data plane.
func TestNew(t *testing.T) {
	source, err := os.ReadFile("../../../api/v1alpha1/endpoint_types.go")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(source), "// +kubebuilder:validation:Enum=OpenAI;")
	names, _, _ := strings.Cut(after, "\n")
	if !found {
		t.Fatal("the enumeration of Protocol is not where it was")
	}
	all := New()
	known := strings.Split("OpenAI;"+names, ";")
	for _, name := range known {
		if all[v1alpha1.Protocol(name)] == nil {
			t.Errorf("nothing speaks %s", name)
		}
	}
	if len(all) != len(known) {
		t.Errorf("%d protocols, the API has %d", len(all), len(known))
	}
	for name, p := range all {
		if _, ok := p.(provider.Chatter); !ok {
			t.Errorf("%s takes no chats", name)
		}
	}
}
