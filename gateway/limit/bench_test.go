package limit

import (
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// BenchmarkReserve admits and settles a request under two claims, mostly from local grants.
func BenchmarkReserve(b *testing.B) {
	server := storetest.Redis(b)
	claims := claim(rpm("a", 1_000_000_000, long), tpm("b", 1_000_000_000_000, long))
	for name, uri := range map[string]string{"Shared": server.URI(), "Alone": ""} {
		b.Run(name, func(b *testing.B) {
			l := replica(b, uri, func(o *Options) { o.Replicas = func() int { return 1 } })
			b.ReportAllocs()
			for b.Loop() {
				p, err := l.Reserve(b.Context(), claims, 500)
				if err != nil {
					b.Fatal(err)
				}
				p.Settle(400)
			}
		})
	}
}

func BenchmarkReserveParallel(b *testing.B) {
	server := storetest.Redis(b)
	l := replica(b, server.URI())
	claims := claim(rpm("a", 1_000_000_000, long), tpm("b", 1_000_000_000_000, long))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p, err := l.Reserve(b.Context(), claims, 500)
			if err != nil {
				b.Fatal(err)
			}
			p.Settle(500)
		}
	})
}
