package compile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// FuzzAlias: whatever an alias, its rivals, its gateway and its providers say, compiling panics never, gives the same result
// twice, changes none of its inputs, and publishes no route for an alias that it does not accept unless that is the last good one.
func FuzzAlias(f *testing.F) {
	cases, err := filepath.Glob("testdata/alias-*/in.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		seed, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w := lenient(data)
		if len(w.aliases) == 0 {
			return
		}
		before := w.aliases[0].DeepCopy()
		first, second := compile.Alias(w.alias()), compile.Alias(w.alias())
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("two runs differ:\n%s", diff)
		}
		if diff := cmp.Diff(before, w.aliases[0]); diff != "" {
			t.Errorf("the alias was changed:\n%s", diff)
		}
		if first.Accepted != nil && first.Route != nil && !first.Kept {
			t.Errorf("an alias that is not accepted has a new route: %+v", first)
		}
	})
}

// FuzzGatewayKey: the same of a key, and of its digest: none that the Secret or the spec does not give is ever published.
func FuzzGatewayKey(f *testing.F) {
	cases, err := filepath.Glob("testdata/key-*/in.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		seed, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed, []byte("pepper"))
	}
	f.Fuzz(func(t *testing.T, data, pepper []byte) {
		w := lenient(data)
		if len(w.keys) == 0 {
			return
		}
		in := w.key()
		in.Pepper = pepper
		before := in.Key.DeepCopy()
		first, second := compile.GatewayKey(in), compile.GatewayKey(in)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("two runs differ:\n%s", diff)
		}
		if diff := cmp.Diff(before, in.Key); diff != "" {
			t.Errorf("the key was changed:\n%s", diff)
		}
		if first.Policy == nil {
			return
		}
		if first.Accepted != nil && !first.Kept {
			t.Errorf("a key that is not accepted has a new policy: %+v", first)
		}
		want := in.Key.Spec.Digest
		if ref := compile.KeySecretOf(in.Key); ref != nil {
			want = compile.KeyDigest(pepper, in.Secrets.Key(*ref))
		}
		if first.Policy.Digest != want {
			t.Errorf("digest = %q, want %q", first.Policy.Digest, want)
		}
	})
}

// lenient reads the documents that can be read.
func lenient(data []byte) *world {
	w := &world{secrets: compile.Secrets{}}
	for _, doc := range bytes.Split(data, []byte("\n---\n")) {
		var kind metav1.TypeMeta
		if yaml.Unmarshal(doc, &kind) != nil {
			continue
		}
		switch kind.Kind {
		case v1alpha1.KindModelAlias:
			w.aliases = appendRead(w.aliases, doc)
		case v1alpha1.KindModelProvider:
			w.providers = appendRead(w.providers, doc)
		case v1alpha1.KindGateway:
			w.gateways = appendRead(w.gateways, doc)
		case v1alpha1.KindGatewayKey:
			w.keys = appendRead(w.keys, doc)
		case "Secret":
			for _, s := range appendRead[corev1.Secret](nil, doc) {
				w.secrets[s.Name] = map[string][]byte{}
				for k, v := range s.StringData {
					w.secrets[s.Name][k] = []byte(v)
				}
			}
		}
	}
	return w
}

func appendRead[T any](list []*T, doc []byte) []*T {
	v := new(T)
	if yaml.Unmarshal(doc, v) != nil {
		return list
	}
	return append(list, v)
}
