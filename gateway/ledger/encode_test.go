package ledger

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	full := sample(7)
	full.ID, full.Start, full.State = newID(time.Now()), startOf(time.Now(), time.Now()), Failed
	full.CacheHit, full.Estimated, full.Usage.CacheWriteTokens, full.Usage.ReasoningTokens = true, true, 1<<40, 9
	most := *full
	most.Cost, most.Attempts, most.Status, most.Duration = math.MaxInt64, math.MaxInt32, math.MaxInt32, math.MaxInt64/1000*1000
	for name, e := range map[string]*Event{
		"Full": full, "Most": &most, "Empty": {Start: time.UnixMicro(0).UTC()}, "Before1970": {Start: time.UnixMicro(-5).UTC()},
	} {
		got, err := decode(appendContent(nil, final, e))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEncodeBoundsWhatClientsChoose(t *testing.T) {
	long := strings.Repeat("€\x00\xff", 1000)
	e := &Event{
		Start: time.UnixMicro(0).UTC(), RequestID: long, KeyID: long, Key: long, User: long, Operation: long, Model: long, Alias: long,
		Target: long, Provider: long, UpstreamModel: long, Attempts: -1, Status: math.MaxInt64, Cost: -1, FirstByte: -1,
		Usage: chat.Usage{InputTokens: -5}, Budgets: make([]string, 1000),
	}
	for i := range e.Budgets {
		e.Budgets[i] = long
	}
	content := contentAt(appendRecord(nil, final, e))
	got, err := decode(content)
	if err != nil {
		t.Fatalf("the longest event makes %d bytes that no reader takes: %v", len(content), err)
	}
	texts := append([]string{got.RequestID, got.KeyID, got.Key, got.User, got.Model, got.Alias, got.UpstreamModel}, got.Budgets...)
	for _, text := range texts {
		if clean(text, maxSubject) != text || len(text) < maxShort-3 {
			t.Errorf("%d bytes: %.20q", len(text), text)
		}
	}
	if !utf8.ValidString(strings.Join(texts, "")) || len(got.Budgets) != maxBudgets {
		t.Errorf("%d budgets, texts %q", len(got.Budgets), texts)
	}
	numbers := []int64{int64(got.Attempts), int64(got.Status), int64(got.Cost), int64(got.FirstByte), got.Usage.InputTokens}
	if diff := cmp.Diff([]int64{0, math.MaxInt32, 0, 0, 0}, numbers); diff != "" {
		t.Errorf("attempts, status, cost, first byte and tokens (-want +got):\n%s", diff)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "ada": "ada", "abcdef": "abcde", "ab€cd": "ab€", "abc€": "abc", "a\x00b": "a\uFFFDb", "\xff": "\uFFFD", "abcd\xe2\x82": "abcd",
	} {
		if got := clean(in, 5); got != want {
			t.Errorf("clean(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestStartOf(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 123_456_789, time.UTC)
	rounded := now.Truncate(time.Microsecond)
	for in, want := range map[time.Time]time.Time{
		{}: rounded, now: rounded, now.Add(time.Hour): rounded.Add(maxSkew), now.Add(-time.Hour): rounded.Add(-time.Hour),
	} {
		if got := startOf(in, now); !got.Equal(want) {
			t.Errorf("startOf(%v): got %v, want %v", in, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(appendContent(nil, final, sample(1)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		e, err := decode(content)
		if err != nil {
			return
		}
		// What can be read can be written, and reads the same again: decoding bounds nothing that encoding does not.
		again, err := decode(appendContent(nil, final, e))
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		third, err := decode(appendContent(nil, final, again))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(again, third); diff != "" {
			t.Error(diff)
		}
	})
}
