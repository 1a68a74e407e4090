package stores_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/fairlead-dev/fairlead/api/stores"
)

// TestNewRedis looks at what clients are told to do. That they can do it is shown by tests with servers.
func TestNewRedis(t *testing.T) {
	for name, tc := range map[string]struct{ uri, want string }{
		"One":      {"redis://u:p@h:1/2", "*redis.Client h:1 db 2 tls false"},
		"TLS":      {"rediss://h", "*redis.Client h:6379 db 0 tls true"},
		"Sentinel": {"redis://:s@h:26379/3?master_name=main&username=u&password=p&addr=i:26379", "*redis.Client FailoverClient db 3 tls false"},
		"Cluster":  {"redis+cluster://u:p@h:1?addr=i:2", "*redis.ClusterClient [h:1 i:2] tls false"},
		"TLSOfAll": {"rediss+cluster://h:1?addr=i:2", "*redis.ClusterClient [h:1 i:2] tls true"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := stores.NewRedis(stores.Address{URI: tc.uri}, stores.Limits{Dial: time.Second, Call: time.Second, Pool: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			got := ""
			switch c := client.(type) {
			case *redis.ClusterClient:
				got = fmt.Sprintf("%T %s tls %v", c, c.Options().Addrs, c.Options().TLSConfig != nil)
			case *redis.Client:
				got = fmt.Sprintf("%T %s db %d tls %v", c, c.Options().Addr, c.Options().DB, c.Options().TLSConfig != nil)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("client (-want +got):\n%s", diff)
			}
		})
	}
}

// bounds are the options that decide how long a call may take. No retry is 0 or -1, as the kind of client has it.
type bounds struct {
	Dial, Read, Write, Wait         time.Duration
	Dials, Retries, Pool, Pipelines int
	Obeys, Anonymous                bool
}

// TestLimits: of how long a call may take a URI has no say, whichever kind of Redis it leads to.
func TestLimits(t *testing.T) {
	const said = "read_timeout=1h&write_timeout=1h&dial_timeout=1h&pool_timeout=1h&max_retries=9&pool_size=99&pipeline_pool_size=9"
	want := bounds{
		Dial: time.Second, Read: time.Minute, Write: time.Minute, Wait: time.Minute, Dials: 1, Retries: 0, Pool: 7, Pipelines: -1,
		Obeys: true, Anonymous: true,
	}
	for name, uri := range map[string]string{
		"One": "redis://h?" + said, "Sentinel": "redis://h?master_name=main&" + said, "Cluster": "redis+cluster://h?" + said,
	} {
		t.Run(name, func(t *testing.T) {
			client, err := stores.NewRedis(stores.Address{URI: uri}, stores.Limits{Dial: time.Second, Call: time.Minute, Pool: 7})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var got bounds
			switch c := client.(type) {
			case *redis.ClusterClient:
				o := c.Options()
				got = bounds{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout, o.DialerRetries, max(o.MaxRetries, 0), o.PoolSize, o.PipelinePoolSize, o.ContextTimeoutEnabled, o.DisableIdentity}
			case *redis.Client:
				o := c.Options()
				got = bounds{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout, o.DialerRetries, max(o.MaxRetries, 0), o.PoolSize, o.PipelinePoolSize, o.ContextTimeoutEnabled, o.DisableIdentity}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("bounds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddressesThatCannotBeUsed(t *testing.T) {
	for name, tc := range map[string]stores.Address{
		"Scheme":          {URI: "http://u:canary@h"},
		"NoHost":          {URI: "redis:///canary"},
		"Database":        {URI: "redis://h/canary"},
		"Option":          {URI: "redis://h/0?canary=1"},
		"NoMaster":        {URI: "redis://h/0?master_name=&addr=canary:1"},
		"SentinelAddress": {URI: "redis://h/0?master_name=a&addr=canary"},
		"ReadsReplicas":   {URI: "redis://u:canary@h/0?master_name=a&route_randomly=true"},
		"ClusterAddress":  {URI: "redis+cluster://h?addr=canary"},
		"ClusterReplicas": {URI: "redis+cluster://u:canary@h?read_only=true"},
		"CA":              {URI: "redis://u:canary@h", CA: "canary"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := stores.NewRedis(tc, stores.Limits{Dial: time.Second, Call: time.Second, Pool: 1})
			if err == nil {
				_ = client.Close()
				t.Fatal("want an error")
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the address: %v", err)
			}
		})
	}
}

func TestAddressPrintsNothing(t *testing.T) {
	a := stores.Address{URI: "redis://:canary@h", CA: "canary"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, a); strings.Contains(got, "canary") {
			t.Errorf("%s prints %q", format, got)
		}
	}
}
