package files

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// bundle is a certificate of nobody.
const bundle = `-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhRVP7xgs9d8iInRw7qqX0LBNU+OBTAFBgMrZXAwDzENMAsG
A1UEAwwEdGVzdDAeFw0yNjExMjMwNjIxNDNaFw0zNjExMjAwNjIxNDNaMA8xDTAL
BgNVBAMMBHRlc3QwKjAFBgMrZXADIQDnqvvrkAiGs73AXP9zItroC9XXnCaB/lgc
6i2tX3YL/KNTMFEwHQYDVR0OBBYEFADs0kH8YlBNv6com/wNWP3gDtqnMB8GA1Ud
IwQYMBaAFADs0kH8YlBNv6com/wNWP3gDtqnMA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EATCuKOR2jOIKcCdrybvxBuMX/7BdPjAQigKhPJ0LJRyReJEa6UEuys+i6
eSho9wdQ8ucG+5+sisk/PRHmuJU3AQ==
-----END CERTIFICATE-----`

// storeManifests are a Gateway with one store, and the Secrets that say where it is.
func storeManifests(store, entries string) string {
	return fmt.Sprintf(`apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata: {name: main}
spec: {keys: {mode: Optional}, %s}
---
apiVersion: v1
kind: Secret
metadata: {name: store}
stringData: {%s}
---
apiVersion: v1
kind: Secret
metadata: {name: extra}
stringData: {password: "${SENTINEL_PASSWORD}", ca.crt: %q}
`, store, entries, bundle)
}

// TestExternalStores: a gateway of manifests reaches stores in all the ways that one in a cluster does.
func TestExternalStores(t *testing.T) {
	const external = "mode: External, external: {secretRef: {name: store}"
	guarded := "redis: {" + external + ", sentinel: {masterName: main, passwordSecretRef: {name: extra, key: password}}}}"
	for name, tc := range map[string]struct {
		store, entries, password string
		want                     snapshot.Stores
		problem                  string
	}{
		"CA": {
			store: "redis: {" + external + ", caBundleSecretRef: {name: extra, key: ca.crt}}}", entries: "host: h, password: p",
			want: snapshot.Stores{Redis: "rediss://:p@h:6379/", RedisCA: bundle},
		},
		"Cluster": {
			store: "redis: {" + external + ", cluster: true}}", entries: `host: "h,i"`,
			want: snapshot.Stores{Redis: "redis+cluster://h:6379/?addr=i%3A6379"},
		},
		"Sentinel": {
			store: guarded, entries: `uri: "redis://:p@h,i"`, password: "s",
			want: snapshot.Stores{Redis: "redis://:s@h:26379?addr=i%3A26379&master_name=main&password=p"},
		},
		"SentinelPasswordUnset": {
			store: guarded, entries: "host: h",
			problem: "spec.redis: expected a value in $SENTINEL_PASSWORD, found none; serving without",
		},
		"SeveralRedises": {
			store: "redis: {" + external + "}}", entries: `host: "h,i"`,
			problem: `spec.redis: Gateway default/main (spec.redis): Secret "store" names 2 hosts. Set external.sentinel or external.cluster, or name one. Serving without.`,
		},
		"PostgresCA": {
			store: "postgres: {" + external + ", caBundleSecretRef: {name: extra, key: ca.crt}}}", entries: `host: "h,i", database: d`,
			want: snapshot.Stores{Postgres: "postgres://h:5432,i:5432/d?target_session_attrs=read-write", PostgresCA: bundle},
		},
		"PostgresFiles": {
			store: "postgres: {" + external + "}}", entries: `uri: "postgres://h/d?sslmode=verify-full&sslrootcert=/ca.crt"`,
			want: snapshot.Stores{Postgres: "postgres://h/d?sslmode=verify-full&sslrootcert=/ca.crt"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "provider.yaml"), providerManifest)
			write(t, filepath.Join(dir, "gateway.yaml"), storeManifests(tc.store, tc.entries))
			r := start(t, Options{Paths: []string{dir}, Loopback: true}, map[string]string{"SENTINEL_PASSWORD": tc.password})
			report, in := r.next(t), r.input(t)
			if diff := cmp.Diff(tc.want, snapshot.Build(in, nil, protocols.New()).Stores); diff != "" {
				t.Errorf("stores (-want +got):\n%s", diff)
			}
			if got := fmt.Sprint(report.Problems); !strings.Contains(got, tc.problem) || tc.problem == "" && got != "[]" {
				t.Errorf("problems %s, want %q", got, tc.problem)
			}
		})
	}
}
