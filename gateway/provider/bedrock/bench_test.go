package bedrock

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

func BenchmarkEncode(b *testing.B) {
	req := userSays(chat.Text(strings.Repeat("What is this? ", 60)))
	req.Params = chat.Params{{Name: chat.ParamMaxTokens, As: "max_tokens", Value: []byte("256")}}
	for name, model := range map[string]string{"Claude": "anthropic.claude-sonnet-4-5", "Nova": "amazon.nova-lite-v1:0"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New().EncodeChat(req, model); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStream(b *testing.B) {
	wire := frames(b, strings.Repeat(`event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":" word"},"p":"abcdefghij"}`+"\n", 100)+
		`event messageStop {"stopReason":"end_turn"}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := New().DecodeChat(&chat.Request{}).Stream(bytes.NewReader(wire), func(*chat.Event) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
