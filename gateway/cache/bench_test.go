package cache

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// conversation is a request of about 1 KB, as an SDK writes it.
func conversation() []byte {
	return []byte(`{"model":"chat","temperature":0.7,"max_tokens":512,"stream":true,"stream_options":{"include_usage":true},"user":"u-1","messages":[` +
		`{"role":"system","content":"` + strings.Repeat("You are a helpful assistant. ", 8) + `"},` +
		`{"role":"user","content":"` + strings.Repeat("What is the capital of France?\\n", 8) + `"},` +
		`{"role":"assistant","content":"Paris."},{"role":"user","content":"` + strings.Repeat("And of Italy? ", 12) + `"}]}`)
}

func request(body []byte) *Request {
	return &Request{
		Alias: "team-a/chat", Revision: "sha256:0123456789abcdef", Path: "/chat/completions", Model: "chat", Protocol: "openai",
		Stream: true, Scope: "key-1/user-1", Body: body,
	}
}

func BenchmarkKeyOf(b *testing.B) {
	c := newCache()
	for name, body := range map[string][]byte{
		"1KB": conversation(), "100KB": []byte(`{"messages":[{"content":"` + strings.Repeat("word ", 20_000) + `"}]}`),
	} {
		b.Run(name, func(b *testing.B) {
			r := request(body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				c.KeyOf(r)
			}
		})
	}
}

func BenchmarkDirectivesOf(b *testing.B) {
	body := conversation()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := DirectivesOf(nil, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetMemory(b *testing.B) {
	c := newCache()
	c.Put(key("k"), &Entry{Status: 200, Body: make([]byte, 1<<10), Stored: time.Now()}, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.Get(b.Context(), key("k"), 0); !ok {
			b.Fatal("no hit")
		}
	}
}

func BenchmarkJoin(b *testing.B) {
	c := newCache()
	b.ReportAllocs()
	for b.Loop() {
		f, _ := c.Join(key("k"))
		f.Done(nil)
	}
}

func BenchmarkRecord(b *testing.B) {
	c := newCache()
	w := httptest.NewRecorder()
	event := []byte(strings.Repeat("x", 200))
	b.ReportAllocs()
	for b.Loop() {
		w.Body.Reset()
		r := c.Record(w, 1<<20, nil)
		for range 20 {
			_, _ = r.Write(event)
		}
		if _, ok := r.Entry(); !ok {
			b.Fatal("no entry")
		}
		r.Free()
	}
}

// BenchmarkGetRedis reads each time from Redis, and not from memory.
func BenchmarkGetRedis(b *testing.B) {
	c := newReplica(b, storetest.Redis(b).URI())
	e := answer()
	e.Body = make([]byte, 1<<10)
	c.Put(key("k"), e, time.Hour)
	forget(c)
	await(b, "the answer in Redis", func() bool { return has(b, c, key("k")) })
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.fetch(b.Context(), key("k")); !ok {
			b.Fatal("no hit")
		}
	}
}
