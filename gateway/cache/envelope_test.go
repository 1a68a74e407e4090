package cache

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// answer is an entry with everything in it.
func answer() *Entry {
	return &Entry{
		Status: http.StatusOK, ContentType: "application/json", Body: []byte(`{"id":"x"}`), Stored: time.Unix(1_700_000_000, 5),
		Usage: chat.Usage{Known: true, InputTokens: 1, CachedInputTokens: 2, CacheWriteTokens: 3, OutputTokens: 4, ReasoningTokens: 5},
		Cost:  37_500, Target: "cloud", Provider: "team-a/openai",
	}
}

func TestSeal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Min(0)
		e := &Entry{
			Status: http.StatusOK, ContentType: rapid.String().Draw(t, "type"), Stream: rapid.Bool().Draw(t, "stream"),
			Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"), Stored: time.Unix(0, n.Draw(t, "stored")), Cost: money.USD(n.Draw(t, "cost")),
			Usage: chat.Usage{
				Known: rapid.Bool().Draw(t, "known"), InputTokens: n.Draw(t, "input"), CachedInputTokens: n.Draw(t, "cached"),
				CacheWriteTokens: n.Draw(t, "written"), OutputTokens: n.Draw(t, "output"), ReasoningTokens: n.Draw(t, "reasoning"),
			},
			Target: rapid.String().Draw(t, "target"), Provider: rapid.String().Draw(t, "provider"),
		}
		until := time.Unix(0, n.Draw(t, "until"))
		got, gotUntil, err := unseal(seal(e, until))
		if err != nil {
			t.Fatalf("unseal: %v", err)
		}
		if diff := cmp.Diff(e, got); diff != "" || !gotUntil.Equal(until) {
			t.Errorf("until %v, want %v; -want +got\n%s", gotUntil, until, diff)
		}
	})
}

// TestUnsealBroken changes each byte of a value, and cuts it anywhere: none of it is an answer.
func TestUnsealBroken(t *testing.T) {
	good := seal(answer(), time.Unix(1_800_000_000, 0))
	for i := range good {
		for _, broken := range [][]byte{good[:i], append(append(bytes.Clone(good[:i]), good[i]^0x10), good[i+1:]...)} {
			if e, _, err := unseal(broken); err == nil {
				t.Errorf("byte %d: %+v, want none", i, e)
			}
		}
	}
}

// TestUnsealForged has values whose checksum is right.
func TestUnsealForged(t *testing.T) {
	huge := bytes.Repeat([]byte{0xff}, 9)
	numbers := make([]byte, 8)
	for name, rest := range map[string][]byte{
		"OtherFlags":   append([]byte{0xff}, seal(answer(), time.Time{})[header+1:]...),
		"NoNumbers":    {0},
		"HugeNumber":   append(append([]byte{0}, huge...), 0x01),
		"Overflow":     append(append([]byte{0}, huge...), 0x7f),
		"NoText":       append([]byte{0}, numbers...),
		"LongText":     append(append([]byte{0}, numbers...), 200),
		"TextTooLarge": append(append(append([]byte{0}, numbers...), huge[:8]...), 0x7f),
		"TooLarge":     append(append([]byte{0}, numbers...), make([]byte, 3+MaxBytes+1)...),
	} {
		t.Run(name, func(t *testing.T) {
			b := append(make([]byte, header), rest...)
			b[0] = version
			binary.LittleEndian.PutUint32(b[1:], checksum(b[header:]))
			if e, _, err := unseal(b); err == nil {
				t.Errorf("unseal: %+v, want none", e)
			}
		})
	}
}

func FuzzUnseal(f *testing.F) {
	f.Add(seal(answer(), time.Unix(1_800_000_000, 0)))
	f.Add(seal(&Entry{Status: http.StatusOK}, time.Time{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		// Without a right checksum nothing else would be looked at.
		if len(b) > header {
			b = bytes.Clone(b)
			b[0] = version
			binary.LittleEndian.PutUint32(b[1:], checksum(b[header:]))
		}
		e, until, err := unseal(b)
		if err != nil {
			return
		}
		again, againUntil, err := unseal(seal(e, until))
		if err != nil || !cmp.Equal(e, again) || !againUntil.Equal(until) {
			t.Errorf("%+v became %+v: %v", e, again, err)
		}
	})
}
