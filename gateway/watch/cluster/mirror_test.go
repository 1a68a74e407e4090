package cluster

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func newAliasMirror(changes *int) *mirror[snapshot.Alias] {
	return &mirror[snapshot.Alias]{entry: aliasEntry, strip: strip, changed: func() { *changes++ }}
}

func alias(name, version string) *v1alpha1.ModelAlias {
	return &v1alpha1.ModelAlias{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: name, ResourceVersion: version}}
}

func TestMirrorKnowsTheVersionThatItIsAt(t *testing.T) {
	var changes int
	m := newAliasMirror(&changes)
	if _, _, ok := m.state(); ok {
		t.Error("complete before the first list")
	}
	steps := []struct {
		do      func() error
		version string
		entries int
	}{
		{func() error { return m.Replace([]any{alias("x", "3"), alias("y", "5")}, "7") }, "7", 2},
		{func() error { return m.Add(alias("z", "8")) }, "8", 3},
		{func() error { return m.Update(alias("x", "9")) }, "9", 3},
		{func() error { return m.Delete(alias("x", "10")) }, "10", 2},
		{func() error { return m.Resync() }, "10", 2},
		{func() error { return m.Replace(nil, "12") }, "12", 0},
	}
	for i, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		entries, version, ok := m.state()
		if !ok || version != step.version || len(entries) != step.entries {
			t.Errorf("step %d: %d entries at %s, want %d at %s", i, len(entries), version, step.entries, step.version)
		}
	}
	if changes != 5 {
		t.Errorf("told of %d changes, want 5", changes)
	}
}

func TestMirrorRefusesWhatItDoesNotKnow(t *testing.T) {
	var changes int
	m := newAliasMirror(&changes)
	if err := m.Replace([]any{alias("x", "1")}, "1"); err != nil {
		t.Fatal(err)
	}
	stranger := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s", ResourceVersion: "2"}}
	if m.Add(stranger) == nil || m.Replace([]any{stranger}, "3") == nil || m.Delete("nothing") == nil {
		t.Error("a stranger was taken in")
	}
	if entries, version, _ := m.state(); len(entries) != 1 || version != "1" {
		t.Errorf("%d entries at %s, want what was there before", len(entries), version)
	}
}

func TestMirrorsAreAtTheHighestVersion(t *testing.T) {
	var changes int
	ms := mirrors[snapshot.Alias]{newAliasMirror(&changes), newAliasMirror(&changes)}
	if err := ms[0].Replace([]any{alias("x", "9")}, "9"); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := ms.state(); ok {
		t.Error("complete although one namespace was not listed")
	}
	if err := ms[1].Replace(nil, "10"); err != nil {
		t.Fatal(err)
	}
	if entries, version, ok := ms.state(); !ok || version != "10" || len(entries) != 1 {
		t.Errorf("%d entries at %s, want 1 at 10", len(entries), version)
	}
}

func TestStrip(t *testing.T) {
	full := alias("x", "1")
	full.Labels = map[string]string{"a": "b"}
	full.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "m"}}
	full.Spec.Model = "chat"
	full.Status = v1alpha1.ModelAliasStatus{Model: "chat", Conditions: []metav1.Condition{{Type: "Ready"}}}
	got, err := strip(full)
	if err != nil {
		t.Fatal(err)
	}
	want := alias("x", "1")
	want.Status.Model = "chat"
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("stripped (-want +got):\n%s", diff)
	}
}

func TestReadCredentials(t *testing.T) {
	dir := t.TempDir()
	mounted := filepath.Join(dir, "..2026_01_01")
	if err := os.Mkdir(mounted, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mounted, "pepper"), []byte("p"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"..data": "..2026_01_01", "pepper": "..data/pepper"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]byte{"pepper": []byte("p")}, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if _, err := ReadCredentials(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("want an error for a directory that is not there")
	}
}
