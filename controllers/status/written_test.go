package status_test

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestWritten: a cache that has not seen the last write yet is told from one that has.
func TestWritten(t *testing.T) {
	at := func(version string) *v1alpha1.ModelAlias {
		a := &v1alpha1.ModelAlias{}
		a.Namespace, a.Name, a.ResourceVersion = "ns", "a", version
		return a
	}
	var w status.Written
	if w.Behind(at("1")) {
		t.Error("behind although nothing was written")
	}
	w.Note(at("10"))
	for version, want := range map[string]bool{"9": true, "10": false, "11": false} {
		if got := w.Behind(at(version)); got != want {
			t.Errorf("version %s is behind version 10: %v, want %v", version, got, want)
		}
	}
	w.Forget(client.ObjectKeyFromObject(at("")))
	if w.Behind(at("9")) {
		t.Error("behind an object that is gone")
	}
}
