package secrets_test

import (
	"strconv"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// TestPace: a few objects are looked at every three seconds, and many so that it is 100 a second, those that left not counted.
func TestPace(t *testing.T) {
	var p secrets.Pace
	name := func(i int) types.NamespacedName { return types.NamespacedName{Namespace: "ns", Name: strconv.Itoa(i)} }
	var last time.Duration
	for i := range 1000 {
		last = p.Join(name(i))
		if i < 300 && last != secrets.ReadAgain {
			t.Fatalf("%d objects are looked at every %s", i+1, last)
		}
	}
	if last != 10*time.Second {
		t.Errorf("1,000 objects are looked at every %s", last)
	}
	for i := range 999 {
		p.Leave(name(i))
	}
	if got := p.Join(name(999)); got != secrets.ReadAgain {
		t.Errorf("one object is looked at every %s", got)
	}
}
