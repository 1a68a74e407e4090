package models

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAnswerIsAChain follows the steps of each model from the assistant's marker
// and checks that they spell its text.
func TestAnswerIsAChain(t *testing.T) {
	for _, m := range All() {
		t.Run(m.Name, func(t *testing.T) {
			v := newVocabulary()
			next := map[int]int{}
			for _, s := range chain(v, m) {
				if _, twice := next[s.from]; twice {
					t.Fatalf("token %q has two successors", v.pieces[s.from])
				}
				next[s.from] = s.to
			}
			var said strings.Builder
			first := next[v.ids["<|assistant|>"]]
			end := v.ids["</s>"]
			if m.Endless {
				end = first
			}
			for id := first; ; {
				said.WriteString(strings.ReplaceAll(v.pieces[id], space, " "))
				if id = next[id]; id == end {
					break
				}
			}
			if diff := cmp.Diff(m.Says, said.String()); diff != "" {
				t.Errorf("the chain spells (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRepeatedWordsStayDistinct(t *testing.T) {
	v := newVocabulary()
	ids := v.addAnswer("no no no end no")
	seen := map[int]bool{}
	var said strings.Builder
	for _, id := range ids {
		if seen[id] {
			t.Errorf("token %q is used twice", v.pieces[id])
		}
		seen[id] = true
		said.WriteString(v.pieces[id])
	}
	want := "no no no end no"
	if got := strings.TrimSpace(strings.ReplaceAll(said.String(), space, " ")); got != want {
		t.Errorf("pieces spell %q, want %q", got, want)
	}
}

// TestMostLikelyToken computes what the output layer makes of each embedding in
// the chain: the successor must win clearly, since the layers add some noise.
func TestMostLikelyToken(t *testing.T) {
	for _, m := range All() {
		t.Run(m.Name, func(t *testing.T) {
			v := newVocabulary()
			steps := chain(v, m)
			embedding, output := chainWeights(rand.New(rand.NewPCG(seed, seed)), v, steps)
			for _, s := range steps {
				best, second := -1, float32(0)
				top := float32(0)
				for id := range v.pieces {
					if score := dot(row(embedding, s.from), row(output, id)); score > top {
						best, second, top = id, top, score
					} else if score > second {
						second = score
					}
				}
				if best != s.to || top < 1.5*second {
					t.Errorf("after %q comes %q with %.0f against %.0f, want %q",
						v.pieces[s.from], v.pieces[best], top, second, v.pieces[s.to])
				}
			}
		})
	}
}

func TestStoreIsDeterministic(t *testing.T) {
	one, two := newStore(t), newStore(t)
	if diff := cmp.Diff(one.manifests, two.manifests); diff != "" {
		t.Errorf("manifests of two runs differ:\n%s", diff)
	}
}

func TestStoreNamesOnlyWhatItHas(t *testing.T) {
	s := newStore(t)
	for _, m := range All() {
		name, tag, _ := strings.Cut(m.Name, ":")
		raw, ok := s.Manifest("library/"+name, tag)
		if !ok {
			t.Fatalf("no manifest for %s", m.Name)
		}
		if _, ok := s.Manifest("library/"+name, Digest(raw)); !ok {
			t.Errorf("%s is not found by its digest", m.Name)
		}
		var got manifest
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		for _, d := range append(got.Layers, got.Config) {
			b, ok := s.Blob(d.Digest)
			if !ok || len(b) != d.Size || Digest(b) != d.Digest {
				t.Errorf("%s: blob %s of %d bytes, present %v, want %d", m.Name, d.Digest, len(b), ok, d.Size)
			}
		}
	}
	if _, ok := s.Manifest("library/nosuch", "latest"); ok {
		t.Error("found a manifest for an unknown model")
	}
}

func TestSizeOfBigModel(t *testing.T) {
	for _, m := range All() {
		if m.Name != "tiny-big:latest" {
			continue
		}
		if n := 2 * parameterCount(m.GGUF()); n < 25e6 || n > 40e6 {
			t.Errorf("the big model has %d bytes, want about 30 MB", n)
		}
		return
	}
	t.Error("there is no big model")
}

func TestHumanCount(t *testing.T) {
	for n, want := range map[uint64]string{132_400: "132K", 15_437_000: "15.4M"} {
		if got := humanCount(n); got != want {
			t.Errorf("humanCount(%d) = %q, want %q", n, got, want)
		}
	}
}

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := NewStore(All())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func row(matrix []float32, i int) []float32 { return matrix[i*width : (i+1)*width] }

func dot(a, b []float32) float32 {
	var sum float32
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
