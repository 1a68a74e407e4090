package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// provider is a grant of a provider at a URL.
func provider(url string, changes ...func(*v1alpha1.ModelProvider)) grant {
	p := &v1alpha1.ModelProvider{}
	p.Status.Endpoint = &v1alpha1.ResolvedEndpoint{URL: url}
	for _, change := range changes {
		change(p)
	}
	return grant{provider: p}
}

// TestEgress: what a policy opens follows from where routes lead and from what the credentials say of stores.
func TestEgress(t *testing.T) {
	external := func(change func(*v1alpha1.ExternalStore)) *v1alpha1.Store {
		e := &v1alpha1.ExternalStore{}
		change(e)
		return &v1alpha1.Store{Mode: v1alpha1.StoreExternal, External: e}
	}
	plain := func(*v1alpha1.ExternalStore) {}
	ambient := func(c v1alpha1.CredentialType) func(*v1alpha1.ModelProvider) {
		return func(p *v1alpha1.ModelProvider) { p.Status.Endpoint.CredentialType = c }
	}
	managed := func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama = &v1alpha1.Ollama{Managed: &v1alpha1.ManagedOllama{}}
	}
	for name, tc := range map[string]struct {
		grants          []grant
		redis           *v1alpha1.Store
		postgres        v1alpha1.StoreMode
		redisURI, pgURI string
		want            render.Egress
	}{
		"Nothing": {},
		"Ports": {
			grants: []grant{
				provider("https://api.openai.com/v1"), provider("http://vllm.ai.svc:8000/v1"), provider("http://plain.example.com"),
				provider("http://vllm-2.ai.svc:8000"), provider("https://[2001:db8::1]:8443/v1"),
			},
			want: render.Egress{Upstreams: []int32{80, 443, 8000, 8443}, Namespaces: []string{"ai"}},
		},
		"Services": {
			grants: []grant{
				provider("http://vllm.models.svc/v1"), provider("http://VLLM.Team-A.svc.Cluster.Local./v1"), provider("http://vllm/v1"),
				provider("http://vllm-0.vllm.sets.svc/v1"), provider("http://10-0-0-1.pods.pod.cluster.local/v1"),
			},
			want: render.Egress{Upstreams: []int32{80}, Namespaces: []string{"here", "models", "pods", "sets", "team-a"}},
		},
		"NoServices": {
			grants: []grant{
				provider("http://svc/v1", managed), provider("http://x.svc/v1"), provider("http://models.example.com/v1"), provider("http://10.0.0.1/v1"),
				provider("http://x.-bad-.svc/v1"), provider("http://x.y.cluster.local/v1"), provider("http://localhost/v1"), provider("http:///v1"),
				provider("http://[2001:db8::1]/v1"),
			},
			want: render.Egress{Upstreams: []int32{80}},
		},
		"ManagedOllama":   {grants: []grant{provider("http://local-ollama.ai.svc:11434", managed)}},
		"NoEndpointYet":   {grants: []grant{{provider: &v1alpha1.ModelProvider{}}}},
		"GoogleIdentity":  {grants: []grant{provider("https://g.example.com", ambient(v1alpha1.CredentialGoogleAmbient))}, want: render.Egress{Upstreams: []int32{443}, GoogleIdentity: true}},
		"AWSIdentity":     {grants: []grant{provider("https://a.example.com", ambient(v1alpha1.CredentialAWSAmbient))}, want: render.Egress{Upstreams: []int32{443}, AWSIdentity: true}},
		"Redis":           {redis: external(plain), redisURI: "rediss://u:p%40:1@redis.example.com:6380/0", want: render.Egress{Stores: []int32{6380}}},
		"RedisBuiltin":    {redis: external(plain), redisURI: "redis://redis.example.com", want: render.Egress{Stores: []int32{6379}}},
		"RedisUnknownYet": {redis: external(func(e *v1alpha1.ExternalStore) { e.Cluster = true })},
		"Cluster": {
			redis:    external(func(e *v1alpha1.ExternalStore) { e.Cluster = true }),
			redisURI: "redis+cluster://:p@a:7000?addr=b:7001&addr=c", want: render.Egress{Stores: []int32{6379, 7000, 7001}, Namespaces: []string{"here"}},
		},
		"Sentinel": {
			redis:    external(func(e *v1alpha1.ExternalStore) { e.Sentinel = &v1alpha1.RedisSentinel{} }),
			redisURI: "redis://a.data.svc/0?master_name=m&addr=b.more.svc:26380", want: render.Egress{Stores: []int32{6379, 26379, 26380}, Namespaces: []string{"data", "more"}},
		},
		"ManagedRedis":    {redis: &v1alpha1.Store{Mode: v1alpha1.StoreManaged}, redisURI: "redis://:p@main-redis:6379/0"},
		"Postgres":        {postgres: v1alpha1.StoreExternal, pgURI: "postgresql://u:p@db:5433,db.data.svc:5434/x?sslmode=require", want: render.Egress{Stores: []int32{5433, 5434}, Namespaces: []string{"data", "here"}}},
		"CloudNativePG":   {postgres: v1alpha1.StoreCloudNativePG, pgURI: "postgresql://u:p@main-postgres-rw.here.svc/x", want: render.Egress{Stores: []int32{5432}}},
		"ManagedPostgres": {postgres: v1alpha1.StoreManaged, pgURI: "postgresql://u:p@main-postgres:5432/x"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "here", Name: "main"}}
			g.Spec.Redis = tc.redis
			if tc.postgres != "" {
				g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: tc.postgres}}
				if tc.postgres == v1alpha1.StoreExternal {
					g.Spec.Postgres.External = &v1alpha1.ExternalStore{}
				}
			}
			got := egressOf(g, tc.grants, map[string][]byte{
				v1alpha1.CredentialRedis: []byte(tc.redisURI), v1alpha1.CredentialPostgres: []byte(tc.pgURI),
			}, "cluster.local")
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("egress (-want +got):\n%s", diff)
			}
		})
	}
}
